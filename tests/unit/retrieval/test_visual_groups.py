"""Visual groups: photos that look alike share one, whatever came, changed or went meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from memory_vectors import DIMENSION, MemoryIndex
from photoarchive.catalog.embeddings import Tag
from photoarchive.core.errors import Invalid
from photoarchive.retrieval.clusters import clusters, names
from photoarchive.retrieval.visual_groups import NOWHERE, VisualGroups, name_of, named

KINDS = np.linalg.qr(np.random.default_rng(5).normal(size=(DIMENSION, 4)))[0].T


def looking_like(kind: int, seed: int) -> np.ndarray:
    return KINDS[kind] + np.random.default_rng(seed).normal(size=DIMENSION) * 0.08


@pytest.fixture
def index() -> MemoryIndex:
    """Forty photos of four kinds: photo 1 of kind 1, photo 2 of kind 2, photo 4 of kind 0 …"""
    index = MemoryIndex("looks:1")
    for photo in range(1, 41):
        index.put(photo, looking_like(photo % 4, photo))
    return index


def test_kinds_are_told_apart_and_named_by_what_is_seen(index: MemoryIndex) -> None:
    found = clusters(index, VisualGroups(lambda: index), index.having(), 4)
    assert sorted(sorted({photo % 4 for photo in one.photos.tolist()}) for one in found) == [[0], [1], [2], [3]]
    assert all(one.middle in one.photos for one in found)
    labels = ("boat", "peak", "dog", "street")
    def guesses(photos: Iterable[int]) -> dict[int, list[Tag]]:
        return {photo: [Tag(labels[photo % 4], 0.4), Tag("envelope", 0.1)] for photo in photos}

    assert sorted(names(found, guesses, np.zeros(41, bool))) == ["Boat", "Dog", "Peak", "Street"]
    of_people = np.arange(41) % 4 == 3          # where a face is, a guess of 0.4 is about clothes
    assert sorted(names(found, guesses, of_people)) == ["Boat", "Dog", "Peak", "People"]


def test_a_part_of_the_archive_is_parted_by_itself(index: MemoryIndex) -> None:
    """Only its photos are listed, and the address shows those of the whole archive that belong there."""
    groups, view = VisualGroups(lambda: index), np.array([4, 8, 12, 1, 5])
    found = clusters(index, groups, view, 2)
    assert sorted(sorted(one.photos.tolist()) for one in found) == [[1, 5], [4, 8, 12]]
    everywhere = groups.members(found[0].name, 41)
    assert set(found[0].photos.tolist()) <= set(np.flatnonzero(everywhere).tolist())


def test_groups_follow_photos_that_come_change_and_go(index: MemoryIndex) -> None:
    """Like parting anew with the same anchors; a photo without a vector is in no group."""
    groups = VisualGroups(lambda: index)
    middles = [one.middle for one in clusters(index, groups, index.having(), 4)]
    kind_of = {middle: middle % 4 for middle in middles}
    index.put(50, looking_like(2, 50))
    index.put(7, looking_like(0, 99))
    index.remove(9)
    parted = groups.parted(middles)
    kind = [kind_of[middle] for middle in parted.middles]
    assert kind[parted.place[50]] == 2
    assert kind[parted.place[7]] == 0
    assert parted.place[9] == NOWHERE
    assert groups.members(name_of(middles[0], middles), 8).sum() == np.count_nonzero(
        parted.place[:8] == parted.middles.index(middles[0]))


def test_a_name_says_its_group_and_all_others() -> None:
    assert named(name_of(40, [77, 12, 40])) == (40, (12, 40, 77))
    for wrong in ("", "40", "40@12-77", "40@", "a@b", "40@40-" + "-".join(map(str, range(1, 250)))):
        with pytest.raises(Invalid):
            named(wrong)


def test_a_group_whose_middle_is_gone_says_so(index: MemoryIndex) -> None:
    index.remove(8)
    with pytest.raises(Invalid, match="Group the view again"):
        VisualGroups(lambda: index).parted([4, 8])


def test_an_empty_view_has_no_groups(index: MemoryIndex) -> None:
    assert clusters(index, VisualGroups(lambda: index), np.zeros(0, np.int64), 12) == []


def test_a_small_archive_falls_into_groups_too() -> None:
    """What stands for a group never reaches over the whole archive."""
    index = MemoryIndex("looks:1")
    for photo in range(1, 13):
        index.put(photo, looking_like(photo % 4, photo))
    found = clusters(index, VisualGroups(lambda: index), index.having(), 4)
    assert sorted(len(one.photos) for one in found) == [3, 3, 3, 3]
