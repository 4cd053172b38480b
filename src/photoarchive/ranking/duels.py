"""Which two photos to show side by side: neighbours over the whole range (Swiss), or the closest races of the top."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from photoarchive.ranking import normal
from photoarchive.ranking.belief import Ids
from photoarchive.ranking.plackett_luce import Vec
from photoarchive.ranking.pool import Pool

Pairs = npt.NDArray[np.int64]       # (n, 2) places in the pool
Met = AbstractSet[tuple[int, int]]  # pairs of photo ids, the smaller first

REACH = 24                          # how many neighbours in rating are looked at for a partner
FRINGE = 20                         # photos below the top that may still belong to it


def swiss_pairs(
    pool: Pool, count: int, *, met: Met, groups: Ids, chance: np.random.Generator
) -> Pairs:
    """Neighbours in rating that have not met, spread over the whole range of ratings.

    The range is cut into `count` bands of equal size; from each one photo is drawn, the uncertain ones more often,
    and gets the nearest partner it has not met. When all of a small pool have met, they meet again.
    """
    pairs = _neighbours(pool, count, met=met, groups=groups, chance=chance)
    return _mixed(pairs or _neighbours(pool, count, met=frozenset(), groups=groups, chance=chance), chance)


def _neighbours(
    pool: Pool, count: int, *, met: Met, groups: Ids, chance: np.random.Generator
) -> list[tuple[int, int]]:
    order = np.argsort(pool.mean + 1e-9 * chance.random(len(pool)))
    used: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for band in np.array_split(np.arange(len(order)), min(count, max(1, len(order) // 2))):
        weight = pool.deviation[order[band]]
        for rank in chance.choice(band, size=min(len(band), 8), replace=False, p=weight / weight.sum()):
            partner = _partner(int(rank), order, pool, met=met, groups=groups, used=used)
            if partner is not None:
                pair = (int(order[rank]), partner)
                used.update(pair)
                pairs.append(pair)
                break
    return pairs


def _partner(rank: int, order: Ids, pool: Pool, *, met: Met, groups: Ids, used: set[int]) -> int | None:
    """The free neighbour nearest in rating; None when all near ones have been met."""
    place = int(order[rank])
    if place in used:
        return None
    near = order[max(0, rank - REACH) : rank + REACH + 1]
    for other in near[np.argsort(np.abs(pool.mean[near] - pool.mean[place]), kind="stable")].tolist():
        if other == place or other in used or _met(pool, place, other, met):
            continue
        if groups[place] and groups[place] == groups[other]:
            continue
        return int(other)
    return None


def top_pairs(
    pool: Pool, count: int, top: int, *, met: Met, groups: Ids, chance: np.random.Generator
) -> Pairs:
    """Pairs among the best `top` and a fringe whose outcome says most, each photo once; pairs that met come last."""
    near = min(len(pool), top + FRINGE)
    best = np.argpartition(-pool.mean, near - 1)[:near]
    gain = expected_information(pool.mean[best], pool.covariance(best, best), pool.belief.constants.beta)
    gain *= 1 + 1e-3 * chance.random(gain.shape)
    one_group = (groups[best][:, None] == groups[best][None, :]) & (groups[best] > 0)[:, None]
    gain[one_group] = -1
    first, second = np.triu_indices(near, 1)
    again = np.array([_met(pool, int(best[a]), int(best[b]), met) for a, b in zip(first, second, strict=True)], bool)
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    for at in np.lexsort((-gain[first, second], again)).tolist():
        a, b = int(first[at]), int(second[at])
        if len(pairs) == count:
            break
        if a in used or b in used or gain[a, b] < 0:
            continue
        used.update((a, b))
        pairs.append((int(best[a]), int(best[b])))
    return _mixed(pairs, chance)


def expected_information(mean: Vec, cov: Vec, beta: float) -> Vec:
    """Bits a duel of each pair is expected to tell: H(E p) − E H(p), with p = σ(β·difference) (Houlsby et al. 2011).

    mean (n,), cov (n, n) → (n, n). The probit approximation of σ, with its closed form for E H(p).
    """
    variance = np.maximum(np.diag(cov)[:, None] + np.diag(cov)[None, :] - 2 * cov, 1e-9)
    probit = beta * np.sqrt(np.pi / 8)
    z = probit * (mean[:, None] - mean[None, :])
    spread = probit**2 * variance
    chance = np.clip(normal.below(z / np.sqrt(1 + spread)), 1e-9, 1 - 1e-9)
    entropy = -chance * np.log2(chance) - (1 - chance) * np.log2(1 - chance)
    width = np.pi * np.log(2) / 2
    expected = np.sqrt(width) / np.sqrt(spread + width) * np.exp(-(z**2) / (2 * (spread + width)))
    return np.asarray(np.maximum(entropy - expected, 0.0))


def _met(pool: Pool, a: int, b: int, met: Met) -> bool:
    one, two = int(pool.ids[a]), int(pool.ids[b])
    return (min(one, two), max(one, two)) in met


def _mixed(pairs: list[tuple[int, int]], chance: np.random.Generator) -> Pairs:
    """In random order, left and right by chance."""
    mixed = np.array(pairs, np.int64).reshape(-1, 2)
    return chance.permuted(chance.permutation(mixed, axis=0), axis=1)
