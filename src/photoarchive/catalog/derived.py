"""Small codes computed from columns: month taken, orientation, how well ranked, what stands behind a photo."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import (
    CLIP_INSIDE,
    MISSING,
    NO_COORDINATE,
    PAIR_MASK,
    PAIR_SHIFT,
    Array,
    distinct,
)
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.pairs import LIVE_PHOTO
from photoarchive.core.facts import Kind

CONFIDENT_CHOICES = 10      # from so many choices on a rating counts as settled (SPEC §7)
UNDATED = 0                 # code of a month or day that is not known
MS_PER_DAY = 86_400_000
FIRST_DAY, LAST_DAY = -719_162, 2_932_896       # of years 1 and 9999

UNKNOWN_SHAPE, LANDSCAPE, PORTRAIT, SQUARE = 0, 1, 2, 3
UNCOMPARED, COMPARED, CONFIDENT = 0, 1, 2
NO_PAIR, RAW_BEHIND, LIVE_BEHIND = 0, 1, 2

MARKS_SHAPE = (3, 7, 8, 3, 4, 3)        # flag, stars + 1, label, kind, shape, rank
MARKS_AXES = ("flag", "stars", "label", "kind", "orientation", "compared")
HAS_BITS = ("gps", "raw", "video", "keywords", "pair")


def month_code(taken: Array) -> Array:
    """Local ms (n,) → months since January of year 0, uint32; UNDATED when unknown or outside years 1 to 9999."""
    days = taken // MS_PER_DAY
    known = (days >= FIRST_DAY) & (days <= LAST_DAY)
    days = np.where(known, days, 0)
    first, last = int(days.min(initial=0)), int(days.max(initial=0))
    is_crowded = last - first < len(days)       # many photos of few days: each day is looked up once
    months = _months(np.arange(first, last + 1))[days - first] if is_crowded else _months(days)
    return np.where(known, months, UNDATED).astype(np.uint32)


def _months(days: Array) -> Array:
    """Days since 1970 (n,) → months since January of year 0."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def shape_code(width: Array, height: Array) -> Array:
    """Orientation of photos (n,): LANDSCAPE, PORTRAIT, SQUARE or UNKNOWN_SHAPE."""
    shape = np.where(width > height, LANDSCAPE, np.where(width < height, PORTRAIT, SQUARE))
    return np.where((width > 0) & (height > 0), shape, UNKNOWN_SHAPE).astype(np.uint8)


def ranked_code(comparisons: Array) -> Array:
    """UNCOMPARED, COMPARED (1 to 9 choices) or CONFIDENT (n,)."""
    return (comparisons > 0).astype(np.uint8) + (comparisons >= CONFIDENT_CHOICES)


def _marks_code(  # noqa: PLR0917 – one column each
    flag: Array, stars: Array, label: Array, kind: Array, width: Array, height: Array, comparisons: Array
) -> Array:
    parts = (flag, stars + np.int8(1), label & 7, kind, shape_code(width, height), ranked_code(comparisons))
    code = np.zeros(len(flag), np.uint16)
    for part, size in zip(parts, MARKS_SHAPE, strict=True):
        code = code * np.uint16(size) + part.astype(np.uint16)
    return code


class _Kept(msgspec.Struct, frozen=True):
    revision: int
    codes: Array


class Derived:
    """Codes for all photos. Thread-safe; hold the columns' lock to combine them with columns."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}
        self._has_key: tuple[int, int] = (-1, -1)
        self._has_kept: Array = np.zeros(0, np.uint8)
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

    def marks(self) -> Array:
        """(rows,) flag, stars + 1, label, kind, shape and rank of a photo in one number of MARKS_SHAPE: counting these
        once gives six facets."""
        sources = ("flag", "stars", "label", "kind", "width", "height", "comparisons")
        return self._codes("marks", sources, _marks_code)

    def has(self) -> Array:
        """(rows,) what a photo or its parts have, as bits in the order of HAS_BITS."""
        columns = self._columns
        with columns.lock, self._lock:
            key = (columns.revision("lat", "kind", "leader", "bits", "state", "keywords"), columns.rows)
            if key != self._has_key:
                bits = (columns["lat"] != NO_COORDINATE).astype(np.uint8)
                bits |= (columns["kind"] == Kind.RAW).astype(np.uint8) << 1
                bits |= (columns["kind"] == Kind.VIDEO).astype(np.uint8) << 2
                photos, _ = columns.keywords.pairs()
                bits[photos[photos < len(bits)]] |= 1 << 3
                parts = self.parts()
                np.bitwise_or.at(bits, columns["leader"][parts], bits[parts] & 0b1110)
                bits |= (self.pair() != NO_PAIR).astype(np.uint8) << 4
                self._has_key, self._has_kept = key, bits
            return self._has_kept

    def parts(self) -> Array:
        """Ids of photos that are shown behind a leader (RAW beside JPEG, clip of a live photo), ascending."""
        return self._pairs()[0]

    def pair(self) -> Array:
        """(rows,) what stands behind a photo: NO_PAIR, RAW_BEHIND or LIVE_BEHIND (a clip, or one inside its file)."""
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
                pair[(columns["bits"] & CLIP_INSIDE) != 0] = LIVE_BEHIND
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
