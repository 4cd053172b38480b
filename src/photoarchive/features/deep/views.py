"""The shapes of the Deep Search API."""

from __future__ import annotations

import msgspec


class TermsRequest(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The saved terms: all of them, or one to add, or one to take away."""

    terms: list[str] | None = None
    add: str | None = None
    remove: str | None = None


class TermView(msgspec.Struct):
    """A saved term. answered: the deep model's results for it are in use."""

    text: str
    answered: bool
    uses: int
    last_used: float | None


class TermsAnswer(msgspec.Struct):
    """The saved terms in their order, how many more used ones are answered, and the limits."""

    terms: list[TermView]
    used: int
    used_answered: int
    max_terms: int
    max_length: int
    ok: bool = True


class ScheduleView(msgspec.Struct):
    """The schedule and what it means now. opens_at, closes_at: seconds since 1970."""

    enabled: bool
    days: tuple[str, ...]
    start: str
    end: str
    timezone: str
    open: bool
    opens_at: float | None
    closes_at: float | None


class CountView(msgspec.Struct):
    """So many of so many."""

    done: int
    total: int


class DeepStatus(msgspec.Struct):
    """What Deep Search does now. state: no_model, complete, waiting, running, paused or error."""

    state: str
    sentence: str
    schedule: ScheduleView
    model_installed: bool
    model_id: str
    model: str
    photos: CountView
    terms: CountView
    failed: int
    asked: bool
    work_mode: str
    rate: float | None
    eta_seconds: float | None


class RunAnswer(msgspec.Struct):
    """What became of "run now"."""

    ok: bool
    status: DeepStatus
