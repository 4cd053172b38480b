"""The features of one fit for all photos: a mapped file of float16, so that a million photos cost no memory of ours.

A row is written once and stays for as long as the fit: what was learned from a choice depends on the rows of its
board. Rows count only after they reached the disk; which those are lies in a file of one byte a photo.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import Array
from photoarchive.ranking.features import FeatureMap
from photoarchive.rating.providers import EmbeddingProvider

BLOCK = 2_048               # photos turned into features at a time: some 40 ms
ROOM = 65_536               # ids a file grows by


class FeatureStore:
    """Features of a fit by photo id. Thread-safe. rows() of a photo without a vector are zeros."""

    def __init__(self, folder: Path, fit_id: int, feature_map: FeatureMap) -> None:
        self.map = feature_map
        self._path = folder / f"features-{fit_id}.f16"
        self._known_path = folder / f"features-{fit_id}.known"
        self._lock = threading.Lock()
        self._rows: npt.NDArray[np.float16] = np.zeros((0, feature_map.size), np.float16)
        self._known: npt.NDArray[np.bool_] = np.zeros(0, bool)

    @property
    def size(self) -> int:
        """Features a photo."""
        return self.map.size

    def open(self) -> bool:
        """Map what an earlier run wrote. False: the files are gone or damaged, and the fit with them."""
        if not self.size:
            return True
        try:
            known = np.fromfile(self._known_path, np.uint8) != 0
            rows = self._path.stat().st_size // (2 * self.size)
        except OSError:
            return False
        if rows < len(known) or self._path.stat().st_size % (2 * self.size):
            return False
        with self._lock:
            self._rows, self._known = self._mapped(rows), known
        return True

    def known(self) -> Array:
        """Ids of the photos with features, ascending."""
        return np.flatnonzero(self._known)

    def rows(self, ids: Array) -> Array:
        """(n, P) float32."""
        rows, known = self._rows, self._known
        out = np.zeros((len(ids), self.size), np.float32)
        inside = ids < len(known)
        inside[inside] = known[ids[inside]]
        out[inside] = rows[ids[inside]]
        return out

    def fill(self, provider: EmbeddingProvider, leave: Array, between: Callable[[], None] = lambda: None) -> Array:
        """Add rows of photos that got a vector since, but not of `leave`: photos already chosen from without one.

        between: called after each block of photos; what it raises ends the filling. Returns their ids, ascending.
        """
        none = np.zeros(0, np.int64)
        if not self.size:
            return none
        having = provider.having()
        known = np.zeros(int(having.max(initial=0)) + 1, bool)
        shared = min(len(known), len(self._known))
        known[:shared] = self._known[:shared]
        fresh = having[~known[having]]
        fresh = np.setdiff1d(fresh, leave, assume_unique=True)
        if not len(fresh):
            return none
        rows, known = self._grown(int(fresh[-1]) + 1)
        for start in range(0, len(fresh), BLOCK):
            ids = fresh[start : start + BLOCK]
            rows[ids] = self.map.of(provider.vectors(ids))
            between()
        if isinstance(rows, np.memmap):
            rows.flush()
        known[fresh] = True
        known.astype(np.uint8).tofile(self._known_path)
        with self._lock:
            self._rows, self._known = rows, known
        return np.asarray(fresh)

    def forget(self) -> None:
        """Delete the files."""
        self._path.unlink(missing_ok=True)
        self._known_path.unlink(missing_ok=True)

    def _grown(self, needed: int) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.bool_]]:
        known = np.zeros(max(needed, len(self._known)), bool)
        known[: len(self._known)] = self._known
        if needed <= len(self._rows):
            return self._rows, known
        room = -(-needed // ROOM) * ROOM
        with self._path.open("ab") as file:
            file.truncate(room * 2 * self.size)
        return self._mapped(room), known

    def _mapped(self, rows: int) -> npt.NDArray[np.float16]:
        return np.memmap(self._path, np.float16, "r+", shape=(rows, self.size))


def forget_others(folder: Path, fit_id: int) -> None:
    """Delete the files of all fits but one: of those whose making was cut off."""
    for path in folder.glob("features-*.*"):
        if path.stem != f"features-{fit_id}":
            path.unlink(missing_ok=True)
