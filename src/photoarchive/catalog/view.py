"""A view: the photos of a query in order, as one array of ids. Pages, feeds, bulk verbs and exports are slices of it.

Opening the same query again while nothing it depends on changed costs nothing. A view that a browser works with is
pinned under a token: photos edited since stay in place until the client opens it again.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.derived import Derived
from photoarchive.catalog.dictionaries import Dictionaries
from photoarchive.catalog.filter_providers import FilterProvider, TextSearch
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.further_places import FurtherPlaces
from photoarchive.catalog.masks import Masks
from photoarchive.catalog.order import Orders
from photoarchive.catalog.query import FURTHER_SORT_KEYS, Query
from photoarchive.catalog.stars import SuggestedStars
from photoarchive.core.errors import Gone, Invalid

PINNED_VIEWS = 16           # tokens that stay valid
RECENT_VIEWS = 8            # further results kept for paging
MAX_ATTEMPTS = 2

Slot = tuple[object, ...]


class OrderProvider(Protocol):
    """An order of another part (of an album), registered under its sort key."""

    def arrange(self, query: Query, mask: Array, descending: bool) -> Array:
        """The photos of a mask (rows,) in order, (n,) uint32; quick. Raises Invalid where the query gives no order."""
        ...

    def revision(self) -> int:
        """Rises whenever the order may have changed."""
        ...


@runtime_checkable
class PartedOrder(Protocol):
    """An order whose photos stand in parts under headings of their own, as those by date stand in days."""

    parts: str
    """What the parts are called in the feed."""

    def part(self, query: Query, ids: Array) -> Array:
        """(n,) int32: the key of the part each photo (n,) stands in. Called without any lock."""
        ...


class ScoredSet(msgspec.Struct, frozen=True):
    """What a search found: ids (n,) and scores (n,), greater is better. Only these photos are in the view."""

    ids: Array
    scores: Array
    key: str                # names what was asked and of which vectors, so that equal searches share a view

    def __post_init__(self) -> None:
        if not self.key:
            raise ValueError("a ScoredSet needs a key: without one two searches could not be told apart")


class View(msgspec.Struct, frozen=True):
    """An ordered set of photos. ids is (count,) uint32 and never written to."""

    token: str              # empty: not pinned
    query: Query
    ids: Array
    revision: str           # the same for equal contents: part of ETags

    @property
    def count(self) -> int:
        """How many photos."""
        return len(self.ids)


class Views:
    """Opens views of one catalog and keeps the pinned ones. Thread-safe."""

    def __init__(self, columns: Columns, text: FullText) -> None:
        self.columns = columns
        self.dictionaries = Dictionaries(columns.db)
        self.stars = SuggestedStars(columns)
        self.derived = Derived(columns)
        self.further = FurtherPlaces(columns, self.derived, self.dictionaries)
        self.masks = Masks(columns, self.dictionaries, text, stars=self.stars, derived=self.derived)
        self.orders = Orders(columns, self.dictionaries, self.stars)
        self.stacks: Callable[[Array], dict[int, int]] = lambda ids: {}
        self._further_orders: dict[str, OrderProvider] = {}
        self._lock = threading.Lock()
        self._pinned: OrderedDict[str, View] = OrderedDict()
        self._recent: OrderedDict[Slot, Array] = OrderedDict()

    def register_filter(self, name: str, provider: FilterProvider) -> None:
        """Let another part answer a filter: "people", "place", "album", "is:duplicate", "has:faces"."""
        self.masks.providers[name] = provider

    def register_order(self, key: str, provider: OrderProvider) -> None:
        """Let another part answer a sort of query.FURTHER_SORT_KEYS: "album"."""
        self._further_orders[key] = provider

    def register_search(self, search: TextSearch) -> None:
        """Let another part answer the words of queries: by meaning too, with a language of its own."""
        self.masks.search = search

    def register_stacks(self, stacks: Callable[[Array], dict[int, int]]) -> None:
        """Let another part say which of these photos stand for others like them, and for how many with themselves."""
        self.stacks = stacks

    def query(self, params: object, ignore: tuple[str, ...] = ()) -> Query:
        """Parse parameters; the filters of registered providers are understood too."""
        return Query.from_params(params, ignore, self.masks.providers.keys())

    def open(self, query: Query, scored: ScoredSet | None = None) -> View:
        """The view as it is now, pinned under a token; the same token while nothing changed."""
        found = self.glance(query, scored)
        with self._lock:
            for token, view in self._pinned.items():
                if view.revision == found.revision:
                    self._pinned.move_to_end(token)
                    return view
            return self._pin(View(secrets.token_urlsafe(12), query, found.ids, found.revision))

    def choose(self, ids: Array) -> View:
        """Photos that were chosen one by one, pinned like a view: too many of them to be named in an address."""
        token = secrets.token_urlsafe(12)
        with self._lock:
            return self._pin(View(token, Query(), ids, f"chosen-{token}"))

    def _pin(self, view: View) -> View:
        """Keep a view under its token. Called with the lock."""
        self._pinned[view.token] = view
        while len(self._pinned) > PINNED_VIEWS:
            self._pinned.popitem(last=False)
        return view

    def glance(self, query: Query, scored: ScoredSet | None = None) -> View:
        """The view as it is now, not pinned: for a single page, a count, an export."""
        key, descending = query.order
        for attempt in itertools.count():
            ready = self.masks.prepare(query)               # the search is done before anybody is held up
            with self.columns.lock:
                if attempt >= MAX_ATTEMPTS:                 # it changes faster than it is sorted: all wait this once
                    self.orders.prepare(key, descending, query.seed)
                slot = self._slot(ready, scored)
                ids = self._recent_ids(slot)
                if ids is None:
                    ids = self._arranged(ready, scored)
            if ids is not None:
                self._remember(slot, ids)
                return View("", query, ids, f"{self.columns.catalog_uuid[:8]}-{_digest(slot)}")
            self.orders.prepare(key, descending, query.seed)
        raise AssertionError("unreachable")

    def get(self, token: str) -> View:
        """A pinned view. Raises Gone when it has expired."""
        with self._lock:
            view = self._pinned.get(token)
            if view is None:
                raise Gone("This view has expired. Open it again to go on with what the catalog holds now.")
            self._pinned.move_to_end(token)
            return view

    def _recent_ids(self, slot: Slot) -> Array | None:
        with self._lock:
            if slot in self._recent:
                self._recent.move_to_end(slot)
            return self._recent.get(slot)

    def _remember(self, slot: Slot, ids: Array) -> None:
        ids.flags.writeable = False
        with self._lock:
            self._recent[slot] = ids
            while len(self._recent) > RECENT_VIEWS:
                self._recent.popitem(last=False)

    def _slot(self, query: Query, scored: ScoredSet | None) -> Slot:
        """What the result depends on: the query, and the revisions of the columns it reads."""
        key, _ = query.order
        order = scored.key if scored else self._order_revision(key)
        return (tuple(query.to_params()), self.masks.key(query), order)

    def _arranged(self, query: Query, scored: ScoredSet | None) -> Array | None:
        """The ids in order; None when the order must be prepared first. Called with the columns' lock."""
        key, descending = query.order
        mask = self.masks.mask(query)
        if key == "similarity":
            if scored is None and not query.q:
                raise Invalid("Sorting by similarity needs words to search for.", field="sort")
            ids, scores = (scored.ids, scored.scores) if scored else self.masks.search.ranked(query)
            return self._best_first(mask, ids, scores, descending, whole=scored is None)
        if scored is not None:
            chosen = np.zeros(len(mask), bool)
            chosen[scored.ids[scored.ids < len(mask)]] = True
            mask = mask & chosen
        return self._sorted(mask, query)

    def _best_first(self, mask: Array, ids: Array, scores: Array, descending: bool, *, whole: bool) -> Array:
        """Scored photos of a mask by score; a leader takes the place of its best part.

        whole: photos of the mask that have no score follow, newest first.
        """
        inside = ids < len(mask)
        ids, scores = ids[inside].astype(np.int64), scores[inside]
        leader = self.columns["leader"][ids]
        ids = np.where(leader > 0, leader, ids)
        ids, scores = ids[mask[ids]], scores[mask[ids]]
        order = np.lexsort((ids, -scores))
        ids = ids[order]
        first = np.zeros(len(mask), np.int64)
        first[ids[::-1]] = np.arange(len(ids))[::-1]
        ids = ids[first[ids] == np.arange(len(ids))]
        if whole and np.count_nonzero(mask) > len(ids):
            rest = mask.copy()
            rest[ids] = False
            ids = np.concatenate([ids, np.flatnonzero(rest)[::-1]])
        return (ids if descending else ids[::-1]).astype(np.uint32)

    def parts(self, view: View) -> tuple[str, Array] | None:
        """What the parts of a view are called, and in which one each of its photos stands; None: it has none."""
        provider = self._further_orders.get(view.query.order[0])
        return (provider.parts, provider.part(view.query, view.ids)) if isinstance(provider, PartedOrder) else None

    def _order_revision(self, key: str) -> int:
        if key in FURTHER_SORT_KEYS:
            return self._further_order(key).revision()
        return self.orders.revision(key) if key != "similarity" else 0

    def _sorted(self, mask: Array, query: Query) -> Array | None:
        key, descending = query.order
        if key in FURTHER_SORT_KEYS:
            return self._further_order(key).arrange(query, mask, descending)
        return self.orders.arrange(mask, key, descending, query.seed)

    def _further_order(self, key: str) -> OrderProvider:
        if key not in self._further_orders:
            raise Invalid(f"Sorting by {key} is not available here.", field="sort")
        return self._further_orders[key]


def _digest(slot: Slot) -> str:
    return hashlib.blake2b(repr(slot).encode(), digest_size=12).hexdigest()
