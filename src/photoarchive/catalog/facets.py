"""How many photos each value of a filter would show, given the other filters; and which filter hides most.

Exact counts over the whole catalog on every change: each facet is one pass over a column of small codes. Where most
photos are in the view, only those that are not are counted, and taken from a total kept per column.
"""

from __future__ import annotations

import functools
import math
import threading
from collections import OrderedDict
from collections.abc import Callable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import READY, Array
from photoarchive.catalog.derived import HAS_BITS, LANDSCAPE, MARKS_AXES, MARKS_SHAPE, PORTRAIT, SQUARE, UNDATED
from photoarchive.catalog.facet_values import CountedFilter, FacetValue, LongFilter
from photoarchive.catalog.masks import FilterMask
from photoarchive.catalog.query import FLAGS, IS, Query
from photoarchive.catalog.stars import NO_SUGGESTION
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid

MAX_KEYWORDS = 200          # the most used ones are listed
KEPT_ANSWERS = 8

FILTERS_OF: dict[str, tuple[str, ...]] = {      # facet → parameters that it stands for
    "flag": ("flag",), "stars": ("stars", "min_stars"), "min_stars": ("stars", "min_stars"),
    "date": ("date_taken", "date_from", "date_to"),
    "camera": ("camera",), "lens": ("lens",), "file_type": ("file_type",), "kind": ("file_type",),
    "orientation": ("orientation",), "compared": ("compared",), "source": ("source",), "label": ("label",),
    "keyword": ("keyword",), "has": ("has",), "is": ("is",),
}

FURTHER = {"file_type": "format", "kind": "kind", "source": "source"}   # any file and part of a photo counts


class Facets(msgspec.Struct, frozen=True):
    """All facets of a query. total: photos in the library; count: photos in the view.

    more: facet → how many further values it has that are not listed; see FacetCounter.find.
    """

    total: int
    count: int
    facets: dict[str, list[FacetValue]]
    more: dict[str, int]


class FoundValues(msgspec.Struct, frozen=True):
    """Some of the values that contain a text. total: how many do."""

    values: list[FacetValue]
    total: int


class Suggestion(msgspec.Struct, frozen=True):
    """Without this filter the view would have so many photos."""

    filter: str
    label: str
    count: int


class _Selection(msgspec.Struct, frozen=True):
    """Photos to count: those that pass every filter but those of one facet."""

    mask: Array
    number: int
    ids: Array                  # of those, or …
    left_out: bool              # … of the visible photos that are not selected, where those are fewer
    histograms: dict[str, Array] = msgspec.field(default_factory=dict)      # by column of codes


def preparations(views: Views) -> list[Callable[[], object]]:
    """What makes ready what counting takes, in parts: nobody who reads the columns is held up for all of it."""
    return [
        views.further.keywords, *(functools.partial(views.further.pairs, column) for column in FURTHER.values()),
        views.derived.month, views.derived.marks, views.derived.has, views.stars.effective,
    ]


class FacetCounter:
    """Counts facets of one catalog. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._columns = views.columns
        self._lock = threading.Lock()
        self._totals: dict[str, tuple[tuple[object, ...], Array]] = {}
        self._states: dict[str, tuple[tuple[object, ...], Array]] = {}
        self._answers: OrderedDict[tuple[object, ...], Facets] = OrderedDict()

    # ------------------------------------------------------------------ answers

    def count(self, query: Query) -> Facets:
        """Every facet of a query."""
        masks = self._views.masks
        query = masks.prepare(query)
        further = tuple(provider.revision() for provider in masks.providers.values())
        key = (tuple(query.without("sort").without("seed").to_params()), self._columns.revision(),
               self._views.dictionaries.offline(), further, masks.search.key(query) if query.q else ())
        with self._lock:
            if (kept := self._answers.get(key)) is not None:
                self._answers.move_to_end(key)
                return kept
        for prepare in preparations(self._views):
            prepare()
        with self._columns.lock:
            answer = self._count(query)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def find(self, query: Query, facet: str, text: str, limit: int) -> FoundValues:
        """Values of one facet whose name contains a text, letter case ignored, counted as `count` does.

        Those that begin with it go first, then those with most photos. Raises Invalid where there is no such facet.
        """
        further = self._further().get(facet)
        names = (facet,) if further is not None else FILTERS_OF.get(facet)
        if names is None:
            raise Invalid(f"There is no filter “{facet}” with values to find.", field="facet")
        masks = self._views.masks
        query = masks.prepare(query)
        with self._columns.lock:
            base, filters = masks.base(query), masks.filters(query)
            own = [one for one in filters if one.name in names]
            fails = _fails(filters, self._columns.rows)
            chosen = self._selection(base & (fails == _fails(own, len(base))), masks.base(Query()))
            if facet == "keyword":
                counts = self._keyword_counts(chosen)
            else:
                values = further.facet(chosen.mask) if further is not None else self._facet(facet, chosen, fails, own)
        if facet == "keyword":
            values = self._keywords(counts, text.casefold())
        return _containing(values, text, limit, further.folded if isinstance(further, LongFilter) else str.casefold)

    def suggestions(self, query: Query) -> list[Suggestion]:
        """Which filter hides most: for each active filter, how many photos there would be without it; most first."""
        query = self._views.masks.prepare(query)
        with self._columns.lock:
            filters = self._views.masks.filters(query)
            base = self._views.masks.base(query)
            fails = _fails(filters, self._columns.rows)
            found = []
            for one in filters:
                count = int(np.count_nonzero(base & (fails == ~one.mask)))
                label = ", ".join(value for name, value in query.to_params() if name == one.name)
                found.append(Suggestion(one.name, label, count))
        return sorted(found, key=lambda suggestion: -suggestion.count)

    def _count(self, query: Query) -> Facets:
        masks = self._views.masks
        base, filters = masks.base(query), masks.filters(query)
        fails = _fails(filters, self._columns.rows)
        visible = masks.base(Query())
        whole = self._selection(base & (fails == 0), visible) if filters else self._selection(base, visible)
        facets, more = {}, {}
        further = self._further()
        for facet, names in (FILTERS_OF | {name: (name,) for name in further}).items():
            own = [one for one in filters if one.name in names]
            selection = whole if not own else self._selection(base & (fails == _fails(own, len(base))), visible)
            rest = 0
            if facet in further:
                facets[facet], rest = _listed(further[facet], selection.mask)
            elif facet == "keyword":
                counts = self._keyword_counts(selection)
                facets[facet] = self._keywords(counts, most=MAX_KEYWORDS)
                rest = int(np.count_nonzero(counts)) - MAX_KEYWORDS
            else:
                facets[facet] = self._facet(facet, selection, fails, own)
            if rest > 0:
                more[facet] = rest
        return Facets(int(np.count_nonzero(visible)), whole.number, facets, more)

    def _further(self) -> dict[str, CountedFilter]:
        return {name: one for name, one in self._views.masks.providers.items() if isinstance(one, CountedFilter)}

    def _selection(self, mask: Array, visible: Array) -> _Selection:
        number = int(np.count_nonzero(mask))
        left_out = number * 2 > len(mask) and not np.any(mask & ~visible)   # missing photos are in no totals
        return _Selection(mask, number, np.flatnonzero(visible & ~mask if left_out else mask), left_out)

    # ------------------------------------------------------------------ one facet

    def _facet(self, facet: str, chosen: _Selection, fails: Array, own: list[FilterMask]) -> list[FacetValue]:
        if facet == "has":
            return self._has(chosen)
        if facet == "is":
            return self._is(chosen, fails, own)
        if facet == "min_stars":
            counts = self._histogram(facet, chosen, NO_SUGGESTION + 1)
            return [FacetValue(str(n), f"{n} star" + "s" * (n != 1) + " or more", int(counts[n:NO_SUGGESTION].sum()))
                    for n in range(5, 0, -1)]
        if facet in MARKS_AXES:
            cube = self._histogram("marks", chosen, math.prod(MARKS_SHAPE)).reshape(MARKS_SHAPE)
            axis = MARKS_AXES.index(facet)
            counts = cube.sum(axis=tuple(other for other in range(cube.ndim) if other != axis))
        else:
            counts = self._histogram(facet, chosen)
        if facet in FURTHER:
            photos, codes = self._views.further.pairs(FURTHER[facet])
            more = np.bincount(codes[chosen.mask[photos]], minlength=len(counts))
            more[: len(counts)] += counts
            counts = more
        return self._named(facet, counts)

    def _codes(self, facet: str) -> tuple[Array, tuple[str, ...]]:
        """A column of small codes to count, and the columns it depends on."""
        derived = self._views.derived
        if facet == "marks":
            return derived.marks(), ("flag", "stars", "label", "kind", "width", "height", "comparisons")
        if facet == "date":
            return derived.month(), ("taken",)
        if facet == "min_stars":
            return self._views.stars.effective(), ("stars", "elo", "comparisons")
        if facet == "has":
            return derived.has(), ("lat", "kind", "keywords")
        column = {"file_type": "format"}.get(facet, facet)
        return self._columns[column], (column,)

    def _histogram(self, facet: str, chosen: _Selection, size: int = 0) -> Array:
        """How often each code occurs among the chosen photos (at least `size` elements)."""
        if facet not in chosen.histograms:
            codes, sources = self._codes(facet)
            if not chosen.left_out:
                counts = np.bincount(codes[chosen.ids], minlength=size)
            else:
                total = self._total(facet, sources, lambda visible: np.bincount(codes[visible], minlength=size))
                counts = total - np.bincount(codes[chosen.ids], minlength=len(total))
            chosen.histograms[facet] = counts
        return chosen.histograms[facet]

    def _total(self, facet: str, sources: tuple[str, ...], count: Callable[[Array], Array]) -> Array:
        """The histogram of all visible photos (a mask), kept until the columns it is made of change."""
        columns = self._columns
        key = (columns.revision(*sources, "state", "bits", "leader"), columns.rows)
        kept = self._totals.get(facet)
        if kept is None or kept[0] != key:
            kept = self._totals[facet] = (key, count(self._views.masks.base(Query())))
        return kept[1]

    def _named(self, facet: str, counts: Array) -> list[FacetValue]:
        """Counts by code → values with their names, in the order they are shown."""
        if facet == "date":
            return _years(counts)
        if facet in ("camera", "lens", "file_type", "source"):
            return self._by_name(facet, counts)
        names: dict[str, dict[int, tuple[str, str]]] = {
            "flag": {index: (name, name.capitalize()) for index, name in enumerate(FLAGS)},
            "stars": {0: ("none", "No stars")} | {n + 1: (str(n), f"{n} star" + "s" * (n != 1)) for n in range(6)},
            "kind": {0: ("image", "Images"), 1: ("raw", "RAW"), 2: ("video", "Videos")},
            "orientation": {LANDSCAPE: ("landscape", "Landscape"), PORTRAIT: ("portrait", "Portrait"),
                            SQUARE: ("square", "Square")},
            "label": {n: (str(n), name) for n, name in enumerate(LABELS)},
        }
        if facet == "compared":
            ranked = [*counts.tolist(), 0, 0, 0]
            return [FacetValue("compared", "Ranked", ranked[1] + ranked[2]),
                    FacetValue("uncompared", "Unranked", ranked[0]), FacetValue("confident", "Confident", ranked[2])]
        return [
            FacetValue(value, label, int(counts[code]) if code < len(counts) else 0)
            for code, (value, label) in names[facet].items()
        ]

    def _by_name(self, facet: str, counts: Array) -> list[FacetValue]:
        known = self._views.dictionaries
        names: dict[int, tuple[str, str]]
        if facet == "camera":
            names = {key: (camera.label, camera.label) for key, camera in known.cameras().items()}
        elif facet == "lens":
            names = {key: (name, name) for key, name in known.lenses().items()}
        elif facet == "file_type":
            names = {key: (ending, ending.lstrip(".").upper()) for key, ending in known.formats().items()}
        else:
            names = {key: (str(key), source.display_name) for key, source in known.sources().items()}
        merged: dict[tuple[str, str], int] = {}
        for code in np.flatnonzero(counts).tolist():
            if code in names:
                merged[names[code]] = merged.get(names[code], 0) + int(counts[code])
        values = [FacetValue(value, label, count) for (value, label), count in merged.items()]
        return sorted(values, key=lambda value: (-value.count, value.label.casefold()))

    def _keyword_counts(self, chosen: _Selection) -> Array:
        """(codes,) how many of the chosen photos have each keyword."""
        photos, codes = self._views.further.keywords()
        if not chosen.left_out:
            return np.bincount(codes[chosen.mask[photos]])
        total = self._total("keyword", ("keywords",), lambda visible: np.bincount(codes[visible[photos]]))
        others = self._views.masks.base(Query()) & ~chosen.mask
        return total - np.bincount(codes[others[photos]], minlength=len(total))

    def _keywords(self, counts: Array, text: str = "", most: int | None = None) -> list[FacetValue]:
        """Keywords that photos have, most photos first. text: part of their names, case folded."""
        names = self._views.dictionaries.keywords()
        codes = np.flatnonzero(counts)
        if text:
            fitting = [code for code, name in names.items() if code < len(counts) and text in name.casefold()]
            codes = np.intersect1d(codes, np.array(fitting, np.int64))
        order = codes[np.argsort(-counts[codes], kind="stable")][:most].tolist()
        return [FacetValue(names[key], names[key], int(counts[key])) for key in order if key in names]

    def _has(self, chosen: _Selection) -> list[FacetValue]:
        labels = ("Location", "RAW", "Video", "Keywords", "RAW+JPEG or live")
        counts = self._histogram("has", chosen, 1 << len(HAS_BITS))
        codes = np.arange(len(counts))
        values = [
            FacetValue(what, label, int(counts[(codes & (1 << bit)) != 0].sum()))
            for bit, (what, label) in enumerate(zip(HAS_BITS, labels, strict=True))
        ]
        if "has:faces" in self._views.masks.providers:
            faces = self._views.masks.having("faces")
            values.append(FacetValue("faces", "Faces", int(np.count_nonzero(chosen.mask & faces))))
        return values

    def _is(self, chosen: _Selection, fails: Array, own: list[FilterMask]) -> list[FacetValue]:
        others, visible = _fails(own, len(fails)), self._views.masks.base(Query())
        values = []
        for what in IS:
            if what == "duplicate" and "is:duplicate" not in self._views.masks.providers:
                continue
            ids = self._being(what)
            inside = fails[ids] == others[ids] if what == "missing" else (chosen.mask & visible)[ids]
            values.append(FacetValue(what, what.capitalize(), int(np.count_nonzero(inside))))
        return values

    def _being(self, what: str) -> Array:
        """Photos in one of the states of `is`: few as a rule, so their ids are kept until the columns change."""
        columns, masks = self._columns, self._views.masks
        key = masks.key(Query(status=(what,)))
        kept = self._states.get(what)
        if kept is None or kept[0] != key:
            mask = masks.being(what)
            if what == "missing":
                mask = mask & (columns["leader"] == 0) & ((columns["bits"] & READY) != 0)
            kept = self._states[what] = (key, np.flatnonzero(mask))
        return kept[1]


LABELS = ("None", "Red", "Yellow", "Green", "Blue", "Purple", "Orange", "Grey")


def _fails(filters: list[FilterMask], rows: int) -> Array:
    """(rows,) by how many of these filters a photo is refused."""
    fails = np.zeros(rows, np.uint8)
    for one in filters:
        fails += ~one.mask
    return fails


def _listed(counted: CountedFilter, mask: Array) -> tuple[list[FacetValue], int]:
    """What is listed of the values of a filter, and how many more there are."""
    return counted.listed(mask) if isinstance(counted, LongFilter) else (counted.facet(mask), 0)


def _containing(values: list[FacetValue], text: str, limit: int, folded: Callable[[str], str]) -> FoundValues:
    text = folded(text)
    first, second = [], []
    for value in values:
        label = folded(value.label)
        if label.startswith(text):
            first.append(value)
        elif text in label:
            second.append(value)
    return FoundValues([*first, *second][:limit], len(first) + len(second))


def _years(months: Array) -> list[FacetValue]:
    """Counts by month code → counts by year, newest first, undated last."""
    years: dict[int, int] = {}
    for code in np.flatnonzero(months).tolist():
        years[code // 12] = years.get(code // 12, 0) + int(months[code])
    undated = years.pop(UNDATED, 0)
    values = [FacetValue(f"{year:04d}", str(year), count) for year, count in sorted(years.items(), reverse=True)]
    return [*values, FacetValue("undated", "Undated", undated)] if undated else values
