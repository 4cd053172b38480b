"""Faces as models and files give them: which photos were looked at, where faces are, what they look like.

Owns the tables `faces`, `face_descriptors`, `face_scans`, `face_models` and the boxes that files name. A face keeps its
id as long as something is found in its place, or somebody said something of it; so nothing said can be lost here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_columns import GROUP
from photoarchive.core.clock import now

FOUND, DRAWN, FILED = 0, 1, 2           # faces.origin
SAME_PLACE = 0.35                       # intersection over union of one face found twice
SAME_LOOK = 0.5                         # cosine of a face before and after its photo changed
READ_VECTORS = 50_000
SHOWN_KEY = "people_shown_model"        # in `meta`: the model whose faces are shown

Box = tuple[float, float, float, float]


class Seen(msgspec.Struct, frozen=True):
    """One face as a model saw it. box: fractions of the upright picture; vector (d,) float32, unit length."""

    box: Box
    score: float
    quality: float
    good: bool
    vector: Array


class Scan(msgspec.Struct, frozen=True):
    """What a model saw in one photo. version: of the preview it looked at. error: why it could not."""

    photo_id: int
    version: bytes
    faces: Sequence[Seen] = ()
    error: str | None = None


class Vectors(msgspec.Struct, frozen=True):
    """Descriptors of n faces. groups, people: 0 for none. vectors (n, d) float16."""

    ids: Array
    photos: Array
    good: Array
    groups: Array
    people: Array
    vectors: Array


class FaceStore:
    """Stores and reads them. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def model_id(self, key: str, name: str) -> int:
        """The number of a model; a new one is noted, and its faces are the ones shown from now on."""
        row = self._db.read().execute("SELECT id FROM face_models WHERE key = ?", (key,)).fetchone()
        if row:
            return int(row[0])
        return int(self._db.write(lambda tx: tx.execute(
            "INSERT INTO face_models (key, name) VALUES (?, ?) RETURNING id", (key, name)).fetchone())[0])

    def shown_model(self, first: int) -> int:
        """The model whose faces are shown; while none was in use before, `first` is noted as that one."""
        if self._db.meta(SHOWN_KEY) is None:
            self._db.write(lambda tx: tx.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (SHOWN_KEY, str(first))))
        return int(self._db.meta(SHOWN_KEY, first))

    def show_faces_of(self, model_id: int) -> None:
        """Another model is in use: show what it sees, what somebody said something of, and nothing else."""
        def write(tx: Transaction) -> None:
            tx.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       (SHOWN_KEY, str(model_id)))
            tx.execute(
                "UPDATE faces SET shown = 1 WHERE shown = 0 AND origin != ? AND EXISTS (SELECT 1 FROM face_descriptors "
                "WHERE model_id = ? AND face_id = faces.id)", (DRAWN, model_id))
            tx.execute(
                f"UPDATE faces SET shown = 0 WHERE shown = 1 AND origin = {FOUND} AND NOT {_SPOKEN_OF} "
                "AND NOT EXISTS (SELECT 1 FROM face_descriptors WHERE model_id = ? AND face_id = faces.id) "
                "AND EXISTS (SELECT 1 FROM face_scans WHERE model_id = ? AND photo_id = faces.photo_id)",
                (model_id, model_id))
            tx.changes.touch_all(GROUP)

        self._db.write(write)

    def scanned(self, model_id: int) -> tuple[Array, Array]:
        """Photos a model has looked at, and the versions of what it saw: (n,) int64, (n,) uint64."""
        rows = self._db.read().execute(
            "SELECT photo_id, version FROM face_scans WHERE model_id = ?", (model_id,)).fetchall()
        photos = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        return photos, np.frombuffer(b"".join(row[1] for row in rows), "<u8")

    def errors(self, model_id: int, limit: int, offset: int) -> tuple[list[tuple[int, str, float]], int]:
        """A page of the photos a model could not look at: (photo, reason, at); and how many there are."""
        connection = self._db.read()
        rows = connection.execute(
            "SELECT photo_id, error, at FROM face_scans WHERE model_id = ? AND error IS NOT NULL ORDER BY photo_id "
            "LIMIT ? OFFSET ?", (model_id, limit, offset)).fetchall()
        count = connection.execute("SELECT count(*) FROM face_scans WHERE model_id = ? AND error IS NOT NULL",
                                   (model_id,)).fetchone()[0]
        return rows, int(count)

    def vectors(self, model_id: int) -> Iterator[Vectors]:
        """All shown faces a model described, in pieces; those of the parts of pairs rest."""
        last = 0
        while rows := self._db.read().execute(_VECTORS, (model_id, last, READ_VECTORS)).fetchall():
            last = rows[-1][0]
            yield _vectors(rows)

    def vectors_of(self, model_id: int, face_ids: Iterable[int]) -> Vectors:
        """The same of some faces, shown or not."""
        rows = self._db.read().execute(_VECTORS_OF, (json.dumps([int(i) for i in face_ids]), model_id)).fetchall()
        return _vectors(rows)

    def looks_of(self, model_id: int, face_ids: Array) -> tuple[Array, Array]:
        """Those of some faces (ids ascending) that a model described, (n,), and their descriptors, (n, d) float16.
        Nothing else is read of them: somebody waits to see a person who has tens of thousands.
        """
        rows = self._db.read().execute(_LOOKS_OF, (json.dumps(face_ids.tolist()), model_id)).fetchall()
        data = np.frombuffer(b"".join([row[1] for row in rows]), "<f2")
        return (np.array([row[0] for row in rows], np.int64),
                data.reshape(len(rows), -1) if rows else data.reshape(0, 0))

    def boxes_to_describe(self, model_id: int, limit: int) -> list[tuple[int, int, Box]]:
        """Boxes that were drawn or named, in photos the model has looked at, which it has not described: (face, photo,
        box). What it could not describe has an empty descriptor and is left alone.
        """
        rows = self._db.read().execute(_TO_DESCRIBE, (model_id, model_id, limit)).fetchall()
        return [(row[0], row[1], (row[2], row[3], row[4], row[5])) for row in rows]

    # ------------------------------------------------------------------ storing

    def describe(self, tx: Transaction, model_id: int, face_id: int, seen: Seen | None) -> None:
        """What the model sees in a box that was drawn or named; None: no face."""
        vector = seen.vector.astype("<f2").tobytes() if seen else b""
        tx.execute("INSERT OR REPLACE INTO face_descriptors SELECT ?, id, ? FROM faces WHERE id = ?",
                   (model_id, vector, face_id))
        if seen:
            tx.execute("UPDATE faces SET quality = ?, good = ? WHERE id = ?", (seen.quality, seen.good, face_id))
        photo = tx.execute("SELECT photo_id FROM faces WHERE id = ?", (face_id,)).fetchone()
        tx.changes.touch(GROUP, list(photo or ()))

    def store(self, tx: Transaction, model_id: int, scans: Sequence[Scan]) -> list[int]:
        """Take over what a model saw. Returns the ids of the faces it saw, new and known ones."""
        seen: list[int] = []
        for scan in scans:
            tx.execute("INSERT OR REPLACE INTO face_scans VALUES (?, ?, ?, ?, ?)",
                       (model_id, scan.photo_id, scan.version, scan.error, now()))
            if scan.error is None:
                seen += _store_photo(tx, model_id, scan)
        tx.changes.touch(GROUP, [scan.photo_id for scan in scans])
        return seen


_SPOKEN_OF = ("(EXISTS (SELECT 1 FROM face_facts WHERE face_id = faces.id) "
              "OR EXISTS (SELECT 1 FROM people WHERE cover_face_id = faces.id))")
_TO_DESCRIBE = f"""
SELECT f.id, f.photo_id, f.x, f.y, f.w, f.h FROM faces f WHERE f.origin != {FOUND} AND f.shown = 1
AND NOT EXISTS (SELECT 1 FROM face_descriptors WHERE model_id = ? AND face_id = f.id)
AND EXISTS (SELECT 1 FROM face_scans WHERE model_id = ? AND photo_id = f.photo_id AND error IS NULL)
ORDER BY f.id LIMIT ?
"""
_COLUMNS = ("f.id, f.photo_id, f.good, coalesce(f.group_id, 0), coalesce(f.person_id, 0), d.vector")
_VECTORS = (f"SELECT {_COLUMNS} FROM face_descriptors d JOIN faces f ON f.id = d.face_id WHERE d.model_id = ? "
            "AND d.face_id > ? AND d.vector != x'' AND f.shown = 1 "
            "AND f.photo_id NOT IN (SELECT id FROM photos WHERE leader_id IS NOT NULL) "
            "AND NOT EXISTS (SELECT 1 FROM face_facts WHERE face_id = f.id AND person_id = 0 AND answer > 0) "
            "ORDER BY d.face_id LIMIT ?")
_VECTORS_OF = (f"SELECT {_COLUMNS} FROM json_each(?) g JOIN face_descriptors d ON d.face_id = g.value "
               "JOIN faces f ON f.id = d.face_id WHERE d.model_id = ? AND d.vector != x''")

_LOOKS_OF = ("SELECT d.face_id, d.vector FROM json_each(?) g CROSS JOIN face_descriptors d ON d.face_id = g.value "
             "WHERE d.model_id = ? AND d.vector != x''")


def _vectors(rows: list[tuple[Any, ...]]) -> Vectors:
    numbers = np.array([row[:5] for row in rows], np.int64).reshape(-1, 5)
    data = np.frombuffer(b"".join(row[5] for row in rows), "<f2")
    return Vectors(numbers[:, 0], numbers[:, 1], numbers[:, 2].astype(bool), numbers[:, 3], numbers[:, 4],
                   data.reshape(len(rows), -1) if rows else data.reshape(0, 0))


def _store_photo(tx: Transaction, model_id: int, scan: Scan) -> list[int]:
    """One photo: faces in a known place keep their id, new ones get one, vanished ones go unless spoken of."""
    known = tx.execute("SELECT id, x, y, w, h, origin FROM faces WHERE photo_id = ? AND (shown = 1 OR origin != ?)",
                       (scan.photo_id, DRAWN)).fetchall()
    known = [row for row in known if row[5] != DRAWN or _is_shown(tx, row[0])]
    places = matches([face.box for face in scan.faces], [row[1:5] for row in known])
    seen = []
    for place, face in enumerate(scan.faces):
        row = known[places[place]] if place in places else None
        face_id = _insert(tx, scan.photo_id, face) if row is None else _update(tx, model_id, row, face)
        tx.execute("INSERT OR REPLACE INTO face_descriptors VALUES (?, ?, ?)",
                   (model_id, face_id, face.vector.astype("<f2").tobytes()))
        seen.append(face_id)
    for row in known:
        if row[0] not in seen and row[5] == FOUND:
            _lost(tx, model_id, row[0])
    return seen


def _is_shown(tx: Transaction, face_id: int) -> bool:
    return bool(tx.execute("SELECT shown FROM faces WHERE id = ?", (face_id,)).fetchone()[0])


def _insert(tx: Transaction, photo_id: int, face: Seen) -> int:
    return int(tx.execute(
        "INSERT INTO faces (photo_id, x, y, w, h, score, quality, good, found_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "RETURNING id", (photo_id, *face.box, face.score, face.quality, face.good, now())).fetchone()[0])


def _update(tx: Transaction, model_id: int, row: tuple[Any, ...], face: Seen) -> int:
    """A known face seen again. One that looks quite different now is another one: only what was said of it stays."""
    face_id, origin = int(row[0]), int(row[5])
    box = row[1:5] if origin == DRAWN else face.box
    tx.execute("UPDATE faces SET x = ?, y = ?, w = ?, h = ?, score = ?, quality = ?, good = ?, shown = 1, origin = ? "
               "WHERE id = ?",
               (*box, face.score, face.quality, face.good, DRAWN if origin == DRAWN else FOUND, face_id))
    old = tx.execute("SELECT vector FROM face_descriptors WHERE model_id = ? AND face_id = ?",
                     (model_id, face_id)).fetchone()
    if old and old[0] and float(np.frombuffer(old[0], "<f2").astype(np.float32) @ face.vector) < SAME_LOOK:
        tx.execute("UPDATE faces SET group_id = NULL, person_id = NULL WHERE id = ? AND NOT EXISTS "
                   "(SELECT 1 FROM face_facts WHERE face_id = faces.id AND answer > 0)", (face_id,))
    return face_id


def _lost(tx: Transaction, model_id: int, face_id: int) -> None:
    """A found face that is no longer seen: kept if anything was said of it, hidden if another model sees it."""
    if tx.execute(f"SELECT {_SPOKEN_OF} FROM faces WHERE id = ?", (face_id,)).fetchone()[0]:
        return
    tx.execute("DELETE FROM face_descriptors WHERE model_id = ? AND face_id = ?", (model_id, face_id))
    if tx.execute("SELECT 1 FROM face_descriptors WHERE face_id = ?", (face_id,)).fetchone():
        tx.execute("UPDATE faces SET shown = 0, group_id = NULL, person_id = NULL WHERE id = ?", (face_id,))
    else:
        tx.execute("DELETE FROM faces WHERE id = ?", (face_id,))


def matches(found: Sequence[Box], known: Sequence[Box]) -> dict[int, int]:
    """Which found box is which known one, each once, best first: place in found → place in known."""
    scores = sorted(((same_place(one, other), i, j) for i, one in enumerate(found) for j, other in enumerate(known)),
                    key=lambda score: (-score[0], score[1], score[2]))
    pairs: dict[int, int] = {}
    for score, i, j in scores:
        if score >= SAME_PLACE and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def same_place(one: Box, other: Box) -> float:
    """0–1: intersection over union; a box well inside another one of a head's size counts too (files name heads)."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    inside, areas = width * height, (one[2] * one[3], other[2] * other[3])
    union = float(inside / (areas[0] + areas[1] - inside))
    if min(areas) > 0.12 * max(areas):
        return max(union, float(0.9 * inside / min(areas) * (min(areas) / max(areas)) ** 0.25))
    return union
