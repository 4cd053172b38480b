"""The likelihood of one choice and what it says about the photos of its board.

A person who ranks the first m of n photos picks them one after the other, each with the probability
exp(β·f_w) / Σ exp(β·f_j) over the photos still there (Luce 1959, Plackett 1975). With m = 1 it is “best of n”,
with n = 2 and m = 1 the Bradley–Terry model of a duel.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Invalid

Vec = npt.NDArray[np.float64]
Mat = npt.NDArray[np.float64]

MAX_STEPS = 50
PRECISE = 1e-11             # of the mode, in utility units: far below what a rating shows


class Evidence(msgspec.Struct, frozen=True):
    """What one choice says, given a Gaussian belief N(mean, cov) over the n utilities of its board.

    The posterior is N(mean + cov·slope, cov − cov·curvature·cov), so anything correlated with the board follows from
    its covariance with it. slope (n,): gradient of the log-likelihood at the mode. curvature (n, n): symmetric,
    positive semi-definite.
    """

    slope: Vec
    curvature: Mat


def log_likelihood(utility: Vec, order: Sequence[int], beta: float) -> float:
    """Log of the probability that the photos `order` (positions, best first) are picked from the board."""
    left = np.ones(len(utility), bool)
    total = 0.0
    for winner in order:
        scaled = beta * utility[left]
        top = float(scaled.max())
        total += beta * float(utility[winner]) - top - float(np.log(np.exp(scaled - top).sum()))
        left[winner] = False
    return total


def slope_and_curvature(utility: Vec, order: Sequence[int], beta: float) -> tuple[Vec, Mat]:
    """Gradient (n,) and negative Hessian (n, n) of log_likelihood at `utility` (n,)."""
    count = len(utility)
    slope, curvature = np.zeros(count), np.zeros((count, count))
    left = np.ones(count, bool)
    for winner in order:
        chance = np.where(left, np.exp(beta * (utility - utility[left].max())), 0.0)
        chance /= chance.sum()
        slope -= beta * chance
        slope[winner] += beta
        curvature += beta * beta * (np.diag(chance) - np.outer(chance, chance))
        left[winner] = False
    return slope, curvature


def weigh(mean: Vec, cov: Mat, order: Sequence[int], beta: float) -> Evidence:
    """Laplace's approximation at the mode of the posterior, found by Newton's method with step halving.

    mean (n,), cov (n, n) positive semi-definite; order: 1 to n−1 different positions, best first. The log-likelihood
    is concave, so there is one mode. Raises Invalid for a board of fewer than two photos or an order that does not fit.
    """
    count = len(mean)
    if count < 2 or not 1 <= len(order) < count or len(set(order)) != len(order) or not all(
        0 <= place < count for place in order
    ):
        raise Invalid("A choice needs at least two photos, and its winners must be different photos of the board.")
    identity = np.eye(count)
    pull = np.zeros(count)                      # cov⁻¹ (utility − mean), kept so that cov is never inverted
    utility, value = mean.copy(), log_likelihood(mean, order, beta)
    for _ in range(MAX_STEPS):
        slope, curvature = slope_and_curvature(utility, order, beta)
        target = np.linalg.solve(identity + curvature @ cov, curvature @ (utility - mean) + slope)
        step, size = target - pull, 1.0
        while True:
            new_pull = pull + size * step
            new_utility = mean + cov @ new_pull
            new_value = log_likelihood(new_utility, order, beta) - 0.5 * float(new_pull @ (new_utility - mean))
            if new_value >= value - PRECISE or size < 1e-6:
                break
            size /= 2
        moved = float(np.abs(new_utility - utility).max())
        pull, utility, value = new_pull, new_utility, new_value
        if moved < PRECISE:
            break
    slope, curvature = slope_and_curvature(utility, order, beta)
    spread = identity + curvature @ cov
    shrink = np.linalg.solve(spread, curvature)
    return Evidence(slope, (shrink + shrink.T) / 2)
