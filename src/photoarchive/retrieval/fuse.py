"""Two ranked lists as one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FEW = 32                    # a list is short when the archive is so many times longer
DAMPING = 60                # k of the paper: the first ranks do not drown the rest

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def ranks(scores: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """(n,) scores, greater is better → the rank of each, 1 is best; equal scores share the better rank."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    first = np.ones(len(scores), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    shared = np.maximum.accumulate(np.where(first, np.arange(1, len(scores) + 1), 0))
    placed = np.empty(len(scores), np.int64)
    placed[order] = shared
    return placed


def fuse(lists: list[tuple[Ids, npt.NDArray[Any]]]) -> tuple[Ids, Scores]:
    """Ranked lists (ids (n,) without repeats, scores (n,)) → all their photos, best first, and Σ 1 / (k + rank).

    Of equals the one of the first list that has it, then the newer photo goes first.
    """
    newest = max((int(ids.max(initial=0)) for ids, _ in lists), default=0)
    total = np.zeros(newest + 1, np.float64)
    for ids, scores in lists:
        total[ids] += 1.0 / (DAMPING + ranks(scores))
    found = _all_of([ids for ids, _ in lists], total)[::-1]
    order = np.argsort(-total[found], kind="stable")
    return found[order], total[found][order].astype(np.float32)


def _all_of(lists: list[Ids], total: npt.NDArray[np.float64]) -> Ids:
    """The photos of all lists, ascending, each once. A few are sorted: going through a million totals takes longer."""
    if sum(map(len, lists)) * FEW > len(total):
        return np.flatnonzero(total)
    ids = np.sort(np.concatenate([*lists, np.zeros(0, np.int64)]))
    first: Ids = ids[np.diff(ids, prepend=-1) != 0]
    return first
