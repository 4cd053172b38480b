"""Shapes of the requests and answers of Compare."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.cards import Card


class PickRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The best of a board. image_ids: the board as shown (for undo); also_ids: the second and third best, if told.

    key: made by the browser for this choice; sending it again does nothing twice.
    """

    winner_id: int
    loser_ids: list[int]
    also_ids: list[int] = []
    image_ids: list[int] = []
    strategy: str = ""
    key: str = ""


class PickAnswer(msgspec.Struct, kw_only=True):
    """pairs_recorded: ordered pairs this choice implies; repeated: it had been recorded before."""

    ok: bool = True
    new_elo: float
    pairs_recorded: int
    action_id: int
    repeated: bool


class DuelRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The better of two. image_ids: the two as shown, left first."""

    winner_id: int
    loser_id: int
    mode: str = "swiss"
    image_ids: list[int] = []
    key: str = ""


class DuelAnswer(msgspec.Struct, kw_only=True):
    """Ratings after the choice."""

    ok: bool = True
    winner_elo: float
    loser_elo: float
    action_id: int
    repeated: bool


class SkipRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A board or pair nobody chose from."""

    image_ids: list[int]
    mode: str = "mosaic"
    strategy: str = ""
    key: str = ""


class SkipAnswer(msgspec.Struct, kw_only=True):
    """The skip is an action, so undo shows the board again."""

    ok: bool = True
    action_id: int
    repeated: bool


class Stats(msgspec.Struct, kw_only=True):
    """Counts of the whole library. total_comparisons: choices in force."""

    total_comparisons: int
    rated_images: int


class Board(msgspec.Struct, kw_only=True):
    """The next board. visible_images: photos of the view that may be on one."""

    images: list[Card]
    total_images: int
    total_kept: int
    visible_images: int
    strategy: str
    stats: Stats


class Pair(msgspec.Struct):
    """Two photos side by side."""

    left: Card
    right: Card


class Pairs(msgspec.Struct, kw_only=True):
    """The next pairs."""

    pairs: list[Pair]
    total_images: int
    total_kept: int
    visible_images: int
    mode: str
    stats: Stats


class ChoiceView(msgspec.Struct, kw_only=True):
    """A choice that was taken back, done again or looked at; image_ids and images show its board as it was."""

    ok: bool = True
    action_id: int
    winner_id: int | None               # null: skipped
    loser_id: int | None
    winner_ids: list[int]               # best first
    image_ids: list[int]
    images: list[Card]
    mode: str                           # mosaic, swiss, topn or import
    strategy: str
    comparisons_undone: int             # choices in the action
    undone: bool


class ProgressView(msgspec.Struct, kw_only=True):
    """How far a view is ranked.

    coverage: share of its photos with at least one choice, 0–1. settled_percent: expected share of the best `top` by
    rating that truly are the best, null while nothing was chosen or there is nothing to choose from.
    """

    photos: int
    compared: int
    confident: int
    coverage: float
    top: int
    settled_percent: int | None
    total_comparisons: int
    updating: bool                      # ratings are being computed anew in the background


class Results(msgspec.Struct, kw_only=True):
    """A page of the ranking of a view, best first; the first image has rank first_rank."""

    images: list[Card]
    first_rank: int
    total_images: int
    visible_images: int
    progress: ProgressView


class Count(msgspec.Struct):
    """Photos moved."""

    count: int


class PredictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A board."""

    grid_ids: list[int]


class Counts(msgspec.Struct):
    """Photos that choosing each photo would move."""

    counts: dict[int, int]


class Duel(msgspec.Struct, forbid_unknown_fields=True):
    """One imported comparison. at: seconds since 1970 UTC."""

    winner_id: int
    loser_id: int
    at: float | None = None


class ImportRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Plain win/loss rows."""

    rows: list[Duel]


class ImportAnswer(msgspec.Struct, kw_only=True):
    """How many choices were added; ratings may follow a moment later."""

    ok: bool = True
    imported: int
