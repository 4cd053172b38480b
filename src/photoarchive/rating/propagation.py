"""How many look-alikes a choice moves: counted on a sample, for the page that shows it beside the choice."""

from __future__ import annotations

import threading

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.derived import CONFIDENT_CHOICES
from photoarchive.ranking import scale
from photoarchive.rating.projection import Ratings
from photoarchive.rating.spread import NUDGE
from photoarchive.rating.standing import Standing

SAMPLE = 20_000


class Propagation:
    """Counts photos with fewer than ten choices that a choice moves by more than one point. Thread-safe."""

    def __init__(self, ratings: Ratings) -> None:
        self._ratings = ratings
        self._lock = threading.Lock()
        self._drawn: tuple[int, int, Array, Array] | None = None     # fit, photos with features, ids, features

    def last(self) -> int:
        """What the newest choice moved."""
        move = self._ratings.last_move()
        if move is None:
            return 0
        return int(self._counts(self._ratings.standing, move.step.shift[:, None], np.array(move.board, np.int64))[0])

    def predict(self, board: Array) -> dict[int, int]:
        """What choosing each photo of a board would move."""
        standing = self._ratings.standing
        features = standing.fit.features.rows(board)
        shifts = [standing.belief.learn(board, features, (place,))[1].shift for place in range(len(board))]
        counts = self._counts(standing, np.column_stack(shifts), board)
        return dict(zip(board.tolist(), counts.tolist(), strict=True))

    def _counts(self, standing: Standing, shifts: Array, board: Array) -> Array:
        """shifts (P, m) → (m,) photos moved."""
        ids, features, photos = self._sample(standing)
        if not len(ids):
            return np.zeros(shifts.shape[1], np.int64)
        least = scale.utility(NUDGE, standing.fit.constants.beta)
        moved = np.abs(features @ shifts.astype(np.float32)) > least
        counted = ~np.isin(ids, board) & (standing.belief.choices_of(ids) < CONFIDENT_CHOICES)
        return np.asarray(np.rint(moved[counted].sum(axis=0) * (photos / len(ids))), np.int64)

    def _sample(self, standing: Standing) -> tuple[Array, Array, int]:
        features = standing.fit.features
        known = features.known() if features.size else np.zeros(0, np.int64)
        with self._lock:
            if self._drawn is None or self._drawn[:2] != (standing.fit.id, len(known)):
                ids = known
                if len(known) > SAMPLE:
                    ids = np.sort(np.random.default_rng(1).choice(known, SAMPLE, replace=False))
                self._drawn = (standing.fit.id, len(known), ids, features.rows(ids))
            return self._drawn[2], self._drawn[3], len(known)
