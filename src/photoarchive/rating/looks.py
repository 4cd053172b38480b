"""How photos look, for ranking: the vectors photos are compared with each other by, of the model that is complete."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.ml.vectors import VectorStore


class Looks:
    """An EmbeddingProvider over the stored vectors. look_key: names the model in use (ModelHost.look_key)."""

    def __init__(self, store: VectorStore, look_key: Callable[[], str]) -> None:
        self._store, self._look_key = store, look_key

    def model(self) -> str:
        """Key of the model and its version."""
        return self._look_key()

    def revision(self) -> int:
        """Another number whenever vectors come, go or change, or another model takes over."""
        key = self._look_key()
        return zlib.crc32(key.encode()) << 32 | self._store.index(key).revision

    def having(self) -> Array:
        """Ids of the photos with a vector, ascending."""
        return self._store.index(self._look_key()).having()

    def vectors(self, photo_ids: Array) -> Array:
        """(n, D) unit vectors; zeros for a photo without one."""
        vectors = self._store.index(self._look_key()).vectors(photo_ids)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, 1e-6), np.float32)
