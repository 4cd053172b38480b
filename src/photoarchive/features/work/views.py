"""The shapes of the work API."""

from __future__ import annotations

from typing import Literal

import msgspec


class ModeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The user's work mode."""

    mode: Literal["browse", "light", "max"]


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
