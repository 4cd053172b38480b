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
ROUNDS = 2                      # of looking at each constant in turn
FACTOR = 1.35                   # step of a constant
CLEAR = 2.0                     # log units a better value must win by

Board = tuple[Ids, Sequence[int]]       # photo ids and the order of the winners


def log_evidence(constants: Constants, boards: Sequence[Board], features: Callable[[Ids], Features]) -> float:
    """Log-probability of choices in their order. features: of photo ids, (n, P)."""
    size = features(np.zeros(0, np.int64)).shape[1]
    belief = Belief.start(constants, size)
    total = 0.0
    for ids, order in boards:
        belief, step = belief.learn(ids, features(ids), order)
        total += step.log_evidence
    return total


def best_constants(
    start: Constants, boards: Sequence[Board], features_with: Callable[[Constants], Callable[[Ids], Features]]
) -> Constants:
    """Constants found by walking up the evidence, one at a time, from `start`.

    features_with: the features of photos under given constants. Keeps β·deviation in sensible bounds.
    """
    boards = boards[-MOST_CHOICES:]
    best, highest = start, log_evidence(start, boards, features_with(start))
    for _ in range(ROUNDS):
        before = best
        for change in (_surer, _more_linear, _more_local):
            for factor in (FACTOR, 1 / FACTOR):
                tried = change(best, factor)
                value = log_evidence(tried, boards, features_with(tried))
                if value > highest + CLEAR:
                    best, highest = tried, value
                    break
        if best == before:
            break
    return best


def _surer(constants: Constants, factor: float) -> Constants:
    return msgspec.structs.replace(constants, beta=min(8.0, max(0.8, constants.beta * factor)))


def _more_linear(constants: Constants, factor: float) -> Constants:
    return _shared(constants, constants.kernel.linear * factor, constants.kernel.local)


def _more_local(constants: Constants, factor: float) -> Constants:
    return _shared(constants, constants.kernel.linear, constants.kernel.local * factor)


def _shared(constants: Constants, linear: float, local: float) -> Constants:
    """All three variances together stay 1: how much utilities differ is what β says."""
    total = linear + local + constants.own
    kernel = msgspec.structs.replace(constants.kernel, linear=linear / total, local=local / total)
    return msgspec.structs.replace(constants, own=constants.own / total, kernel=kernel)
