"""The best photos for the words of a search, kept in SQLite and brought up to date instead of scored anew.

A kept result is complete above its `floor` for one revision of the vector index. Photos whose vector came, changed or
went since are taken out and, if they have one, scored again; the archive is scored whole only when nothing is kept,
when a looser cut-off asks for photos below the floor, or when so much changed that it is quicker.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.searches import KeptResult, Searches
from photoarchive.core.clock import now
from photoarchive.ml.vectors import VectorIndex

IN_MEMORY = 8
KEPT_BEST = 50_000          # photos of one result: 400 kB
FEW_CHANGES = 4_000         # new vectors scored by themselves: 10 µs each, where all of a million take 40 ms

Vector = npt.NDArray[np.float32]


class Best(msgspec.Struct, frozen=True):
    """Photos by meaning, best first: every one that scores at least what was asked, KEPT_BEST at most."""

    ids: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    cached: bool            # the archive was not scored whole


class ResultCache:
    """Answers from kept results. Thread-safe."""

    def __init__(self, searches: Searches, best: int = KEPT_BEST) -> None:
        self._searches, self._best = searches, best
        self._lock = threading.Lock()
        self._latest: OrderedDict[tuple[str, str], KeptResult] = OrderedDict()      # some are still being written

    def best(self, words: str, index: VectorIndex, query: Vector, *, least: float, loosest: float) -> Best:
        """Photos that score at least `least` for the query (d,) that stands for these words.

        loosest: what the loosest cut-off would ask; a new result is kept down to there.
        """
        kept = self._kept(words, index.model)
        revision = index.revision
        current = self._updated(kept, index, query, revision) if kept is not None else None
        cached = current is not None and (current.floor <= least or len(current.ids) >= self._best)
        if current is None or not cached:
            current = self._scored(index, query, revision, min(least, loosest))
        if current is not kept:
            self._keep(words, index.model, current)
        else:
            self._searches.used_result(words, index.model)
        shown = int(np.searchsorted(-current.scores, -np.float32(least), side="right"))
        return Best(current.ids[:shown].astype(np.int64), current.scores[:shown], cached)

    def fill(self, words: str, index: VectorIndex, query: Vector, loosest: float) -> int:
        """Score the archive and keep the result; says how many photos are in it."""
        result = self._scored(index, query, index.revision, loosest)
        self._keep(words, index.model, result).result()
        return len(result.ids)

    def clear(self) -> int:
        """Forget all results; says how many they were."""
        with self._lock:
            self._latest.clear()
        return self._searches.clear_results()

    def _kept(self, words: str, model: str) -> KeptResult | None:
        with self._lock:
            latest = self._latest.get((words, model))
        return latest or self._searches.result(words, model)

    def _keep(self, words: str, model: str, result: KeptResult) -> Future[None]:
        with self._lock:
            self._latest[words, model] = result
            self._latest.move_to_end((words, model))
            while len(self._latest) > IN_MEMORY:
                self._latest.popitem(last=False)
        return self._searches.keep_result(words, model, result)

    def _scored(self, index: VectorIndex, query: Vector, revision: int, floor: float) -> KeptResult:
        """All photos that score at least `floor`, or the best of them."""
        ids, scores = index.above(query, floor, self._best)
        return self._result(ids, scores, floor, revision, now())

    def _updated(self, kept: KeptResult, index: VectorIndex, query: Vector, revision: int) -> KeptResult | None:
        """A kept result for the vectors of today; None when it is of no use."""
        if kept.revision == revision:
            return kept
        changed = index.changed_since(kept.revision) if kept.revision < revision else None
        if changed is None or len(changed) > max(FEW_CHANGES, index.count // 50):
            return None
        stays = ~np.isin(kept.ids, changed)
        scores = index.scores(query, changed)
        if (scores == np.nextafter(np.float32(kept.floor), np.float32(-np.inf))).any():
            return None                                     # as good as the last one kept: its equals are not known
        better = (scores >= np.float32(kept.floor)) & (scores != 0)        # 0: it has no vector any more
        ids = np.concatenate([kept.ids[stays].astype(np.int64), changed[better]])
        return self._result(ids, np.concatenate([kept.scores[stays], scores[better]]), kept.floor, revision,
                            kept.made_at)

    def _result(
        self, ids: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], floor: float, revision: int, made_at: float
    ) -> KeptResult:
        """In order, and no more than are kept: then it is complete only above the last."""
        order = np.lexsort((ids, -scores))[: self._best]
        if len(order) == self._best:
            floor = max(floor, float(np.nextafter(scores[order[-1]], np.float32(np.inf))))
        return KeptResult(ids[order].astype(np.uint32), scores[order].astype(np.float32), floor, revision, made_at)
