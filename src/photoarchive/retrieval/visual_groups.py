"""Visual groups as a filter: each photo belongs to the one of a few middle photos whose neighbours it resembles most.

A group is named by its middle photo and the middles of the other groups, so an address says all that is needed to show
it again. Which photos make good middles is `retrieval.clusters`.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Invalid
from photoarchive.ml.embedder import unit_rows
from photoarchive.ml.vectors import VectorIndex

Array = npt.NDArray[Any]

MOST_GROUPS = 200
AROUND = 24                 # photos nearest a middle one whose mean stands for the group, at most: one is too special,
                            # more than half of an even share would reach into other groups
KEPT = 4                    # partitions: 6 bytes a photo each
FEW_CHANGES = 4_000         # photos assigned one by one; of more all are
NOWHERE = -1

_NAME = re.compile(r"(\d{1,9})@(\d{1,9}(?:-\d{1,9})*)")


class Partition(msgspec.Struct, frozen=True):
    """Which group each photo is in. place (rows,) int16 by photo id: place of its middle; NOWHERE without a vector.

    closeness (rows,) float32: to what stands for its group. anchors (k, d): what stands for them.
    """

    model: str
    revision: int
    middles: tuple[int, ...]
    anchors: Array
    place: Array
    closeness: Array


class VisualGroups:
    """Parts the photos of the current look vectors. Thread-safe."""

    def __init__(self, index: Callable[[], VectorIndex]) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, ...], Partition] = OrderedDict()

    def parted(self, middles: Sequence[int]) -> Partition:
        """All photos by these middle photos, as of now. Raises Invalid when one of them has no vector any more.

        k scans of the vectors at first; afterwards only what changed.
        """
        index, key = self._index(), tuple(sorted(set(middles)))
        with self._lock:
            kept = self._kept.get(key)
        revision = index.revision
        if kept is None or kept.model != index.model:
            kept = _parted(index, key, _anchors(index, key))
        elif kept.revision != revision:
            kept = _followed(index, kept)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept

    def members(self, name: str, rows: int) -> Array:
        """(rows,) bool: the photos of a group. Raises Invalid for a name that is none."""
        middle, middles = named(name)
        parted = self.parted(middles)
        mask = np.zeros(rows, bool)
        reach = min(rows, len(parted.place))
        mask[:reach] = parted.place[:reach] == parted.middles.index(middle)
        return mask


def name_of(middle: int, middles: Sequence[int]) -> str:
    """The name of a group in addresses: 40@12-40-77."""
    return f"{middle}@{'-'.join(map(str, sorted(middles)))}"


def named(name: str) -> tuple[int, tuple[int, ...]]:
    """(middle, all middles) of a name. Raises Invalid."""
    found = _NAME.fullmatch(name)
    middles = tuple(dict.fromkeys(int(part) for part in found[2].split("-"))) if found else ()
    if not found or int(found[1]) not in middles or len(middles) > MOST_GROUPS:
        raise Invalid(f"group must name a visual group such as 40@12-40-77, not “{name[:40]}”.", field="group")
    return int(found[1]), middles


def _anchors(index: VectorIndex, middles: tuple[int, ...]) -> Array:
    vectors = index.vectors(np.array(middles, np.int64))
    if not vectors.shape[1] or not vectors.any(axis=1).all():
        raise Invalid("This visual group is gone: a photo it was made around has left, or was not looked at yet. "
                      "Group the view again.", field="group")
    few = max(1, min(AROUND, index.count // (2 * len(middles))))
    around = [index.vectors(index.top(vector, few)[0]).mean(axis=0) for vector in vectors]
    return unit_rows(np.stack(around))


def _parted(index: VectorIndex, middles: tuple[int, ...], anchors: Array) -> Partition:
    revision = index.revision
    place, closeness = np.zeros(0, np.int16), np.zeros(0, np.float32)
    for number, anchor in enumerate(anchors):
        ids, scores = index.all_scores(anchor)
        place, closeness = _reach(place, closeness, int(ids.max(initial=-1)) + 1)
        nearer = (place[ids] == NOWHERE) | (scores > closeness[ids])
        place[ids[nearer]], closeness[ids[nearer]] = number, scores[nearer]
    return Partition(index.model, revision, middles, anchors, place, closeness)


def _followed(index: VectorIndex, kept: Partition) -> Partition:
    """The same groups with the photos that came, changed and went since."""
    revision = index.revision
    changed = index.changed_since(kept.revision)
    if len(changed) > FEW_CHANGES:
        return _parted(index, kept.middles, kept.anchors)
    place, closeness = _reach(kept.place.copy(), kept.closeness.copy(), int(changed.max(initial=-1)) + 1)
    vectors = index.vectors(changed)
    scores = vectors @ kept.anchors.T
    there = vectors.any(axis=1)
    place[changed] = np.where(there, scores.argmax(axis=1), NOWHERE)
    closeness[changed] = np.where(there, scores.max(axis=1), 0)
    return Partition(kept.model, revision, kept.middles, kept.anchors, place, closeness)


def _reach(place: Array, closeness: Array, rows: int) -> tuple[Array, Array]:
    more = rows - len(place)
    if more <= 0:
        return place, closeness
    return (np.concatenate([place, np.full(more, NOWHERE, np.int16)]),
            np.concatenate([closeness, np.zeros(more, np.float32)]))
