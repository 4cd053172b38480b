"""Suggested stars: what the rating of a photo says where its user has not given stars. Pure arithmetic on columns."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import MISSING, NO_STARS, Array
from photoarchive.catalog.columns import Columns

# Share of the ranked photos from the best down, and the stars they get (SPEC §7).
BANDS = ((0.02, 5), (0.10, 4), (0.30, 3), (0.60, 2), (1.00, 1))
NO_SUGGESTION = 255


class SuggestedStars:
    """Stars from the rating percentile among ranked photos (at least one choice), kept until ratings change."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._key: tuple[int, int] = (-1, -1)
        self._suggested: Array = np.zeros(0, np.uint8)
        self._effective_key: tuple[int, ...] = ()
        self._effective: Array = np.zeros(0, np.uint8)

    def revision(self) -> int:
        """When the suggestions changed last."""
        return self._columns.revision("elo", "comparisons", "state", "leader")

    def suggested(self) -> Array:
        """(rows,) 1–5, or NO_SUGGESTION for photos without a choice."""
        columns = self._columns
        with columns.lock:
            key = (self.revision(), columns.rows)
            if key != self._key:
                known = (columns["state"] <= MISSING) & (columns["leader"] == 0)
                ranked = np.flatnonzero(known & (columns["comparisons"] > 0))
                suggested = np.full(columns.rows, NO_SUGGESTION, np.uint8)
                suggested[ranked] = stars_by_rank(columns["elo"][ranked])
                self._key, self._suggested = key, suggested
            return self._suggested

    def effective(self) -> Array:
        """(rows,) the user's stars, else the suggested ones, else NO_SUGGESTION."""
        columns = self._columns
        with columns.lock:
            key = (columns.revision("stars"), self.revision(), columns.rows)
            if key != self._effective_key:
                own, suggested = columns["stars"], self.suggested()
                self._effective = np.where(own != NO_STARS, own, suggested).astype(np.uint8)
                self._effective_key = key
            return self._effective


def top_share(ratings: Array, share: float) -> float:
    """The rating from which on a photo is among the best `share` (0–1] of these; ties are in. ratings (n,), n ≥ 1."""
    place = _place(len(ratings), share)
    return float(np.partition(ratings, place)[place])


def _place(count: int, share: float) -> int:
    """Where the last of the best `share` of so many stands, the worst first."""
    return count - min(count, max(1, int(np.ceil(count * share - 1e-9))))


def stars_by_rank(ratings: Array) -> Array:
    """Stars 1–5 by percentile: ratings (n,) → (n,) uint8. Equal ratings get equal stars, the better ones."""
    stars = np.zeros(len(ratings), np.uint8)
    if len(ratings):
        places = [_place(len(ratings), share) for share, _ in BANDS]
        sorted_there = np.partition(ratings, sorted(set(places)))       # all borders in one pass
        for place, (_, value) in zip(reversed(places), reversed(BANDS), strict=True):
            stars[ratings >= sorted_there[place]] = value
    return stars
