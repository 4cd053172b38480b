"""The likest pairs that join all photos that are alike: a maximum spanning forest, kept while photos come and go.

It holds everything that groups need: at any threshold, two photos are joined in the forest exactly if they are joined
in the graph of all pairs. Which forest it is depends only on the pairs, never on the order in which they were found:
equal likenesses are ordered by the content of their photos.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

PAIR = np.dtype([("first", "<i8"), ("second", "<i8"), ("likeness", "<f8"), ("kind", "<i8")])


def pairs_of(first: Array, second: Array, likeness: Array, kind: Array) -> Array:
    """Pairs (n,) of dtype PAIR, the smaller id first, each pair once (its strongest)."""
    pairs = np.zeros(len(first), PAIR)
    pairs["first"], pairs["second"] = np.minimum(first, second), np.maximum(first, second)
    pairs["likeness"], pairs["kind"] = likeness, kind
    order = np.lexsort((-pairs["likeness"], pairs["second"], pairs["first"]))
    pairs = pairs[order]
    again = (pairs["first"][1:] == pairs["first"][:-1]) & (pairs["second"][1:] == pairs["second"][:-1])
    unique: Array = pairs[np.concatenate([[True], ~again])] if len(pairs) else pairs
    return unique


def in_order(pairs: Array, content: Array) -> Array:
    """Pairs, the strongest first; equal ones by the content (u64 by photo id) of their photos."""
    one, other = content[pairs["first"]], content[pairs["second"]]
    low, high = np.minimum(one, other), np.maximum(one, other)
    ordered: Array = pairs[np.lexsort((pairs["second"], pairs["first"], high, low, -pairs["likeness"]))]
    return ordered


class Sets:
    """Disjoint sets of ids (Tarjan 1975), each named by its smallest."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def find(self, item: int) -> int:
        """The name of the set an id is in."""
        above, root = self._above, item
        while (parent := above.get(root, root)) != root:
            root = parent
        while item != root:
            above[item], item = root, above.get(item, item)
        return root

    def join(self, one: int, other: int) -> bool:
        """Make one set of two; False if they were one."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return False
        self._above[max(one, other)] = min(one, other)
        return True


def spanning(pairs: Array, content: Array) -> Array:
    """The pairs of the maximum spanning forest (Kruskal 1956)."""
    sets, ordered = Sets(), in_order(pairs, content)
    ends = zip(ordered["first"].tolist(), ordered["second"].tolist(), strict=True)
    chosen: Array = ordered[np.fromiter((sets.join(a, b) for a, b in ends), bool, len(ordered))]
    return chosen


class Growth(msgspec.Struct, frozen=True):
    """What changes when pairs are added: those no longer needed, and those that are."""

    gone: Array         # (m,) PAIR
    new: Array          # (n,) PAIR

    def __bool__(self) -> bool:
        return bool(len(self.gone) or len(self.new))


class Forest:
    """A forest in memory. Not thread-safe; `pairs` is never changed in place, so it may be kept by readers."""

    def __init__(self, pairs: Array | None = None) -> None:
        self.pairs: Array = np.zeros(0, PAIR) if pairs is None else pairs
        self._tree = np.zeros(0, np.int64)          # by photo id: the smallest id of its tree, 0 none
        self._relabel(self.pairs)

    def members(self, photo_ids: Iterable[int]) -> Array:
        """These photos and all of their trees, ascending; photos without a tree are left out."""
        chosen = self._chosen(np.fromiter(photo_ids, np.int64))
        return np.flatnonzero(chosen[self._tree])

    def of(self, photo_ids: Array) -> Array:
        """The pairs of the trees these photos are in."""
        return self.pairs[self._within(photo_ids)]

    def grown(self, found: Array, content: Array) -> Growth:
        """What `found` (PAIR) changes. The forest itself stays as it is until `apply`."""
        if not len(found):
            return Growth(self.pairs[:0], found)
        touched = self.of(np.concatenate([found["first"], found["second"]]))
        best = spanning(_merged(touched, found), content)
        was, now = set(_ends(touched)), set(_ends(best))
        gone = np.fromiter((ends not in now for ends in _ends(touched)), bool, len(touched))
        new = np.fromiter((ends not in was for ends in _ends(best)), bool, len(best))
        return Growth(touched[gone], best[new])

    def apply(self, growth: Growth) -> None:
        """Take a growth over."""
        if len(growth.gone):
            gone = set(_ends(growth.gone))
            inside = np.flatnonzero(self._within(growth.gone["first"]))
            lost = [place for place, ends in zip(inside.tolist(), _ends(self.pairs[inside]), strict=True)
                    if ends in gone]
            self.pairs = np.delete(self.pairs, lost)
        self.pairs = np.concatenate([self.pairs, growth.new])
        self._relabel(growth.new)

    def fell(self, photo_ids: Array) -> Array:
        """Take away the trees of these photos. Returns all their photos."""
        members, inside = self.members(photo_ids.tolist()), self._within(photo_ids)
        self.pairs = self.pairs[~inside]
        self._tree[members] = 0
        return members

    def _chosen(self, photo_ids: Array) -> Array:
        """Which trees (by name) these photos are in."""
        chosen = np.zeros(max(1, len(self._tree)), bool)
        chosen[self._tree[photo_ids[photo_ids < len(self._tree)]]] = True
        chosen[0] = False
        return chosen

    def _within(self, photo_ids: Array) -> Array:
        inside: Array = self._chosen(photo_ids)[self._tree[self.pairs["first"]]]
        return inside

    def _relabel(self, new: Array) -> None:
        """Join the trees that new pairs connect."""
        if not len(new):
            return
        most = int(new["second"].max()) + 1
        if most > len(self._tree):
            more = max(most, len(self._tree) * 2) - len(self._tree)
            self._tree = np.concatenate([self._tree, np.zeros(more, np.int64)])
        sets = Sets()
        for first, second in _ends(new):
            sets.join(int(self._tree[first]) or first, int(self._tree[second]) or second)
        ends = np.unique(np.concatenate([new["first"], new["second"]]))
        before = np.where(self._tree[ends] > 0, self._tree[ends], ends)
        names = np.arange(len(self._tree))
        for name in np.unique(before).tolist():
            names[name] = sets.find(name)
        self._tree[ends] = before
        self._tree = np.where(self._tree > 0, names[self._tree], 0)


def _ends(pairs: Array) -> Iterator[tuple[int, int]]:
    return zip(pairs["first"].tolist(), pairs["second"].tolist(), strict=True)


def _merged(one: Array, other: Array) -> Array:
    both = np.concatenate([one, other])
    return pairs_of(both["first"], both["second"], both["likeness"], both["kind"])
