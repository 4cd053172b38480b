"""Look-alikes of photos, as an answer and as a filter and sort of every view; and visual groups. No HTTP, no models."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.cards import Cards
from photoarchive.catalog.column_layout import UNREADABLE
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.embeddings import Embeddings
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import ScoredSet, Views
from photoarchive.core.errors import Conflict, Invalid, Unavailable
from photoarchive.features.similar.views import Collection, CollectionsAnswer, LookAlikes, SimilarAnswer
from photoarchive.ml.vectors import VectorStore
from photoarchive.retrieval.clusters import clusters, names
from photoarchive.retrieval.similar import Region, Similar
from photoarchive.retrieval.visual_groups import VisualGroups

Array = npt.NDArray[Any]

FILTER = "similar"          # also the name of the sort
GROUP = "group"             # the filter by visual groups
SHOWN = 300                 # look-alikes in a view
ALIKE, LESS_ALIKE = 1, 0    # parts of a view by likeness: as alike as people call similar, and the rest
KEPT_ANSWERS = 8
LISTED = 1_000              # ids of one visual group in an answer, those nearest its middle
_PART = re.compile(r"(\d{1,9})@(\d{1,5})-(\d{1,5})-(\d{1,5})-(\d{1,5})")
PART_STEPS = 10_000         # a part is written in ten thousandths of width and height


class LookService:
    """Thread-safe. Brings the filters `similar` and `group` and the sort `similar` to all views."""

    def __init__(self, views: Views, similar: Similar, store: VectorStore, tags: Embeddings) -> None:
        self._views, self._similar, self._store, self._tags = views, similar, store, tags
        self._cards = Cards(views)
        provider = LookFilter(similar)
        views.register_filter(FILTER, provider)
        views.register_order(FILTER, provider)
        self._groups = VisualGroups(lambda: store.index(similar.model))
        views.register_filter(GROUP, GroupFilter(self._groups, similar))

    def similar(self, photo_ids: list[int], limit: int, region: Region | None = None) -> SimilarAnswer:
        """Look-alikes, best first, with their similarity."""
        found = self._similar.to(photo_ids, region, limit)
        scores = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
        cards = self._cards.of(found.ids)
        for card in cards:
            card.similarity = round(scores[card.id], 4)
        return SimilarAnswer(images=cards, model=self._similar.model, threshold=self._similar.threshold)

    def noted(self, photo_ids: list[int], limit: int) -> LookAlikes:
        """The same for pages that show them beside something else: nothing and the reason while they are not known."""
        try:
            return LookAlikes(images=self.similar(photo_ids, limit).images, note="")
        except (Conflict, Unavailable) as error:
            return LookAlikes(images=[], note=error.sentence)

    def collections(self, query: Query, count: int) -> CollectionsAnswer:
        """Visual groups of a view."""
        index = self._store.index(self._similar.model)
        view = self._views.glance(query)
        photos, having = view.ids.astype(np.int64), index.having()
        ids = np.intersect1d(photos, having, assume_unique=True)
        found = clusters(index, self._groups, ids, count)
        named = names(found, self._tags.tags, self._has_faces())
        return CollectionsAnswer(
            collections=[Collection(number, name, cluster.name, len(cluster.photos), int(cluster.photos[0]),
                                    cluster.photos[:LISTED].tolist())
                         for number, (cluster, name) in enumerate(zip(found, named, strict=True), 1)],
            total_images=view.count, without=self._readable(np.setdiff1d(photos, having, assume_unique=True)))

    def _has_faces(self) -> Array:
        """(rows,) by photo id, where faces are known at all."""
        columns, provider = self._views.columns, self._views.masks.providers.get("has:faces")
        with columns.lock:
            return np.zeros(columns.rows, bool) if provider is None else provider.mask(("faces",), columns)

    def _readable(self, photo_ids: Array) -> int:
        """How many of these photos can be looked at."""
        columns = self._views.columns
        with columns.lock:
            return int(np.count_nonzero((columns["bits"][photo_ids] & UNREADABLE) == 0))


class LookFilter:
    """Provider of the filter `similar` and of the sort by it. Values: ids, or one with a part: 12@1000-2000-500-500.

    In order of likeness photos stand in two parts: those that are really alike, and the rest.
    """

    parts = "alike"

    def __init__(self, similar: Similar) -> None:
        self._similar = similar
        self._lock = threading.Lock()
        self._answers: OrderedDict[object, ScoredSet] = OrderedDict()

    def revision(self) -> int:
        """Rises when vectors or the photos in the library changed."""
        return self._similar.revision

    def prepare(self, values: tuple[str, ...]) -> None:
        """Find them before anybody is held up."""
        self._found(values)

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) the photos asked for and those most like them."""
        mask = np.zeros(columns.rows, bool)
        photos, _ = asked(values)
        found = self._found(values)
        mask[found.ids[found.ids < len(mask)]] = True
        mask[[photo for photo in photos if photo < len(mask)]] = True
        return mask

    def arrange(self, query: Query, mask: Array, descending: bool) -> Array:
        """The photos of the mask, the likest first; those asked for before all others. Invalid without the filter."""
        values = _values(query)
        if not values:
            raise Invalid("Sorting by likeness needs the filter similar.", field="sort")
        photos, _ = asked(values)
        found = self._found(values)
        ordered = np.array([*dict.fromkeys([*photos, *found.ids.tolist()])], np.uint32)
        ordered = ordered[ordered < len(mask)]
        ordered = ordered[mask[ordered]]
        return ordered if descending else ordered[::-1].copy()

    def part(self, query: Query, ids: Array) -> Array:
        """(n,) ALIKE for the photos asked for and those alike enough, LESS_ALIKE for the others."""
        values = _values(query)
        photos, _ = asked(values)
        found = self._found(values)
        alike = np.concatenate([found.ids[found.scores >= self._similar.threshold].astype(np.int64), photos])
        return np.where(np.isin(ids, alike), ALIKE, LESS_ALIKE).astype(np.int32)

    def _found(self, values: tuple[str, ...]) -> ScoredSet:
        key = (values, self.revision(), self._similar.model)
        with self._lock:
            kept = self._answers.get(key)
        if kept is None:
            photos, region = asked(values)
            kept = self._similar.to(photos, region, SHOWN)
            with self._lock:
                self._answers[key] = kept
                while len(self._answers) > KEPT_ANSWERS:
                    self._answers.popitem(last=False)
        return kept


class GroupFilter:
    """Provider of the filter `group`: photos of a visual group, 40@12-40-77; several: any of them."""

    def __init__(self, groups: VisualGroups, similar: Similar) -> None:
        self._groups, self._similar = groups, similar

    def revision(self) -> int:
        """Rises when vectors came, changed or went."""
        return self._similar.revision

    def prepare(self, values: tuple[str, ...]) -> None:
        """Part the photos before anybody is held up."""
        self.mask_of(values, 0)

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) the photos of any of these groups."""
        return self.mask_of(values, columns.rows)

    def mask_of(self, values: tuple[str, ...], rows: int) -> Array:
        """The same for so many rows."""
        mask = np.zeros(rows, bool)
        for name in (part.strip() for value in values for part in value.split(",")):
            if name:
                mask |= self._groups.members(name, rows)
        return mask


def _values(query: Query) -> tuple[str, ...]:
    """What the filter was asked for."""
    return tuple(value for name, value in query.further if name == FILTER)


def asked(values: tuple[str, ...]) -> tuple[list[int], Region | None]:
    """Photos and part of the values of the filter. Raises Invalid."""
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if len(parts) == 1 and (found := _PART.fullmatch(parts[0])):
        photo, *box = (int(number) for number in found.groups())
        return [photo], Region(*(number / PART_STEPS for number in box))
    for part in parts:
        if not re.fullmatch(r"[0-9]{1,9}", part):
            raise Invalid(f"similar must be ids of photos, or one id with a part such as 12@1000-2000-500-500, not "
                          f"“{part}”.", field=FILTER)
    return list(dict.fromkeys(int(part) for part in parts)), None
