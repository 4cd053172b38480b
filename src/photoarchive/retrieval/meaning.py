"""Photos for the words of a search by meaning: query vector, cut-off, kept results, and the deep model where it has
looked. Knows nothing of text.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.query import STRICTNESS
from photoarchive.catalog.searches import Searches
from photoarchive.core.settings import SettingsStore
from photoarchive.ml.embedder import Calibration, Embedder, model_key, unit_rows
from photoarchive.ml.vectors import VectorIndex
from photoarchive.retrieval.calibrate import CutOff, Samples, cut_off
from photoarchive.retrieval.language import Sentence
from photoarchive.retrieval.result_cache import Best, ResultCache

PUSH = 0.5                  # how strongly unwanted words push away, against the wanted ones
EXACT_HEAD = 64             # the best so many are put in order by exact scores: more than a first page
FULL_STRENGTH = 12          # deviations above the cut-off: what the bundled model gives a plain picture of one thing
THRESHOLD_STEP = 0.02       # of the slider, when the fixed threshold is in force
DEEP = "deep"

Vector = npt.NDArray[np.float32]


class Models(Protocol):
    """Gives the model of daily searches; see ml.host."""

    def daily(self) -> Embedder:
        """Ready to be used. Raises Unavailable."""
        ...


class Indexes(Protocol):
    """Gives the vectors of models; see ml.vectors."""

    def index(self, model: str) -> VectorIndex:
        """An empty one if the model has none."""
        ...


class Hits(msgspec.Struct, frozen=True):
    """Photos that fit, best first: ids (n,), scores (n,) as the model gives them, strengths (n,) 0–1."""

    ids: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    strengths: npt.NDArray[np.float32]
    model: str
    known: int              # photos that have a vector
    cached: bool
    deep: bool = False


class _Asked(msgspec.Struct, frozen=True):
    """A query vector and where to look with it."""

    index: VectorIndex
    vector: Vector
    calibration: Calibration


class Meaning:
    """Answers the words of searches by vectors. Thread-safe."""

    def __init__(self, searches: Searches, settings: SettingsStore, models: Models, indexes: Indexes) -> None:
        self._searches, self._settings = searches, settings
        self._models, self._indexes = models, indexes
        self._cache, self._samples = ResultCache(searches), Samples()

    def state(self) -> tuple[object, ...]:
        """Changes whenever the same words may find other photos. Raises Unavailable."""
        settings = self._settings.current
        daily = self._indexes.index(model_key(self._models.daily()))
        state: tuple[object, ...] = (daily.model, daily.revision, settings.search_calibrated,
                                     settings.search_similarity_threshold)
        deep = self._searches.model_in(DEEP)
        return (*state, deep[0], self._indexes.index(deep[0]).revision) if deep else state

    def hits(self, sentence: Sentence, strictness: int) -> Hits | None:
        """Photos that fit the words; None when no photo has a vector. Raises Unavailable without a model."""
        embedder = self._models.daily()
        index = self._indexes.index(model_key(embedder))
        deep = self._deep(sentence)
        if not index.count:
            return self._found(sentence, deep, strictness, deep=True) if deep else None
        daily = self._found(
            sentence, _Asked(index, self._vector(sentence, embedder), embedder.calibration), strictness, deep=False)
        if deep is None or deep.index.model == index.model:
            return daily
        return _merged(self._found(sentence, deep, strictness, deep=True), daily, deep.index)

    def deepen(self, sentence: Sentence, embedder: Embedder) -> int:
        """Score the archive by another model and keep what it found; says how many photos."""
        index = self._indexes.index(model_key(embedder))
        if not sentence.key or not index.count:
            return 0
        vector = self._vector(sentence, embedder)
        self._searches.keep_query_vector(sentence.key, index.model, vector).result()
        self._searches.remember_model(DEEP, index.model, msgspec.structs.asdict(embedder.calibration))
        loosest, = self._cut_offs(_Asked(index, vector, embedder.calibration), -STRICTNESS)
        return self._cache.fill(sentence.key, index, vector, loosest.least)

    def is_deep(self, sentence: Sentence, model: str) -> bool:
        """Whether this model's results are used for these words."""
        known = self._searches.model_in(DEEP)
        return known is not None and known[0] == model and self._deep(sentence) is not None

    def clear(self) -> int:
        """Forget all kept results; says how many they were."""
        return self._cache.clear()

    # ------------------------------------------------------------------ one model

    def _vector(self, sentence: Sentence, embedder: Embedder) -> Vector:
        """(d,) of the wanted words, pushed away from the unwanted ones."""
        model = model_key(embedder)
        kept = self._searches.query_vector(sentence.key, model)
        if kept is not None and len(kept) == embedder.dimension:
            return kept
        vectors = embedder.encode_texts([sentence.meaning, *sentence.pushed_away])
        away = vectors[1:].mean(axis=0) if len(vectors) > 1 else np.zeros_like(vectors[0])
        vector: Vector = unit_rows((vectors[0] - PUSH * away)[None])[0]
        self._searches.keep_query_vector(sentence.key, model, vector)
        return vector

    def _deep(self, sentence: Sentence) -> _Asked | None:
        """The deep model's view of these words, where it was asked and photos have its vectors."""
        known = self._searches.model_in(DEEP)
        if known is None:
            return None
        index = self._indexes.index(known[0])
        vector = self._searches.query_vector(sentence.key, known[0]) if index.count else None
        if vector is None or len(vector) != index.dimension:
            return None
        return _Asked(index, vector, msgspec.convert(known[1], Calibration))

    def _cut_offs(self, asked: _Asked, *strictnesses: int) -> list[CutOff]:
        """One for each position of the slider."""
        sample = self._samples.scores(asked.index, asked.vector)
        calibrated = [cut_off(sample, asked.calibration, strictness) for strictness in strictnesses]
        settings = self._settings.current
        if settings.search_calibrated:
            return calibrated
        return [CutOff(settings.search_similarity_threshold + THRESHOLD_STEP * strictness, one.mean, one.spread)
                for one, strictness in zip(calibrated, strictnesses, strict=True)]

    def _found(self, sentence: Sentence, asked: _Asked, strictness: int, *, deep: bool) -> Hits:
        asked_for, loosest = self._cut_offs(asked, strictness, -STRICTNESS)
        best = self._cache.best(sentence.key, asked.index, asked.vector, least=asked_for.least,
                                loosest=loosest.least)
        ids, scores = _head_in_order(best, asked)
        return Hits(ids, scores, _strengths(scores, asked_for), asked.index.model, asked.index.count, best.cached, deep)


def _head_in_order(best: Best, asked: _Asked) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The first ones by exact scores."""
    head = min(EXACT_HEAD, len(best.ids))
    exact = asked.index.scores(asked.vector, best.ids[:head])
    order = np.lexsort((best.ids[:head], -exact))
    ids, scores = best.ids.copy(), best.scores.copy()
    ids[:head], scores[:head] = best.ids[:head][order], exact[order]
    return ids, scores


def _strengths(scores: npt.NDArray[np.float32], asked_for: CutOff) -> npt.NDArray[np.float32]:
    """How far scores stand out, 0–1: 0 is the cut-off, 1 is FULL_STRENGTH deviations above it."""
    strengths = (scores - asked_for.least) / (FULL_STRENGTH * asked_for.spread)
    clipped: npt.NDArray[np.float32] = strengths.clip(0, 1).astype(np.float32)
    return clipped


def _merged(deep: Hits, daily: Hits, deep_index: VectorIndex) -> Hits:
    """Deep results, and daily ones of photos that the deep model has not seen yet, by how far they stand out."""
    unseen = ~np.isin(daily.ids, deep_index.having(), assume_unique=True)
    ids = np.concatenate([deep.ids, daily.ids[unseen]])
    strengths = np.concatenate([deep.strengths, daily.strengths[unseen]])
    scores = np.concatenate([deep.scores, daily.scores[unseen]])
    order = np.argsort(-strengths, kind="stable")
    return Hits(ids[order], scores[order], strengths[order], deep.model, max(deep.known, daily.known),
                deep.cached and daily.cached, deep=True)
