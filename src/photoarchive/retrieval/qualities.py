"""What is measured of photos in groups, in memory: strength of edges, quality of faces. See retrieval.keepers."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.duplicates import Duplicates
from photoarchive.catalog.face_columns import FaceColumns

Array = npt.NDArray[Any]

UNKNOWN = -1.0


class FaceQuality(Protocol):
    """How well faces are seen in photos."""

    def revision(self) -> int:
        """Rises with every change."""
        ...

    def of(self, photo_ids: Array) -> Array:
        """(n,) sum over the faces of each photo of 0–1: large, sharp, frontal, well lit. 0: nobody there."""
        ...


class NoFaces:
    """Where no faces are known."""

    def revision(self) -> int:
        """Never changes."""
        return 0

    def of(self, photo_ids: Array) -> Array:
        """(n,) zeros."""
        return np.zeros(len(photo_ids))


class KnownFaces:
    """The faces that were found and are not ignored."""

    def __init__(self, faces: FaceColumns) -> None:
        self._faces = faces

    def revision(self) -> int:
        """Rises whenever a face changed."""
        return self._faces.revision()

    def of(self, photo_ids: Array) -> Array:
        """(n,) a face that is turned away in one photo of a burst and clear in another makes the difference."""
        faces = self._faces.current()
        size = int(photo_ids.max(initial=0)) + 1
        counted = np.flatnonzero(faces.visible() & (faces.photo < size))
        sums = np.bincount(faces.photo[counted], faces.quality[counted] / 255, minlength=size)
        found: Array = sums[photo_ids]
        return found


class MeasuredQualities:
    """Sharpness by photo id, read when first asked for; quality of faces. Thread-safe."""

    def __init__(self, store: Duplicates, faces: FaceQuality | None = None) -> None:
        self._store, self._faces = store, faces or NoFaces()
        self._lock = threading.Lock()
        self._sharp: Array | None = None
        self._changes = 0

    @property
    def revision(self) -> int:
        """Rises with every change."""
        return self._changes + self._faces.revision()

    def sharpness(self, photo_ids: Array) -> Array:
        """(n,) strength of edges; 0 unknown."""
        return np.maximum(self._of(photo_ids), 0.0)

    def faces(self, photo_ids: Array) -> Array:
        """(n,) how well the faces are seen, all together; 0 unknown or nobody there."""
        return self._faces.of(photo_ids)

    def lacking(self, photo_ids: Array) -> Array:
        """Those of the photos whose sharpness is not known."""
        found: Array = photo_ids[self._of(photo_ids) == UNKNOWN]
        return found

    def put(self, photo_ids: Array, sharp: Array) -> None:
        """Sharpness was taken; UNKNOWN: it is to be taken again."""
        with self._lock:
            table = self._table(int(photo_ids.max(initial=0)) + 1)
            table[photo_ids] = sharp
            self._changes += 1

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
