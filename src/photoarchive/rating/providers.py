"""What ranking takes from other parts when they exist: vectors of photos, and groups of near-identical ones."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from photoarchive.catalog.column_layout import Array


class EmbeddingProvider(Protocol):
    """Vectors of photos. Thread-safe; called from background threads only."""

    def model(self) -> str:
        """Names the model and its version: other vectors mean other features."""
        ...

    def revision(self) -> int:
        """Rises when vectors come, go or change."""
        ...

    def having(self) -> Array:
        """Ids of the photos with a vector, ascending (n,)."""
        ...

    def vectors(self, photo_ids: Array) -> Array:
        """(n, D) float32 of unit length, in the order asked; zeros for a photo without a vector."""
        ...


class GroupProvider(Protocol):
    """Bursts and duplicates: photos of one group never share a board."""

    def groups(self, photo_ids: Array) -> Array:
        """(n,) int64, the group of each photo; 0: none."""
        ...


class NoGroups:
    """A library whose bursts and duplicates are not known."""

    def groups(self, photo_ids: Array) -> Array:
        """Every photo stands alone."""
        return np.zeros(len(photo_ids), np.int64)
