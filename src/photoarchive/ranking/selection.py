"""Which photos to show on the next board. Every strategy picks one photo after the other and knows what it has.

learn     the photos whose comparison teaches most: near the border of the best, and where taste is least known
diverse   photos that look as different as possible, seldom seen ones first
explore   photos that took part in the fewest choices
compete   photos of about equal rating
top       photos near the border of the best `top`
random    any
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Invalid
from photoarchive.ranking import normal
from photoarchive.ranking.belief import Ids
from photoarchive.ranking.plackett_luce import Vec
from photoarchive.ranking.pool import Pool

STRATEGIES = ("learn", "diverse", "explore", "compete", "top", "random")

CANDIDATES = 600            # looked at closely
ANSWER_NOISE = 0.3          # variance of what a board tells of one photo, in utility²; damps repeated look-alikes
WIDE_CUT = 4.0              # learning begins with the border of the best WIDE_CUT · top …
NARROWING = 60.0            # … and narrows to `top` itself, by a factor e in so many choices
TASTE_SHARE = 0.45          # of the boards asks where taste is least known, when look-alikes exist, …
TASTE_PHOTOS = 1_000        # … among so many photos or fewer; among more it is less by as much, …
LEAST_TASTE = 0.10          # … for the rarer the best are, the more boards it takes to find those that are foreseen;
LATER_TASTE = 0.35          # then, for the best that look like nothing special, it is this, once there was …
FORESEEN = 20               # … one choice for so many photos

Score = Callable[[Vec, Vec], Vec]       # mean, deviation → how much a photo is wanted
Chosen = npt.NDArray[np.int64]          # places in the pool


class Wish(msgspec.Struct, frozen=True):
    """What a board should be. size: photos. top: how many of the best matter. made: choices made among these photos
    before. groups (n,): 0, or the burst or duplicate group of each photo of the pool; one of a group is enough."""

    strategy: str
    size: int
    top: int
    made: int
    groups: Ids


def choose_board(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    """Places (≤ size,) of different photos, in random order so that the place says nothing."""
    if wish.strategy not in STRATEGIES:
        raise Invalid(f"strategy cannot be “{wish.strategy}”. It is one of {', '.join(STRATEGIES)}.", field="strategy")
    board = _CHOOSERS[wish.strategy](pool, wish, chance)
    return chance.permutation(board)


# ---------------------------------------------------------------------- learn, top


def _learn(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    if pool.learned and _asks_about_taste(wish.made, float(pool.weight.sum())):
        return _greedy(pool, wish, lambda _, deviation: deviation, chance)
    wide = max(1.0, WIDE_CUT * math.exp(-wish.made / NARROWING))
    return _near_cut(pool, wish, min(wish.top * wide, pool.weight.sum() / 2), chance)


def _asks_about_taste(made: int, photos: float) -> bool:
    first = max(LEAST_TASTE, TASTE_SHARE * min(1.0, TASTE_PHOTOS / photos))
    later = max(first, LATER_TASTE)

    def boards(choices: int) -> int:
        return math.floor(first * choices + (later - first) * max(0.0, choices - photos / FORESEEN) + 1e-9)

    return boards(made + 1) > boards(made)


def _top(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    return _near_cut(pool, wish, wish.top, chance)


def _near_cut(pool: Pool, wish: Wish, top: float, chance: np.random.Generator) -> Chosen:
    cut = _rating_of_place(pool, top)

    def score(mean: Vec, deviation: Vec) -> Vec:
        above = normal.below((mean - cut) / np.maximum(deviation, 1e-3))
        return above * (1 - above) * deviation + 1e-3 * deviation

    return _greedy(pool, wish, score, chance)


def _rating_of_place(pool: Pool, top: float) -> float:
    """The mean of the photo at place `top`, the best first."""
    order = np.argsort(-pool.mean)
    reached = np.searchsorted(np.cumsum(pool.weight[order]), top)
    return float(pool.mean[order[min(int(reached), len(pool) - 1)]])


def _greedy(pool: Pool, wish: Wish, score: Score, chance: np.random.Generator) -> Chosen:
    """The most wanted photo, then the most wanted once that one is known better, and so on.

    After each pick the variances of its look-alikes shrink as if it had been measured with ANSWER_NOISE, so a board
    asks about different things. Ties are broken by chance.
    """
    wanted = score(pool.mean, pool.deviation) * (1 + 1e-6 * chance.random(len(pool)))
    close = _best(wanted, CANDIDATES)
    mean, variance = pool.mean[close], pool.variance[close].copy()
    groups = wish.groups[close]
    free = np.ones(len(close), bool)
    jitter = 1 + 1e-6 * chance.random(len(close))
    chosen: list[int] = []
    known: list[Vec] = []
    while len(chosen) < wish.size and free.any():
        wanted = np.where(free, score(mean, np.sqrt(variance)) * jitter, -np.inf)
        place = int(np.argmax(wanted))
        chosen.append(place)
        free[place] = False
        if groups[place]:
            free &= groups != groups[place]
        reach = pool.covariance(close, close[place : place + 1])[:, 0]
        for older in known:
            reach -= older * older[place]
        explained = reach / math.sqrt(variance[place] + ANSWER_NOISE)
        known.append(explained)
        variance = np.maximum(variance - explained**2, 1e-6)
    return close[chosen]


def _best(wanted: Vec, count: int) -> Chosen:
    if count >= len(wanted):
        return np.arange(len(wanted))
    return np.argpartition(-wanted, count - 1)[:count]


# ---------------------------------------------------------------------- the others


def _diverse(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    """Farthest point first (Gonzalez 1985) on the features, seldom seen photos preferred."""
    close = chance.choice(len(pool), min(len(pool), CANDIDATES), replace=False)
    features = pool.features[close].astype(np.float64)
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    seldom = 1 / np.sqrt(1.0 + pool.belief.choices_of(pool.ids[close]))
    distance = np.full(len(close), 2.0)

    def next_wanted(place: int | None) -> Vec:
        if place is not None:
            np.minimum(distance, 1 - features @ features[place], out=distance)
        return np.asarray((np.maximum(distance, 0) + 1e-3) * seldom * (1 + 1e-3 * chance.random(len(close))))

    return close[_one_by_one(next_wanted, wish, wish.groups[close])]


def _explore(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    choices = pool.belief.choices_of(pool.ids).astype(np.float64)
    wanted = -choices + 0.5 * pool.deviation / pool.deviation.max() + 0.1 * chance.random(len(pool))
    return _one_by_one(lambda _: wanted, wish, wish.groups)


def _compete(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    """An uncertain photo, and those whose rating is nearest to its."""
    anchor = int(chance.choice(len(pool), p=pool.variance / pool.variance.sum()))
    distance = np.abs(pool.mean - pool.mean[anchor]) + 1e-6 * chance.random(len(pool))
    distance[anchor] = -1.0
    return _one_by_one(lambda _: -distance, wish, wish.groups)


def _random(pool: Pool, wish: Wish, chance: np.random.Generator) -> Chosen:
    wanted = chance.random(len(pool))
    return _one_by_one(lambda _: wanted, wish, wish.groups)


def _one_by_one(next_wanted: Callable[[int | None], Vec], wish: Wish, groups: Ids) -> Chosen:
    """The most wanted free photo each time; next_wanted is told the last place chosen."""
    free = np.ones(len(groups), bool)
    chosen: list[int] = []
    while len(chosen) < wish.size and free.any():
        wanted = next_wanted(chosen[-1] if chosen else None)
        place = int(np.argmax(np.where(free, wanted, -np.inf)))
        chosen.append(place)
        free[place] = False
        if groups[place]:
            free &= groups != groups[place]
    return np.array(chosen, np.int64)


_CHOOSERS: dict[str, Callable[[Pool, Wish, np.random.Generator], Chosen]] = {
    "learn": _learn, "diverse": _diverse, "explore": _explore, "compete": _compete, "top": _top, "random": _random,
}
