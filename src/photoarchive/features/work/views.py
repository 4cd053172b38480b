"""The shapes of the work API."""

from __future__ import annotations

import msgspec


class ModeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The user's work mode."""

    mode: str           # browse, light or max; another is refused by the rules of the settings


class ErrorView(msgspec.Struct):
    """One item a job set aside."""

    photo_id: int | None
    path: str
    reason: str
    at: float


class ErrorsAnswer(msgspec.Struct):
    """A page of them."""

    errors: list[ErrorView]
    total: int
