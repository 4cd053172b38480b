"""Questions about the Library and changes of marks. Owns no SQL and no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.cards import Card, Cards
from photoarchive.catalog.choice import Choice, chosen_ids
from photoarchive.catalog.column_layout import MISSING, NO_COORDINATE, Array, columns_of
from photoarchive.catalog.facets import FacetCounter, Facets, FoundValues, Suggestion
from photoarchive.catalog.feed import Feed
from photoarchive.catalog.groups import DateGroup, FolderTree, date_groups
from photoarchive.catalog.marks import Marked, Marks
from photoarchive.catalog.photo_facts import PhotoFacts
from photoarchive.catalog.query import DATE_SORTS, FLAGS, Query
from photoarchive.catalog.saved_views import SavedViews
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid, NotFound
from photoarchive.features.library.views import (
    ChangedMarks,
    FilterOptions,
    Folders,
    Marker,
    Markers,
    Neighbours,
    Rankings,
)

MAX_PAGE = 500
MAX_NEIGHBOURS = 500
MAX_MARKERS = 100_000
MAX_CHANGED = 20_000        # more, and the feed of the view is hardly larger
SHOWN_OF_MARKS = (*(one.name for one in (*columns_of("marks"), *columns_of("ratings"))), "keywords", "captions")

Statistics = Callable[[], dict[str, int]]


class LibraryService:
    """Views, pages, facets and marks. Thread-safe, synchronous."""

    def __init__(self, views: Views, marks: Marks, actions: ActionLog) -> None:
        self.views, self.marks = views, marks
        self.cards = Cards(views)
        self.feed = Feed(views)
        self.saved = SavedViews(views.columns.db, views, actions)
        self._facets = FacetCounter(views)
        self._folders = FolderTree(views)
        self._photo_facts = PhotoFacts(views, self.cards)
        self._statistics: list[Statistics] = []

    def add_statistics(self, statistics: Statistics) -> None:
        """Let another part add its numbers to `stats` (comparisons, people …)."""
        self._statistics.append(statistics)

    # ------------------------------------------------------------------ lists

    def rankings(self, query: Query, limit: int, offset: int) -> Rankings:
        """One page of a view at any depth."""
        view = self.views.glance(query)
        images = self.page(view.ids[offset : offset + limit], query)
        total, rejected = self._totals()
        return Rankings(images=images, total_images=total, total_kept=total - rejected, visible_images=view.count)

    def page(self, ids: Array, query: Query) -> list[Card]:
        """Cards of a slice; with their month in date views, with their score by meaning in searches."""
        cards = self.cards.of(ids, grouped=query.order[0] in DATE_SORTS)
        if query.q:
            shown = np.array([card.id for card in cards], np.int64)
            similarities = self.views.masks.search.similarities(query, shown)
            for card, similarity in zip(cards, similarities, strict=True):
                card.similarity = similarity
        return cards

    def _totals(self) -> tuple[int, int]:
        """Photos in the library, and how many of them are rejected."""
        columns = self.views.columns
        with columns.lock:
            visible = self.views.masks.base(Query())
            rejected = np.count_nonzero(visible & (columns["flag"] == FLAGS.index("rejected")))
            return int(np.count_nonzero(visible)), int(rejected)

    def feed_of(self, query: Query) -> tuple[str, str, int, Callable[[], bytes]]:
        """(ETag, token, count, what makes the bytes) of a pinned view."""
        view = self.views.open(query)
        return self.feed.etag(view), view.token, view.count, lambda: self.feed.encode(view)

    def locate(self, token: str, photo_id: int) -> int:
        """Where a photo stands in a pinned view. Raises NotFound if it is not in it."""
        places = np.flatnonzero(self.views.get(token).ids == photo_id)
        if not len(places):
            raise NotFound("This photo is not in the view.")
        return int(places[0])

    def neighbours(self, token: str, photo_id: int, count: int) -> Neighbours:
        """Up to `count` photos on each side of one."""
        index = self.locate(token, photo_id)
        start = max(0, index - count)
        ids = self.views.get(token).ids[start : index + count + 1]
        return Neighbours(ids.tolist(), index, start)

    def photo(self, photo_id: int) -> dict[str, Any]:
        """Everything known of one photo."""
        return self._photo_facts.of(photo_id)

    # ------------------------------------------------------------------ counts

    def facets(self, query: Query) -> Facets:
        """Counts per filter value, each following the other filters."""
        return self._facets.count(query)

    def facet_values(self, query: Query, facet: str, text: str, limit: int) -> FoundValues:
        """Values of one filter that contain a text, with counts as in `facets`."""
        return self._facets.find(query, facet, text, limit)

    def suggestions(self, query: Query) -> list[Suggestion]:
        """How many photos there would be without each filter."""
        return self._facets.suggestions(query)

    def folders(self, query: Query, inside: Collection[str] | None = None) -> Folders:
        """The folder tree with counts; inside: only the roots and what lies directly in these folders."""
        return Folders(*self._folders.counts(query, inside))

    def date_groups(self, query: Query) -> list[DateGroup]:
        """Months of a view."""
        return date_groups(self.views, query)

    def filter_options(self) -> FilterOptions:
        """Values that occur in the library."""
        facets = self._facets.count(Query()).facets
        dates = {value.value: value.count for value in facets["date"]}
        undated = dates.pop("undated", 0)
        return FilterOptions(
            years=[int(year) for year in dates], file_types=[value.value for value in facets["file_type"]],
            undated=undated, cameras=[value.value for value in facets["camera"]],
            lenses=[value.value for value in facets["lens"]],
        )

    def statistics(self) -> dict[str, int]:
        """Counts of the whole catalog."""
        columns = self.views.columns
        with columns.lock:
            state, visible = columns["state"], self.views.masks.base(Query())
            offline = np.isin(columns["source"], np.array(self.views.dictionaries.offline(), np.int64))
            flags = np.bincount(columns["flag"][visible], minlength=len(FLAGS))
            rated = visible & (columns["comparisons"] > 0)
            numbers = {
                "total_images": int(np.count_nonzero(visible)),
                "active_images": int(np.count_nonzero(state == 0)),
                "catalog_images": int(np.count_nonzero(state <= 2)),
                "missing_images": int(np.count_nonzero(state == MISSING)),
                "removed_images": int(np.count_nonzero(state == 2)),
                "offline_images": int(np.count_nonzero(visible & offline)),
                "picked": int(flags[1]), "rejected": int(flags[2]),
                "total_comparisons": 0, "direct_comparison_rows": 0, "ranking_signal_count": 0,
                "rated_images": int(np.count_nonzero(rated)),
                "propagated_update_count": int(columns["propagated"][visible].sum()),
            }
        for more in self._statistics:
            numbers |= more()
        return numbers

    def markers(self, query: Query, limit: int) -> Markers:
        """Located photos of a view, in its order."""
        view = self.views.glance(query)
        columns = self.views.columns
        with columns.lock:
            located = view.ids[columns["lat"][view.ids] != NO_COORDINATE]
        markers = [
            Marker(card.id, card.filename, card.latitude or 0.0, card.longitude or 0.0, card.thumb_url)
            for card in self.cards.of(located[:limit])
        ]
        return Markers(markers, view.count, len(located))

    # ------------------------------------------------------------------ marks

    def marks_since(self, revision: int) -> ChangedMarks:
        """What marks changed after a revision of the catalog: small however large the library is.

        Stars suggested to other photos, which move a little with every rating, are not told of.
        """
        columns = self.views.columns
        with columns.lock:
            newest, ids = columns.revision_now, columns.changed_since(SHOWN_OF_MARKS, revision)
            if ids is None or len(ids) > MAX_CHANGED:
                return ChangedMarks(newest, None, [])
            return ChangedMarks(newest, ids.tolist(), self.feed.bits_of(ids).tolist())

    def set_flag(self, choice: Choice, flag: str, window: str) -> Marked:
        """Give photos one flag, as one action."""
        if flag not in FLAGS:
            raise Invalid(f"flag cannot be “{flag}”. It is one of {', '.join(FLAGS)}.", field="flag")
        return self.marks.set_flag(chosen_ids(self.views, choice), flag, window)

    def set_stars(self, choice: Choice, stars: int | None, window: str) -> Marked:
        """Give photos stars, as one action."""
        return self.marks.set_stars(chosen_ids(self.views, choice), stars, window)

    def set_label(self, choice: Choice, label: int, window: str) -> Marked:
        """Give photos a colour label, as one action."""
        return self.marks.set_label(chosen_ids(self.views, choice), label, window)
