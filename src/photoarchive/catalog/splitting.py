"""Takes files off a photo and makes them a photo of their own, with everything the user said about the first.

Needed when places that held one picture turn out to hold two: one was edited, or the quick key had joined them wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_copies import copy_faces
from photoarchive.catalog.files import refresh_photos

# Facts and marks that describe both photos; previews, ratings and actions stay with the first.
_COPIED = ("details", "marks", "photo_keywords", "overlays", "face_regions", "album_photos")
_NOT_COPIED = ("id", "leader_id", "pair_kind", "pair_split")


def split_off(tx: Transaction, photo_id: int, file_ids: Sequence[int]) -> int:
    """Make these files of a photo a new photo. At least one file must stay. Returns the id of the new photo."""
    names = [row[0] for row in tx.execute("SELECT name FROM pragma_table_info('photos')") if row[0] not in _NOT_COPIED]
    columns = ", ".join(names)
    new_id = int(tx.execute(f"INSERT INTO photos ({columns}) SELECT {columns} FROM photos WHERE id = ? RETURNING id",
                            (photo_id,)).fetchone()[0])
    tx.executemany("UPDATE files SET photo_id = ? WHERE id = ?", ((new_id, file_id) for file_id in file_ids))
    for table in _COPIED:
        rows = tx.execute("SELECT name FROM pragma_table_info(?) WHERE name <> 'photo_id'", (table,))
        columns = ", ".join(row[0] for row in rows)
        tx.execute(f"INSERT INTO {table} (photo_id, {columns}) SELECT ?, {columns} FROM {table} WHERE photo_id = ?",
                   (new_id, photo_id))
    copy_faces(tx, photo_id, new_id)
    for group in ("photos", "marks", "keywords", "text"):
        tx.changes.touch(group, [new_id])
    tx.changes.touch_all("albums")
    refresh_photos(tx, [photo_id, new_id])
    return new_id
