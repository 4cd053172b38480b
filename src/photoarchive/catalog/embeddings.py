"""Vectors of photos in SQLite: the truth in float16, with the content each shows and the revision it came with; the
photos no vector could be made of; and what the bundled model takes for the content of each (guesses, "tags").

Owns the tables of migration 0005. Searching is ml.vectors. Functions with a transaction belong into `Database.write`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.joined import numbers
from photoarchive.core.clock import now

PHOTO_BITS = 40                         # a row's id is model << 40 | photo
PHOTO_MASK = (1 << PHOTO_BITS) - 1
READ_IDS = 20_000                       # rows fetched per statement of a long reading
SURE = 0.2                              # a guess of at least this probability is searched for as a word
FRAMES = 0x6672_616D_6573_5F21          # a version with these bits turned: frames of a film were seen, not its poster
SEPARATOR = " | "
START_PER_SECOND = 1000                 # revisions of a new model start at the time: above those of any model before it

Ids = npt.NDArray[np.int64]
Versions = npt.NDArray[np.uint64]
Halves = npt.NDArray[np.float16]


class Tag(msgspec.Struct, frozen=True):
    """A guess of the bundled model."""

    label: str
    probability: float      # 0–1


class VectorFailure(msgspec.Struct, frozen=True):
    """Why no vector could be made of a photo's content."""

    photo_id: int
    reason: str
    at: float


class Written(msgspec.Struct, frozen=True):
    """What a writing did to the revision of a model: nothing came in between if before is what was known."""

    before: int
    after: int
    photo_ids: Ids          # those really written: of photos that still exist


def of_frames(contents: Versions) -> Versions:
    """The versions of vectors that show frames of films with these contents."""
    return contents ^ np.uint64(FRAMES)


class Embeddings:
    """The tables of vectors. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ------------------------------------------------------------------ models

    def models(self) -> list[str]:
        """Keys of all models that have vectors."""
        rows = self._db.read().execute(
            "SELECT key FROM vector_models m WHERE EXISTS (SELECT 1 FROM vectors WHERE id >> 40 = m.id) ORDER BY id")
        return [row[0] for row in rows]

    def model(self, key: str) -> tuple[int, int, int]:
        """(id, dimension, revision) of a model; zeros if it has no vectors."""
        row = self._db.read().execute("SELECT id, dimension, revision FROM vector_models WHERE key = ?",
                                      (key,)).fetchone()
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    def drop(self, key: str) -> None:
        """Forget a model and all its vectors, a part at a time."""
        def work(tx: Transaction) -> int:
            row = tx.execute("SELECT id FROM vector_models WHERE key = ?", (key,)).fetchone()
            if row is None:
                return 0
            gone = tx.execute("DELETE FROM vectors WHERE id IN (SELECT id FROM vectors WHERE id >> 40 = ? LIMIT ?)",
                              (row[0], READ_IDS)).rowcount
            if not gone:
                tx.execute("DELETE FROM vector_models WHERE id = ?", (row[0],))
            return gone

        while self._db.write(work):
            pass

    # ------------------------------------------------------------------ reading vectors

    def states(self, key: str, since: int = -1) -> tuple[Ids, Versions]:
        """Photos with a vector newer than a revision, in no order, and the content each shows (0: not known)."""
        model, _, _ = self.model(key)
        ids, versions = self._db.read().execute(
            f"SELECT group_concat(id & {PHOTO_MASK}, ' '), group_concat(version, ' ') FROM vectors "
            "WHERE id >> 40 = ? AND revision > ?", (model, since)).fetchone()
        return numbers(ids), numbers(versions).view(np.uint64)

    def changes(self, key: str, since: int) -> tuple[Ids, Ids]:
        """(photos with a vector newer than a revision, photos whose vector went after it), each ascending.

        A photo whose vector went and came again is in both.
        """
        model, _, _ = self.model(key)
        newer, = self._db.read().execute(f"SELECT group_concat(id & {PHOTO_MASK}, ' ') FROM vectors "
                                         "WHERE id >> 40 = ? AND revision > ?", (model, since)).fetchone()
        return np.sort(numbers(newer)), self.gone(key, since)

    def gone(self, key: str, since: int) -> Ids:
        """Photos whose vector went after a revision, ascending; it may have come again."""
        model, _, _ = self.model(key)
        gone, = self._db.read().execute("SELECT group_concat(photo_id, ' ') FROM vector_removals "
                                        "WHERE model_id = ? AND revision > ?", (model, since)).fetchone()
        return np.sort(numbers(gone))

    def vectors(self, key: str, photo_ids: npt.NDArray[Any]) -> tuple[Ids, Halves]:
        """(positions in photo_ids that have a vector, their vectors (m, dimension))."""
        model, dimension, _ = self.model(key)
        asked = np.asarray(photo_ids, np.int64)
        order = np.argsort(asked, kind="stable")
        places: list[Ids] = []
        parts: list[bytes] = []
        for start in range(0, len(asked), READ_IDS):
            chunk = order[start:start + READ_IDS]
            ids = asked[chunk] | (model << PHOTO_BITS)
            rows = self._db.read().execute(
                "SELECT id, vector FROM vectors WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids.tolist()),)).fetchall()
            found = {row[0]: row[1] for row in rows}
            has = np.fromiter((int(one) in found for one in ids), bool, len(ids))
            places.append(chunk[has])
            parts += [found[int(one)] for one in ids[has]]
        vectors = np.frombuffer(b"".join(parts), "<f2").reshape(-1, dimension) if parts else np.zeros(
            (0, dimension), np.float16)
        return (np.concatenate(places) if places else np.zeros(0, np.int64)), vectors

    def all_vectors(self, key: str, above: int = 0) -> Iterator[tuple[Ids, Halves]]:
        """All vectors of photos with greater ids, by ascending id, in parts of up to READ_IDS."""
        model, dimension, _ = self.model(key)
        last = (model << PHOTO_BITS) | above
        end = (model << PHOTO_BITS) | PHOTO_MASK
        while True:
            rows = self._db.read().execute(
                "SELECT id, vector FROM vectors WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
                (last, end, READ_IDS)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            ids = np.fromiter((row[0] for row in rows), np.int64, len(rows)) & PHOTO_MASK
            yield ids, np.frombuffer(b"".join(row[1] for row in rows), "<f2").reshape(-1, dimension)

    def outlived(self, key: str) -> list[int]:
        """Photos whose vector shows a content that is no more, while the present one cannot be shown at all."""
        model, _, _ = self.model(key)
        rows = self._db.read().execute(
            "SELECT f.photo_id, f.version, v.version FROM preview_failures f "
            f"JOIN vectors v ON v.id = (? << {PHOTO_BITS}) | f.photo_id", (model,)).fetchall()
        return [photo_id for photo_id, present, shown in rows
                if (shown & 0xFFFF_FFFF_FFFF_FFFF) ^ int.from_bytes(present, "little") not in (0, FRAMES)]

    # ------------------------------------------------------------------ failures

    def failed_states(self, key: str) -> tuple[Ids, Versions]:
        """Photos set aside, and the content that failed."""
        model, _, _ = self.model(key)
        rows = self._db.read().execute("SELECT photo_id, version FROM vector_failures WHERE model_id = ?",
                                       (model,)).fetchall()
        table = np.array(rows, np.int64).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy().view(np.uint64)

    def failures(self, key: str, limit: int, offset: int) -> tuple[list[VectorFailure], int]:
        """A page of the photos set aside, newest first, and how many there are."""
        model, _, _ = self.model(key)
        read = self._db.read().execute
        count = read("SELECT count(*) FROM vector_failures WHERE model_id = ?", (model,)).fetchone()[0]
        rows = read("SELECT photo_id, reason, at FROM vector_failures WHERE model_id = ? "
                    "ORDER BY at DESC, photo_id LIMIT ? OFFSET ?", (model, limit, offset))
        return [VectorFailure(*row) for row in rows], int(count)

    # ------------------------------------------------------------------ guesses

    def tags(self, photo_ids: Iterable[int]) -> dict[int, list[Tag]]:
        """What the bundled model takes for the content of each photo, best first; [] where it has not looked yet."""
        wanted = [int(photo_id) for photo_id in photo_ids]
        found: dict[int, list[Tag]] = {photo_id: [] for photo_id in wanted}
        rows = self._db.read().execute(
            "SELECT photo_id, labels, probabilities FROM guesses WHERE photo_id IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),))
        for photo_id, labels, probabilities in rows:
            found[photo_id] = [Tag(label, byte / 255) for label, byte in
                               zip(labels.split(SEPARATOR), probabilities, strict=True)]
        return found

    def sure_of(self, photo_ids: Sequence[int]) -> dict[int, str]:
        """The likely labels of these photos, joined by SEPARATOR, of those the model has looked at."""
        return dict(self._db.read().execute(
            "SELECT photo_id, sure FROM guesses WHERE photo_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(photo_ids)),)).fetchall())

    def sure_tags(self, above: int = 0) -> list[tuple[int, str]]:
        """(photo, its likely labels joined by SEPARATOR) of photos with greater ids that have any."""
        return self._db.read().execute(
            "SELECT photo_id, sure FROM guesses WHERE photo_id > ? AND sure <> '' ORDER BY photo_id", (above,)
        ).fetchall()


# ---------------------------------------------------------------------- writing


def put_vectors(
    tx: Transaction, key: str, photo_ids: Ids, versions: Versions, vectors: npt.NDArray[Any]
) -> Written:
    """Write one vector per photo in place of an earlier one; a failure recorded before is forgotten.

    vectors (n, d). Photos deleted meanwhile are left out.
    """
    vectors = np.ascontiguousarray(vectors, "<f2")
    model, before = _ensure_model(tx, key, vectors.shape[1])
    after = before + 1
    alive = _alive(tx, photo_ids)
    rows = [((model << PHOTO_BITS) | int(photo_ids[at]), int(versions[at].astype(np.int64)), after,
             vectors[at].tobytes()) for at in np.flatnonzero(alive)]
    tx.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, "
                   "revision = excluded.revision, vector = excluded.vector", rows)
    tx.executemany("DELETE FROM vector_failures WHERE photo_id = ? AND model_id = ?",
                   [(int(photo_id), model) for photo_id in photo_ids[alive]])
    tx.execute("UPDATE vector_models SET revision = ? WHERE id = ?", (after, model))
    return Written(before, after, photo_ids[alive])


def remove_vectors(tx: Transaction, key: str, photo_ids: Iterable[int]) -> None:
    """Take vectors away: of photos whose present content has none."""
    row = tx.execute("SELECT id, revision FROM vector_models WHERE key = ?", (key,)).fetchone()
    if row is None:
        return
    model, revision = row[0], row[1] + 1
    for photo_id in map(int, photo_ids):
        if tx.execute("DELETE FROM vectors WHERE id = ?", ((model << PHOTO_BITS) | photo_id,)).rowcount:
            tx.execute("INSERT OR IGNORE INTO vector_removals VALUES (?, ?, ?)", (model, revision, photo_id))
    tx.execute("UPDATE vector_models SET revision = ? WHERE id = ?", (revision, model))


def put_failure(
    tx: Transaction, key: str, dimension: int, *, photo_id: int, version: int, reason: str
) -> None:
    """Set a photo aside until its content changes."""
    model, _ = _ensure_model(tx, key, dimension)
    if _alive(tx, np.array([photo_id], np.int64))[0]:
        tx.execute("INSERT OR REPLACE INTO vector_failures VALUES (?, ?, ?, ?, ?)",
                   (photo_id, model, int(np.uint64(version).astype(np.int64)), reason, now()))


def put_guesses(tx: Transaction, guesses: Sequence[tuple[int, Sequence[Tag]]]) -> None:
    """Write what a model takes for the content of photos; likely labels become words of the text index."""
    rows = [(photo_id, SEPARATOR.join(tag.label for tag in tags), bytes(round(tag.probability * 255) for tag in tags),
             SEPARATOR.join(tag.label for tag in tags if tag.probability >= SURE)) for photo_id, tags in guesses]
    tx.executemany("INSERT INTO guesses SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM photos WHERE id = ?1) "
                   "ON CONFLICT (photo_id) DO UPDATE SET labels = excluded.labels, "
                   "probabilities = excluded.probabilities, sure = excluded.sure", rows)
    tx.changes.touch("text", [photo_id for photo_id, _ in guesses])


def _ensure_model(tx: Transaction, key: str, dimension: int) -> tuple[int, int]:
    row = tx.execute("SELECT id, revision, dimension FROM vector_models WHERE key = ?", (key,)).fetchone()
    if row is None:
        start = int(now() * START_PER_SECOND)
        row = tx.execute("INSERT INTO vector_models (key, dimension, revision, created_at) VALUES (?, ?, ?, ?) "
                         "RETURNING id, revision, dimension", (key, dimension, start, now())).fetchone()
    if row[2] != dimension:
        raise ValueError(f"vectors of {key} have {row[2]} numbers, not {dimension}")
    return row[0], row[1]


def _alive(tx: Transaction, photo_ids: Ids) -> npt.NDArray[np.bool_]:
    """Which of these photos exist."""
    rows = tx.execute("SELECT id FROM photos WHERE id IN (SELECT value FROM json_each(?))",
                      (json.dumps(photo_ids.tolist()),)).fetchall()
    return np.isin(photo_ids, _sorted_ids(rows))


def _sorted_ids(rows: Sequence[Sequence[Any]]) -> Ids:
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    ids.sort()
    return ids
