"""Fingerprints of photos and the likest pairs among them. Owns `fingerprints`, `fingerprint_details`, `likenesses`.

All of it is derived from previews. What the user decided about duplicates is `catalog.duplicate_decisions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.targets import as_text

Array = npt.NDArray[Any]

GROUP = "duplicates"        # what changes are told as: a group without columns
READ_ROWS = 50_000
DETAIL_BYTES = 1024


class Prints(msgspec.Struct, frozen=True):
    """Fingerprints as columns of equal length. version and hash: u64; moment: see retrieval.bursts."""

    photo: Array            # i64
    version: Array          # u64
    hash: Array             # u64
    shape: Array            # i16
    moment: Array           # i64
    compared: Array         # bool

    def __len__(self) -> int:
        return len(self.photo)


class Duplicates:
    """The tables. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def prints(self) -> Prints:
        """All fingerprints, by photo. A second and a half per million."""
        newest = self._db.read().execute("SELECT coalesce(max(photo_id), 0) FROM fingerprints").fetchone()[0]
        parts = [self._prints_between(first, first + READ_ROWS - 1) for first in range(0, newest + 1, READ_ROWS)]
        names = Prints.__struct_fields__
        return Prints(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def count_compared(self) -> int:
        """How many photos have a fingerprint that was compared with all others."""
        count: int = self._db.read().execute("SELECT count(*) FROM fingerprints WHERE compared = 1").fetchone()[0]
        return count

    def _prints_between(self, first: int, last: int) -> Prints:
        rows = self._db.read().execute(
            "SELECT photo_id, version, hash, shape, moment, compared FROM fingerprints WHERE photo_id BETWEEN ? AND ? "
            "ORDER BY photo_id", (first, last)).fetchall()
        photo, version, hashed, shape, moment, compared = zip(*rows, strict=True) if rows else ((),) * 6
        return Prints(np.array(photo, np.int64), np.frombuffer(b"".join(version), "<u8"),
                      np.array(hashed, np.int64).view(np.uint64), np.array(shape, np.int16),
                      np.array(moment, np.int64), np.array(compared, bool))

    def details(self, photo_ids: Array) -> Array:
        """(n, 1024) int8 in the order asked; zeros for a photo without."""
        unique, places = np.unique(photo_ids, return_inverse=True)
        rows = self._db.read().execute(
            "SELECT photo_id, detail FROM fingerprint_details WHERE photo_id IN (SELECT value FROM json_each(?))",
            (as_text(unique),)).fetchall()
        table = np.zeros((len(unique), DETAIL_BYTES), np.int8)
        if rows:
            known = np.array([row[0] for row in rows], np.int64)
            table[np.searchsorted(unique, known)] = np.frombuffer(
                b"".join(row[1] for row in rows), np.int8).reshape(-1, DETAIL_BYTES)
        found: Array = table[places.ravel()]
        return found

    def likenesses(self) -> tuple[Array, Array, Array, Array]:
        """(first, second, likeness, kind) of all kept pairs."""
        rows = self._db.read().execute("SELECT first, second, likeness, kind FROM likenesses").fetchall()
        first, second, likeness, kind = zip(*rows, strict=True) if rows else ((),) * 4
        return np.array(first, np.int64), np.array(second, np.int64), np.array(likeness), np.array(kind, np.int64)

    def sharpness(self) -> tuple[Array, Array]:
        """(photos, strength of edges) of those it was taken of."""
        rows = self._db.read().execute("SELECT photo_id, sharp FROM fingerprints WHERE sharp IS NOT NULL").fetchall()
        photo, sharp = zip(*rows, strict=True) if rows else ((), ())
        return np.array(photo, np.int64), np.array(sharp, np.float64)

    def write(self, work: Callable[[Transaction], None]) -> None:
        """Run one of the functions below, several of them too, in a transaction of their own."""
        self._db.write(work)


def put_prints(tx: Transaction, prints: Prints, details: Array) -> None:
    """Keep fingerprints and details (n, 1024) int8, in place of earlier ones; not of photos that are gone."""
    signed = prints.hash.view(np.int64).tolist()
    rows = zip(prints.photo.tolist(), prints.version, signed, prints.shape.tolist(), prints.moment.tolist(),
               prints.compared.tolist(), strict=True)
    tx.executemany(
        "INSERT INTO fingerprints (photo_id, version, hash, shape, moment, compared) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM photos WHERE id = ?1) ON CONFLICT (photo_id) "
        "DO UPDATE SET version = excluded.version, hash = excluded.hash, shape = excluded.shape, "
        "moment = excluded.moment, compared = excluded.compared, sharp = NULL",
        ((photo, int(version).to_bytes(8, "little"), *rest) for photo, version, *rest in rows))
    tx.executemany(
        "INSERT OR REPLACE INTO fingerprint_details SELECT ?1, ?2 "
        "WHERE EXISTS (SELECT 1 FROM fingerprints WHERE photo_id = ?1)",
        ((photo, detail.tobytes()) for photo, detail in zip(prints.photo.tolist(), details, strict=True)))


def mark_compared(tx: Transaction, photo_ids: Array, moments: Array) -> None:
    """All likest pairs of these photos are kept now."""
    tx.executemany("UPDATE fingerprints SET compared = 1, moment = ? WHERE photo_id = ?",
                   zip(moments.tolist(), photo_ids.tolist(), strict=True))


def mark_uncompared(tx: Transaction, photo_ids: Array) -> None:
    """Forget all pairs of these photos (whole trees of them); they are compared again."""
    tx.executemany("DELETE FROM likenesses WHERE first = ?", ((photo,) for photo in photo_ids.tolist()))
    tx.executemany("DELETE FROM likenesses WHERE second = ?", ((photo,) for photo in photo_ids.tolist()))
    tx.executemany("UPDATE fingerprints SET compared = 0 WHERE photo_id = ?",
                   ((photo,) for photo in photo_ids.tolist()))
    tx.changes.touch(GROUP, photo_ids)


def drop_pairs(tx: Transaction, pairs: Array) -> None:
    """Take pairs away that stronger ones replace."""
    tx.executemany("DELETE FROM likenesses WHERE first = ? AND second = ?",
                   zip(pairs["first"].tolist(), pairs["second"].tolist(), strict=True))


def put_pairs(tx: Transaction, pairs: Array) -> None:
    """Keep pairs (fields first, second, likeness, kind); not of photos that are gone."""
    tx.executemany(
        "INSERT OR REPLACE INTO likenesses SELECT ?1, ?2, ?3, ?4 "
        "WHERE EXISTS (SELECT 1 FROM fingerprints WHERE photo_id = ?1) "
        "AND EXISTS (SELECT 1 FROM fingerprints WHERE photo_id = ?2)", pairs.tolist())
    tx.changes.touch(GROUP, np.concatenate([pairs["first"], pairs["second"]]))


def put_sharpness(tx: Transaction, photo_ids: list[int], sharp: list[float]) -> None:
    """Keep the strength of edges of some photos."""
    tx.executemany("UPDATE fingerprints SET sharp = ? WHERE photo_id = ?", zip(sharp, photo_ids, strict=True))
    tx.changes.touch(GROUP, photo_ids)
