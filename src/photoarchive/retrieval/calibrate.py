"""How well a photo must fit a query to be shown: a cut-off per model and query, from the scores the archive gives it.

Most photos of an archive have nothing to do with a query. Their scores lie around a mean that differs from query to
query; a photo fits when it stands out of them. The distribution comes from a sample of the archive that is a function
of its photos alone, so that the same archive always gives the same cut-off.
"""

from __future__ import annotations

import threading

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.embedder import Calibration
from photoarchive.ml.vectors import VectorIndex

SAMPLE = 2048               # photos of the sample: at least half of it, at most it plus chance
LEAST_SAMPLE = 64           # fewer tell nothing: the model's own numbers are taken
STEP = 0.5                  # of the slider, in standard deviations
MEAN_RANGE = 1.5            # how far the archive may move the model's mean, in its standard deviations
SPREAD_RANGE = (0.6, 1.6)   # and how far its spread, as a factor

Vector = npt.NDArray[np.float32]


class CutOff(msgspec.Struct, frozen=True):
    """Photos that score at least `least` fit. mean, spread: of unrelated photos; strength 0–1 starts at `least`."""

    least: float
    mean: float
    spread: float


def cut_off(scores: npt.NDArray[np.float32], calibration: Calibration, strictness: int) -> CutOff:
    """The cut-off for the scores (n,) of a sample of the archive.

    Mean and spread come from the lower half of the scores, which photos that fit do not reach, and are held near the
    model's own: in an archive of dogs most photos fit “dog”, and none may stand out.
    """
    mean, spread = calibration.unrelated_mean, calibration.unrelated_sigma
    if len(scores) >= LEAST_SAMPLE:
        low, middle = np.quantile(scores, (0.159, 0.5)).tolist()
        least, most = SPREAD_RANGE
        seen = min(max(middle - low, least * spread), most * spread)
        mean = min(max(middle, mean - MEAN_RANGE * spread), mean + MEAN_RANGE * spread)
        spread = seen
    return CutOff(mean + (calibration.stands_out + STEP * strictness) * spread, mean, spread)


class Samples:
    """A sample of the vectors of each model, kept up to date. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, _Sample] = {}

    def scores(self, index: VectorIndex, query: Vector) -> npt.NDArray[np.float32]:
        """Scores (n,) of the sampled photos for a query (d,)."""
        with self._lock:
            sample = self._kept[index.model] = _current(index, self._kept.get(index.model))
        scores: npt.NDArray[np.float32] = sample.vectors @ query
        return scores


class _Sample(msgspec.Struct, frozen=True):
    revision: int
    one_in: int
    ids: npt.NDArray[np.int64]              # ascending
    vectors: npt.NDArray[np.float32]        # (n, d)


def _current(index: VectorIndex, kept: _Sample | None) -> _Sample:
    """Every photo whose number, scrambled, is divisible by `one_in`, which follows from the size of the archive."""
    revision, one_in = index.revision, 1 << max(0, (index.count - 1) // SAMPLE).bit_length()
    if kept is not None and (kept.revision, kept.one_in) == (revision, one_in):
        return kept
    changed = index.changed_since(kept.revision) if kept is not None and kept.one_in == one_in else None
    if kept is None or changed is None or len(changed) > SAMPLE * one_in:
        ids = _sampled(index.having(), one_in)
        return _Sample(revision, one_in, ids, index.vectors(ids))
    fresh = _sampled(changed, one_in)
    rest = ~np.isin(kept.ids, fresh)
    vectors = index.vectors(fresh)
    there = vectors.any(axis=1)
    ids = np.concatenate([kept.ids[rest], fresh[there]])
    order = np.argsort(ids)
    return _Sample(revision, one_in, ids[order], np.concatenate([kept.vectors[rest], vectors[there]])[order])


def _sampled(ids: npt.NDArray[np.int64], one_in: int) -> npt.NDArray[np.int64]:
    """Multiplicative hashing (Knuth): neighbours, which are often alike, are not drawn together."""
    scrambled = (ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    chosen: npt.NDArray[np.int64] = ids[scrambled % np.uint64(one_in) == 0]
    return chosen
