"""From utilities to the numbers people see: the Elo scale, 400 points for odds of ten to one."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
import numpy.typing as npt

START = 1200.0
POINTS = 400.0 / math.log(10.0)     # points of one unit of log odds
WIDTH_95 = 2.05                     # half width of a 95 % interval in standard deviations: 1.96, and what one Laplace
                                    # step a choice leaves out; in simulation 92–96 % of the truths lie inside

Array = npt.NDArray[np.float64]


@overload
def rating(utility: float, beta: float) -> float: ...
@overload
def rating(utility: Array, beta: float) -> Array: ...
def rating(utility: float | Array, beta: float) -> float | Array:
    """1200 + 400/ln 10 · β · utility."""
    return START + POINTS * beta * utility


@overload
def interval(deviation: float, beta: float) -> float: ...
@overload
def interval(deviation: Array, beta: float) -> Array: ...
def interval(deviation: float | Array, beta: float) -> float | Array:
    """Half width of the 95 % interval on the Elo scale of a utility known to ± deviation."""
    return WIDTH_95 * POINTS * beta * deviation


def utility(points: float, beta: float) -> float:
    """How much utility a difference of so many points is."""
    return points / (POINTS * beta)
