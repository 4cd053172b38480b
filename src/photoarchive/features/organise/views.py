"""Shapes of the requests and answers about keywords, titles and captions."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.choice import Choice


class KeywordsRequest(Choice, kw_only=True):
    """Photos, and keywords to add or to take away (one of the two); a hierarchy as “Nature|Birds”."""

    add: list[str] = msgspec.field(default_factory=list)
    remove: list[str] = msgspec.field(default_factory=list)


class TextsRequest(Choice, kw_only=True):
    """Photos and their new title, caption or both: "" for none, null for what the files say, left out: unchanged."""

    title: str | msgspec.UnsetType | None = msgspec.UNSET
    caption: str | msgspec.UnsetType | None = msgspec.UNSET


class KeywordCount(msgspec.Struct, frozen=True):
    """A keyword and how many photos have it."""

    name: str
    count: int


class KeywordList(msgspec.Struct):
    """Keywords, the most fitting or most used first; photos: how many were asked about."""

    keywords: list[KeywordCount]
    photos: int = 0


class KeywordsAnswer(msgspec.Struct, kw_only=True):
    """keywords: as they are kept; changed: photos that have others now; action_id: null when none has."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None
    keywords: list[str]


class TextsAnswer(msgspec.Struct, kw_only=True):
    """Like KeywordsAnswer."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None
