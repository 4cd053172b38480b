"""What is believed after choices: order hardly matters, look-alikes follow, intervals are honest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.ranking import scale
from photoarchive.ranking.belief import Belief, Constants
from photoarchive.ranking.features import make_map
from photoarchive.ranking.pool import Pool
from photoarchive.ranking.selection import Wish, choose_board
from taste import Taste, make_taste

PHOTOS = 300


def features_of(taste: Taste) -> np.ndarray:
    return make_map(taste.vectors, Constants().kernel, 1).of(taste.vectors).astype(np.float32)


def followed(taste: Taste, features: np.ndarray, marks: Sequence[int], top: int = 15) -> Iterator[Pool]:
    """The pool of a person after so many choices of boards that teach most."""
    ids = np.arange(len(taste.utility))
    belief = Belief.start(Constants(), features.shape[1])
    pool, none = Pool(ids, features, belief), np.zeros(len(ids), np.int64)
    chance = np.random.default_rng(5)
    for made in range(marks[-1] + 1):
        if made in marks:
            yield pool
        board = choose_board(pool, Wish("learn", 12, top, made, none), chance)
        belief, step = belief.learn(ids[board], features[board], (taste.best(board),))
        pool.follow(belief, step, ids[board])


def after_choices(taste: Taste, features: np.ndarray, choices: int) -> Pool:
    """The pool of a person who made so many choices."""
    return next(followed(taste, features, (choices,)))


def test_a_pool_that_follows_shows_what_the_belief_says() -> None:
    """Means and variances kept up to date choice by choice equal those computed from scratch."""
    taste = make_taste(PHOTOS, 1)
    features = features_of(taste)
    pool = after_choices(taste, features, 60)
    assert pool.mean == pytest.approx(pool.belief.means(pool.ids, features), abs=1e-3)
    assert pool.variance == pytest.approx(pool.belief.variances(pool.ids, features), abs=1e-3)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_choices_barely_matters(seed: int) -> None:
    """Thirty duels and boards, in two orders: ratings differ by far less than is known of them."""
    taste = make_taste(60, seed)
    features = features_of(taste)
    chance = np.random.default_rng(seed)
    choices = []
    for _ in range(30):
        board = chance.choice(60, int(chance.integers(2, 8)), replace=False)
        choices.append((board, taste.best(board)))
    means = []
    for order in (np.arange(30), chance.permutation(30)):
        belief = Belief.start(Constants(), features.shape[1])
        for place in order:
            board, winner = choices[place]
            belief, _ = belief.learn(board, features[board], (winner,))
        means.append(belief.means(np.arange(60), features))
    deviation = np.sqrt(belief.variances(np.arange(60), features))
    assert np.abs(means[0] - means[1]).mean() < 0.25 * deviation.mean()
    assert np.corrcoef(means)[0, 1] > 0.9


def test_equal_photos_that_beat_each_other_stay_equal() -> None:
    """A beats B and B beats A: nearly the same rating; without look-alikes the mean of all stays where it was."""
    belief, none = Belief.start(Constants(), 0), np.zeros((2, 0), np.float32)
    for winner in (0, 1, 0, 1, 0, 1):
        belief, _ = belief.learn(np.array([4, 9]), none, (winner,))
    first, second = belief.means(np.array([4, 9]), none)
    assert abs(first - second) < 0.2
    assert first + second == pytest.approx(0, abs=1e-9)
    assert belief.choices_of(np.array([4, 9, 5])).tolist() == [6, 6, 0]


def test_look_alikes_rise_with_the_winner_and_strangers_do_not() -> None:
    """Three photos nearly the same, three of another kind."""
    vectors = np.eye(3)[[0, 0, 0, 1, 1, 1]] + 0.02 * np.random.default_rng(1).standard_normal((6, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = make_map(np.repeat(vectors, 4, axis=0), Constants().kernel, 0).of(vectors).astype(np.float32)
    belief, _ = Belief.start(Constants(), rows.shape[1]).learn(np.array([0, 3]), rows[[0, 3]], (0,))
    mean = belief.means(np.arange(6), rows)
    assert mean[1] > 0.1
    assert mean[4] < -0.1
    assert mean[0] > mean[1]


def test_ordered_winners_say_more_than_the_first_alone() -> None:
    """Second and third best are told apart from the rest."""
    ids, none = np.arange(6), np.zeros((6, 0), np.float32)
    one, _ = Belief.start(Constants(), 0).learn(ids, none, (0,))
    three, _ = Belief.start(Constants(), 0).learn(ids, none, (0, 1, 2))
    assert len(set(one.means(ids, none)[1:].round(9))) == 1
    mean = three.means(ids, none)
    assert mean[0] > mean[1] > mean[2] > mean[3] == pytest.approx(mean[5])


@pytest.mark.slow
@pytest.mark.parametrize(("with_vectors", "choices"), [(True, 150), (False, 150), (False, 600)])
def test_the_best_are_found_and_the_intervals_hold(with_vectors: bool, choices: int) -> None:
    """Choices among 300 photos: most of the best 15 found, 90 to 99 % of the truths inside their intervals.

    The same of the photos that were chosen from and of those that are only foreseen, after few choices and after many.
    """
    chosen, foreseen, hits = [], [], []
    for seed in (11, 12, 13):
        taste = make_taste(PHOTOS, seed)
        features = features_of(taste) if with_vectors else np.zeros((PHOTOS, 0), np.float32)
        pool = after_choices(taste, features, choices)
        beta = pool.belief.constants.beta
        error = np.abs(beta * pool.mean - taste.beta * taste.utility)
        inside = error <= scale.interval(pool.variance, beta) / scale.POINTS
        seen = pool.belief.choices_of(pool.ids) > 0
        chosen += inside[seen].tolist()
        foreseen += inside[~seen].tolist()
        hits.append(taste.hits(pool.mean, 15))
    assert np.mean(hits) >= 0.6
    assert 0.90 <= np.mean(chosen) <= 0.99
    assert len(foreseen) < 20 or 0.90 <= np.mean(foreseen) <= 0.99


def test_an_interval_tells_the_variance_it_was_made_of() -> None:
    """Also of what is known best; an interval narrower than any belief makes means no variance."""
    variances = np.array([1e-6, 0.01, 0.3, 1.0])
    assert scale.variance(scale.interval(variances, 3.0), 3.0) == pytest.approx(variances, abs=1e-9)
    assert scale.variance(np.array([1.0]), 3.0).tolist() == [0.0]


@pytest.mark.slow
@pytest.mark.parametrize("shared", [None, 0.2, 0.6])
def test_settled_is_near_the_share_that_is_right(shared: float | None) -> None:
    """Six people after few and many choices, with look-alikes that tell nothing, little and much: the means agree."""
    said, true = np.zeros((6, 3)), np.zeros((6, 3))
    for number in range(6):
        taste = make_taste(200, 30 + number, shared=shared or 0.6)
        features = features_of(taste) if shared else np.zeros((200, 0), np.float32)
        assert after_choices(taste, features, 0).settled(40) == pytest.approx(40 / 200, abs=0.03)
        for place, pool in enumerate(followed(taste, features, (15, 40, 100), 40)):
            said[number, place], true[number, place] = pool.settled(40), taste.hits(pool.mean, 40)
    assert said.mean(axis=0) == pytest.approx(true.mean(axis=0), abs=0.12)
    assert (np.diff(said.mean(axis=0)) > 0).all()
