"""Shapes of the requests and answers about searches."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.cards import Card
from photoarchive.catalog.searches import Search
from photoarchive.retrieval.completion import Completion
from photoarchive.retrieval.parts import PartHelp


class TagView(msgspec.Struct, frozen=True):
    """What the bundled model takes a photo for; a guess."""

    label: str
    probability: float


class ReasonView(msgspec.Struct, frozen=True):
    """Why a photo was found. meaning: the model's score; strength: 0–1 as it stands out; fields: column → words.

    alike: likeness to the photos that `near:` names.
    """

    meaning: float | None
    strength: float | None
    fields: dict[str, list[str]]
    tags: list[TagView]
    alike: float | None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found and how. found: photos in the whole library; visible_images: within the view's filters."""

    query: str
    search_mode: str                # semantic, metadata, fused
    model: str | None               # model_key of the vectors
    basic: bool                     # the bundled model answered
    cached: bool
    deep: bool
    words: bool                     # False: typed parts alone were asked for
    strictness: int
    hints: list[str]
    did_you_mean: list[str]         # the same search with words nobody knows spelled like known ones, the nearest first
    took_ms: float                  # this request
    search_ms: float                # finding, when it was done
    found: int
    total_images: int
    visible_images: int


class SearchAnswer(About, frozen=True, kw_only=True):
    """With the first photos and why each was found, by id."""

    images: list[Card]
    reasons: dict[int, ReasonView]


class Reasons(msgspec.Struct, frozen=True):
    """Why photos were found, by id."""

    reasons: dict[int, ReasonView]


class Completions(msgspec.Struct, frozen=True):
    """What a text may go on with."""

    completions: list[Completion]


class LanguageHelp(msgspec.Struct, frozen=True):
    """The typed parts that work in this catalog."""

    parts: list[PartHelp]


class RecentSearches(msgspec.Struct, frozen=True):
    """The last searches, newest first, and the saved ones."""

    searches: list[Search]
    terms: list[Search]


class RecordRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A search somebody made."""

    q: str


class ForgetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One search to forget; without: all that are not saved."""

    id: int | None = None


class Kept(msgspec.Struct, frozen=True):
    """How many results are kept, the room they take and may take."""

    results: int
    bytes: int
    limit: int


class Done(msgspec.Struct, frozen=True):
    """It is done."""

    ok: bool = True
