"""Finds which photos look alike: compares new fingerprints with all others and keeps the forest of likest pairs.

What comes out depends on the photos only, not on the order in which they came: every two are compared once, when the
later one comes, and the forest is the same for the same pairs. Groups are `retrieval.groups`.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import ABSENT
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.duplicate_decisions import adopt
from photoarchive.catalog.duplicates import (
    Duplicates,
    Prints,
    drop_pairs,
    mark_compared,
    mark_uncompared,
    put_pairs,
    put_prints,
)
from photoarchive.core.facts import Kind
from photoarchive.retrieval import bursts, fingerprint
from photoarchive.retrieval.forest import Forest, Growth, pairs_of

Array = npt.NDArray[Any]

GROUPED = 0.95              # likeness from which photos share a group, if nobody asks for another threshold
WEAKEST = 0.90              # likeness of the weakest pairs kept
NEAR = 0.70                 # agreement of the contrasts at which likeness is GROUPED; different pictures: at most 0.60
FAINT = 0.50                # agreement at which it is WEAKEST
BURST = 0.40                # the same within a burst: taken together they need not be as like
SAME_SHAPE = 3              # 32nds of log2 of width / height: 6 %
MOST_CANDIDATES = 512       # a photo is compared with, the nearest first; more exist in time-lapses only
SCAN = 1 << 16              # hashes looked through at a time: half a megabyte, so that they stay in the core's cache
VERIFY = 512                # pairs verified at a time: 4 MB, so that they stay in the core's cache
SAME, NEARLY, ONE_BURST = 0, 1, 2           # kinds of pairs


class LikestPairs:
    """The pairs of the forest, for whoever makes groups of them. Thread-safe; read when first asked for."""

    def __init__(self, store: Duplicates) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._pairs: Array | None = None
        self.revision = 0           # rises with every change

    def get(self) -> tuple[int, Array]:
        """(revision, pairs): an array that is never changed in place."""
        with self._lock:
            if self._pairs is None:
                self._pairs = pairs_of(*self._store.likenesses())
            return self.revision, self._pairs

    def put(self, pairs: Array) -> None:
        """These are the pairs now."""
        with self._lock:
            self._pairs = pairs
            self.revision += 1


class Known:
    """All fingerprints in memory, by photo id: 34 bytes a photo."""

    def __init__(self, prints: Prints) -> None:
        self.rows = 0
        self._columns: dict[str, Array] = {
            "version": np.zeros(0, np.uint64), "hash": np.zeros(0, np.uint64), "shape": np.zeros(0, np.int16),
            "moment": np.zeros(0, np.int64), "compared": np.zeros(0, bool), "present": np.zeros(0, bool),
        }
        self.put(prints)

    def __getitem__(self, name: str) -> Array:
        return self._columns[name][: self.rows]

    def put(self, prints: Prints) -> None:
        """Take fingerprints over."""
        if not len(prints):
            return
        self.make_room(int(prints.photo.max()) + 1)
        for name in ("version", "hash", "shape", "moment", "compared"):
            self._columns[name][prints.photo] = getattr(prints, name)
        self._columns["present"][prints.photo] = True

    def make_room(self, rows: int) -> None:
        """Have a place for every id below."""
        size = len(self._columns["version"])
        if rows > size:
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.zeros(max(rows, size * 2) - size, column.dtype)])
        self.rows = max(self.rows, rows)


class Finder:
    """Compares photos. Used by one thread, that of the job; tells `likest` what it finds."""

    def __init__(self, store: Duplicates, columns: Columns, likest: LikestPairs) -> None:
        self._store, self._columns, self._likest = store, columns, likest
        self.known = Known(store.prints())
        self.forest = Forest(pairs_of(*store.likenesses()))
        likest.put(self.forest.pairs)

    def due(self, count: int) -> Array:
        """Photos to be compared: new, or taken at another moment than was known. At most so many, ascending."""
        known = self.known
        return np.flatnonzero(known["present"] & ~known["compared"])[:count]

    def moved(self) -> Array:
        """Photos whose moment is another one than when they were compared."""
        present = np.flatnonzero(self.known["present"])
        present = present[present < self._columns.rows]
        moved: Array = present[bursts.moments(self._columns, present) != self.known["moment"][present]]
        return moved

    def gone(self) -> bool:
        """Whether photos were deleted whose fingerprints are still in memory."""
        present = np.flatnonzero(self.known["present"])
        inside = present < self._columns.rows
        return bool(len(present) and (not inside.all() or (self._columns["state"][present] == ABSENT).any()))

    # ------------------------------------------------------------------ changing

    def add(self, prints: Prints, details: Array) -> None:
        """Keep new fingerprints (n,) with their details (n, 1024) and compare them with all others."""
        again = self.forest.members(prints.photo.tolist())          # their content was another one
        if len(again):
            self.forget(again)
        self.known.put(prints)
        growth = self._grown(prints.photo, details)

        def work(tx: Transaction) -> None:
            put_prints(tx, prints, details)
            _write(tx, growth)
            mark_compared(tx, prints.photo, prints.moment)
            adopt(tx, prints.photo, prints.version)

        self._store.write(work)
        self._take(growth, prints.photo, prints.moment)

    def compare(self, photo_ids: Array) -> None:
        """Compare photos whose fingerprints are kept already."""
        moments = bursts.moments(self._columns, photo_ids)
        self.known["moment"][photo_ids] = moments
        growth = self._grown(photo_ids, self._store.details(photo_ids))

        def work(tx: Transaction) -> None:
            _write(tx, growth)
            mark_compared(tx, photo_ids, moments)

        self._store.write(work)
        self._take(growth, photo_ids, moments)

    def forget(self, photo_ids: Array) -> None:
        """Have photos, and all that hang together with them, compared again."""
        members = np.union1d(photo_ids, self.forest.members(photo_ids.tolist()))
        self._store.write(lambda tx: mark_uncompared(tx, members))
        self.forest.fell(photo_ids)
        self._likest.put(self.forest.pairs)
        self.known["compared"][members] = False

    def _take(self, growth: Growth, photo_ids: Array, moments: Array) -> None:
        if growth:
            self.forest.apply(growth)
            self._likest.put(self.forest.pairs)
        self.known["compared"][photo_ids] = True
        self.known["moment"][photo_ids] = moments

    def _grown(self, photo_ids: Array, details: Array) -> Growth:
        return self.forest.grown(self.pairs_among(photo_ids, details), self.known["version"])

    # ------------------------------------------------------------------ comparing

    def pairs_among(self, photo_ids: Array, details: Array) -> Array:
        """The pairs (PAIR) between these photos and all known ones that are at least WEAKEST alike."""
        first, second = self._candidates(photo_ids)
        parts = [self._judged(first[at : at + VERIFY], second[at : at + VERIFY], photo_ids, details)
                 for at in range(0, len(first), VERIFY)]
        if not parts:
            return pairs_of(*(np.zeros(0) for _ in range(4)))
        return pairs_of(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _candidates(self, photo_ids: Array) -> tuple[Array, Array]:
        """(asked photo, other photo) of every pair worth a closer look."""
        near = bursts.near_in_time(self.known["moment"][photo_ids], self.known["moment"])
        found = [self._of_one(photo, beside) for photo, beside in zip(photo_ids.tolist(), near, strict=True)]
        lengths = [len(others) for others in found]
        return np.repeat(photo_ids, lengths), np.concatenate([*found, np.zeros(0, np.int64)])

    def _of_one(self, photo: int, beside: Array) -> Array:
        known = self.known
        alike, distance = near_hashes(known["hash"], known["hash"][photo])
        if len(alike) > MOST_CANDIDATES:
            alike = alike[np.argsort(distance, kind="stable")[:MOST_CANDIDATES]]
        others = np.union1d(alike, beside[:MOST_CANDIDATES])
        shape = np.abs(known["shape"][others].astype(np.int64) - int(known["shape"][photo])) <= SAME_SHAPE
        found: Array = others[known["present"][others] & shape & (others != photo)]
        return found

    def _judged(self, first: Array, second: Array, photo_ids: Array, details: Array) -> tuple[Array, ...]:
        """(first, second, likeness, kind) of those that are alike."""
        alike_kind = self._same_medium(first, second)
        first, second = first[alike_kind], second[alike_kind]
        place = np.searchsorted(photo_ids, first)
        agreement = fingerprint.agreement(details[place], self._details(second, photo_ids, details))
        version, moment = self.known["version"], self.known["moment"]
        agreement[version[first] == version[second]] = 1.0          # the same content, however flat
        likeness, kind = judge(agreement, moment[first], moment[second])
        kept = likeness >= WEAKEST
        return first[kept], second[kept], likeness[kept], kind[kept]

    def _details(self, asked: Array, photo_ids: Array, details: Array) -> Array:
        """Details of photos: from those at hand, else from the catalog."""
        place = np.minimum(np.searchsorted(photo_ids, asked), len(photo_ids) - 1)
        here = photo_ids[place] == asked
        found = details[place]
        if not here.all():
            found[~here] = self._store.details(asked[~here])
        return found

    def _same_medium(self, first: Array, second: Array) -> Array:
        """Whether both are pictures, or both films of about one length."""
        columns = self._columns
        with columns.lock:
            films = columns["kind"] == Kind.VIDEO
            one, other = films[first], films[second]
            longer = np.maximum(columns["duration"][first], columns["duration"][second])
            apart = np.abs(columns["duration"][first] - columns["duration"][second])
        same: Array = (one == other) & (~one | (apart <= np.maximum(0.5, longer * 0.02)))
        return same


def judge(agreement: Array, one: Array, other: Array) -> tuple[Array, Array]:
    """Agreement of contrasts (n,) and both moments → (likeness, kind) of each pair."""
    likeness = np.where(
        agreement >= NEAR, GROUPED + (agreement - NEAR) / (1 - NEAR) * (1 - GROUPED),
        WEAKEST + (agreement - FAINT) / (NEAR - FAINT) * (GROUPED - WEAKEST))
    together = bursts.one_burst(one, other)
    in_burst = together & (agreement >= BURST)
    likeness = np.where(in_burst, np.maximum(likeness, GROUPED + (agreement - BURST) / (1 - BURST) * (1 - GROUPED)),
                        likeness)
    same = (agreement >= fingerprint.SAME_PICTURE) & (~together | (one == other))
    kind = np.where(same, SAME, np.where(in_burst, ONE_BURST, NEARLY))
    return np.round(np.minimum(likeness, 1.0).astype(np.float64), 6), kind.astype(np.int64)


def near_hashes(hashes: Array, asked: Any) -> tuple[Array, Array]:
    """Places of the hashes (n,) within NEAR_BITS of one, and how many bits they differ by. 3 ms per million."""
    places, distances = [], []
    for start in range(0, len(hashes), SCAN):
        bits = np.bitwise_count(hashes[start : start + SCAN] ^ asked)
        near = np.flatnonzero(bits <= fingerprint.NEAR_BITS)
        if len(near):
            places.append(near + start)
            distances.append(bits[near])
    return (np.concatenate(places), np.concatenate(distances)) if places else (np.zeros(0, np.int64),) * 2


def _write(tx: Transaction, growth: Growth) -> None:
    if growth:
        drop_pairs(tx, growth.gone)
        put_pairs(tx, growth.new)


class PairMeter:
    """How alike the photos of one group are, pair by pair. Thread-safe."""

    def __init__(self, store: Duplicates, columns: Columns) -> None:
        self._store, self._columns = store, columns

    def pairs(self, photo_ids: Array, threshold: float) -> list[tuple[float, int, int]]:
        """(likeness, smaller id, larger id) of all pairs at or above the threshold. photo_ids ascending."""
        details, moments = self._store.details(photo_ids), bursts.moments(self._columns, photo_ids)
        one, other = np.triu_indices(len(photo_ids), 1)
        agreement = fingerprint.agreement(details[one], details[other])
        agreement[(details[one] == details[other]).all(axis=1)] = 1.0
        likeness, _ = judge(agreement, moments[one], moments[other])
        kept = likeness >= threshold
        return list(zip(np.round(likeness[kept], 4).tolist(), photo_ids[one[kept]].tolist(),
                        photo_ids[other[kept]].tolist(), strict=True))
