"""What a search text may go on with at the cursor: names of parts, values of the catalog, earlier searches."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from photoarchive.catalog.facet_values import CountedFilter
from photoarchive.catalog.filter_providers import NamedFilter
from photoarchive.catalog.query import FLAGS, HAS, IS, Query
from photoarchive.catalog.searches import Searches
from photoarchive.catalog.view import Views
from photoarchive.retrieval.language import Typed, read
from photoarchive.retrieval.parts import ALIASES, NAMES, PROVIDED, Parts

MOST = 8
LEAST_WORD = 2              # letters of a word before values are offered for it
NAMED = ("person", "place", "keyword", "camera", "lens", "folder")
EVERY = 1_000_000           # values: more than a library holds
FIXED = {
    "flag": FLAGS, "has": HAS, "is": IS, "stars": (">=4", ">=3", "5", "none"),
    "rating": ("top2%", "top10%", "top30%"), "iso": (">=1600", "<=400"), "type": ("raw", "video", "image"),
}


class Completion(msgspec.Struct, frozen=True):
    """text takes the place of the characters start to end. kind: part, value, recent or saved."""

    text: str
    label: str
    hint: str
    kind: str
    start: int
    end: int


class Completer:
    """Completes searches from the dictionaries of one catalog. Thread-safe."""

    def __init__(self, views: Views, parts: Parts, searches: Searches) -> None:
        self._views, self._parts, self._searches = views, parts, searches

    def complete(self, text: str, cursor: int) -> list[Completion]:
        """Up to MOST completions of what stands left of the cursor; of nothing: saved and recent searches."""
        cursor = max(0, min(cursor, len(text)))
        typed = next((part for part in read(text[:cursor], NAMES).typed if part.end == cursor), None)
        if typed is not None:
            return self._values(typed)
        earlier = self._earlier(text) if cursor == len(text) else []
        word = text[:cursor].rpartition(" ")[2]
        found = [*self._part_names(word, cursor), *self._names(word, cursor)] if word else []
        return _distinct([*found[: MOST - min(len(earlier), MOST // 2)], *earlier])[:MOST]

    def names(self) -> list[str]:
        """All names the catalog holds: people, places, keywords, cameras, lenses and folders."""
        return [value for name in NAMED for value in self._known(name, "", EVERY)]

    def _part_names(self, word: str, cursor: int) -> list[Completion]:
        minus, start = "-" * word.startswith("-"), cursor - len(word)
        wanted = word.removeprefix("-").lower()
        if not wanted:
            return []
        return [Completion(f"{minus}{part.name}:", f"{minus}{part.name}:", part.meaning, "part", start, cursor)
                for part in self._parts.help() if part.name.startswith(wanted)]

    def _names(self, word: str, cursor: int) -> list[Completion]:
        """People, places and keywords that begin so."""
        wanted = word.removeprefix("-")
        if len(wanted) < LEAST_WORD:
            return []
        minus, start = "-" * word.startswith("-"), cursor - len(word)
        found = []
        for name in ("person", "place", "keyword"):
            for value in self._known(name, wanted, MOST // 2):
                if value.casefold().startswith(wanted.casefold()):
                    text = f"{minus}{name}:{_quoted(value)}"
                    found.append(Completion(f"{text} ", _shown(name, value), name, "value", start, cursor))
        return found

    def _values(self, typed: Typed) -> list[Completion]:
        """Values of the part the cursor stands in."""
        name, minus = ALIASES.get(typed.name, typed.name), "-" * typed.negative
        return [Completion(f"{minus}{typed.name}:{_quoted(value)} ", _shown(name, value), name, "value", typed.at,
                           typed.end)
                for value in self._known(name, typed.value, MOST)]

    def _known(self, name: str, text: str, limit: int) -> list[str]:
        if name in FIXED:
            return _fitting(FIXED[name], text, limit)
        if name in PROVIDED:
            return self._provided(name, text, limit)
        known = self._views.dictionaries
        values: dict[str, Iterable[str]] = {}
        if name == "camera":
            values[name] = dict.fromkeys(camera.label for camera in known.cameras().values())
        elif name == "lens":
            values[name] = known.lenses().values()
        elif name == "keyword":
            values[name] = known.keywords().values()
        elif name == "folder":
            values[name] = dict.fromkeys(folder.path.rpartition("/")[2] for folder in known.folders().values())
        elif name in ("year", "date"):
            values[name] = self._years()
        return _fitting(values.get(name, ()), text, limit)

    def _provided(self, name: str, text: str, limit: int) -> list[str]:
        provider = self._views.masks.providers.get(PROVIDED[name])
        if isinstance(provider, NamedFilter):
            return provider.names(text, limit)
        if isinstance(provider, CountedFilter):
            with self._views.columns.lock:
                counted = provider.facet(self._views.masks.base(Query()))
            return _fitting([one.label for one in counted], text, limit)
        return []

    def _years(self) -> list[str]:
        with self._views.columns.lock:
            months = np.flatnonzero(np.bincount(self._views.derived.month()))
        years = sorted({code // 12 for code in months.tolist() if code}, reverse=True)
        return [str(year) for year in years]

    def _earlier(self, text: str) -> list[Completion]:
        """Saved searches, then the last ones, that begin with the text."""
        start = " ".join(text.split()).casefold()
        saved = [term.text for term in self._searches.terms() if term.text.casefold().startswith(start)]
        recent = [search.text for search in self._searches.recent(MOST, text)]
        kinds = [("saved", one) for one in saved] + [("recent", one) for one in recent if one not in saved]
        return [Completion(one, one, "saved" if kind == "saved" else "recent", kind, 0, len(text))
                for kind, one in kinds if one.casefold() != start][:MOST]


def _fitting(values: Iterable[str], text: str, limit: int) -> list[str]:
    """Values that begin with the text, then those that contain it."""
    wanted, first, second = text.casefold(), [], []
    for value in values:
        folded = value.casefold()
        if folded.startswith(wanted):
            first.append(value)
        elif wanted in folded:
            second.append(value)
    return [*first, *second][:limit]


def _shown(name: str, value: str) -> str:
    """A value as a person reads it: the levels of a keyword one in the other."""
    return value.replace("|", " › ") if name == "keyword" else value


def _quoted(value: str) -> str:
    return f'"{value}"' if any(character.isspace() or character == '"' for character in value) else value


def _distinct(found: list[Completion]) -> list[Completion]:
    return list({one.text.strip(): one for one in reversed(found)}.values())[::-1]
