"""The next board or pair for a view: keeps the photos that matter for it at hand and up to date.

A view of up to POOL photos is in its pool whole. Of a larger one the pool holds the photos nearest the border of the
best, the least known, and a random sample; ratings and intervals of the others come from the columns. A pool follows
every choice and is drawn anew when the view or the path of the ratings changes, or after REDRAWN choices.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Set as AbstractSet

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import NO_INTERVAL, START_ELO, Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.derived import CONFIDENT_CHOICES
from photoarchive.core.errors import Invalid
from photoarchive.ranking import normal, scale
from photoarchive.ranking.duels import swiss_pairs, top_pairs
from photoarchive.ranking.pool import Pool
from photoarchive.ranking.selection import Wish, choose_board
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import GroupProvider
from photoarchive.rating.standing import Standing

POOL = 6_000                # photos whose features lie in memory for one view
KEPT_POOLS = 4
REDRAWN = 200               # choices after which a pool is drawn anew
TOP = 50                    # the best that Top 50 and “settled” speak of


class _Live(msgspec.Struct):
    """A pool and what it was drawn from."""

    pool: Pool
    lineage: str
    count: int              # photos in the view
    digest: int             # of a small view's ids; 0 for a large one
    choices: int            # boards made among these photos when it was drawn
    followed: int           # choices taken in since


class Progress(msgspec.Struct, frozen=True):
    """How far a view is ranked. settled: expected share of the top that is right (0–1); None: nothing to tell yet."""

    photos: int
    compared: int
    confident: int
    settled: float | None
    top: int


class Boards:
    """Chooses boards. Thread-safe; one board at a time."""

    def __init__(self, ratings: Ratings, columns: Columns, groups: GroupProvider) -> None:
        self._ratings, self._columns, self._groups = ratings, columns, groups
        self._lock = threading.Lock()
        self._pools: OrderedDict[str, _Live] = OrderedDict()
        self._chance = np.random.default_rng()
        self._met: tuple[str, set[tuple[int, int]]] | None = None

    # ------------------------------------------------------------------ boards

    def board(self, key: str, ids: Array, strategy: str, size: int, *, exclude: Array, apart: bool = True) -> Array:
        """Photo ids of the next board, at most `size`.

        key: names the view, so that its pool is found again. ids (n,) ascending: the view. exclude: photos not to
        show now. apart: photos of one burst or duplicate group do not meet.
        """
        with self._lock:
            live = self._live(key, ids)
            pool, groups = self._without(live, exclude, apart)
            if not len(pool):
                return np.zeros(0, np.int64)
            wish = Wish(strategy, min(size, len(pool)), best_of(live.count), live.choices + live.followed, groups)
            return pool.ids[choose_board(pool, wish, self._chance)]

    def pairs(self, key: str, ids: Array, mode: str, count: int, *, exclude: Array, apart: bool = True) -> Array:
        """(n, 2) photo ids to show side by side. mode: "swiss" or "topn"."""
        if mode not in ("swiss", "topn"):
            raise Invalid(f"mode cannot be “{mode}”. It is swiss or topn.", field="mode")
        with self._lock:
            live = self._live(key, ids)
            pool, groups = self._without(live, exclude, apart)
            if len(pool) < 2:
                return np.zeros((0, 2), np.int64)
            met = self._met_pairs()
            if mode == "swiss":
                places = swiss_pairs(pool, count, met=met, groups=groups, chance=self._chance)
            else:
                top = best_of(live.count)
                places = top_pairs(pool, count, top, met=met, groups=groups, chance=self._chance)
            return pool.ids[places]

    def progress(self, key: str, ids: Array) -> Progress:
        """How far a view is ranked."""
        with self._lock:
            live = self._live(key, ids)
            top = best_of(live.count)
            settled = live.pool.settled(top) if live.count > top else None
        with self._columns.lock:
            choices = self._columns["comparisons"][ids]
        compared, confident = int(np.count_nonzero(choices)), int(np.count_nonzero(choices >= CONFIDENT_CHOICES))
        return Progress(len(ids), compared, confident, settled if compared else None, top)

    def _without(self, live: _Live, exclude: Array, apart: bool) -> tuple[Pool, Array]:
        """The pool without some photos, and the groups as they are now: duplicates are found while people choose."""
        kept = ~np.isin(live.pool.ids, exclude)
        pool = live.pool if kept.all() else live.pool.where(kept)
        return pool, self._groups.groups(pool.ids) if apart else np.zeros(len(pool), np.int64)

    def _met_pairs(self) -> AbstractSet[tuple[int, int]]:
        """Pairs that were compared side by side. Read once, then followed choice by choice."""
        lineage = self._ratings.standing.lineage
        moves = self._ratings.moves_since(self._met[0]) if self._met else None
        if self._met is None or moves is None:
            met = {(int(a), int(b)) for a, b in self._ratings.choices.duels()}
        else:
            met = self._met[1]
            met.update((min(move.board), max(move.board)) for move in moves if len(move.board) == 2)
        self._met = (lineage, met)
        return met

    # ------------------------------------------------------------------ pools

    def _live(self, key: str, ids: Array) -> _Live:
        standing = self._ratings.standing
        live = self._pools.pop(key, None)
        if live is None or not self._fits(live, ids) or not self._caught_up(live, standing):
            live = self._drawn(ids, standing)
        self._pools[key] = live
        while len(self._pools) > KEPT_POOLS:
            self._pools.popitem(last=False)
        return live

    def _fits(self, live: _Live, ids: Array) -> bool:
        if live.followed >= REDRAWN:
            return False
        if len(ids) <= POOL:
            return live.digest == _digest(ids)
        if live.digest or abs(live.count - len(ids)) > live.count // 50:
            return False
        places = np.minimum(np.searchsorted(ids, live.pool.ids), len(ids) - 1)
        kept = ids[places] == live.pool.ids
        if np.count_nonzero(kept) < len(kept) * 0.8:
            return False
        if not kept.all():
            live.pool = live.pool.where(kept)
        return True

    def _caught_up(self, live: _Live, standing: Standing) -> bool:
        moves = self._ratings.moves_since(live.lineage)
        if moves is None or (moves and moves[-1].after != standing.lineage):
            return False
        for move in moves:
            live.pool.follow(standing.belief, move.step, np.array(move.board, np.int64))
            live.followed += 1
        live.lineage = standing.lineage
        return True

    def _drawn(self, ids: Array, standing: Standing) -> _Live:
        ids = ids.astype(np.int64)
        chosen, weight = (ids, None) if len(ids) <= POOL else self._sample(ids, standing)
        pool = Pool(chosen, standing.fit.features.rows(chosen), standing.belief, weight)
        with self._columns.lock:
            seats = int(self._columns["comparisons"][ids].sum(dtype=np.int64))
        boards = min(standing.taken, seats // 12)
        digest = _digest(ids) if weight is None else 0
        return _Live(pool, standing.lineage, len(ids), digest, boards, 0)

    def _sample(self, ids: Array, standing: Standing) -> tuple[Array, Array]:
        """Of a large view: a third near the border of the best, a third little known, a third by chance."""
        beta = standing.fit.constants.beta
        with self._columns.lock:
            elo, interval = self._columns["elo"][ids], self._columns["interval"][ids]
        mean = (elo - START_ELO) / (scale.POINTS * beta)
        start = standing.fit.constants.own + standing.fit.constants.kernel.variance
        deviation = np.sqrt(np.where(interval == NO_INTERVAL, start, scale.variance(interval, beta)))
        third = POOL // 3
        top = best_of(len(ids))
        cut = float(np.partition(mean, len(mean) - top)[len(mean) - top])
        above = normal.below((mean - cut) / np.maximum(deviation, 1e-3))
        jitter = 1 + 1e-3 * self._chance.random(len(ids), np.float32)
        taken = np.zeros(len(ids), bool)
        for wanted in (above * (1 - above) * deviation * jitter, mean * 1e-6 + deviation * jitter):
            wanted[taken] = -np.inf
            taken[np.argpartition(-wanted, third - 1)[:third]] = True
        rest = np.flatnonzero(~taken)
        drawn = self._chance.choice(rest, third, replace=False)
        weight = np.ones(len(ids), np.float32)
        weight[drawn] = len(rest) / third
        taken[drawn] = True
        return ids[taken], weight[taken].astype(np.float64)


def best_of(count: int) -> int:
    """How many photos of a view are “the best”: 50, of a small view a fifth."""
    return max(1, min(TOP, count // 5))


def _digest(ids: Array) -> int:
    return hash(ids.astype(np.int64).tobytes()) | 1
