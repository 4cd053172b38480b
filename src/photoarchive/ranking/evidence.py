"""Which constants explain the choices best: how sure they are, and how much of taste look-alikes share.

The log-probability of every choice before it was made, summed over the log, is the marginal likelihood of the
constants (Dawid 1984: prequential); a belief that learns the log gives it for free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from photoarchive.ranking.belief import Belief, Constants, Features, Ids

MOST_CHOICES = 300              # of the log, the newest: more hardly change the answer
FACTOR = 1.35                   # step of a constant
STEPS = 4                       # at most, of each constant
CLEAR = 1.0                     # log units a step must win

Board = tuple[Ids, Sequence[int]]       # photo ids and the order of the winners


def log_evidence(constants: Constants, boards: Sequence[Board], features: Callable[[Ids], Features]) -> float:
    """Log-probability of choices in their order. features: of photo ids, (n, P)."""
    size = features(np.zeros(0, np.int64)).shape[1]
    belief = Belief.start(constants, size)
    total = 0.0
    for ids, order in boards:
        rows = features(ids)
        total += belief.log_predictive(ids, rows, order)
        belief, _ = belief.learn(ids, rows, order)
    return total


def best_constants(
    start: Constants, boards: Sequence[Board], features_with: Callable[[Constants], Callable[[Ids], Features]]
) -> Constants:
    """Constants found by walking up the evidence from `start`: β first, then how much of taste look-alikes share.

    features_with: the features of photos under given constants.
    """
    boards = boards[-MOST_CHOICES:]

    def evidence(constants: Constants) -> float:
        return log_evidence(constants, boards, features_with(constants))

    best, highest = start, evidence(start)
    for change in (_surer, _shared):
        either = [(evidence(tried), tried, factor) for factor in (FACTOR, 1 / FACTOR)
                  if (tried := change(best, factor)) != best]
        value, tried, factor = max(either, key=lambda found: found[0])
        for _ in range(STEPS):
            if value < highest + CLEAR:
                break
            best, highest = tried, value
            tried = change(best, factor)
            value = evidence(tried)
    return best


def _surer(constants: Constants, factor: float) -> Constants:
    return msgspec.structs.replace(constants, beta=min(8.0, max(0.8, constants.beta * factor)))


def _shared(constants: Constants, factor: float) -> Constants:
    """More or less of taste in looks. The variances together stay 1: how much utilities differ is what β says."""
    if not constants.kernel.variance:
        return constants
    total = constants.kernel.variance * factor + constants.own
    kernel = msgspec.structs.replace(constants.kernel, linear=constants.kernel.linear * factor / total,
                                     local=constants.kernel.local * factor / total)
    return msgspec.structs.replace(constants, own=constants.own / total, kernel=kernel)
