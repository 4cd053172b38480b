"""Brute force over int8 rows: dot products with one query, all of them or the best. Arrays in, arrays out.

simsimd uses the widest instructions the processor has. Rows are taken a chunk at a time by the calling thread and its
helpers, whoever is free takes the next: a core that is busy with something else holds nobody up (the threads of OpenMP
wait for each other at every call, which beside other work cost ten times what they won). Between two chunks other
threads of the server get their turn, and what cannot be among the best is dropped while it is still in the cache.

The best few of many are looked for among the sign bits first, which are an eighth of the bytes. Two rows at an angle θ,
turned at random, differ in a sign with probability θ / π (Goemans and Williamson 1995), so the number of differing bits
says how far apart rows are, give or take a known deviation. The dot products of the rows nearest by sign show how good
one must be; every row that could be as good within SURE deviations is then taken by its dot product. Where that would
be too many – everything is about as far away – all dot products are taken as without bits.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

CHUNK = 32_768              # rows per call: a millisecond; after each the interpreter may be waited for
GATHERED = 8_192            # scattered rows copied together per call: stays in the second-level cache
SPARSE = 0.3                # below this share of passing rows they are gathered instead of scanning all
FEW = 20_000                # rows that are scored at once rather than looked for by sign
WORTH = 1 / 8               # largest share of the rows worth picking out by sign
PILOT = 4                   # rows nearest by sign whose dot products are taken, for each that is wanted
SURE = 4.5                  # deviations of differing bits a row may be off: three in a million
ROUNDED = 0.016             # of the components are rounded to zero, at most: their signs tell nothing
THREADS = min(4, os.cpu_count() or 1)

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int8]
Signs = npt.NDArray[np.uint8]
Apart = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]
Part = TypeVar("Part")


class Among(msgspec.Struct, frozen=True):
    """What is searched: rows (n, w), their sign bits (n, w / 8; see ml.matrix), and which rows may be found (n,)."""

    rows: Rows
    signs: Signs
    passing: Mask


class Wanted(msgspec.Struct, frozen=True):
    """The `count` best, and after them those whose dot product comes within `near` of the last; `most` in all."""

    count: int
    most: int
    near: float


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

    def best(self, among: Among, query: npt.NDArray[np.int8], wanted: Wanted) -> tuple[Ids, Scores]:
        """The best rows (fewer if there are fewer), best first: row numbers and dot products."""
        passing = among.passing
        number = int(np.count_nonzero(passing))
        ids = np.flatnonzero(passing) if number < SPARSE * len(passing) else None
        if number > max(FEW, 2 * PILOT * wanted.count / WORTH):
            likely = self._likely(among, ids, query, wanted)
            ids = ids if likely is None else likely
        if ids is None:
            found = self._best_of_all(among.rows, passing, query, wanted.most, -np.inf)
        else:
            found = self._best_of_some(among.rows, ids, query, wanted.most)
        return _near_enough(*found, wanted)

    def above(
        self, rows: Rows, passing: Mask, query: npt.NDArray[np.int8], least: float, count: int
    ) -> tuple[Ids, Scores]:
        """The passing rows with a dot product of at least `least`, the `count` best: row numbers, dot products."""
        return self._best_of_all(rows, passing, query, count, np.nextafter(np.float32(least), np.float32(-np.inf)))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _best_of_some(
        self, rows: Rows, ids: Ids, query: npt.NDArray[np.int8], count: int
    ) -> tuple[Ids, Scores]:
        def work(starts: Iterator[int]) -> _Best:
            best = _Best(count)
            for start in starts:
                chosen = ids[start:start + GATHERED]
                best.take(chosen, _dot(np.take(rows, chosen, axis=0), query))
            return best

        return _joined(self._share(len(ids), GATHERED, work), count)

    def _best_of_all(
        self, rows: Rows, passing: Mask, query: npt.NDArray[np.int8], count: int, least: float | np.float32
    ) -> tuple[Ids, Scores]:
        def work(starts: Iterator[int]) -> _Best:
            best = _Best(count, least)
            for start in starts:
                best.take(start, _dot(rows[start:start + CHUNK], query), passing[start:start + CHUNK])
            return best

        return _joined(self._share(len(rows), CHUNK, work), count)

    # ------------------------------------------------------------------ by sign

    def _likely(
        self, among: Among, ids: Ids | None, query: npt.NDArray[np.int8], wanted: Wanted
    ) -> Ids | None:
        """The rows that may be among the best of those that pass, or of some of them; None: too many to pick out."""
        apart, counts = self._apart(among, ids, np.packbits(query < 0))
        within = np.cumsum(counts)
        pilot = _within(apart, int(np.searchsorted(within, PILOT * wanted.count)), ids)
        reach = _reach(np.take(among.rows, pilot, axis=0), query, wanted)
        if reach >= len(within) or within[reach] > WORTH * within[-1]:
            return None
        return _within(apart, reach, ids)

    def _apart(self, among: Among, ids: Ids | None, query: Signs) -> tuple[Apart, Ids]:
        """In how many bits each row (or each of some) differs, and how many rows differ in 0, 1, 2 … of them.

        Rows that do not pass differ in one more than there are and are not counted.
        """
        beyond, number = 8 * len(query) + 1, len(among.passing) if ids is None else len(ids)
        apart: Apart = np.empty(number, np.uint16)

        def work(starts: Iterator[int]) -> Ids:
            counts = np.zeros(beyond + 1, np.int64)
            for start in starts:
                part = slice(start, start + CHUNK)
                if ids is None:
                    apart[part] = _differing(among.signs[part], query)
                    apart[part][~among.passing[part]] = beyond
                else:
                    apart[part] = _differing(np.take(among.signs, ids[part], axis=0), query)
                counts += np.bincount(apart[part], minlength=beyond + 1)
            return counts

        return apart, np.sum(self._share(number, CHUNK, work), axis=0)[:beyond]

    def _share(self, length: int, chunk: int, work: Callable[[Iterator[int]], Part]) -> list[Part]:
        """Let this thread and the helpers take the chunks of a length, one after the other."""
        starts = iter(range(0, length, chunk))              # its next number goes to one thread only
        others: list[Future[Part]] = []
        with contextlib.suppress(RuntimeError):             # the archive is being closed: this thread does it alone
            for _ in range(min(self._helpers, length // chunk)):
                others.append(self._pool.submit(work, starts))      # each counts even if the next finds it closed
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


def _near_enough(ids: Ids, scores: Scores, wanted: Wanted) -> tuple[Ids, Scores]:
    if len(ids) <= wanted.count:
        return ids, scores
    last = int(np.searchsorted(-scores, wanted.near - scores[wanted.count - 1], side="right"))
    return ids[:last], scores[:last]


def _within(apart: Apart, reach: int, ids: Ids | None) -> Ids:
    """Numbers of the rows that differ in at most so many bits, ascending."""
    places = np.flatnonzero(apart <= reach)
    return places if ids is None else ids[places]


def _reach(pilot: Rows, query: npt.NDArray[np.int8], wanted: Wanted) -> int:
    """In how many bits a row may differ that is as good as the wanted ones of a pilot (n, w)."""
    wide, scores = len(query), _dot(pilot, query)
    least = float(np.partition(scores, -wanted.count)[-wanted.count]) - wanted.near
    length = max(1.0, float(np.linalg.norm(query.astype(np.float32))))
    longest = max(length, float(np.linalg.norm(pilot.astype(np.float32), axis=1).max()))
    share = np.arccos(np.clip(least / length / longest, -1, 1)) / np.pi + ROUNDED
    return int(np.ceil(wide * share + SURE * np.sqrt(wide * share * max(0.0, 1 - share))))


def _differing(bits: Signs, query: Signs) -> Apart:
    import simsimd

    cdist: Any = simsimd.cdist          # its types know no whole numbers
    distances = cdist(query.reshape(1, -1), bits, "hamming", dtype="bin8", out_dtype="uint16", threads=1)
    return np.asarray(distances, np.uint16).reshape(-1)


def _dot(rows: Rows, query: npt.NDArray[np.int8]) -> Scores:
    import simsimd

    distances: Any = simsimd.cdist(query.reshape(1, -1), rows, "dot", out_dtype="float32", threads=1)
    return np.asarray(distances, np.float32).reshape(-1)
