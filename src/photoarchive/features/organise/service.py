"""Keywords, titles and captions of photos. Owns no SQL and no HTTP."""

from __future__ import annotations

import msgspec
import numpy as np

from photoarchive.catalog.choice import Choice, chosen_ids
from photoarchive.catalog.overlays import Corrected, Overlays
from photoarchive.catalog.user_keywords import KeywordChange, UserKeywords
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.organise.views import KeywordCount, KeywordList, KeywordsRequest, TextsRequest

MOST_LISTED = 200           # keywords of a selection


class OrganiseService:
    """Changes what is written on photos, and completes what is typed. Thread-safe."""

    def __init__(self, views: Views, keywords: UserKeywords, overlays: Overlays) -> None:
        self._views, self._keywords, self._overlays = views, keywords, overlays

    def change_keywords(self, body: KeywordsRequest, window: str) -> KeywordChange:
        """Add or take away keywords, as one action. Raises Invalid for both or neither."""
        if bool(body.add) == bool(body.remove):
            raise Invalid("Send keywords either to add or to remove.", field="add")
        ids = chosen_ids(self._views, body)
        if body.add:
            return self._keywords.add(ids, body.add, window)
        return self._keywords.remove(ids, body.remove, window)

    def complete(self, beginning: str, limit: int) -> KeywordList:
        """Keywords that continue what is typed."""
        return KeywordList([KeywordCount(*found) for found in self._keywords.suggest(beginning, limit)])

    def keywords_of(self, choice: Choice) -> KeywordList:
        """The keywords of some photos with how many of these have each, the most frequent first."""
        ids = chosen_ids(self._views, choice)
        columns = self._views.columns
        with columns.lock:
            photos, codes = self._views.columns.keywords.pairs()
            chosen = np.zeros(max(columns.rows, int(photos.max(initial=0)) + 1), bool)
            chosen[ids[ids < columns.rows]] = True
            counts = np.bincount(codes[chosen[photos]])
        names = self._views.dictionaries.keywords()
        order = np.argsort(-counts, kind="stable")[:MOST_LISTED].tolist()
        found = [KeywordCount(names[code], int(counts[code])) for code in order if counts[code] and code in names]
        return KeywordList(found, len(ids))

    def change_texts(self, body: TextsRequest, window: str) -> Corrected:
        """Set titles and captions, as one action."""
        sent = {"title": body.title, "caption": body.caption}
        texts = {field: text for field, text in sent.items() if not isinstance(text, msgspec.UnsetType)}
        return self._overlays.set_texts(chosen_ids(self._views, body), texts, window)
