"""The likelihood of a choice and its Laplace approximation, against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photoarchive.core.errors import Invalid
from photoarchive.ranking.plackett_luce import log_likelihood, slope_and_curvature, weigh

UTILITIES = arrays(np.float64, st.integers(2, 8), elements=st.floats(-3, 3))


@given(UTILITIES, st.floats(0.5, 5))
def test_the_chances_of_all_orders_sum_to_one(utility: np.ndarray, beta: float) -> None:
    """Whatever is chosen, something is: for one winner and for two in order."""
    for length in range(1, min(3, len(utility))):
        orders = itertools.permutations(range(len(utility)), length)
        assert sum(np.exp(log_likelihood(utility, order, beta)) for order in orders) == pytest.approx(1)


@given(UTILITIES, st.floats(0.5, 4), st.data())
def test_slope_and_curvature_are_the_derivatives(utility: np.ndarray, beta: float, data: st.DataObject) -> None:
    """Compared with differences of the likelihood itself."""
    order = data.draw(st.permutations(range(len(utility))))[: data.draw(st.integers(1, len(utility) - 1))]
    slope, curvature = slope_and_curvature(utility, order, beta)
    step = 1e-5 * np.eye(len(utility))
    differences = [
        (log_likelihood(utility + e, order, beta) - log_likelihood(utility - e, order, beta)) / 2e-5 for e in step]
    assert slope == pytest.approx(np.array(differences), abs=1e-5)
    rows = [(slope_and_curvature(utility - e, order, beta)[0] - slope_and_curvature(utility + e, order, beta)[0]) / 2e-5
            for e in step]
    assert curvature == pytest.approx(np.array(rows), abs=1e-4)


def test_a_duel_agrees_with_numerical_integration() -> None:
    """The mode of one duel under a broad prior, on a fine grid."""
    beta, grid = 2.0, np.linspace(-6, 6, 1201)
    found = weigh(np.zeros(2), np.eye(2), [0], beta)
    first, second = np.meshgrid(grid, grid, indexing="ij")
    logs = -0.5 * (first**2 + second**2) - np.log1p(np.exp(-beta * (first - second)))
    place = np.unravel_index(np.argmax(logs), logs.shape)
    mode = np.eye(2) @ found.slope
    assert mode == pytest.approx([grid[place[0]], grid[place[1]]], abs=0.02)


@given(UTILITIES, st.floats(0.5, 4), st.integers(0, 2**32 - 1), st.data())
def test_a_choice_lifts_the_winner_and_keeps_the_sum(
    utility: np.ndarray, beta: float, seed: int, data: st.DataObject
) -> None:
    """The slopes of a board sum to zero; the winner's is positive; the posterior stays positive definite."""
    winner = data.draw(st.integers(0, len(utility) - 1))
    square = np.random.default_rng(seed).standard_normal((len(utility), len(utility)))
    cov = square @ square.T / len(utility) + 0.1 * np.eye(len(utility))
    found = weigh(utility, cov, [winner], beta)
    assert found.slope.sum() == pytest.approx(0, abs=1e-8)
    assert found.slope[winner] > 0
    assert (np.delete(found.slope, winner) < 0).all()
    after = cov - cov @ found.curvature @ cov
    assert np.linalg.eigvalsh((after + after.T) / 2).min() > 0
    assert np.linalg.eigvalsh(found.curvature).min() > -1e-9


@given(st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_the_place_on_the_board_does_not_matter(count: int, seed: int) -> None:
    """Shuffling the board shuffles the result."""
    chance = np.random.default_rng(seed)
    mean, square = chance.standard_normal(count), chance.standard_normal((count, count))
    cov = square @ square.T / count + 0.1 * np.eye(count)
    order = chance.permutation(count)
    one, two = weigh(mean, cov, [int(order[0])], 2.5), weigh(mean[order], cov[np.ix_(order, order)], [0], 2.5)
    assert two.slope == pytest.approx(one.slope[order], abs=1e-7)
    assert two.curvature == pytest.approx(one.curvature[np.ix_(order, order)], abs=1e-7)


@pytest.mark.parametrize("order", [[], [0, 0], [3], [-1], [0, 1, 2]])
def test_an_order_that_does_not_fit_is_refused(order: list[int]) -> None:
    """No winner, one twice, one that is not there, nobody left."""
    with pytest.raises(Invalid):
        weigh(np.zeros(3), np.eye(3), order, 2.5)
