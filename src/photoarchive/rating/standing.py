"""One state of the ratings: the fit in force and what is believed after which choices. A value: it never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.comparisons import Choice, RatingRows
from photoarchive.ranking import scale
from photoarchive.ranking.belief import Belief, Constants, Step
from photoarchive.rating.feature_store import FeatureStore


class FitInForce(msgspec.Struct, frozen=True):
    """Constants and features everything is computed with. id 0: the constants a library starts with."""

    id: int
    constants: Constants
    features: FeatureStore


class Move(msgspec.Struct, frozen=True):
    """One choice and what it did. before, after: lineages of the standings."""

    before: str
    after: str
    step: Step
    board: tuple[int, ...]
    choice_id: int


class Standing(msgspec.Struct, frozen=True):
    """through: id of the last choice in it. taken: how many. lineage: names the fit and those choices."""

    fit: FitInForce
    belief: Belief
    through: int
    taken: int
    lineage: str

    @classmethod
    def start(cls, fit: FitInForce) -> Standing:
        """Before any choice."""
        return cls(fit, Belief.start(fit.constants, fit.features.size), 0, 0, f"fit {fit.id}")

    def following(self, choice: Choice) -> tuple[Standing, Move]:
        """The standing after one more choice that was not skipped."""
        ids = np.array(choice.board, np.int64)
        belief, step = self.belief.learn(ids, self.fit.features.rows(ids), choice.order)
        lineage = hashlib.blake2b(f"{self.lineage}/{choice.id}".encode(), digest_size=8).hexdigest()
        moved = msgspec.structs.replace(self, belief=belief, through=choice.id, taken=self.taken + 1, lineage=lineage)
        return moved, Move(self.lineage, lineage, step, choice.board, choice.id)

    def replay(self, choices: Iterable[Choice], seen: Callable[[Standing, Move], None]) -> Standing:
        """The standing after many; `seen` is told of each."""
        standing = self
        for choice in choices:
            standing, move = standing.following(choice)
            seen(standing, move)
        return standing

    def rows(self, ids: Array) -> RatingRows:
        """Ratings of photos (ascending ids) as stored: in full precision, so that they do not depend on the company.

        The interval of a photo nothing is known of, neither a choice nor a look-alike, is NaN.
        """
        features = self.fit.features.rows(ids).astype(np.float64)
        belief, beta = self.belief, self.fit.constants.beta
        choices = belief.choices_of(ids)
        interval = scale.interval(belief.variances(ids, features), beta)
        known = (choices > 0) | features.any(axis=1)
        elo = scale.rating(belief.means(ids, features), beta)
        return RatingRows(ids, elo, np.where(known, interval, np.nan), choices)
