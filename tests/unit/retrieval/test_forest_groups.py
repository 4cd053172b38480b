"""The forest of likest pairs and the groups made of it: the same whatever the order, and never against a decision."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.catalog.duplicate_decisions import Decision, Verdict
from photoarchive.retrieval.forest import PAIR, Forest, Sets, pairs_of, spanning
from photoarchive.retrieval.groups import components, names_of

PHOTOS = 12
CONTENT = np.random.default_rng(3).permutation(PHOTOS + 1).astype(np.uint64)

graphs = st.lists(st.tuples(st.integers(1, PHOTOS), st.integers(1, PHOTOS), st.integers(90, 100)), max_size=40).map(
    lambda rows: pairs_of(*(np.array([row[n] for row in rows if row[0] != row[1]], float) / (100 if n == 2 else 1)
                            for n in (0, 1, 2)), np.zeros(sum(row[0] != row[1] for row in rows))))


def ends(pairs: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(pairs["first"].tolist(), pairs["second"].tolist(), strict=True))


def decision(number: int, verdict: Verdict, *photos: int) -> Decision:
    return Decision(number, verdict, np.array(photos), np.ones(len(photos), bool))


@settings(max_examples=80, deadline=None)
@given(graphs, st.permutations(range(1, PHOTOS + 1)), st.integers(1, 5))
def test_photos_coming_in_any_order_give_the_forest_of_all_pairs(pairs, order, step):
    """However many come at once, and whichever come first."""
    forest, here = Forest(), set()
    for at in range(0, PHOTOS, step):
        new = set(order[at : at + step])
        here |= new
        found = [pair for pair in pairs if {int(pair["first"]), int(pair["second"])} <= here
                 and {int(pair["first"]), int(pair["second"])} & new]
        growth = forest.grown(np.array(found, PAIR), CONTENT)
        forest.apply(growth)
    assert ends(forest.pairs) == ends(spanning(pairs, CONTENT))


@settings(max_examples=60, deadline=None)
@given(graphs, st.integers(1, PHOTOS))
def test_a_photo_that_goes_leaves_the_forest_of_the_others(pairs, gone):
    """Its tree is felled and its photos are compared again."""
    forest = Forest(spanning(pairs, CONTENT))
    again = set(forest.fell(np.array([gone])).tolist()) - {gone}
    rest = pairs[(pairs["first"] != gone) & (pairs["second"] != gone)]
    found = rest[np.isin(rest["first"], list(again)) | np.isin(rest["second"], list(again))]
    forest.apply(forest.grown(found, CONTENT))
    assert ends(forest.pairs) == ends(spanning(rest, CONTENT))


@settings(max_examples=60, deadline=None)
@given(graphs, st.integers(90, 100))
def test_a_forest_joins_at_every_threshold_what_all_pairs_join(pairs, percent):
    kept, tree = pairs[pairs["likeness"] >= percent / 100], spanning(pairs, CONTENT)
    tree = tree[tree["likeness"] >= percent / 100]
    sets = Sets()
    for first, second in ends(kept):
        sets.join(first, second)
    expected = [sets.find(photo) if photo in kept["first"] or photo in kept["second"] else 0
                for photo in range(PHOTOS + 1)]
    assert components(tree["first"], tree["second"], PHOTOS + 1).tolist() == expected


@settings(max_examples=80, deadline=None)
@given(graphs, st.lists(st.sets(st.integers(1, PHOTOS), min_size=2, max_size=4), max_size=4))
def test_photos_said_to_be_apart_never_share_a_group(pairs, apart):
    """Not even through a third photo that is like both; and no group reaches beyond what the pairs join."""
    decided = [decision(number, Verdict.APART, *photos) for number, photos in enumerate(apart)]
    names = names_of(pairs, decided)
    name = lambda photo: int(names[photo]) if photo < len(names) else 0     # noqa: E731
    for photos in apart:
        shown = [name(photo) for photo in photos if name(photo)]
        assert len(shown) == len(set(shown))
    free = names_of(pairs, [])
    for photo in range(1, len(names)):
        assert not name(photo) or free[photo]
    assert np.array_equal(names_of(pairs[::-1], decided[::-1]), names)


def test_keeping_all_does_not_part_a_group():
    pairs = pairs_of(np.array([1, 2]), np.array([2, 3]), np.array([0.99, 0.96]), np.zeros(2))
    assert names_of(pairs, [decision(1, Verdict.KEEP_ALL, 1, 2, 3)])[1:].tolist() == [1, 1, 1]
    assert names_of(pairs, [decision(1, Verdict.APART, 1, 3)])[1:].tolist() == [1, 1, 0]
