"""Small codes computed from columns: month taken, orientation, how well ranked, what stands behind a photo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photoarchive.catalog.column_layout import MISSING, NO_TIME, PAIR_MASK, PAIR_SHIFT, Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.pairs import LIVE_PHOTO

CONFIDENT_CHOICES = 10      # from so many choices on a rating counts as settled (SPEC §7)
UNDATED = 0                 # code of a month or day that is not known
MS_PER_DAY = 86_400_000

UNKNOWN_SHAPE, LANDSCAPE, PORTRAIT, SQUARE = 0, 1, 2, 3
UNCOMPARED, COMPARED, CONFIDENT = 0, 1, 2
NO_PAIR, RAW_BEHIND, LIVE_BEHIND = 0, 1, 2


def month_code(taken: Array) -> Array:
    """Local ms (n,) → months since January of year 0, uint32; UNDATED when unknown or outside years 1 to 9999."""
    months = (taken // MS_PER_DAY).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    known = (taken != NO_TIME) & (months >= 12) & (months < 10_000 * 12)
    return np.where(known, months, UNDATED).astype(np.uint32)


def shape_code(width: Array, height: Array) -> Array:
    """Orientation of photos (n,): LANDSCAPE, PORTRAIT, SQUARE or UNKNOWN_SHAPE."""
    shape = np.where(width > height, LANDSCAPE, np.where(width < height, PORTRAIT, SQUARE))
    return np.where((width > 0) & (height > 0), shape, UNKNOWN_SHAPE).astype(np.uint8)


def ranked_code(comparisons: Array) -> Array:
    """UNCOMPARED, COMPARED (1 to 9 choices) or CONFIDENT (n,)."""
    return (comparisons > 0).astype(np.uint8) + (comparisons >= CONFIDENT_CHOICES)


@dataclass(frozen=True)
class _Kept:
    revision: int
    codes: Array


class Derived:
    """Codes for all photos. Thread-safe; hold the columns' lock to combine them with columns."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}
        self._pairs_key: tuple[int, int] = (-1, -1)
        self._pairs_kept: tuple[Array, Array] = (np.zeros(0, np.int64), np.zeros(0, np.uint8))

    def month(self) -> Array:
        """(rows,) see month_code."""
        return self._codes("month", ("taken",), month_code)

    def shape(self) -> Array:
        """(rows,) see shape_code."""
        return self._codes("shape", ("width", "height"), shape_code)

    def ranked(self) -> Array:
        """(rows,) see ranked_code."""
        return self._codes("ranked", ("comparisons",), ranked_code)

    def parts(self) -> Array:
        """Ids of photos that are shown behind a leader (RAW beside JPEG, clip of a live photo), ascending."""
        return self._pairs()[0]

    def pair(self) -> Array:
        """(rows,) what stands behind a photo: NO_PAIR, RAW_BEHIND or LIVE_BEHIND."""
        return self._pairs()[1]

    def _pairs(self) -> tuple[Array, Array]:
        columns = self._columns
        with columns.lock, self._lock:
            key = (columns.revision("leader", "bits", "state"), columns.rows)
            if key != self._pairs_key:
                leader = columns["leader"]
                parts = np.flatnonzero(leader)
                parts = parts[columns["state"][parts] <= MISSING]
                pair = np.zeros(columns.rows, np.uint8)
                live = ((columns["bits"][parts] >> PAIR_SHIFT) & PAIR_MASK) == LIVE_PHOTO
                pair[leader[parts]] = RAW_BEHIND
                pair[leader[parts[live]]] = LIVE_BEHIND
                self._pairs_key, self._pairs_kept = key, (parts, pair)
            return self._pairs_kept

    def _codes(self, name: str, sources: tuple[str, ...], compute: Callable[..., Array]) -> Array:
        columns = self._columns
        with columns.lock, self._lock:
            revision, kept = columns.revision(*sources), self._kept.get(name)
            if kept is not None and kept.revision == revision and len(kept.codes) == columns.rows:
                return kept.codes
            changed = columns.changed_since(sources, kept.revision) if kept is not None else None
            if kept is None or changed is None:
                codes = compute(*(columns[source] for source in sources))
            else:
                codes = np.zeros(columns.rows, kept.codes.dtype)
                codes[: len(kept.codes)] = kept.codes
                changed = distinct(changed, np.arange(len(kept.codes), columns.rows))
                codes[changed] = compute(*(columns[source][changed] for source in sources))
            self._kept[name] = _Kept(revision, codes)
            return codes
