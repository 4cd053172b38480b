"""The photos boards are made from, with what is believed of each, kept up to date choice by choice.

A library of a million photos is represented by those that matter for the next boards (see rating.boards) and by a
random sample of the rest, each of which stands for several.
"""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt

from photoarchive.ranking import normal
from photoarchive.ranking.belief import LEAST_VARIANCE, Belief, Features, Ids, Step
from photoarchive.ranking.plackett_luce import Vec

LEAN = 0.55             # standard deviations by which the truth of the photos rated best lies above what is believed …
LEAN_KNOWN = 0.4        # … once so much of a photo's variance is explained; less before, and nothing before any choice


class Pool:
    """ids (n,) ascending, features (n, P) float32, mean and variance of the utilities (n,), own (n,): the variance no
    look-alike shares, weight (n,): for how many photos one stands. Not thread-safe."""

    def __init__(self, ids: Ids, features: Features, belief: Belief, weight: Vec | None = None) -> None:
        self.ids, self.features = ids, features
        self.weight = np.ones(len(ids)) if weight is None else weight
        self.belief = belief
        self.mean: Vec = belief.means(ids, features)
        self.own: Vec = belief.residuals(ids, features)[1]
        self.variance: Vec = belief.variances(ids, features)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def deviation(self) -> Vec:
        """(n,) standard deviations."""
        return np.asarray(np.sqrt(self.variance))

    @property
    def learned(self) -> bool:
        """True when photos have features: look-alikes teach about each other."""
        return bool(self.features.shape[1]) and bool(self.features.any())

    def follow(self, belief: Belief, step: Step, board: Ids) -> None:
        """Take in one choice: a product with P × (board + 1) numbers instead of P × P."""
        if self.features.shape[1]:
            moved = self.features @ np.column_stack([step.shift, step.shrink]).astype(np.float32)
            self.mean += moved[:, 0]
            self.variance -= np.einsum("ij,ij->i", moved[:, 1:], moved[:, 1:], dtype=np.float64)
            np.maximum(self.variance, LEAST_VARIANCE, out=self.variance)
        self.belief = belief
        places = np.searchsorted(self.ids, board)
        places = places[places < len(self.ids)]
        places = places[np.isin(self.ids[places], board)]
        self.mean[places] = belief.means(self.ids[places], self.features[places])
        self.own[places] = belief.residuals(self.ids[places], self.features[places])[1]
        self.variance[places] = belief.variances(self.ids[places], self.features[places])

    def where(self, kept: npt.NDArray[np.bool_]) -> Pool:
        """The pool of these photos only."""
        part = copy.copy(self)
        part.ids, part.features, part.weight = self.ids[kept], self.features[kept], self.weight[kept]
        part.mean, part.variance, part.own = self.mean[kept], self.variance[kept], self.own[kept]
        return part

    def covariance(self, places: Ids, with_places: Ids) -> Vec:
        """(n, m) covariance of the utilities of two lists of places."""
        reach = self.belief.cov @ self.features[with_places].T.astype(np.float64)
        through = (self.features[places] @ reach.astype(np.float32)).astype(np.float64)
        same = places[:, None] == with_places[None, :]
        return np.asarray(through + same * self.own[places][:, None])

    def cut(self, top: float) -> float:
        """The utility above which `top` photos are expected: Σ P(utility > cut) = top."""
        deviation = self.deviation
        low, high = float(self.mean.min() - 5 * deviation.max()), float(self.mean.max() + 5 * deviation.max())
        for _ in range(30):
            middle = (low + high) / 2
            above = float(self.weight @ normal.below((self.mean - middle) / deviation))
            low, high = (middle, high) if above > top else (low, middle)
        return (low + high) / 2

    def settled(self, top: int) -> float:
        """Expected share of the `top` best by rating that are truly among the best `top` (0–1).

        To win says "better than these" and sets no upper end, while a belief is a normal distribution about the
        likeliest value: the best truly lie above their ratings, by LEAN. It was measured in simulated libraries of
        300 to 5,000 photos after 1 to 1,000 choices, with look-alikes that tell much, little and nothing. Only this
        figure takes it into account: all ratings of the best move alike, so their order stays as it is.
        """
        top = min(top, len(self))
        if not top:
            return 0.0
        best = np.argpartition(-self.mean, top - 1)[:top]
        constants = self.belief.constants
        known = 1 - self.variance[best] / (constants.own + constants.kernel.variance)
        lean = LEAN * np.clip(known / LEAN_KNOWN, 0.0, 1.0)
        return float(normal.below((self.mean[best] - self.cut(top)) / self.deviation[best] + lean).mean())
