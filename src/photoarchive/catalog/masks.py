"""Filters of a query as boolean arrays over photo ids. Owns what each filter means; order and paging are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import (
    ACTIVE,
    DAMAGED,
    MISSING,
    NO_STARS,
    NO_TIME,
    READY,
    UNREADABLE,
    Array,
)
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.derived import CONFIDENT_CHOICES, HAS_BITS, Derived
from photoarchive.catalog.dictionaries import Dictionaries
from photoarchive.catalog.filter_providers import FilterProvider, PreparedFilter, TextSearch, WordSearch
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.query import FLAGS, Query
from photoarchive.catalog.stars import NO_SUGGESTION, SuggestedStars, top_share
from photoarchive.core.errors import Invalid
from photoarchive.core.facts import Kind, Origin

TYPE_GROUPS = {
    "jpg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "tif": (".tif", ".tiff"),
    "heic": (".heic", ".heif", ".hif"),
}


class FilterMask(msgspec.Struct, frozen=True):
    """One active filter: its parameter name and which photos pass it."""

    name: str
    mask: Array


class Masks:
    """Compiles queries. Thread-safe; takes the columns' lock while it reads them."""

    def __init__(
        self, columns: Columns, dictionaries: Dictionaries, text: FullText, *, stars: SuggestedStars, derived: Derived
    ) -> None:
        self.columns, self.dictionaries = columns, dictionaries
        self.search: TextSearch = WordSearch(text)
        self.stars, self.derived = stars, derived
        self.providers: dict[str, FilterProvider] = {}
        self._visible_key: tuple[int, int] = (-1, -1)
        self._visible: Array = np.zeros(0, bool)
        self._filters: dict[str, Callable[[Query], Array]] = {
            "q": self._q, "flag": self._flag, "stars": self._stars, "min_stars": self._min_stars, "label": self._label,
            "orientation": self._orientation, "compared": self._compared, "folder": self._folder,
            "source": self._source, "date_taken": self._date_taken, "date_from": self._date_from,
            "date_to": self._date_to, "file_type": self._file_type, "camera": self._camera, "lens": self._lens,
            "keyword": self._keyword, "has": self._has, "is": self._status, "rating": self._rating,
        }

    # ------------------------------------------------------------------ whole queries

    def prepare(self, query: Query) -> Query:
        """The query with what its words find, asked before the columns' lock is taken. For one answer, not to keep."""
        for name in dict.fromkeys(name for name, _ in query.further):
            provider = self.providers.get(name)
            if isinstance(provider, PreparedFilter):
                provider.prepare(self._values(name, query))
        if not query.q or query.found is not None:
            return query
        return msgspec.structs.replace(query, found=self.search.prepare(query))

    def base(self, query: Query) -> Array:
        """(rows,) photos that can be in the view at all: in the catalog, ready, not hidden behind a leader."""
        columns = self.columns
        with columns.lock:
            key = (columns.revision("state", "bits", "leader"), columns.rows)
            if key != self._visible_key:
                ready = ((columns["bits"] & READY) != 0) & (columns["leader"] == 0)
                self._visible_key = key
                self._visible = ready & (columns["state"] == ACTIVE)
            if "missing" in query.status or (query.q and self.search.shows_missing(query)):
                ready = ((columns["bits"] & READY) != 0) & (columns["leader"] == 0)
                return _bool(ready & (columns["state"] <= MISSING))
            return self._visible

    def filters(self, query: Query) -> list[FilterMask]:
        """One mask per active filter."""
        with self.columns.lock:
            found = [FilterMask(name, self._one(name, query)) for name in query.active()]
        return found

    def mask(self, query: Query) -> Array:
        """(rows,) the photos of the view."""
        with self.columns.lock:
            mask = self.base(query)
            for one in self.filters(query):
                mask = mask & one.mask
            return mask

    def key(self, query: Query) -> tuple[object, ...]:
        """Changes whenever the mask of this query may have changed."""
        names = {"state", "bits", "leader"}
        extra: list[object] = []
        for name in query.active():
            names.update(COLUMNS_OF.get(name, ()))
            if name in self.providers:
                extra.append(self.providers[name].revision())
        if query.q:
            extra.append(self.search.key(query))
        if "duplicate" in query.status and "is:duplicate" in self.providers:
            extra.append(self.providers["is:duplicate"].revision())
        if "faces" in {value.removeprefix("-") for value in query.has} and "has:faces" in self.providers:
            extra.append(self.providers["has:faces"].revision())
        if query.folder or query.source:
            extra += [(source.id, source.path) for source in self.dictionaries.sources().values()]
        if "offline" in query.status:
            extra.append(self.dictionaries.offline())
        return (self.columns.rows, self.columns.revision(*names), *extra)

    def _one(self, name: str, query: Query) -> Array:
        if name in self._filters:
            return self._filters[name](query)
        return self._provided(name).mask(self._values(name, query), self.columns)

    def _values(self, name: str, query: Query) -> tuple[str, ...]:
        return tuple(value for key, value in query.further if key == name)

    def _provided(self, name: str) -> FilterProvider:
        if name not in self.providers:
            raise Invalid(f"Filtering by {name.removeprefix('is:').removeprefix('has:')} is not available here.",
                          field=name.partition(":")[0])
        return self.providers[name]

    # ------------------------------------------------------------------ words

    def _q(self, query: Query) -> Array:
        return self._with_parts(self.search.mask(query))

    # ------------------------------------------------------------------ marks and ratings

    def _flag(self, query: Query) -> Array:
        return _any_of(self.columns["flag"], (FLAGS.index(flag) for flag in query.flag), len(FLAGS))

    def _stars(self, query: Query) -> Array:
        own = self.columns["stars"]
        mask = np.zeros(len(own), bool)
        for text in query.stars:
            if text == "none":
                mask |= own == NO_STARS
            elif text.startswith(">="):
                mask |= own >= int(text[2:])
            else:
                mask |= own == int(text[1:])
        return mask

    def _min_stars(self, query: Query) -> Array:
        stars = self.stars.effective()
        fits: Array = (stars >= query.min_stars) & (stars != NO_SUGGESTION)
        return fits

    def _label(self, query: Query) -> Array:
        return _any_of(self.columns["label"], query.label, 256)

    def _compared(self, query: Query) -> Array:
        choices = self.columns["comparisons"]
        masks = {"compared": choices > 0, "uncompared": choices == 0, "confident": choices >= CONFIDENT_CHOICES}
        return _bool(np.logical_or.reduce([masks[name] for name in query.compared]))

    def _rating(self, query: Query) -> Array:
        ranked = (self.columns["comparisons"] > 0) & self.base(Query())
        elo = self.columns["elo"]
        if not ranked.any():
            return ranked
        return ranked & (elo >= np.float32(top_share(elo[ranked], query.rating / 100)))

    # ------------------------------------------------------------------ shape, time

    def _orientation(self, query: Query) -> Array:
        width, height = self.columns["width"], self.columns["height"]
        known = width > 0
        masks = {"landscape": width > height, "portrait": width < height, "square": (width == height) & known}
        return _bool(np.logical_or.reduce([masks[name] for name in query.orientation]))

    def _date_taken(self, query: Query) -> Array:
        taken = self.columns["taken"]
        mask = np.zeros(len(taken), bool)
        for text in query.date_taken:
            if text == "undated":
                mask |= taken == NO_TIME
            else:
                start, end = period(text)
                mask |= (taken >= start) & (taken < end)
        return mask

    def _date_from(self, query: Query) -> Array:
        return self.columns["taken"] >= period(query.date_from)[0]

    def _date_to(self, query: Query) -> Array:
        taken = self.columns["taken"]
        return _bool((taken < period(query.date_to)[1]) & (taken != NO_TIME))

    # ------------------------------------------------------------------ where the files are (parts count too)

    def _folder(self, query: Query) -> Array:
        folders = self.dictionaries.folders().values()
        known = {folder.path for folder in folders} if any("," in value for value in query.folder) else set()
        chosen = [name.rstrip("/") or "/" for name in named(query.folder, known)]
        beneath = tuple(path.rstrip("/") + "/" for path in chosen)
        ids = [folder.id for folder in folders if folder.path in chosen or folder.path.startswith(beneath)]
        return self._with_parts(self._in_folders(np.array(ids, np.int64)))

    def _in_folders(self, ids: Array) -> Array:
        """Photos whose first file, or another of their files, lies in one of these folders."""
        first = self.columns["folder"]
        photos, others = self.columns.other_folders.pairs()
        table = np.zeros(max(int(a.max(initial=0)) for a in (first, others, ids)) + 1, bool)
        table[ids] = True
        mask = table[first]
        hits = photos[table[others]]
        mask[hits[hits < len(mask)]] = True
        return mask

    def _source(self, query: Query) -> Array:
        folders = self.dictionaries.folders().values()
        ids = [folder.id for folder in folders if folder.source_id in query.source]
        return self._with_parts(self._in_folders(np.array(ids, np.int64)))

    def _file_type(self, query: Query) -> Array:
        kind = self.columns["kind"]
        kinds = [Kind[name.upper()] for name in query.file_type if name in KIND_NAMES]
        endings: set[str] = set()
        for name in query.file_type:
            if name not in KIND_NAMES:
                endings.update(TYPE_GROUPS.get(name, (f".{name.lstrip('.')}",)))
        formats = [key for key, ending in self.dictionaries.formats().items() if ending in endings]
        mask = _any_of(kind, kinds, 256) | _any_of(self.columns["format"], formats, 65536)
        return self._with_parts(mask)

    def _with_parts(self, mask: Array) -> Array:
        """A leader passes when one of its parts does."""
        parts = self.derived.parts()
        if len(parts):
            hits = parts[mask[parts]]
            if len(hits):
                mask = mask.copy()
                mask[self.columns["leader"][hits]] = True
        return mask

    # ------------------------------------------------------------------ names

    def _camera(self, query: Query) -> Array:
        cameras = self.dictionaries.cameras()
        names = {camera.label for camera in cameras.values()} | {camera.model for camera in cameras.values()}
        chosen = named(query.camera, names)
        ids = [key for key, camera in cameras.items() if camera.label in chosen or camera.model in chosen]
        return _any_of(self.columns["camera"], ids + [0] * ("none" in chosen), max(cameras, default=0) + 1)

    def _lens(self, query: Query) -> Array:
        lenses = self.dictionaries.lenses()
        chosen = named(query.lens, set(lenses.values()))
        ids = [key for key, name in lenses.items() if name in chosen]
        return _any_of(self.columns["lens"], ids + [0] * ("none" in chosen), max(lenses, default=0) + 1)

    def _keyword(self, query: Query) -> Array:
        keywords = self.dictionaries.keywords()
        chosen = named(query.keyword, set(keywords.values()))
        ids = [
            key for key, name in keywords.items()
            if any(name == wanted or name.startswith(wanted + "|") for wanted in chosen)
        ]
        photos, targets = self.columns.keywords.pairs()
        mask = np.zeros(self.columns.rows, bool)
        hits = photos[np.isin(targets, np.array(ids, np.int32))]
        mask[hits[hits < len(mask)]] = True
        return self._with_parts(mask)

    # ------------------------------------------------------------------ has, is

    def _has(self, query: Query) -> Array:
        mask = np.ones(self.columns.rows, bool)
        for value in query.has:
            wanted = not value.startswith("-")
            mask &= self.having(value.removeprefix("-")) == wanted
        return mask

    def having(self, what: str) -> Array:
        """(rows,) photos that have one of the things of filter `has`."""
        if what in HAS_BITS:
            return _bool((self.derived.has() & (1 << HAS_BITS.index(what))) != 0)
        return self._provided(f"has:{what}").mask((what,), self.columns)

    def _status(self, query: Query) -> Array:
        return _bool(np.logical_or.reduce([self.being(what) for what in query.status]))

    def being(self, what: str) -> Array:
        """(rows,) photos in one of the states of filter `is`."""
        columns = self.columns
        if what == "offline":
            return _any_of(columns["source"], self.dictionaries.offline(), 65536)
        if what == "missing":
            return _bool(columns["state"] == MISSING)
        if what == "unreadable":
            return _bool((columns["bits"] & UNREADABLE) != 0)
        if what == "damaged":
            return _bool((columns["bits"] & DAMAGED) != 0)
        if what == "estimated":
            return _bool(columns["taken_origin"] == Origin.MTIME)
        return self._provided(f"is:{what}").mask((what,), columns)


FEW_VALUES = 6
KIND_NAMES = ("image", "raw", "video")
COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "q": ("text", "leader"), "flag": ("flag",), "stars": ("stars",), "label": ("label",), "compared": ("comparisons",),
    "min_stars": ("stars", "elo", "comparisons"), "rating": ("elo", "comparisons"), "orientation": ("width", "height"),
    "folder": ("photos",), "source": ("photos",), "file_type": ("photos",), "date_taken": ("taken",),
    "date_from": ("taken",), "date_to": ("taken",), "camera": ("camera",), "lens": ("lens",),
    "keyword": ("keywords", "leader"), "has": ("lat", "kind", "leader", "bits", "keywords"),
    "is": ("source", "state", "bits", "taken_origin"),
}


def named(values: tuple[str, ...], known: set[str]) -> list[str]:
    """Values as whole names; one that is no name is taken as a comma separated list."""
    chosen: list[str] = []
    for value in values:
        chosen += [value] if value in known or "," not in value else [part.strip() for part in value.split(",")]
    return chosen


def period(text: str) -> tuple[int, int]:
    """First millisecond of a year, month or day of local wall time, and the first after it."""
    start = np.datetime64(text)                     # numpy reads the unit from the text: Y, M or D
    first, after = start.astype("datetime64[ms]"), (start + 1).astype("datetime64[ms]")
    return int(first.astype(np.int64)), int(after.astype(np.int64))


def _bool(mask: Any) -> Array:
    """The same array, typed: numpy's comparisons are declared as Any."""
    typed: Array = mask
    return typed


def _any_of(column: Array, values: Iterable[int], size: int) -> Array:
    """(rows,) whether the value is one of these. size: values beyond it do not occur."""
    chosen = [value for value in values if value < size]
    if len(chosen) <= FEW_VALUES:                           # comparing thrice is quicker than looking up once
        mask = np.zeros(len(column), bool)
        for value in chosen:
            mask |= column == value
        return mask
    table = np.zeros(max(size, int(column.max(initial=0)) + 1), bool)
    table[chosen] = True
    return table[column]
