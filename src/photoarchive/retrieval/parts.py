"""The typed parts of a search: `camera:canon`, `year:2015..2019`. Says what each means as filters of a view.

A part becomes queries of one filter each; a photo passes if one of them takes it. Parts whose filter another feature
provides (person, place …) work as soon as that is registered; until then, and for values that make no sense, a hint
says so and the part is left out.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable

import msgspec

from photoarchive.catalog.facet_values import CountedFilter
from photoarchive.catalog.filter_providers import NamedFilter
from photoarchive.catalog.iso import iso_range
from photoarchive.catalog.query import FLAGS, HAS, IS, Query, is_date
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.retrieval.language import Typed

MAX_FOLDERS = 400           # a folder part that fits more says nothing
STAR_VALUES = "012345"


class PartHelp(msgspec.Struct, frozen=True):
    """A part as the help lists it."""

    name: str
    example: str
    meaning: str


class Filtered(msgspec.Struct, frozen=True):
    """A typed part as filters: photos that pass one of `queries`, or for a negative part none of them."""

    name: str
    queries: tuple[Query, ...]
    negative: bool = False


class Resolved(msgspec.Struct, frozen=True):
    """What typed parts mean. near: photos to look like."""

    filters: tuple[Filtered, ...] = ()
    near: tuple[int, ...] = ()
    hints: tuple[str, ...] = ()


HELP = (
    PartHelp("person", "person:anna", "photos with a person"),
    PartHelp("place", "place:norway", "taken in a country, region or town"),
    PartHelp("near", "near:photo:123", "photos that look like a photo"),
    PartHelp("camera", "camera:x-t3", "taken with a camera"),
    PartHelp("lens", 'lens:"85mm"', "taken with a lens"),
    PartHelp("folder", "folder:lofoten", "in a folder and those beneath it"),
    PartHelp("year", "year:2015..2019", "taken in a year or in several"),
    PartHelp("date", "date:2019-07", "a month, a day, a range with .., or undated"),
    PartHelp("type", "type:raw", "raw, video, jpg and other endings"),
    PartHelp("flag", "flag:picked", "picked, unflagged or rejected"),
    PartHelp("stars", "stars:>=4", "your stars: 3, >=4, 2..4 or none"),
    PartHelp("rating", "rating:top10%", "the best of the ranked photos"),
    PartHelp("iso", "iso:>=1600", "sensitivity: 800, >=1600 or 100..400"),
    PartHelp("keyword", "keyword:birds", "with a keyword"),
    PartHelp("has", "has:gps", "gps, faces, raw, video, keywords, pair"),
    PartHelp("is", "is:offline", "offline, missing, unreadable, damaged, duplicate, estimated"),
)
PERIODS = {
    "year": "a year such as 2019, or years such as 2015..2019",
    "date": "YYYY, YYYY-MM, YYYY-MM-DD, two of them with .. between, or undated",
}
ALIASES = {"people": "person", "tag": "keyword", "star": "stars"}
PROVIDED = {"person": "people", "place": "place"}       # part → filter of another feature
NAMES = frozenset({part.name for part in HELP} | ALIASES.keys())


class Parts:
    """Resolves typed parts against one catalog. Thread-safe."""

    def __init__(self, views: Views, has_near: Callable[[], bool]) -> None:
        self._views, self._has_near = views, has_near
        self._readers: dict[str, Callable[[str], tuple[Query, ...]]] = {
            "camera": self._camera, "lens": self._lens, "folder": self._folder, "keyword": self._keyword,
            "year": lambda value: _period("year", value), "date": lambda value: _period("date", value),
            "stars": _stars, "iso": _iso, "rating": self._rating,
            "type": lambda value: _one("file_type", value), "flag": lambda value: _one("flag", value.lower(), FLAGS),
            "has": self._has, "is": self._is,
            "person": lambda value: self._provided("person", value),
            "place": lambda value: self._provided("place", value),
        }

    def help(self) -> list[PartHelp]:
        """The parts that work in this catalog now."""
        return [part for part in HELP if self._works(part.name)]

    def _works(self, name: str) -> bool:
        if name == "near":
            return self._has_near()
        return name not in PROVIDED or PROVIDED[name] in self._views.masks.providers

    def resolve(self, typed: tuple[Typed, ...]) -> Resolved:
        """What the parts mean. Parts of one name are alternatives, but all of several `has` and `near` must hold."""
        chosen: dict[tuple[str, bool], list[Query]] = {}
        filters: list[Filtered] = []
        near: list[int] = []
        hints: list[str] = []
        for part in typed:
            name = ALIASES.get(part.name, part.name)
            try:
                if name == "near":
                    near.append(self._near(part))
                    continue
                queries = self._queries(name, part.value)
            except NoSuchName as error:
                hints.append(error.sentence)
                queries = ()
            except Invalid as error:
                hints.append(error.sentence)
                continue
            if name == "has":
                filters.append(Filtered(name, queries, part.negative))
            else:
                chosen.setdefault((name, part.negative), []).extend(queries)
        filters += [Filtered(name, tuple(queries), negative) for (name, negative), queries in chosen.items()]
        return Resolved(tuple(filters), tuple(dict.fromkeys(near)), tuple(dict.fromkeys(hints)))

    def _queries(self, name: str, value: str) -> tuple[Query, ...]:
        if not value:
            raise Invalid(f"{name}: needs a value, such as {_example(name)}.")
        try:
            return self._readers[name](value)
        except Invalid as error:
            field = str(error.details.get("field", ""))         # "date_taken cannot be …": they typed date:
            if not field:
                raise
            raise Invalid(error.sentence.replace(field, f"{name}:", 1)) from error

    def _near(self, part: Typed) -> int:
        found = re.fullmatch(r"(?:photo:)?([1-9][0-9]{0,8})", part.value)
        if not found:
            raise Invalid(f"near: needs the number of a photo, such as {_example('near')}.")
        if part.negative:
            raise Invalid("near: cannot be turned round.")
        if not self._has_near():
            raise Invalid("near: needs look-alikes, which this catalog has none of yet.")
        return int(found[1])

    # ------------------------------------------------------------------ names

    def _camera(self, value: str) -> tuple[Query, ...]:
        cameras = self._views.dictionaries.cameras().values()
        labels = dict.fromkeys(c.label for c in cameras if _fits(value, f"{c.make} {c.model} {c.label}"))
        return _named("camera", value, labels)

    def _lens(self, value: str) -> tuple[Query, ...]:
        return _named("lens", value,
                      dict.fromkeys(name for name in self._views.dictionaries.lenses().values() if _fits(value, name)))

    def _keyword(self, value: str) -> tuple[Query, ...]:
        names = self._views.dictionaries.keywords().values()
        exact = [name for name in names if name.casefold() == value.casefold()]
        return _named("keyword", value, dict.fromkeys(exact or [name for name in names if _fits(value, name)]))

    def _folder(self, value: str) -> tuple[Query, ...]:
        """The uppermost folders whose name (or part of the path, with a slash) contains the value."""
        wanted = value.casefold().strip("/")
        found: dict[str, None] = {}
        for folder in self._views.dictionaries.folders().values():
            at = folder.path.casefold().find(wanted)
            if at >= 0 and len(folder.path.casefold()) == len(folder.path):
                end = folder.path.find("/", at + len(wanted))
                found[folder.path if end < 0 else folder.path[:end]] = None
        if len(found) > MAX_FOLDERS:
            raise Invalid(f"folder:{value} fits {len(found)} folders. Use more of the name.")
        return _named("folder", value, found)

    def _provided(self, name: str, value: str) -> tuple[Query, ...]:
        """A filter of another feature by the names it knows."""
        filter_name = PROVIDED[name]
        provider = self._views.masks.providers.get(filter_name)
        if provider is None:
            raise Invalid(f"{name}: does not work in this catalog yet.")
        if isinstance(provider, NamedFilter):
            values = provider.named(value)
        elif isinstance(provider, CountedFilter):
            with self._views.columns.lock:
                counted = provider.facet(self._views.masks.base(Query()))
            values = tuple(one.value for one in counted if _fits(value, one.label))
        else:
            values = (value,)
        if not values:
            raise NoSuchName(f"No {name} here is called “{value}”.")
        return tuple(Query(further=((filter_name, one),)) for one in values)

    # ------------------------------------------------------------------ values

    def _rating(self, value: str) -> tuple[Query, ...]:
        queries = _one("rating", value)
        masks, columns = self._views.masks, self._views.columns
        with columns.lock:
            ranked = bool((masks.base(Query()) & (columns["comparisons"] > 0)).any())
        if not ranked:
            raise NoSuchName("No photo is ranked yet, so rating: finds none. Choose between photos in Compare.")
        return queries

    def _has(self, value: str) -> tuple[Query, ...]:
        return self._state("has", value, HAS, ("faces",))

    def _is(self, value: str) -> tuple[Query, ...]:
        return self._state("is", value, IS, ("duplicate",))

    def _state(self, name: str, value: str, allowed: tuple[str, ...], provided: tuple[str, ...]) -> tuple[Query, ...]:
        queries = _one(name, value.lower(), allowed)
        for what in value.lower().split(","):
            if what in provided and f"{name}:{what}" not in self._views.masks.providers:
                raise Invalid(f"{name}:{what} does not work in this catalog yet.")
        return queries


class NoSuchName(Invalid):
    """A name that nothing in the catalog has: the part finds nothing."""


def _example(name: str) -> str:
    return next(part.example for part in HELP if part.name == name)


def _fits(value: str, name: str) -> bool:
    """Whether a name contains every word of the value, letter case ignored."""
    folded = name.casefold()
    return all(word in folded for word in value.casefold().split())


def _named(filter_name: str, value: str, names: dict[str, None]) -> tuple[Query, ...]:
    if not names:
        raise NoSuchName(f"No {filter_name} here is called “{value}”.")
    return (Query.from_params([(filter_name, name) for name in names]),)


def _one(parameter: str, value: str, allowed: tuple[str, ...] = ()) -> tuple[Query, ...]:
    """One filter as the address of a view has it; its own sentence when it makes no sense."""
    if allowed and any(part not in allowed for part in value.split(",")):
        raise Invalid(f"{parameter}: cannot be “{value}”. It is one of {', '.join(allowed)}.")
    return (Query.from_params([(parameter, value)]),)


def _period(name: str, value: str) -> tuple[Query, ...]:
    """A time, several, or a range of them."""
    start, dots, end = value.partition("..")
    if dots and not start and not end:
        raise Invalid("A range of dates needs a year, month or day before or after the “..”.")
    for text in filter(None, (start, end) if dots else map(str.strip, value.split(","))):
        if not is_date(text) and (dots or text != "undated"):
            raise Invalid(f"{name}: cannot be “{text}”. It is {PERIODS[name]}.")
    if not dots:
        return _one("date_taken", value)
    pairs = [("date_from", _first_day(start))] if start else []
    pairs += [("date_to", _last_day(end))] if end else []
    if len(pairs) == 2 and pairs[0][1] > pairs[1][1]:
        raise Invalid(f"“{value}” ends before it begins. Write the earlier date first.")
    return (Query.from_params(pairs),)


def _iso(value: str) -> tuple[Query, ...]:
    for part in value.split(","):
        iso_range(part)
    return (Query(further=(("iso", value),)),)


def _stars(value: str) -> tuple[Query, ...]:
    """none, 3, =3, >=4, >3, <=2, <3, 2..4: the user's own stars."""
    found = re.fullmatch(r"(>=|<=|>|<|=)?([0-5])|([0-5])?\.\.([0-5])?", value)
    if value.lower() == "none":
        return (Query(stars=("none",)),)
    if not found or value == "..":
        raise Invalid(f"stars: cannot be “{value}”. It is 0 to 5, >=4, 2..4 or none.")
    if found[2] is None:
        low, high = int(found[3] or 0), int(found[4] or 5)
    else:
        number = int(found[2])
        low, high = {">=": (number, 5), ">": (number + 1, 5), "<=": (0, number), "<": (0, number - 1)}.get(
            found[1] or "", (number, number))
    chosen = tuple(f"={star}" for star in STAR_VALUES if low <= int(star) <= high)
    if not chosen:
        raise Invalid(f"stars: cannot be “{value}”: no photo can have that.")
    return (Query(stars=chosen),)


def _first_day(text: str) -> str:
    """2015 → 2015-01-01, 2015-07 → 2015-07-01."""
    return {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)


def _last_day(text: str) -> str:
    """2015 → 2015-12-31, 2015-02 → 2015-02-28."""
    if len(text) == 4:
        return f"{text}-12-31"
    month = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if month and int(month[1]) > 0:
        return f"{text}-{calendar.monthrange(int(month[1]), int(month[2]))[1]:02d}"
    return text
