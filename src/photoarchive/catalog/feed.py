"""The grid's feed: every photo of a view as binary columns, about nine bytes a photo (ARCHITECTURE §5)."""

from __future__ import annotations

import hashlib
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import (
    MISSING,
    NO_STARS,
    NO_TIME,
    UNREADABLE,
    Array,
)
from photoarchive.catalog.derived import LIVE_BEHIND, MS_PER_DAY, NO_PAIR
from photoarchive.catalog.query import DATE_SORTS, Query
from photoarchive.catalog.stars import NO_SUGGESTION
from photoarchive.catalog.view import View, Views

MAGIC = b"PAF1"
UNDATED_KEY = -(2**31)
NONE_STARS = 7              # bits 2–4: neither own nor suggested stars
STARS_SHIFT, SUGGESTED_BIT, KIND_SHIFT, PAIR_BIT, OFFLINE_BIT, MISSING_BIT, UNREADABLE_BIT, LABEL_SHIFT, LIVE_BIT = (
    2, 5, 6, 8, 9, 10, 11, 12, 15,
)
BIT_COLUMNS = ("flag", "stars", "label", "kind", "state", "bits", "leader", "source", "elo", "comparisons", "colour",
               "width", "height", "taken")


class Feed:
    """Encodes views. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._lock = threading.Lock()
        self._bits_key: tuple[object, ...] = ()
        self._bits: Array = np.zeros(0, np.uint16)

    def etag(self, view: View) -> str:
        """The same as long as the answer would be: from the view and the columns that it shows."""
        offline = self._views.dictionaries.offline()
        shown = (view.revision, view.token, self._views.columns.revision(*BIT_COLUMNS), offline)
        return f'"{hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()}"'

    def encode(self, view: View) -> bytes:
        """The whole feed of a pinned view."""
        columns, parts = self._views.columns, self._views.parts(view)
        with columns.lock:
            ids = view.ids
            bits, colour, aspect = self._all_bits(), columns["colour"], columns["aspect"]
            taken = columns["taken"]
            picked = (bits[ids], colour[ids], aspect[ids])
            if view.query.order[0] in DATE_SORTS:
                parts = "day", self._days(taken[ids])
            total = int(np.count_nonzero(self._views.masks.base(Query())))
        kind, keys = parts or ("none", np.zeros(0, np.int32))
        counts, keys = runs(keys)
        meta = msgspec.json.encode({
            "token": view.token, "total": total, "sort": view.query.sort, "sections": kind,
        })
        meta += b" " * (-len(meta) % 4)
        head = MAGIC + np.array([len(ids), len(counts), len(meta)], "<u4").tobytes() + meta
        arrays = [counts.astype("<u4"), keys.astype("<i4"), ids.astype("<u4"), picked[1].astype("<u2"),
                  picked[0].astype("<u2"), picked[2].astype("<u1")]
        return b"".join([head, *(array.tobytes() for array in arrays)])

    def bits_of(self, ids: Array) -> Array:
        """(n,) the bits of these photos as `encode` writes them. Called with the columns' lock."""
        return self._all_bits()[ids]

    def _days(self, times: Array) -> Array:
        """(n,) local days since 1970."""
        days: Array = np.where(times == NO_TIME, UNDATED_KEY, times // MS_PER_DAY).astype(np.int64)
        return days

    def _all_bits(self) -> Array:
        """(rows,) the bits of every photo, kept until one of their columns changes."""
        columns = self._views.columns
        names = ("flag", "stars", "label", "kind", "state", "bits", "leader", "source", "elo", "comparisons")
        offline = self._views.dictionaries.offline()
        key = (columns.revision(*names), columns.rows, offline)
        with self._lock:
            if key != self._bits_key:
                self._bits, self._bits_key = self._compute_bits(offline), key
            return self._bits

    def _compute_bits(self, offline: tuple[int, ...]) -> Array:
        columns = self._views.columns
        own, suggested = columns["stars"], self._views.stars.suggested()
        hollow = (own == NO_STARS) & (suggested != NO_SUGGESTION)
        stars = np.where(hollow, suggested, np.where(own == NO_STARS, NONE_STARS, own)).astype(np.uint16)
        bits = columns["flag"].astype(np.uint16)
        bits |= stars << STARS_SHIFT
        bits |= hollow.astype(np.uint16) << SUGGESTED_BIT
        bits |= columns["kind"].astype(np.uint16) << KIND_SHIFT
        bits |= (columns["state"] == MISSING).astype(np.uint16) << MISSING_BIT
        bits |= ((columns["bits"] & UNREADABLE) != 0).astype(np.uint16) << UNREADABLE_BIT
        bits |= (columns["label"].astype(np.uint16) & 7) << LABEL_SHIFT
        if offline:
            bits |= np.isin(columns["source"], np.array(offline)).astype(np.uint16) << OFFLINE_BIT
        pair = self._views.derived.pair()
        bits |= (pair != NO_PAIR).astype(np.uint16) << PAIR_BIT
        bits |= (pair == LIVE_BEHIND).astype(np.uint16) << LIVE_BIT
        return bits


def runs(keys: Array) -> tuple[Array, Array]:
    """Runs of equal keys (n,): how many each holds (s,), and its key (s,)."""
    if not len(keys):
        return np.zeros(0, np.uint32), np.zeros(0, np.int32)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return np.diff(np.append(starts, len(keys))), keys[starts]
