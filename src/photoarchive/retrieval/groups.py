"""Groups of photos that look alike: who belongs together, which one to keep, what is decided already.

Groups are made of the likest pairs and the user's decisions whenever either changed; nothing of them is stored. Photos
the user said are not duplicates never share a group, however they are joined.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.duplicate_decisions import Decision, Decisions, Verdict
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.retrieval.duplicates import GROUPED, ONE_BURST, LikestPairs
from photoarchive.retrieval.forest import Sets, in_order
from photoarchive.retrieval.keepers import KEEPER_COLUMNS, Qualities, keepers

Array = npt.NDArray[Any]


class Groups(msgspec.Struct, frozen=True, dict=True):
    """All groups with at least two photos in the library. photos and group (n,): sorted by group, the keeper first."""

    photos: Array           # i64
    starts: Array           # (groups + 1,): group g has photos[starts[g]:starts[g + 1]]
    likeness: Array         # (groups,) of the strongest pair
    kind: Array             # (groups,) 0 same picture, 1 nearly the same, 2 a burst
    settled: Array          # (groups,) bool: decided, nothing new since
    reasons: Array          # (groups,) why the keeper: place in keepers.REASONS

    def __len__(self) -> int:
        return len(self.kind)

    def of(self, number: int) -> Array:
        """The photos of one group, the keeper first."""
        found: Array = self.photos[self.starts[number] : self.starts[number + 1]]
        return found

    @cached_property
    def place(self) -> dict[int, int]:
        """Photo → number of its group."""
        numbers = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return dict(zip(self.photos.tolist(), numbers.tolist(), strict=True))


class DuplicateGroups:
    """Makes groups and keeps them until something changes. Thread-safe. Answers whose group a photo is in, too."""

    def __init__(self, views: Views, likest: LikestPairs, decisions: Decisions, qualities: Qualities) -> None:
        self._views, self._likest, self._decisions, self._qualities = views, likest, decisions, qualities
        self._lock = threading.Lock()
        self._names: tuple[object, Array] | None = None
        self._kept: dict[float, tuple[object, Groups]] = {}

    def revision(self) -> int:
        """Rises whenever a group, its keeper or its state may have changed."""
        return (self._likest.revision + self._decisions.revision + self._qualities.revision
                + self._views.columns.revision("state", "bits", "leader", *KEEPER_COLUMNS))

    def groups(self, photo_ids: Array) -> Array:
        """(n,) int64: the group of each photo, hidden ones too; 0: none. Boards never show two of one group."""
        names = self._named()
        known = photo_ids < len(names)
        return np.where(known, names[np.where(known, photo_ids, 0)], 0).astype(np.int64)

    def all(self, threshold: float = GROUPED) -> Groups:
        """Every group at a threshold of likeness."""
        key = self.revision()
        with self._lock:
            kept = self._kept.get(threshold)
        if kept is None or kept[0] != key:
            kept = (key, self._made(threshold))       # not under the lock: filters ask with the columns' lock held
            with self._lock:
                if len(self._kept) > 3:
                    self._kept.clear()
                self._kept[threshold] = kept
        return kept[1]

    def stacks(self, photo_ids: Array) -> dict[int, int]:
        """Keepers among these photos → photos of their group. As of when groups were last asked for: marks change which
        one is kept, and a page of the grid never waits for that.
        """
        with self._lock:
            kept = self._kept.get(GROUPED)
        groups = self.all() if kept is None else kept[1]
        keepers_of = groups.photos[groups.starts[:-1]]
        at = np.flatnonzero(np.isin(keepers_of, photo_ids))
        sizes = groups.starts[at + 1] - groups.starts[at]
        return dict(zip(keepers_of[at].tolist(), sizes.tolist(), strict=True))

    def _named(self) -> Array:
        """(ids,) name of each photo's group at GROUPED, 0 none."""
        with self._lock:
            key = (self._likest.revision, self._decisions.revision)
            if self._names is None or self._names[0] != key:
                _, pairs = self._likest.get()
                _, decided = self._decisions.all()
                self._names = (key, names_of(pairs[pairs["likeness"] >= GROUPED], decided))
            return self._names[1]

    def _made(self, threshold: float) -> Groups:
        _, pairs = self._likest.get()
        _, decided = self._decisions.all()
        pairs = pairs[pairs["likeness"] >= threshold]
        names = names_of(pairs, decided)
        columns = self._views.columns
        with columns.lock:
            visible = self._views.masks.base(Query())
            photos = np.flatnonzero(names)
            photos = photos[photos < len(visible)]
            photos = photos[visible[photos]]
            values = {name: columns[name][photos].copy() for name in KEEPER_COLUMNS}
        sizes = np.bincount(names[photos], minlength=len(names))
        enough = sizes[names[photos]] >= 2
        photos = photos[enough]
        values = {name: value[enough] for name, value in values.items()}
        order, reasons = keepers(photos, names[photos], values, self._qualities,
                                 in_burst=_bursts(pairs, names)[names[photos]])
        photos = photos[order]
        return _described(photos, names, pairs, decided, reasons)


def _bursts(pairs: Array, names: Array) -> Array:
    """(ids,) by name of a group: whether it is a burst."""
    found = np.zeros(len(names), bool)
    one, other = names[pairs["first"]], names[pairs["second"]]
    found[one[(one == other) & (pairs["kind"] == ONE_BURST)]] = True
    return found


def _described(photos: Array, names: Array, pairs: Array, decided: list[Decision], reasons: Array) -> Groups:
    own = names[photos]
    starts = np.flatnonzero(np.concatenate([[True], own[1:] != own[:-1]])) if len(own) else np.zeros(0, np.int64)
    number = np.zeros(len(names) + 1, np.int64)
    number[own[starts]] = np.arange(len(starts))
    inside = (names[pairs["first"]] == names[pairs["second"]]) & np.isin(names[pairs["first"]], own[starts])
    pairs = pairs[inside]
    place = number[names[pairs["first"]]]
    likeness, kind = np.zeros(len(starts)), np.zeros(len(starts), np.int64)
    np.maximum.at(likeness, place, pairs["likeness"])
    np.maximum.at(kind, place, pairs["kind"])
    joined = _decided_together(decided, len(names))[photos]
    if len(starts):
        settled = np.minimum.reduceat(joined, starts) == np.maximum.reduceat(joined, starts)
    else:
        settled = np.zeros(0, bool)
    return Groups(photos, np.append(starts, len(photos)), likeness, kind, settled, reasons)


def _decided_together(decided: list[Decision], size: int) -> Array:
    """(size,) by photo id: one name for photos joined by decisions to keep; others each have a name of their own."""
    sets, most = Sets(), size
    for decision in decided:
        most = max(most, int(decision.photos.max(initial=0)) + 1)
        if decision.verdict is not Verdict.APART:
            for photo in decision.photos[1:].tolist():
                sets.join(int(decision.photos[0]), photo)
    names = np.arange(most)
    for decision in decided:
        names[decision.photos] = [sets.find(photo) for photo in decision.photos.tolist()]
    return names


def names_of(pairs: Array, decided: list[Decision]) -> Array:
    """(ids,) the smallest photo of each photo's group, 0 for none. pairs: those at or above the threshold."""
    size = int(pairs["second"].max(initial=0)) + 1
    names = components(pairs["first"], pairs["second"], size)
    apart = _apart(decided)
    torn = {int(names[one]) for one, others in apart.items() if one < size
            for other in others if other < size and names[one] == names[other]}
    if torn:
        inside = np.isin(names[pairs["first"]], list(torn))
        names[np.isin(names, list(torn))] = 0
        for photo, name in _constrained(pairs[inside], apart).items():
            names[photo] = name
    alone = np.bincount(names, minlength=size)[names] < 2
    names[alone] = 0
    return names


def components(first: Array, second: Array, size: int) -> Array:
    """(size,) the smallest id each id is joined with by pairs; 0 for ids in no pair."""
    names = np.arange(size)
    while True:
        one, other = names[first], names[second]
        differ = one != other
        if not differ.any():
            break
        np.minimum.at(names, np.maximum(one, other)[differ], np.minimum(one, other)[differ])
        while (further := names[names]).tobytes() != names.tobytes():
            names = further
    joined = np.zeros(size, bool)
    joined[first] = joined[second] = True
    return np.where(joined, names, 0)


def _apart(decided: list[Decision]) -> dict[int, set[int]]:
    """Photo → photos it never shares a group with."""
    apart: dict[int, set[int]] = {}
    for decision in decided:
        if decision.verdict is Verdict.APART:
            photos = set(decision.photos.tolist())
            for photo in photos:
                apart.setdefault(photo, set()).update(photos - {photo})
    return apart


def _constrained(pairs: Array, apart: dict[int, set[int]]) -> dict[int, int]:
    """Photo → group: the strongest pairs first, none that would bring photos together that are apart."""
    sets = Sets()
    members: dict[int, set[int]] = {}
    barred: dict[int, set[int]] = {}
    for first, second in _ends(in_order(pairs, np.arange(int(pairs["second"].max(initial=0)) + 1))):
        one, other = sets.find(first), sets.find(second)
        if one == other:
            continue
        ours, theirs = members.get(one, {one}), members.get(other, {other})
        bars = barred.get(one, apart.get(one, set())), barred.get(other, apart.get(other, set()))
        if bars[0] & theirs:
            continue
        sets.join(one, other)
        name = min(one, other)
        members[name], barred[name] = ours | theirs, bars[0] | bars[1]
    return {photo: name for name, photos in members.items() if sets.find(name) == name for photo in photos}


def _ends(pairs: Array) -> Iterator[tuple[int, int]]:
    return zip(pairs["first"].tolist(), pairs["second"].tolist(), strict=True)

