"""Alphabetical places of file names. Names stay in SQLite; memory holds one number per photo."""

from __future__ import annotations

import threading

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns

# File names in order, letter case ignored. Names are bytes; ties (same name) share a place.
_IN_ORDER = """
SELECT group_concat(id, ' '), group_concat(fresh, ' ') FROM (
  SELECT id, name IS NOT lag(name) OVER (ORDER BY name) AS fresh FROM (
    SELECT photos.id AS id, lower(CAST(files.name AS TEXT)) AS name
    FROM photos JOIN files ON files.id = photos.file_id
  ) ORDER BY name
)
"""


class NameRanks:
    """Rank of each photo's file name, recomputed when photos changed. Thread-safe."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lock = threading.Lock()
        self._revision = -1
        self._ranks: Array = np.zeros(1, np.int64)

    def ranks(self) -> Array:
        """(rows,) 1 for the first name of the alphabet, equal names alike, 0 without a file."""
        with self._lock:
            revision = self._columns.revision("photos")
            if revision != self._revision or len(self._ranks) != self._columns.rows:
                self._ranks, self._revision = self._read(self._columns.rows), revision
            return self._ranks

    def _read(self, rows: int) -> Array:
        ids_text, fresh_text = self._columns.db.read().execute(_IN_ORDER).fetchone()
        ids = np.fromstring(ids_text or "", dtype=np.int64, sep=" ")
        fresh = np.fromstring(fresh_text or "", dtype=np.int64, sep=" ")
        ranks = np.zeros(max(rows, int(ids.max(initial=0)) + 1), np.int64)
        ranks[ids] = np.cumsum(fresh)
        return ranks[:rows]
