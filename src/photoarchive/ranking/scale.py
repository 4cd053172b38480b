"""From utilities to the numbers people see: the Elo scale, 400 points for odds of ten to one."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
import numpy.typing as npt

START = 1200.0
POINTS = 400.0 / math.log(10.0)     # points of one unit of log odds
WIDTH_95 = 1.96                     # half width of a 95 % interval in standard deviations
UNSAID = 0.07                       # utility²: error of one Laplace step a choice, which no number of choices takes
                                    # away. In simulation (100 to 1,000 photos, 100 to 1,000 choices of two and of
                                    # twelve, with and without look-alikes) 92–98 % of the truths lie inside; without
                                    # it 67–97 %

Array = npt.NDArray[np.float64]


@overload
def rating(utility: float, beta: float) -> float: ...
@overload
def rating(utility: Array, beta: float) -> Array: ...
def rating(utility: float | Array, beta: float) -> float | Array:
    """1200 + 400/ln 10 · β · utility."""
    return START + POINTS * beta * utility


@overload
def interval(variance: float, beta: float) -> float: ...
@overload
def interval(variance: Array, beta: float) -> Array: ...
def interval(variance: float | Array, beta: float) -> float | Array:
    """Half width of the 95 % interval on the Elo scale of a utility believed with this variance."""
    return WIDTH_95 * POINTS * beta * (variance + UNSAID) ** 0.5


def variance(interval: Array, beta: float) -> Array:
    """The variance an interval was made of."""
    return np.maximum((interval / (WIDTH_95 * POINTS * beta)) ** 2 - UNSAID, 0.0)


def utility(points: float, beta: float) -> float:
    """How much utility a difference of so many points is."""
    return points / (POINTS * beta)
