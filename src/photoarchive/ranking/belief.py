"""What is believed of all photos after some choices: taste in feature space, and each photo's own part.

utility(photo) = φ(photo)·w + r(photo).  w has a Gaussian belief with full covariance, r is independent from photo to
photo. A choice moves the photos of its board, and through w everything that looks like them. Beliefs are values: a
choice makes a new one, so that undo, a failed commit and readers in other threads need no care.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ranking.features import Kernel
from photoarchive.ranking.plackett_luce import Mat, Vec, weigh

Ids = npt.NDArray[np.int64]
Features = npt.NDArray[np.floating]

LEAST_VARIANCE = 1e-6


class Constants(msgspec.Struct, frozen=True):
    """What a fit assumes. beta: how sure choices are; own: variance of what is a photo's alone."""

    beta: float = 3.0
    own: float = 0.35
    kernel: Kernel = Kernel()


class Step(msgspec.Struct, frozen=True):
    """How one choice moved everything: mean += φ·shift, variance −= |φ·shrink|². shift (P,), shrink (P, n)."""

    shift: Vec
    shrink: Mat


class Belief(msgspec.Struct, frozen=True):
    """weights (P,), cov (P, P): taste. ids (t,) ascending: photos that took part in choices, with residual, variance
    (of the residual) and choices (t,)."""

    constants: Constants
    weights: Vec
    cov: Mat
    ids: Ids
    residual: Vec
    variance: Vec
    choices: npt.NDArray[np.int32]

    @classmethod
    def start(cls, constants: Constants, features: int) -> Belief:
        """Before any choice."""
        none = np.zeros(0)
        return cls(constants, np.zeros(features), np.eye(features), none.astype(np.int64), none, none,
                   none.astype(np.int32))

    # ------------------------------------------------------------------ reading

    def own_variance(self, features: Features) -> Vec:
        """Variance (n,) of the residual of photos no choice has touched: their own part, and what features miss."""
        kept = np.einsum("ij,ij->i", features, features, dtype=np.float64)
        return np.asarray(self.constants.own + np.maximum(self.constants.kernel.variance - kept, 0.0))

    def residuals(self, ids: Ids, features: Features) -> tuple[Vec, Vec]:
        """(mean, variance) of the residuals of photos."""
        places, known = self._places(ids)
        mean, variance = np.zeros(len(ids)), self.own_variance(features)
        mean[known], variance[known] = self.residual[places[known]], self.variance[places[known]]
        return mean, variance

    def choices_of(self, ids: Ids) -> npt.NDArray[np.int32]:
        """How many choices photos took part in."""
        places, known = self._places(ids)
        counts = np.zeros(len(ids), np.int32)
        counts[known] = self.choices[places[known]]
        return counts

    def means(self, ids: Ids, features: Features) -> Vec:
        """Expected utilities (n,)."""
        return np.asarray(features @ self.weights.astype(features.dtype) + self.residuals(ids, features)[0])

    def variances(self, ids: Ids, features: Features) -> Vec:
        """Variances of the utilities (n,)."""
        through = np.einsum("ij,ij->i", features @ self.cov.astype(features.dtype), features, dtype=np.float64)
        return np.asarray(np.maximum(through + self.residuals(ids, features)[1], LEAST_VARIANCE))

    def _places(self, ids: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
        places = np.searchsorted(self.ids, ids)
        known = places < len(self.ids)
        known[known] = self.ids[places[known]] == ids[known]
        return places, known

    # ------------------------------------------------------------------ learning

    def learn(self, ids: Ids, features: Features, order: Sequence[int]) -> tuple[Belief, Step]:
        """The belief after a choice. ids (n,) the board, different photos; features (n, P); order: see weigh."""
        wide = features.astype(np.float64)
        residual, variance = self.residuals(ids, wide)
        reach = self.cov @ wide.T                                   # covariance of w with the board (P, n)
        evidence = weigh(wide @ self.weights + residual, wide @ reach + np.diag(variance), order, self.constants.beta)
        values, axes = np.linalg.eigh(evidence.curvature)
        shift = reach @ evidence.slope
        shrink = reach @ (axes * np.sqrt(np.maximum(values, 0.0)))
        cov = shrink @ shrink.T                                     # symmetric to the last bit, and so is what is left
        np.subtract(self.cov, cov, out=cov)
        new_variance = variance - variance**2 * np.diag(evidence.curvature)
        after = self._with(
            ids, residual + variance * evidence.slope, np.maximum(new_variance, LEAST_VARIANCE),
            self.weights + shift, cov,
        )
        return after, Step(shift, shrink)

    def _with(self, ids: Ids, residual: Vec, variance: Vec, weights: Vec, cov: Mat) -> Belief:
        places, known = self._places(ids)
        fresh = np.sort(ids[~known])
        at = np.searchsorted(self.ids, fresh)
        all_ids = np.insert(self.ids, at, fresh)
        all_residual, all_variance = np.insert(self.residual, at, 0.0), np.insert(self.variance, at, 0.0)
        choices = np.insert(self.choices, at, 0)
        places = np.searchsorted(all_ids, ids)
        all_residual[places], all_variance[places] = residual, variance
        choices[places] += 1
        return Belief(self.constants, weights, cov, all_ids, all_residual, all_variance, choices)
