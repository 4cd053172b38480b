"""Shapes of the requests and answers about look-alikes and duplicates."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.cards import Card


class PairPhoto(msgspec.Struct, frozen=True):
    """One photo of a pair."""

    id: int
    filename: str
    elo: float
    thumb_url: str


class Pair(msgspec.Struct, frozen=True):
    """Two photos that are alike. similarity: 0.9–1, as `threshold`."""

    similarity: float
    a: PairPhoto
    b: PairPhoto


class GroupAnswer(msgspec.Struct, kw_only=True):
    """A group. id: its smallest photo now; image_ids: all its photos, the keeper first; images: the first of them.

    kind: "same" (one picture, maybe in other sizes or qualities), "near", "burst". kept: what the user decided to keep.
    """

    id: int
    kind: str
    similarity: float
    keeper: int
    reason: str
    decided: bool
    image_ids: list[int]
    images: list[Card]
    differs: list[str]          # which of size, dimensions, format, date, folder, camera are not the same for all


class DuplicatesAnswer(msgspec.Struct, kw_only=True):
    """Groups and pairs at a threshold. total: groups that fit state and kind; looking: photos not compared yet."""

    threshold: float
    pairs: list[Pair]
    groups: list[GroupAnswer]
    total: int
    open: int                   # groups nothing was decided about
    decided: int
    kinds: dict[str, int]       # of the state asked for
    copies: int                 # photos that lie in more than one place; one photo each, so no group
    looking: int


class DecideRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """verdict: "keep_all", "keep" (those of `keep`, the others are flagged as rejected), "not_duplicates"."""

    photo_ids: list[int]
    verdict: str
    keep: list[int] = []


class DecideAnswer(msgspec.Struct, kw_only=True):
    """What deciding did. rejected: photos newly flagged."""

    ok: bool = True
    action_id: int
    rejected: int


class SimilarAnswer(msgspec.Struct, kw_only=True):
    """Look-alikes, best first. model: whose vectors; threshold: from here on people call two photos similar."""

    images: list[Card]
    model: str
    threshold: float


class LookAlikes(msgspec.Struct, kw_only=True):
    """Look-alikes for the page itself: a note instead of an error while they are not known."""

    images: list[Card]
    note: str


class Collection(msgspec.Struct, frozen=True):
    """Photos that look alike in the large. name: from what is seen in them; group: the filter that shows them all."""

    id: int
    name: str
    group: str
    size: int
    representative: int
    image_ids: list[int]


class CollectionsAnswer(msgspec.Struct, kw_only=True):
    """Visual groups of a view, the largest first. without: readable photos without a vector yet."""

    collections: list[Collection]
    total_images: int
    without: int
