"""Answers of searches, and what the search box needs. Owns no search (retrieval), no SQL and no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from time import perf_counter
from typing import Any

import numpy as np

from photoarchive.catalog.cards import Cards
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.embeddings import Tag
from photoarchive.catalog.query import Query
from photoarchive.catalog.searches import Search, Searches
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.search.views import (
    About,
    Completions,
    Kept,
    LanguageHelp,
    ReasonView,
    RecentSearches,
    SearchAnswer,
    TagView,
)
from photoarchive.ml.lite_words import known_words
from photoarchive.retrieval.completion import Completer
from photoarchive.retrieval.searcher import Searcher
from photoarchive.retrieval.spelling import Spelling

RECENT = 20
SHOWN_TAGS = 3
BASIC = "lite:"             # key of the bundled model

Tags = Callable[[Iterable[int]], dict[int, list[Tag]]]


class SearchService:
    """Thread-safe, synchronous. tags: guesses of the bundled model per photo."""

    def __init__(
        self, views: Views, searcher: Searcher, searches: Searches, *, tags: Tags, clear_results: Callable[[], int]
    ) -> None:
        self.views = views
        self._searcher, self._searches = searcher, searches
        self._tags, self._clear_results = tags, clear_results
        self._cards = Cards(views)
        self._completer = Completer(views, searcher.parts, searches)
        self._spelling = Spelling(
            self._completer.names, lambda: views.columns.revision("text"), searcher.has_word, known_words)
        self._noted: Future[Search] | None = None       # the last use, which may still be being written

    def search(self, query: Query, limit: int, offset: int) -> SearchAnswer:
        """The best photos of a view with why they were found; counts as a use of the search."""
        started = perf_counter()
        self._noted = self._searches.note(_needed(query).q)
        query = self.views.masks.prepare(query)
        about, ids = self._about(query)
        page = ids[offset : offset + limit]
        cards = self._cards.of(page)
        shown = np.array([card.id for card in cards], np.int64)
        for card, similarity in zip(cards, self._searcher.similarities(query, shown), strict=True):
            card.similarity = similarity
        reasons = self.why(query, shown)
        return SearchAnswer(images=cards, reasons=reasons, took_ms=_since(started), **about)

    def about(self, query: Query) -> About:
        """How a view was found, without its photos; counts as no use."""
        started = perf_counter()
        about, _ = self._about(self.views.masks.prepare(_needed(query)))
        return About(took_ms=_since(started), **about)

    def why(self, query: Query, photo_ids: Array) -> dict[int, ReasonView]:
        """Why each of these photos was found."""
        tags = self._tags(photo_ids.tolist())
        shown = {photo_id: [TagView(tag.label, round(tag.probability, 3)) for tag in found[:SHOWN_TAGS]]
                 for photo_id, found in tags.items()}
        return {
            photo_id: ReasonView(reason.meaning, reason.strength, reason.fields, shown.get(photo_id, []), reason.alike)
            for photo_id, reason in self._searcher.why(query, photo_ids).items()
        }

    def _about(self, query: Query) -> tuple[dict[str, Any], Array]:
        """query: prepared."""
        masks = self.views.masks
        found = self._searcher.find(query)
        view = self.views.glance(query)
        with self.views.columns.lock:
            total = int(np.count_nonzero(masks.base(Query())))
            alone = Query(q=query.q, strictness=query.strictness, found=query.found)
            whole = int(np.count_nonzero(masks.mask(alone)))
        about: dict[str, Any] = {
            "query": query.q, "search_mode": found.mode, "model": found.model or None,
            "basic": found.model.startswith(BASIC), "cached": found.cached, "deep": found.deep, "words": found.words,
            "strictness": query.strictness, "hints": list(found.hints), "found": whole, "total_images": total,
            "did_you_mean": self._spelling.offers(
                query.q, self._searcher.sentence_of(query.q), meaning=bool(found.model)),
            "visible_images": view.count, "search_ms": round(found.took_ms, 1),
        }
        return about, view.ids

    # ------------------------------------------------------------------ the search box

    def complete(self, text: str, cursor: int) -> Completions:
        """What the text may go on with."""
        return Completions(self._completer.complete(text, cursor))

    def help(self) -> LanguageHelp:
        """The typed parts that work here."""
        return LanguageHelp(self._searcher.parts.help())

    def recent(self, limit: int) -> RecentSearches:
        """The last searches, and the saved ones."""
        if self._noted is not None:
            self._noted.result()
        return RecentSearches(self._searches.recent(limit), self._searches.terms())

    def record(self, text: str) -> Search | None:
        """Count one use of a search."""
        return self._searches.record(text)

    def forget(self, search_id: int | None) -> None:
        """Forget one search, or all; saved ones stay. Raises NotFound."""
        if search_id is None:
            self._searches.forget_all()
        else:
            self._searches.forget(search_id)

    # ------------------------------------------------------------------ kept results

    def kept(self) -> Kept:
        """How much is kept."""
        size = self._searches.result_size()
        return Kept(size.results, size.bytes, size.limit)

    def clear(self) -> Kept:
        """Drop all kept results: each is made again when it is asked for."""
        self._clear_results()
        return self.kept()


def _needed(query: Query) -> Query:
    if not query.q:
        raise Invalid("q is missing: type what to look for.", field="q")
    return query


def _since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 1)
