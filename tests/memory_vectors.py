"""A small vector index and a model in memory, shaped like ml.vectors and ml.embedder, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.ml.embedder import Calibration, model_key, unit_rows

Array = npt.NDArray[Any]
DIMENSION = 24
CALIBRATION = Calibration(unrelated_mean=0.0, unrelated_sigma=0.2, similar=0.8)


class MemoryIndex:
    """Exact vectors of photos by id, and the revision at which each changed."""

    def __init__(self, model: str, dimension: int = DIMENSION) -> None:
        self.model, self.dimension = model, dimension
        self.revision = 1
        self.whole_scans = 0                        # how often the whole archive was scored
        self._vectors: dict[int, Array] = {}
        self._changed: dict[int, int] = {}

    @property
    def count(self) -> int:
        return len(self._vectors)

    def put(self, photo_id: int, vector: Array) -> None:
        """Add or replace one."""
        self.revision += 1
        self._vectors[photo_id] = unit_rows(vector[None])[0]
        self._changed[photo_id] = self.revision

    def remove(self, photo_id: int) -> None:
        """Take one away."""
        self.revision += 1
        del self._vectors[photo_id]
        self._changed[photo_id] = self.revision

    def having(self) -> Array:
        return np.array(sorted(self._vectors), np.int64)

    def vectors(self, ids: Array) -> Array:
        blank = np.zeros(self.dimension, np.float32)
        return np.array([self._vectors.get(int(i), blank) for i in ids], np.float32).reshape(-1, self.dimension)

    def scores(self, query: Array, ids: Array) -> Array:
        return (self.vectors(ids) * query).sum(axis=1, dtype=np.float32)      # the same for a row, however many

    def all_scores(self, query: Array) -> tuple[Array, Array]:
        self.whole_scans += 1
        return self.having(), self.scores(query, self.having())

    def top(self, query: Array, k: int, allowed: Array | None = None) -> tuple[Array, Array]:
        ids = self.having() if allowed is None else np.intersect1d(self.having(), np.flatnonzero(allowed))
        scores = self.scores(query, ids)
        order = np.lexsort((ids, -scores))[:k]
        return ids[order], scores[order]

    def above(self, query: Array, least: float, k: int) -> tuple[Array, Array]:
        ids, scores = self.all_scores(query)
        order = np.lexsort((ids, -scores))
        order = order[scores[order] >= np.float32(least)][:k]
        return ids[order], scores[order]

    def changed_since(self, revision: int) -> Array:
        return np.array(sorted(i for i, at in self._changed.items() if at > revision), np.int64)


class WordModel:
    """Every word is a direction of its own; a text is the sum of its words, a photo the sum of what it shows."""

    name, version, dimension, look_key, side = "words", "1", DIMENSION, "words:1", 32
    calibration = CALIBRATION

    def __init__(self, words: Sequence[str], version: str = "1") -> None:
        axes = np.random.default_rng(7).normal(size=(len(words), DIMENSION))
        self._axes = dict(zip(words, np.linalg.qr(axes.T)[0].T, strict=True))
        self.version = version
        self.asked: list[str] = []

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Array:
        self.asked += texts
        blank = np.zeros(DIMENSION)
        rows = [sum((self._axes.get(word.lower(), blank) for word in text.split()), blank) for text in texts]
        return unit_rows(np.array(rows))

    def showing(self, *words: str, noise: int = 0) -> Array:
        """The vector of a photo that shows these things."""
        blur = np.random.default_rng(noise).normal(size=DIMENSION) * 0.05
        return unit_rows((self.encode_texts([" ".join(words)])[0] + blur)[None])[0]


class MemoryModels:
    """The daily model, and the indexes of all models."""

    def __init__(self, model: WordModel) -> None:
        self.model: WordModel | None = model
        self.indexes: dict[str, MemoryIndex] = {}

    def daily(self) -> WordModel:
        if self.model is None:
            from photoarchive.core.errors import Unavailable

            raise Unavailable("The search model is not there.")
        return self.model

    def index(self, model: str) -> MemoryIndex:
        return self.indexes.setdefault(model, MemoryIndex(model))

    @property
    def photos(self) -> MemoryIndex:
        """The index of the daily model."""
        return self.index(model_key(self.daily()))
