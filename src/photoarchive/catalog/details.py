"""The facts of one photo beyond its columns: the table `details`, face regions, what the user corrected."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.keywords import as_json
from photoarchive.core.errors import NotFound
from photoarchive.core.facts import Facts

_COLUMNS = ("photo_id", "title", "caption", "creator", "copyright", "exposure_program", "exposure_bias",
            "metering", "white_balance", "flash", "colour_profile", "codec", "frame_rate", "rotation",
            "content_identifier", "label", "rating", "facts")
_WRITE = f"INSERT OR REPLACE INTO details ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class Details:
    """Reads what is known of one photo. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def tags(self, photo_id: int) -> dict[str, str]:
        """Every tag as it was read last, as text; empty if the photo was never read. Raises NotFound."""
        connection = self._db.read()
        if connection.execute("SELECT 1 FROM photos WHERE id = ?", (photo_id,)).fetchone() is None:
            raise NotFound(f"There is no photo {photo_id}.")
        row = connection.execute("SELECT facts FROM details WHERE photo_id = ?", (photo_id,)).fetchone()
        if row is None or not row[0]:
            return {}
        return msgspec.json.decode(zlib.decompress(row[0]), type=dict[str, str])

    def sidecar_names(self, file_id: int) -> list[bytes]:
        """The names of all side files in the folder of a file, as the last scan saw them."""
        rows = self._db.read().execute(
            "SELECT name FROM sidecars WHERE folder_id = (SELECT folder_id FROM files WHERE id = ?)", (file_id,))
        return [row[0] for row in rows]


def write_details(tx: Transaction, described: Iterable[tuple[int, Facts, bytes]]) -> None:
    """Replace the details of photos: (photo id, facts, packed tags)."""
    tx.executemany(_WRITE, (
        (photo_id, facts.title, facts.caption, facts.creator, facts.copyright, facts.exposure_program,
         facts.exposure_bias, facts.metering, facts.white_balance, facts.flash, facts.colour_profile, facts.codec,
         facts.frame_rate, facts.rotation, facts.content_identifier, facts.label, facts.rating, tags)
        for photo_id, facts, tags in described))


def write_face_regions(tx: Transaction, described: dict[int, Facts]) -> None:
    """Replace the face boxes that were read from files."""
    tx.execute("DELETE FROM face_regions WHERE photo_id IN (SELECT value FROM json_each(?))", (as_json(described),))
    tx.executemany("INSERT INTO face_regions VALUES (?, ?, ?, ?, ?, ?)", (
        (photo_id, face.name, face.x, face.y, face.w, face.h)
        for photo_id, facts in described.items() for face in facts.faces))
