"""Groups of faces from scratch: average linkage over near neighbours, with what must not be together kept apart.

Two groups are one when the mean cosine of their pairs, S_a · S_b / (n_a n_b) with S the sums of their unit vectors,
reaches a threshold that is higher for small groups. Chains cannot grow: one lucky pair does not carry a mean. All pairs
of groups that are each other's best partner are joined at once, round by round; as average linkage is reducible
(Bruynooghe 1977) that gives the same groups as joining one pair at a time, whatever the order of the faces.
Pure arithmetic. The functions are generators that yield between pieces of work, so that a caller can pause them.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.face_model import Thresholds
from photoarchive.ml.face_neighbours import Pairs, near_pairs, sorted_once

Array = npt.NDArray[Any]
Work = Generator[None, None, Any]

SMALL_MARGIN = 0.06     # so much more is asked of two single faces than of two large groups
SLACK = 0.08            # pairs of groups this far below a question are forgotten
HUB = 4.0               # a group so many times as large takes in small ones by the dozen
CHUNK = 200_000         # pairs compared at once: 100 MB


def needed(link: float, one: Any, other: Any) -> Any:
    """Mean cosine at which groups of so many faces are one person."""
    return link + SMALL_MARGIN * (1.0 / one + 1.0 / other) / 2


class Apart(msgspec.Struct):
    """What must not be together. conflicts (k, 2): rows of one photo. refusals (r, 2): (row, person it is not)."""

    conflicts: Array = msgspec.field(default_factory=lambda: np.zeros((0, 2), np.int64))
    refusals: Array = msgspec.field(default_factory=lambda: np.zeros((0, 2), np.int64))


class Clusters(msgspec.Struct):
    """root (n,): one row that stands for the group of each row. questions: rows of two groups worth a question."""

    root: Array
    questions: Pairs


def clusters(vectors: Array, labels: Array, apart: Apart, limits: Thresholds) -> Generator[None, None, Clusters]:
    """Groups of n faces. vectors (n, d) float32 unit rows, overwritten. labels (n,): a named person, 0 for none."""
    pairs = yield from near_pairs(vectors, limits.suggest)
    linking = _Linking(vectors, labels.astype(np.int64).copy(), apart, limits, pairs)
    while linking.join_best():
        yield
    return Clusters(linking.roots(), linking.open_questions())


def small_clusters(vectors: Array, limits: Thresholds) -> Array:
    """(n,) one row that stands for the group of each row. Every pair is compared: for some hundred faces."""
    one, other = np.triu_indices(len(vectors), 1)
    similarity = (vectors @ vectors.T)[one, other]
    near = np.flatnonzero(similarity >= limits.suggest - SLACK)
    linking = _Linking(vectors.copy(), np.zeros(len(vectors), np.int64), Apart(), limits,
                       Pairs(one[near], other[near], similarity[near]))
    while linking.join_best():
        pass
    return linking.roots()


class _Linking:
    """The rounds. Groups are rows that are their own root; edges join groups that may be one."""

    def __init__(self, sums: Array, label: Array, apart: Apart, limits: Thresholds, pairs: Pairs) -> None:
        self._sums, self._label, self._apart, self._limits = sums, label, apart, limits
        self._size = np.ones(len(sums), np.float32)
        self._parent = np.arange(len(sums), dtype=np.int64)
        self._a, self._b, self._sim = pairs.one, pairs.other, pairs.similarity

    def join_best(self) -> bool:
        """One round; False when nothing is left to join."""
        margin = self._sim - needed(self._limits.link, self._size[self._a], self._size[self._b])
        chosen = np.flatnonzero(margin >= 0)
        bad = self._forbidden(self._a[chosen], self._b[chosen])
        chosen, never = chosen[~bad], chosen[bad]
        if not len(chosen):
            return False
        a, b, margin = self._a[chosen], self._b[chosen], margin[chosen]
        best = np.full(len(self._sums), -1.0, np.float32)
        np.maximum.at(best, a, margin)
        np.maximum.at(best, b, margin)
        prefer_b, prefer_a = best[a] == margin, best[b] == margin
        mutual = _once(a[prefer_a & prefer_b], b[prefer_a & prefer_b], len(self._sums))
        self._take_in(*mutual)
        hubs = self._satellites(np.concatenate([b[prefer_b], a[prefer_a]]), np.concatenate([a[prefer_b], b[prefer_a]]))
        self._take_in(*hubs)
        self._renew(np.concatenate([mutual[0], hubs[0]]), never)
        return True

    def _satellites(self, hub: Array, small: Array) -> tuple[Array, Array]:
        """(hubs, groups) that may join in the same round without being a hub's own best partner: small groups whose
        best is a much larger one. Else a person of ten thousand faces would take as many rounds.
        """
        still = (self._parent[hub] == hub) & (self._parent[small] == small)
        hub, small = hub[still], small[still]
        good = (self._size[hub] >= HUB * self._size[small]) & (
            (self._label[small] == 0) | (self._label[small] == self._label[hub]))
        hub, small = hub[good], small[good]
        allowed = ~self._forbidden(hub, small)
        hub, small = hub[allowed], small[allowed]
        near = self._means(hub, small) >= needed(self._limits.link, self._size[hub], self._size[small])
        hub, small = hub[near], small[near]
        goes = np.full(len(self._sums), -1, np.int64)
        goes[small] = hub
        ends = self.roots()[self._apart.conflicts]
        together = (goes[ends[:, 0]] == goes[ends[:, 1]]) & (goes[ends[:, 0]] >= 0) & (ends[:, 0] != ends[:, 1])
        goes[ends[together].ravel()] = -1           # two faces of one photo go to one hub: both wait
        joining = (goes[small] == hub) & (goes[hub] < 0)
        return hub[joining], small[joining]

    def roots(self) -> Array:
        """The group of each row."""
        root = self._parent
        while not np.array_equal(root, root[root]):
            root = root[root]
        return root

    def open_questions(self) -> Pairs:
        """Pairs of groups that are alike, but not enough, and may be one."""
        close = np.flatnonzero(self._sim >= self._limits.suggest)
        close = close[~self._forbidden(self._a[close], self._b[close])]
        return Pairs(self._a[close], self._b[close], self._sim[close])

    def _take_in(self, keep: Array, gone: Array) -> None:
        """Groups (k,) take in others (k,), each other once; a group may take in several."""
        if not len(keep):
            return
        self._parent[gone] = keep
        order = np.argsort(keep, kind="stable")
        taking, first = np.unique(keep[order], return_index=True)
        self._sums[taking] += np.add.reduceat(self._sums[gone[order]], first, axis=0)
        np.add.at(self._size, keep, self._size[gone])
        np.maximum.at(self._label, keep, self._label[gone])

    def _renew(self, grown: Array, never: Array) -> None:
        """Compare groups that took in others with their neighbours again. never: edges that can join nothing."""
        changed = np.zeros(len(self._sums), bool)
        changed[grown] = True
        a, b = (self._parent[self._parent[end]] for end in (self._a, self._b))  # a hub may have been taken in by one
        touched = changed[a] | changed[b]
        low, high = np.minimum(a[touched], b[touched]), np.maximum(a[touched], b[touched])
        key = sorted_once((low * len(self._sums) + high)[low != high])
        low, high = key // len(self._sums), key % len(self._sums)
        similarity = self._means(low, high)
        near = similarity >= self._limits.suggest - SLACK
        touched[never] = True
        self._a = np.concatenate([a[~touched], low[near]])
        self._b = np.concatenate([b[~touched], high[near]])
        self._sim = np.concatenate([self._sim[~touched], similarity[near]])

    def _means(self, a: Array, b: Array) -> Array:
        """Mean cosine of all pairs of two groups, for many pairs of groups."""
        result = np.empty(len(a), np.float32)
        for start in range(0, len(a), CHUNK):
            one, other = a[start:start + CHUNK], b[start:start + CHUNK]
            dots = np.einsum("nd,nd->n", self._sums[one], self._sums[other])
            result[start:start + CHUNK] = dots / (self._size[one] * self._size[other])
        return result

    def _forbidden(self, a: Array, b: Array) -> Array:
        """(pairs,) two named people, two faces of one photo, or a "no"."""
        one, other = self._label[a], self._label[b]
        bad: Array = (one != 0) & (other != 0) & (one != other)
        root = self.roots()
        rows = len(self._sums)
        if len(self._apart.conflicts):
            # A group of a named person stands for all groups of that person.
            whole = np.where(self._label == 0, np.arange(rows), rows + self._label)
            span = rows + int(self._label.max()) + 1
            ends = whole[root[self._apart.conflicts]]
            keys = sorted_once(ends.min(axis=1) * span + ends.max(axis=1))
            mine, theirs = whole[a], whole[b]
            bad |= (mine != theirs) & _among(np.minimum(mine, theirs) * span + np.maximum(mine, theirs), keys)
        if len(self._apart.refusals):
            span = int(max(self._label.max(), self._apart.refusals[:, 1].max())) + 1
            keys = sorted_once(root[self._apart.refusals[:, 0]] * span + self._apart.refusals[:, 1])
            bad |= (other != 0) & _among(a * span + other, keys)
            bad |= (one != 0) & _among(b * span + one, keys)
        return bad


def _once(one: Array, other: Array, rows: int) -> tuple[Array, Array]:
    """Of pairs (k,) those that come first among all with either of their ends, so that each end is in one pair."""
    order = np.lexsort((other, one))
    place = np.empty(len(one), np.int64)
    place[order] = np.arange(len(one))
    first = np.full(rows, len(one), np.int64)
    np.minimum.at(first, one, place)
    np.minimum.at(first, other, place)
    mine = (first[one] == place) & (first[other] == place)
    return one[mine], other[mine]


def _among(values: Array, keys: Array) -> Array:
    """(n,) whether a value is one of the sorted keys."""
    if not len(keys):
        return np.zeros(len(values), bool)
    place = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    found: Array = keys[place] == values
    return found
