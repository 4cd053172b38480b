"""Which photos a board may come from: a view without what was rejected and what cannot be shown."""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import UNREADABLE, Array
from photoarchive.catalog.query import FLAGS, Query
from photoarchive.catalog.view import Views

KEPT = 8
REJECTED = FLAGS.index("rejected")


class Scope(msgspec.Struct, frozen=True):
    """Photos to compare. key names it, so that what is known of it is found again. apart: bursts do not meet."""

    key: str
    ids: Array              # (n,) int64 ascending
    apart: bool


class Scopes:
    """Finds the photos of a scope; the last few are kept while nothing they depend on changes. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[tuple[object, ...], Array]] = OrderedDict()

    def of_query(self, query: Query) -> Scope:
        """The photos of a view. Rejected ones only if the view asks for them."""
        key = repr(query.without("sort").to_params())
        columns, masks = self._views.columns, self._views.masks
        query = masks.prepare(query)
        with columns.lock:
            version = (masks.key(query), columns.revision("flag", "bits"))
            with self._lock:
                kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                mask = masks.mask(query) & ((columns["bits"] & UNREADABLE) == 0)
                if not query.flag:
                    mask &= columns["flag"] != REJECTED
                kept = (version, np.flatnonzero(mask))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return Scope(key, kept[1], apart=True)

    def of_ids(self, ids: Array) -> Scope:
        """Photos chosen by hand: bursts may meet, that may be why they were chosen."""
        chosen = self._shown(ids)
        return Scope(f"ids {chosen.tobytes().hex()}", chosen, apart=False)

    def of_token(self, token: str) -> Scope:
        """A pinned view as it was opened, without what is gone since or cannot be shown."""
        return Scope(f"token {token}", self._shown(self._views.get(token).ids), apart=True)

    def _shown(self, ids: Array) -> Array:
        """Those of these photos that are there and have a picture, ascending."""
        columns = self._views.columns
        with columns.lock:
            mask = self._views.masks.base(Query()) & ((columns["bits"] & UNREADABLE) == 0)
            wanted = np.zeros(len(mask), bool)
            wanted[ids[ids < len(mask)]] = True
            return np.flatnonzero(wanted & mask)

    def totals(self) -> tuple[int, int]:
        """Photos in the library, and how many of them are not rejected."""
        columns = self._views.columns
        with columns.lock:
            base = self._views.masks.base(Query())
            rejected = np.count_nonzero(base & (columns["flag"] == REJECTED))
            total = int(np.count_nonzero(base))
        return total, total - int(rejected)
