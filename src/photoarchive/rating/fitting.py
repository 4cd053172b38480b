"""When and how features are made: from the library's vectors when they come, and anew when it has grown.

The constants stay as they are. Fitting β and the shares of variance to the log by its marginal likelihood was tried:
it found no more of the best photos and made the intervals too narrow, since boards are chosen by what is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.comparisons import Fit
from photoarchive.ranking.belief import Constants
from photoarchive.ranking.features import make_map
from photoarchive.rating import spread
from photoarchive.rating.feature_store import FeatureStore
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import EmbeddingProvider

log = logging.getLogger(__name__)

LEAST_PHOTOS = 30               # with a vector, before look-alikes mean anything
SAMPLE = 20_000                 # vectors the landmarks are placed by
GROWN = 1.3                     # a fit is made anew when so many times the photos have a vector …
LEFT_OUT = 200                  # … or when so many photos chosen from had no vector then


class Fitting:
    """Keeps the fit in step with vectors and choices. Used by one thread, which calls `between` between two blocks."""

    def __init__(self, ratings: Ratings, embeddings: EmbeddingProvider, between: Callable[[], None]) -> None:
        self._ratings, self._embeddings, self._between = ratings, embeddings, between
        self._seen = ("", -1)           # model and revision of the vectors that were looked at last

    def look(self) -> bool:
        """Add features of new vectors; make a new fit if it is time. True when a new fit is in force."""
        found = self._embeddings.model(), self._embeddings.revision()
        if found == self._seen:
            return False
        having = self._embeddings.having()
        self._seen = found
        if self._outdated(self._ratings.choices.newest_fit(), having):
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
        added = standing.fit.features.fill(self._embeddings, standing.belief.ids, self._between)
        if len(added):
            blocks = np.unique(added // spread.BLOCK).tolist()
            self._ratings.choices.db.write(lambda tx: self._ratings.choices.forget_lineages(tx, blocks))
            log.info("%d photos got features.", len(added))

    def _fill_new(self, store: FeatureStore) -> None:
        store.fill(self._embeddings, np.zeros(0, np.int64), self._between)

    def _refit(self, having: Array) -> None:
        sample = having
        if len(having) > SAMPLE:
            sample = np.sort(np.random.default_rng(len(having)).choice(having, SAMPLE, replace=False))
        constants = Constants()
        feature_map = make_map(self._embeddings.vectors(sample), constants.kernel, seed=len(having))
        self._ratings.refit(constants, feature_map, self._fill_new, model=self._embeddings.model(), photos=len(having))
        log.info("Ratings were computed anew with the features of %d photos.", len(having))
