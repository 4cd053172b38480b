"""What a person asked to see: filters, words and sort, as one typed value used by every part of the product.

A Query is parsed from URL parameters or a JSON body and written back to them; it says nothing about how photos are
found (see masks, order, view). Anything unknown or malformed is refused with a sentence that names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from photoarchive.core.errors import Invalid

FLAGS = ("unflagged", "picked", "rejected")             # position = value of the column
ORIENTATIONS = ("landscape", "portrait", "square")
COMPARED = ("compared", "uncompared", "confident")
HAS = ("gps", "raw", "video", "keywords", "pair", "faces")
IS = ("offline", "missing", "unreadable", "damaged", "duplicate", "estimated")
MAX_LABEL = 7
MAX_WORDS = 20_000                                      # characters of q; longer text is a mistake, not a search
STRICTNESS = 3                                          # steps of looser (-) and stricter (+) around the cut-off

# Sort key → whether it runs downwards when no direction is given.
SORT_KEYS: dict[str, bool] = {
    "elo": True, "confidence": True, "comparisons": True, "date_taken": True, "added": True, "date_modified": True,
    "file_size": True, "resolution": True, "camera": False, "lens": False, "filename": False, "stars": True,
    "similarity": True, "random": False, "duration": True,
}
FURTHER_SORT_KEYS = {"album": False, "similar": True}      # orders that other parts provide (Views.register_order)
SORT_ALIASES = {
    "rating": "elo", "least_compared": "comparisons_asc", "newest": "added_desc", "oldest": "added_asc",
    "size": "file_size", "name": "filename", "taken": "date_taken", "modified": "date_modified",
    "date_added": "added",
}
DATE_SORTS = ("date_taken",)                            # views in days and months


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Filters (empty: no restriction), words and sort. Several values of one filter mean "any of these".

    camera, lens, folder and keyword hold values as sent: a value is first taken as one whole name, and only if no
    such name exists as a comma separated list (names may contain commas).
    """

    q: str = ""
    flag: tuple[str, ...] = ()
    stars: tuple[str, ...] = ()             # "none", "=3", ">=3": the user's own stars
    min_stars: int = 0                      # own stars, else the suggested ones
    label: tuple[int, ...] = ()
    orientation: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()            # display paths; sub-folders included
    source: tuple[int, ...] = ()
    date_taken: tuple[str, ...] = ()        # "2019", "2019-07", "2019-07-14", "undated"
    date_from: str = ""                     # YYYY-MM-DD, local, included
    date_to: str = ""
    file_type: tuple[str, ...] = ()         # ".jpg", "jpg" (all JPEG endings), "raw", "video", "image" …
    camera: tuple[str, ...] = ()
    lens: tuple[str, ...] = ()
    keyword: tuple[str, ...] = ()
    has: tuple[str, ...] = ()               # all of these; "-gps" means without
    status: tuple[str, ...] = ()            # parameter `is`: any of these
    rating: float = 0.0                     # best so many per cent of the ranked photos; 0: all
    further: tuple[tuple[str, str], ...] = ()   # filters of registered providers: people, place, album …
    sort: str = "elo_desc"                  # always with its direction
    seed: int = 0                           # of sort "random"
    strictness: int = 0                     # how well a photo must fit the words: -3 looser … 3 stricter
    found: object = None                    # what the words find, once Masks.prepare has asked; no parameter

    @classmethod
    def from_params(cls, params: Any, ignore: Collection[str] = (), further: Collection[str] = ()) -> Query:
        """Read URL parameters (Starlette's QueryParams, a dict, or pairs) or the filters of a JSON body.

        ignore: other parameters of the same request. further: names of filters that providers answer.
        Raises Invalid naming the parameter and what it may be.
        """
        values: dict[str, Any] = {}
        extra: list[tuple[str, str]] = []
        for name, texts in _collect(params).items():
            if name in ignore:
                continue
            if name in _PARSERS:
                field, parse = _PARSERS[name]
                values[field] = parse(name, texts)
            elif name in further:
                extra += [(name, text) for text in texts]
            else:
                raise Invalid(f"There is no filter called “{name}”.", field=name)
        if values.get("date_from") and values.get("date_to") and values["date_from"] > values["date_to"]:
            raise Invalid("date_from must not be later than date_to.", field="date_from")
        return cls(**values, further=tuple(sorted(extra)))

    def to_params(self) -> list[tuple[str, str]]:
        """The parameters that give this query again, in a fixed order; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        for name, (field, _) in _PARSERS.items():
            value = getattr(self, field)
            if value == _DEFAULTS[field]:
                continue
            if field == "rating":
                pairs.append((name, f"top{value:g}%"))
            elif field in NAME_FIELDS:
                pairs += [(name, text) for text in value]
            elif isinstance(value, tuple):
                pairs.append((name, ",".join(str(item) for item in value)))
            else:
                pairs.append((name, str(value)))
        return pairs + list(self.further)

    @property
    def order(self) -> tuple[str, bool]:
        """(sort key, descending)."""
        key, _, direction = self.sort.rpartition("_")
        return key, direction == "desc"

    def active(self) -> tuple[str, ...]:
        """Names (as parameters) of the filters that restrict this query, `q` included."""
        named = [
            name for name, (field, _) in _PARSERS.items()
            if field not in NO_FILTERS and getattr(self, field) != _DEFAULTS[field]
        ]
        return (*named, *dict.fromkeys(name for name, _ in self.further))

    def without(self, name: str) -> Query:
        """The same query without one filter (name as a parameter)."""
        if name in _PARSERS:
            field = _PARSERS[name][0]
            found = None if field in ("q", "strictness") else self.found
            return msgspec.structs.replace(self, **{field: _DEFAULTS[field], "found": found})
        return msgspec.structs.replace(self, further=tuple(pair for pair in self.further if pair[0] != name))

    def sorted_by(self, sort: str) -> Query:
        """The same filters in another order."""
        return msgspec.structs.replace(self, sort=parse_sort("sort", [sort]))


def parse_sort(name: str, texts: list[str]) -> str:
    """Canonical sort with its direction: "newest" → "added_desc"."""
    known = SORT_KEYS | FURTHER_SORT_KEYS
    text = _one(name, texts)
    text = SORT_ALIASES.get(text, text)
    key, separator, direction = text.rpartition("_")
    if separator and direction in ("asc", "desc"):
        key = SORT_ALIASES.get(key, key)
        if key in known:
            return f"{key}_{direction}"
    elif text in known:
        return f"{text}_{'desc' if known[text] else 'asc'}"
    raise Invalid(f"{name} cannot be “{texts[-1]}”. It is one of {', '.join(known)}, with _asc or _desc.", field=name)


# ---------------------------------------------------------------------- parameters → texts


def _collect(params: Any) -> dict[str, list[str]]:
    """All non-empty values by name, in the order given."""
    if hasattr(params, "multi_items"):
        pairs: Iterable[tuple[str, Any]] = params.multi_items()
    elif isinstance(params, Mapping):
        pairs = params.items()
    else:
        pairs = params
    collected: dict[str, list[str]] = {}
    for name, value in pairs:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            text = _text(name, item).strip()
            if text:
                collected.setdefault(name, []).append(text)
    return collected


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise Invalid(f"{name} must be a text or a number.", field=name)


def _one(name: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise Invalid(f"{name} may be given only once.", field=name)
    return texts[0]


def _split(texts: list[str]) -> list[str]:
    parts = [part.strip() for text in texts for part in text.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


# ---------------------------------------------------------------------- texts → values

Parser = Callable[[str, list[str]], Any]


def _choices(allowed: tuple[str, ...], *, negatable: bool = False) -> Parser:
    def parse(name: str, texts: list[str]) -> tuple[str, ...]:
        values = [] if texts == ["all"] else _split(texts)
        for value in values:
            if value.removeprefix("-" if negatable else "") not in allowed:
                raise Invalid(f"{name} cannot be “{value}”. It is one of {', '.join(allowed)}.", field=name)
        return tuple(values)

    return parse


def _numbers(low: int, high: int) -> Parser:
    def parse(name: str, texts: list[str]) -> tuple[int, ...]:
        return tuple(_number(name, text, low, high) for text in _split(texts))

    return parse


def _single_number(low: int, high: int) -> Parser:
    return lambda name, texts: _number(name, _one(name, texts), low, high)


def _number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise Invalid(f"{name} must be a whole number from {low} to {high}, not “{text}”.", field=name)
    return int(text)


def _names(name: str, texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _words(name: str, texts: list[str]) -> str:
    text = " ".join(_one(name, texts).split())
    if len(text) > MAX_WORDS:
        raise Invalid(f"{name} may have at most {MAX_WORDS} characters.", field=name)
    return text


def _stars(name: str, texts: list[str]) -> tuple[str, ...]:
    values = []
    for text in _split(texts):
        found = re.fullmatch(r"(none)|(>=|=)?([0-5])", text)
        if not found:
            raise Invalid(f"{name} cannot be “{text}”. It is none, 0 to 5, =3 or >=3.", field=name)
        values.append("none" if found[1] else f"{found[2] or '='}{found[3]}")
    return tuple(dict.fromkeys(values))


def _dates(name: str, texts: list[str]) -> tuple[str, ...]:
    values = _split(texts)
    for value in values:
        if value != "undated" and not is_date(value):
            raise Invalid(f"{name} cannot be “{value}”. It is YYYY, YYYY-MM, YYYY-MM-DD or undated.", field=name)
    return tuple(values)


def _day(name: str, texts: list[str]) -> str:
    text = _one(name, texts)
    if len(text) != len("YYYY-MM-DD") or not is_date(text):
        raise Invalid(f"{name} must be a day as YYYY-MM-DD, not “{text}”.", field=name)
    return text


def is_date(text: str) -> bool:
    """Whether this is a day, month or year: YYYY-MM-DD, YYYY-MM or YYYY."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def _file_types(name: str, texts: list[str]) -> tuple[str, ...]:
    values = [value.lower() for value in _split(texts)]
    for value in values:
        if not re.fullmatch(r"\.?[a-z0-9]{1,8}", value):
            raise Invalid(f"{name} cannot be “{value}”. It is an ending such as .jpg, or raw, jpg, tif, image, video.",
                          field=name)
    return tuple(dict.fromkeys(values))


def _percent(name: str, texts: list[str]) -> float:
    text = _one(name, texts)
    found = re.fullmatch(r"top([0-9]{1,3}(?:\.[0-9]{1,3})?)%?", text)
    if not found or not 0 < float(found[1]) <= 100:
        raise Invalid(f"{name} cannot be “{text}”. It is top and a percentage, such as top10%.", field=name)
    return float(found[1])


_PARSERS: dict[str, tuple[str, Parser]] = {
    "q": ("q", _words),
    "flag": ("flag", _choices(FLAGS)),
    "stars": ("stars", _stars),
    "min_stars": ("min_stars", _single_number(0, 5)),
    "label": ("label", _numbers(0, MAX_LABEL)),
    "orientation": ("orientation", _choices(ORIENTATIONS)),
    "compared": ("compared", _choices(COMPARED)),
    "folder": ("folder", _names),
    "source": ("source", _numbers(1, 2**31)),
    "date_taken": ("date_taken", _dates),
    "date_from": ("date_from", _day),
    "date_to": ("date_to", _day),
    "file_type": ("file_type", _file_types),
    "camera": ("camera", _names),
    "lens": ("lens", _names),
    "keyword": ("keyword", _names),
    "has": ("has", _choices(HAS, negatable=True)),
    "is": ("status", _choices(IS)),
    "rating": ("rating", _percent),
    "sort": ("sort", parse_sort),
    "seed": ("seed", _single_number(0, 2**53)),
    "strictness": ("strictness", _single_number(-STRICTNESS, STRICTNESS)),
}
NO_FILTERS = ("sort", "seed", "strictness")
NAME_FIELDS = ("folder", "camera", "lens", "keyword")
_DEFAULTS: dict[str, Any] = {field: getattr(Query(), field) for field, _ in _PARSERS.values()}
