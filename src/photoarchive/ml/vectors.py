"""Vectors of photos and the search among them: one store, one index per model.

SQLite (catalog.embeddings) is the truth in float16. Beside it lies a memory-mapped int8 matrix by photo id (ml.matrix)
that brute force runs over; before each question the revision it covers is compared with the catalog's, and what lies
between is read, so it cannot be behind: after a kill, a removed source, a restored catalog.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog import embeddings as tables
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.embeddings import Embeddings, Tag, Versions
from photoarchive.ml import matrix as matrices
from photoarchive.ml.matrix import Matrix, Owner, learned_basis, random_turn
from photoarchive.ml.scan import Among, Scanner, Wanted

log = logging.getLogger(__name__)

SHORT = 512                 # numbers a row has in a large archive
LARGE = 100_000             # photos from which rows of longer vectors are shortened
SAMPLE = 8_192              # vectors a shortening basis is learned from
RELEARN = 8                 # … and learned anew when there are so many times as many photos
EXACT = 4_000               # at most so many of the best are scored again from float16
DOUBT = 10                  # standard deviations of rounding: more than it ever moves two scores past each other
COMPLETE = "complete_models"    # in `meta`: keys of the models whose vectors once covered every photo
MANY = 4                    # if more than 1/MANY of the photos changed, everything is read in order

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class VectorIndex:
    """All vectors of one model. Thread-safe; a vector is found as soon as `VectorStore.add` returns."""

    def __init__(
        self, embeddings: Embeddings, catalog: str, model: str, folder: Path, scanner: Scanner
    ) -> None:
        self.model, self._scanner = model, scanner
        self._embeddings, self._catalog = embeddings, catalog
        self._path = folder / file_name(model)
        self._matrix: Matrix | None = None
        self._lock = threading.RLock()

    # ------------------------------------------------------------------ what there is

    @property
    def dimension(self) -> int:
        """Length of the vectors; 0 while there is none."""
        return self._embeddings.model(self.model)[1]

    @property
    def revision(self) -> int:
        """Rises with every added, replaced or removed vector; kept over restarts."""
        return self._embeddings.model(self.model)[2]

    @property
    def count(self) -> int:
        """How many photos have a vector."""
        matrix = self._current()
        return 0 if matrix is None else int(np.count_nonzero(matrix.present))

    def having(self) -> Ids:
        """Photos with a vector, ascending."""
        matrix = self._current()
        return np.zeros(0, np.int64) if matrix is None else np.flatnonzero(matrix.present)

    def changed_since(self, revision: int) -> Ids:
        """Photos whose vector came, changed or went after this revision, ascending."""
        newer, gone = self._embeddings.changes(self.model, revision)
        return np.union1d(newer, gone)

    # ------------------------------------------------------------------ search

    def top(self, query: npt.NDArray[Any], k: int, allowed: Mask | None = None) -> tuple[Ids, Scores]:
        """The k best photos for a query (d,), best first; allowed: by photo id, False or beyond its end: left out.

        The choice is made by int8 and the best (up to EXACT of them) are scored and ordered by float16.
        """
        matrix = self._current()
        if matrix is None or k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows, present = _used(matrix)
        among = Among(rows, matrix.signs[:len(rows)], present if allowed is None else _both(present, allowed))
        ids, rough = self._scanner.best(among, _rounded(matrix, query), _wanted(matrix, query, k))
        exact = self.scores(query, ids[:EXACT])
        order = np.argsort(-exact, kind="stable")
        rest = rough[EXACT:] * _unit(matrix, query)
        return (np.concatenate([ids[:EXACT][order], ids[EXACT:]])[:k],
                np.concatenate([exact[order], rest.astype(np.float32)])[:k])

    def all_scores(self, query: npt.NDArray[Any]) -> tuple[Ids, Scores]:
        """All photos with a vector, ascending, and their scores at int8 accuracy: for cut-offs and masks."""
        matrix = self._current()
        if matrix is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows, present = _used(matrix)
        ids = np.flatnonzero(present)
        scores = self._scanner.score(rows, _rounded(matrix, query))[ids]
        return ids, scores * np.float32(_unit(matrix, query))

    def above(self, query: npt.NDArray[Any], least: float, k: int) -> tuple[Ids, Scores]:
        """The photos that score at least `least`, the k best of them, and their scores; all at int8 accuracy."""
        matrix = self._current()
        if matrix is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        unit = np.float32(_unit(matrix, query))
        rows, present = _used(matrix)
        ids, rough = self._scanner.above(rows, present, _rounded(matrix, query),
                                         least / max(float(unit), 1e-12) - 1, k)
        scores = rough * unit
        chosen = scores >= np.float32(least)
        return ids[chosen], scores[chosen]

    def scores(self, query: npt.NDArray[Any], ids: npt.NDArray[Any]) -> Scores:
        """Exact scores of these photos, in the order asked; 0 for a photo without a vector."""
        places, vectors = self._embeddings.vectors(self.model, ids)
        scores = np.zeros(len(ids), np.float32)
        scores[places] = vectors.astype(np.float32) @ np.asarray(query, np.float32) if len(places) else 0
        return scores

    def vectors(self, ids: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """(n, d) in the order asked; zeros for a photo without a vector."""
        places, vectors = self._embeddings.vectors(self.model, ids)
        found = np.zeros((len(ids), vectors.shape[1]), np.float32)
        found[places] = vectors
        return found

    # ------------------------------------------------------------------ the derived matrix

    def read_ahead(self) -> None:
        """Open the matrix and let the system read it, so that the first question need not wait."""
        matrix = self._current()
        if matrix is not None:
            matrix.read_ahead()

    def warm(self) -> None:
        """The same, and check it; a damaged one is made again."""
        self.read_ahead()
        matrix = self._current()
        if matrix is None:
            return
        if not matrix.is_whole():
            with self._lock:
                if matrix is self._matrix and not matrix.is_whole():        # nobody was writing meanwhile
                    log.warning("The search index of %s was damaged and is made again", self.model)
                    self._build()
        elif suspected := matrix.wrong_signs():
            with self._lock:
                if wrong := matrix.wrong_signs(suspected):                  # not just being written
                    log.warning("Sign bits of %s were damaged and are made again", self.model)
                    matrix.mend_signs(wrong)

    def took(self, written: tables.Written, vectors: npt.NDArray[Any]) -> None:
        """Vectors that were just written to the catalog; rows for them at once."""
        with self._lock:
            matrix = self._matrix
            if matrix is not None and matrix.covered == written.before and not self._outgrown(matrix):
                matrix.put(written.photo_ids, vectors)
                matrix.set_covered(written.after)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._matrix is not None:
                self._matrix.close()
                self._matrix = None

    def _current(self) -> Matrix | None:
        """The matrix with every change of the catalog in it; None while there is no vector."""
        _, dimension, revision = self._embeddings.model(self.model)
        matrix = self._matrix
        if matrix is not None and matrix.covered == revision and matrix.owner.dimension == dimension:
            return matrix
        with self._lock:
            if not dimension:
                self.close()
                return None
            owner = Owner(self._catalog, self.model, dimension)
            if self._matrix is None or self._matrix.owner != owner:
                self.close()
                self._matrix = Matrix.open(self._path, owner)
            if self._matrix is None:
                self._build()
            else:
                self._follow(self._matrix)
            return self._matrix

    def _follow(self, matrix: Matrix) -> None:
        """Read what changed since the matrix was last written."""
        _, _, revision = self._embeddings.model(self.model)
        if matrix.covered > revision or self._outgrown(matrix):
            self._build()
            return
        newer, gone = self._embeddings.changes(self.model, matrix.covered)
        if len(newer) > SAMPLE and len(newer) * MANY > np.count_nonzero(matrix.present):
            self._build()
            return
        matrix.clear(np.setdiff1d(gone, newer))
        for start in range(0, len(newer), tables.READ_IDS):
            ids = newer[start:start + tables.READ_IDS]
            places, vectors = self._embeddings.vectors(self.model, ids)
            matrix.put(ids[places], vectors)
        matrix.set_covered(revision)

    def _outgrown(self, matrix: Matrix) -> bool:
        """Whether the basis was learned when the archive was much smaller."""
        count = int(np.count_nonzero(matrix.present))
        return (matrix.owner.dimension > SHORT and count >= LARGE
                and count >= RELEARN * max(matrix.learned_at, LARGE // RELEARN))

    def _build(self) -> None:
        """Make the matrix from the catalog. The one before keeps its files until nobody reads them."""
        _, dimension, revision = self._embeddings.model(self.model)
        ids, _ = self._embeddings.states(self.model)
        if dimension > SHORT and len(ids) >= LARGE:
            chosen = np.random.default_rng(0).choice(ids, min(SAMPLE, len(ids)), replace=False)
            basis = learned_basis(self._embeddings.vectors(self.model, chosen)[1], SHORT)
        else:
            basis = random_turn(dimension)
        self.close()
        matrix = Matrix.create(self._path, Owner(self._catalog, self.model, dimension), basis, len(ids))
        for part, vectors in self._embeddings.all_vectors(self.model):
            matrix.put(part, vectors)
        matrix.set_covered(revision)
        self._matrix = matrix


class Batch(msgspec.Struct, frozen=True):
    """What one look at some photos gave: vectors of one or two models, and guesses."""

    photo_ids: Ids
    versions: Versions                                      # content of the originals that was looked at
    vectors: Sequence[tuple[str, npt.NDArray[Any]]]         # (model key, (n, d))
    guesses: Sequence[Sequence[Tag]] | None = None


class VectorStore:
    """The vectors of all models of a catalog. Thread-safe."""

    def __init__(self, db: Database, run_dir: Path) -> None:
        self._db, self._folder = db, run_dir / "vectors"
        self.embeddings = Embeddings(db)
        self._catalog = str(db.meta("catalog_uuid"))
        self._indexes: dict[str, VectorIndex] = {}
        self._scanner = Scanner()
        self._lock = threading.Lock()
        self._adding = threading.Lock()         # matrices take batches in the order the catalog took them
        self._complete: tuple[str, ...] = tuple(json.loads(db.meta(COMPLETE, "[]")))

    def models(self) -> list[str]:
        """Keys of the models that have vectors."""
        return self.embeddings.models()

    def index(self, model: str) -> VectorIndex:
        """The index of a model; an empty one if it has no vectors yet."""
        with self._lock:
            if model not in self._indexes:
                self._indexes[model] = VectorIndex(
                    self.embeddings, self._catalog, model, self._folder, self._scanner)
            return self._indexes[model]

    def add(
        self, model: str, photo_ids: Sequence[int] | npt.NDArray[Any], vectors: npt.NDArray[Any],
        versions: Versions | None = None,
    ) -> None:
        """Keep one vector (row) per photo, in place of an earlier one; those of deleted photos are left out.

        versions: the content each shows; without, it counts as unknown and is replaced when a job sees the photo.
        """
        ids = np.asarray(photo_ids, np.int64)
        self.add_batch(Batch(ids, np.zeros(len(ids), np.uint64) if versions is None else versions, [(model, vectors)]))

    def add_batch(self, batch: Batch) -> None:
        """Keep all a batch holds in one transaction: a kill leaves all of it or nothing."""
        if not len(batch.photo_ids):
            return

        def work(tx: Transaction) -> list[tables.Written]:
            written = [tables.put_vectors(tx, model, batch.photo_ids, batch.versions, vectors)
                       for model, vectors in batch.vectors]
            if batch.guesses is not None:
                tables.put_guesses(tx, list(zip(batch.photo_ids.tolist(), batch.guesses, strict=True)))
            return written

        with self._adding:
            for (model, vectors), written in zip(batch.vectors, self._db.write(work), strict=True):
                kept = np.isin(batch.photo_ids, written.photo_ids)
                self.index(model).took(written, np.asarray(vectors)[kept].astype(np.float16))

    def write(self, work: Callable[[Transaction], None]) -> None:
        """Run a function of catalog.embeddings in a transaction."""
        self._db.write(work)

    def remove(self, models: Sequence[str], photo_ids: Sequence[int]) -> None:
        """Take the vectors of photos away."""
        def work(tx: Transaction) -> None:
            for model in models:
                tables.remove_vectors(tx, model, photo_ids)

        self._db.write(work)

    def drop(self, model: str) -> None:
        """Forget a model and all its vectors; made again, they count as complete only when they are."""
        self._note_complete([key for key in self.complete() if key != model])
        self.embeddings.drop(model)
        with self._lock:
            index = self._indexes.pop(model, None)
        if index is not None:
            index.close()
        matrices.delete(self._folder / file_name(model))

    def complete(self) -> list[str]:
        """Keys of the models that have once looked at every photo."""
        return list(self._complete)

    def set_complete(self, model: str) -> None:
        """A model has looked at every photo."""
        known = self.complete()
        if model not in known:
            self._note_complete([*known, model])

    def _note_complete(self, models: Sequence[str]) -> None:
        if list(models) != self.complete():
            self._db.write(lambda tx: tx.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (COMPLETE, json.dumps(list(models)))) and None)
            self._complete = tuple(models)      # every search asks for it, several times

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            for index in self._indexes.values():
                index.close()
            self._indexes.clear()
        self._scanner.close()


def file_name(model: str) -> str:
    """A name for the files of a model: readable, and never two for one."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", model)[:60]
    return f"{plain}-{hashlib.sha256(os.fsencode(model)).hexdigest()[:8]}"


def _used(matrix: Matrix) -> tuple[npt.NDArray[np.int8], Mask]:
    """The rows that hold something, and which of them are there; files are larger than what they hold."""
    used = matrix.used
    return matrix.rows[:used], matrix.present[:used]


def _wanted(matrix: Matrix, query: npt.NDArray[Any], k: int) -> Wanted:
    """The int8 rows among which the k best vectors are: each one read from the catalog may wait for the disk."""
    if matrix.width < matrix.owner.dimension:
        most = max(k, min(10 * k + 500, EXACT))
        return Wanted(most, most, 0.0)
    return Wanted(k, max(k, min(2 * k + 100, EXACT)), DOUBT * matrix.rounding / max(_unit(matrix, query), 1e-12))


def _both(present: Mask, allowed: Mask) -> Mask:
    passing = np.zeros(len(present), bool)
    shared = min(len(present), len(allowed))
    np.logical_and(present[:shared], allowed[:shared], out=passing[:shared])
    return passing


def _rounded(matrix: Matrix, query: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    return matrix.rounded(np.asarray(query, np.float32).reshape(1, -1)).reshape(-1)


def _unit(matrix: Matrix, query: npt.NDArray[Any]) -> float:
    """What one step of an int8 score is worth for this query."""
    turned = np.asarray(query, np.float32) @ matrix.basis
    return float(np.linalg.norm(turned) / matrix.scale**2)
