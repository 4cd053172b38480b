"""Brute force over int8 rows: dot products with one query, all of them or the best. Arrays in, arrays out.

simsimd uses the widest instructions the processor has. Rows are taken a chunk at a time by the calling thread and its
helpers, whoever is free takes the next: a core that is busy with something else holds nobody up (the threads of OpenMP
wait for each other at every call, which beside other work cost ten times what they won). Between two chunks other
threads of the server get their turn, and what cannot be among the best is dropped while it is still in the cache.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

CHUNK = 16_384              # rows per call: half a millisecond
GATHERED = 8_192            # scattered rows copied together per call: stays in the second-level cache
SPARSE = 0.3                # below this share of passing rows they are gathered instead of scanning all
THREADS = min(4, os.cpu_count() or 1)

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
Part = TypeVar("Part")


class Scanner:
    """The threads that go over rows. Thread-safe; several questions share them."""

    def __init__(self, threads: int = THREADS) -> None:
        self._helpers = threads - 1
        self._pool = ThreadPoolExecutor(max(1, self._helpers), "vector-scan")

    def score(self, rows: Rows, query: npt.NDArray[np.int8]) -> Scores:
        """rows (n, w), query (w,) → dot products (n,)."""
        scores = np.empty(len(rows), np.float32)

        def work(starts: Iterator[int]) -> None:
            for start in starts:
                scores[start:start + CHUNK] = _dot(rows[start:start + CHUNK], query)

        self._share(len(rows), CHUNK, work)
        return scores

    def best(self, rows: Rows, passing: Mask, query: npt.NDArray[np.int8], count: int) -> tuple[Ids, Scores]:
        """The `count` best of the passing rows (fewer if there are fewer), best first: row numbers and dot products."""
        share = np.count_nonzero(passing) / max(1, len(passing))
        if share >= SPARSE:
            return self._best_of_all(rows, passing, query, count, -np.inf)
        ids = np.flatnonzero(passing)

        def work(starts: Iterator[int]) -> _Best:
            best = _Best(count)
            for start in starts:
                chosen = ids[start:start + GATHERED]
                best.take(chosen, _dot(np.take(rows, chosen, axis=0), query))
            return best

        return _joined(self._share(len(ids), GATHERED, work), count)

    def above(
        self, rows: Rows, passing: Mask, query: npt.NDArray[np.int8], least: float, count: int
    ) -> tuple[Ids, Scores]:
        """The passing rows with a dot product of at least `least`, the `count` best: row numbers, dot products."""
        return self._best_of_all(rows, passing, query, count, np.nextafter(np.float32(least), np.float32(-np.inf)))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _best_of_all(
        self, rows: Rows, passing: Mask, query: npt.NDArray[np.int8], count: int, least: float | np.float32
    ) -> tuple[Ids, Scores]:
        def work(starts: Iterator[int]) -> _Best:
            best = _Best(count, least)
            for start in starts:
                best.take(start, _dot(rows[start:start + CHUNK], query), passing[start:start + CHUNK])
            return best

        return _joined(self._share(len(rows), CHUNK, work), count)

    def _share(self, length: int, chunk: int, work: Callable[[Iterator[int]], Part]) -> list[Part]:
        """Let this thread and the helpers take the chunks of a length, one after the other."""
        starts = iter(range(0, length, chunk))              # its next number goes to one thread only
        others: list[Future[Part]] = []
        with contextlib.suppress(RuntimeError):             # the archive is being closed: this thread does it alone
            others = [self._pool.submit(work, starts) for _ in range(min(self._helpers, length // chunk))]
        parts = [work(starts)]
        return parts + [other.result() for other in others if not other.cancel()]


class _Best:
    """The best so far above a least. Most rows fall below the worst of them and cost one comparison."""

    def __init__(self, count: int, least: float | np.float32 = -np.inf) -> None:
        self._count = count
        self._least = np.float32(least)
        self.ids: Ids = np.zeros(0, np.int64)
        self.scores: Scores = np.zeros(0, np.float32)

    def take(self, ids: Ids | int, scores: Scores, passing: Mask | None = None) -> None:
        """Consider rows: their numbers, or the number of the first of a run; and which of them may be taken."""
        better = scores > self._least
        above = np.flatnonzero(better if passing is None else better & passing)
        if not len(above):
            return
        self.ids = np.concatenate([self.ids, above + ids if isinstance(ids, int) else ids[above]])
        self.scores = np.concatenate([self.scores, scores[above]])
        if len(self.ids) > 2 * self._count:
            self.shrink()

    def shrink(self) -> None:
        """Keep no more than asked for; of equals the smaller number stays, whichever came first."""
        if len(self.ids) > self._count:
            kept = np.argpartition(-self.scores, self._count - 1)[:self._count]
            self.ids, self.scores = self.ids[kept], self.scores[kept]
            self._least = self.scores.min()


def _joined(parts: list[_Best], count: int) -> tuple[Ids, Scores]:
    """What the threads found, best first."""
    for part in parts:
        part.shrink()
    ids, scores = np.concatenate([part.ids for part in parts]), np.concatenate([part.scores for part in parts])
    order = np.lexsort((ids, -scores))[:count]
    return ids[order], scores[order]


def _dot(rows: Rows, query: npt.NDArray[np.int8]) -> Scores:
    import simsimd

    distances: Any = simsimd.cdist(query.reshape(1, -1), rows, "dot", out_dtype="float32", threads=1)
    return np.asarray(distances, np.float32).reshape(-1)
