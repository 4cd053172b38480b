"""When and how features are made: from the library's vectors when they come, and anew when much has been learned."""

from __future__ import annotations

import logging

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.comparisons import Fit
from photoarchive.ranking.belief import Constants
from photoarchive.ranking.evidence import best_constants
from photoarchive.ranking.features import make_map, no_features
from photoarchive.rating import spread
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import EmbeddingProvider

log = logging.getLogger(__name__)

LEAST_PHOTOS = 30               # with a vector, before look-alikes mean anything
SAMPLE = 20_000                 # vectors the landmarks are placed by
GROWN = 1.3                     # a fit is made anew when so many times the photos have a vector …
LEAST_CHOICES = 100             # … or when there are so many choices …
DOUBLED = 2.0                   # … and so many times those it was made with: constants follow the choices
LEFT_OUT = 200                  # … or when so many photos chosen from had no vector then


class Fitting:
    """Keeps the fit in step with vectors and choices. Used by one thread."""

    def __init__(self, ratings: Ratings, embeddings: EmbeddingProvider) -> None:
        self._ratings, self._embeddings = ratings, embeddings
        self._seen = -1                 # revision of the vectors that was looked at last

    def look(self) -> bool:
        """Add features of new vectors; make a new fit if it is time. True when a new fit is in force."""
        taken = self._ratings.standing.taken
        fit = self._ratings.choices.newest_fit()
        due = taken >= LEAST_CHOICES and taken >= DOUBLED * (fit.choices if fit else 0)
        revision = self._embeddings.revision()
        if revision != self._seen or due:
            having = self._embeddings.having()
            due = due or self._outdated(fit, having)
            self._seen = revision
            if due:
                self._refit(having)
                return True
            self._fill()
        return False

    def _outdated(self, fit: Fit | None, having: Array) -> bool:
        if len(having) < LEAST_PHOTOS:
            return False
        if fit is None or fit.model != self._embeddings.model() or not self._ratings.standing.fit.id:
            return True
        if len(having) >= GROWN * fit.photos:
            return True
        standing = self._ratings.standing
        without = np.setdiff1d(standing.belief.ids, standing.fit.features.known(), assume_unique=True)
        return int(np.isin(without, having).sum()) >= LEFT_OUT

    def _fill(self) -> None:
        standing = self._ratings.standing
        added = standing.fit.features.fill(self._embeddings, leave=standing.belief.ids)
        if len(added):
            blocks = np.unique(added // spread.BLOCK).tolist()
            self._ratings.choices.db.write(lambda tx: self._ratings.choices.forget_lineages(tx, blocks))
            log.info("%d photos got features.", len(added))

    def _refit(self, having: Array) -> None:
        sample = having
        if len(having) > SAMPLE:
            sample = np.sort(np.random.default_rng(len(having)).choice(having, SAMPLE, replace=False))
        vectors = self._embeddings.vectors(sample) if len(having) >= LEAST_PHOTOS else np.zeros((0, 0), np.float32)
        seed = len(having)
        constants = self._best_constants(vectors, seed)
        feature_map = make_map(vectors, constants.kernel, seed)
        self._ratings.refit(constants, feature_map, lambda store: store.fill(self._embeddings, np.zeros(0, np.int64)),
                            model=self._embeddings.model(), photos=len(having))
        log.info("Ratings were computed anew: %d photos with vectors, %s.", len(having), constants)

    def _best_constants(self, vectors: Array, seed: int) -> Constants:
        """Those that explain the choices best; the usual ones while there are few."""
        standing = self._ratings.standing
        if standing.taken < LEAST_CHOICES:
            return Constants()
        boards = [(np.array(choice.board, np.int64), choice.order) for choice in self._ratings.choices.in_force()]
        own = self._embeddings.vectors(standing.belief.ids) if len(vectors) else None
        usual = make_map(vectors, Constants().kernel, seed) if len(vectors) else no_features(Constants().kernel)

        def features_with(constants: Constants) -> _Rows:
            if own is None or not usual.size:
                return _Rows(standing.belief.ids, np.zeros((len(standing.belief.ids), 0), np.float32))
            return _Rows(standing.belief.ids, usual.under(constants.kernel).of(own).astype(np.float32))

        return best_constants(Constants(), boards, features_with)


class _Rows:
    """Rows of an array by photo id; all ids asked for are among `ids`."""

    def __init__(self, ids: Array, rows: Array) -> None:
        self._ids, self._rows = ids, rows

    def __call__(self, ids: Array) -> Array:
        return np.asarray(self._rows[np.searchsorted(self._ids, ids)])
