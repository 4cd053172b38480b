"""What ranking takes from vectors: look-alikes by the model that has seen every photo."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.ml.embedder import unit_rows
from photoarchive.ml.host import ModelHost
from photoarchive.ml.vectors import VectorStore


class LookVectors:
    """rating.providers.EmbeddingProvider over the vectors for comparing photos with each other. Thread-safe."""

    def __init__(self, store: VectorStore, host: ModelHost) -> None:
        self._store, self._host = store, host

    def model(self) -> str:
        """The key of the vectors; "" while there are none."""
        key = self._host.look_key()
        return key if self._store.index(key).dimension else ""

    def revision(self) -> int:
        """Rises when vectors come, go or change."""
        return self._store.index(self._host.look_key()).revision

    def having(self) -> Array:
        """Ids of the photos with a vector, ascending (n,)."""
        return self._store.index(self._host.look_key()).having()

    def vectors(self, photo_ids: Array) -> Array:
        """(n, D) float32 of unit length, in the order asked; zeros for a photo without a vector."""
        return unit_rows(self._store.index(self._host.look_key()).vectors(np.asarray(photo_ids)))
