"""Brute force over int8 rows: dot products with one query, all of them or the best. Pure: arrays in, arrays out.

simsimd uses the widest instructions the processor has. Rows are taken a chunk at a time: between two chunks other
threads get their turn, and what cannot be among the best is dropped while it is still in the cache.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

CHUNK = 262_144             # rows per call: 4–8 ms; smaller ones lose more to the start of the threads
GATHERED = 8_192            # scattered rows copied together per call, one thread: stays in the second-level cache
SPARSE = 0.3                # below this share of passing rows they are gathered instead of scanning all
THREADS = min(4, os.cpu_count() or 1)

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]


def score_rows(rows: Rows, query: npt.NDArray[np.int8]) -> Scores:
    """rows (n, w), query (w,) → dot products (n,)."""
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        scores[start:start + CHUNK] = _dot(rows[start:start + CHUNK], query)
    return scores


def best_rows(rows: Rows, passing: Mask, query: npt.NDArray[np.int8], count: int) -> tuple[Ids, Scores]:
    """The `count` best of the passing rows (fewer if there are fewer), best first: row numbers and dot products."""
    best = _Best(count)
    share = np.count_nonzero(passing) / max(1, len(passing))
    if share < SPARSE:
        ids = np.flatnonzero(passing)
        for start in range(0, len(ids), GATHERED):
            chosen = ids[start:start + GATHERED]
            best.take(chosen, _dot(np.take(rows, chosen, axis=0), query, threads=1))
    else:
        for start in range(0, len(rows), CHUNK):
            scores = _dot(rows[start:start + CHUNK], query)
            scores[~passing[start:start + CHUNK]] = -np.inf
            best.take(start, scores)
    return best.result()


def rows_above(rows: Rows, passing: Mask, query: npt.NDArray[np.int8], least: float, count: int) -> tuple[Ids, Scores]:
    """The passing rows with a dot product of at least `least`, the `count` best of them: row numbers, dot products."""
    best = _Best(count, np.nextafter(np.float32(least), np.float32(-np.inf)))
    for start in range(0, len(rows), CHUNK):
        scores = _dot(rows[start:start + CHUNK], query)
        scores[~passing[start:start + CHUNK]] = -np.inf
        best.take(start, scores)
    return best.result()


class _Best:
    """The best so far above a least. Most rows fall below the worst of them and cost one comparison."""

    def __init__(self, count: int, least: float | np.float32 = -np.inf) -> None:
        self._count = count
        self._least = np.float32(least)
        self._ids: Ids = np.zeros(0, np.int64)
        self._scores: Scores = np.zeros(0, np.float32)

    def take(self, ids: Ids | int, scores: Scores) -> None:
        """Consider rows: their numbers, or the number of the first of a run."""
        above = np.flatnonzero(scores > self._least)
        if not len(above):
            return
        self._ids = np.concatenate([self._ids, above + ids if isinstance(ids, int) else ids[above]])
        self._scores = np.concatenate([self._scores, scores[above]])
        if len(self._ids) > 2 * self._count:
            self._shrink()

    def _shrink(self) -> None:
        if len(self._ids) > self._count:
            kept = np.argpartition(-self._scores, self._count - 1)[:self._count]
            self._ids, self._scores = self._ids[kept], self._scores[kept]
            self._least = self._scores.min()

    def result(self) -> tuple[Ids, Scores]:
        self._shrink()
        order = np.lexsort((self._ids, -self._scores))
        return self._ids[order], self._scores[order]


def _dot(rows: Rows, query: npt.NDArray[np.int8], threads: int = THREADS) -> Scores:
    import simsimd

    distances: Any = simsimd.cdist(query.reshape(1, -1), rows, "dot", out_dtype="float32", threads=threads)
    return np.asarray(distances, np.float32).reshape(-1)
