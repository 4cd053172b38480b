"""Shapes of the history's answers."""

from __future__ import annotations

import msgspec


class ActionView(msgspec.Struct, kw_only=True):
    """One row of the history page. at: seconds since 1970 UTC."""

    id: int
    kind: str
    label: str
    count: int
    at: float
    undone: bool
    window: str


class History(msgspec.Struct):
    """A page of actions, newest first, and how many there are. revision: rises with every action, see hello.history."""

    actions: list[ActionView]
    total: int
    revision: int


class RevertedAction(msgspec.Struct):
    """The action that was undone or redone."""

    id: int
    kind: str
    label: str
    count: int


class RevertAnswer(msgspec.Struct, kw_only=True):
    """changed: photos that got their value back; skipped: those changed since, which were left alone."""

    ok: bool = True
    action: RevertedAction
    changed: int
    skipped: int
