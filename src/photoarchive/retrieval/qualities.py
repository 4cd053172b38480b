"""What is measured of photos in groups, in memory: strength of edges, quality of faces. See retrieval.keepers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.duplicates import Duplicates

Array = npt.NDArray[Any]

FaceQuality = Callable[[Array], Array]
UNKNOWN = -1.0


def no_faces(photo_ids: Array) -> Array:
    """Where no faces are known."""
    return np.zeros(len(photo_ids))


class MeasuredQualities:
    """Sharpness by photo id, read when first asked for. Thread-safe. faces: quality of the faces of photos, 0–1."""

    def __init__(self, store: Duplicates, faces: FaceQuality = no_faces) -> None:
        self._store, self._faces = store, faces
        self._lock = threading.Lock()
        self._sharp: Array | None = None
        self.revision = 0

    def sharpness(self, photo_ids: Array) -> Array:
        """(n,) strength of edges; 0 unknown."""
        return np.maximum(self._of(photo_ids), 0.0)

    def faces(self, photo_ids: Array) -> Array:
        """(n,) quality of the worst large face, 0–1; 0 unknown or nobody there."""
        return self._faces(photo_ids)

    def lacking(self, photo_ids: Array) -> Array:
        """Those of the photos whose sharpness is not known."""
        found: Array = photo_ids[self._of(photo_ids) == UNKNOWN]
        return found

    def put(self, photo_ids: Array, sharp: Array) -> None:
        """Sharpness was taken; UNKNOWN: it is to be taken again."""
        with self._lock:
            table = self._table(int(photo_ids.max(initial=0)) + 1)
            table[photo_ids] = sharp
            self.revision += 1

    def _of(self, photo_ids: Array) -> Array:
        with self._lock:
            found: Array = self._table(int(photo_ids.max(initial=0)) + 1)[photo_ids]
            return found

    def _table(self, rows: int) -> Array:
        if self._sharp is None:
            photos, sharp = self._store.sharpness()
            self._sharp = np.full(max(rows, int(photos.max(initial=0)) + 1), UNKNOWN)
            self._sharp[photos] = sharp
        if rows > len(self._sharp):
            more = np.full(max(rows, 2 * len(self._sharp)) - len(self._sharp), UNKNOWN)
            self._sharp = np.concatenate([self._sharp, more])
        return self._sharp
