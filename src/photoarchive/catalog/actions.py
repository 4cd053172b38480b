"""The log of what people did, and undo and redo per browser window.

Owns the order of actions and which may be undone or redone; what a kind of action changes back is registered by the
part that records it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.clock import now
from photoarchive.core.errors import Invalid
from photoarchive.core.events import Bus, Event


class Direction(StrEnum):
    """Which way an action is taken."""

    UNDO = "undo"
    REDO = "redo"


class Outcome(msgspec.Struct, frozen=True):
    """What a revert did: photos (or things) changed, and those left alone because they no longer hold the value.

    rest: does what is left of a large revert in transactions of its own, so that others may write between them; it is
    called in the thread of whoever undoes, and may be called again after a kill by the part that records the kind.
    """

    changed: int
    skipped: int = 0
    rest: Callable[[], Outcome] | None = None


class Action(msgspec.Struct, frozen=True):
    """One row of the history."""

    id: int
    kind: str
    label: str
    count: int
    at: float
    undone: bool
    window: str


class Reverted(msgspec.Struct, frozen=True):
    """An action that was undone or redone."""

    action: Action
    changed: int
    skipped: int


Revert = Callable[[Transaction, Any, Direction], Outcome]

_FIELDS = "id, kind, label, count, at, undone_at IS NOT NULL, window"
_OF_KIND = "(? = '' OR kind = ?)"
_TO_UNDO = (
    f"SELECT {_FIELDS} FROM actions WHERE window = ? AND undone_at IS NULL AND {_OF_KIND} ORDER BY id DESC LIMIT 1"
)
# What was undone last; within one tick of the clock that is the oldest.
_TO_REDO = (
    f"SELECT {_FIELDS} FROM actions WHERE window = ? AND undone_at IS NOT NULL AND superseded = 0 AND {_OF_KIND} "
    "ORDER BY undone_at DESC, id LIMIT 1"
)


class ActionLog:
    """Records actions and takes them back. Thread-safe."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db, self._bus = db, bus
        self._reverts: dict[str, Revert] = {}

    @property
    def revision(self) -> int:
        """Rises whenever something was done, undone or redone."""
        return self._bus.told("history")["history"]

    def register(self, kind: str, revert: Revert) -> None:
        """Say how actions of a kind are taken back and done again.

        revert(tx, payload, direction) runs in the writer's transaction, changes only what still holds the action's
        value (of the old value, for a redo) and touches what it changes.
        """
        self._reverts[kind] = revert

    def record(  # noqa: PLR0917 – one call a kind, and the order is that of the table
        self, tx: Transaction, kind: str, label: str, window: str, count: int, payload: Any
    ) -> int:
        """Add an action inside the transaction that does it; what the window had undone can no longer be redone.

        label: a sentence for the history ("Picked 1,204 photos"). payload: what msgpack can hold. Returns the id.
        """
        tx.execute("UPDATE actions SET superseded = 1 WHERE window = ? AND undone_at IS NOT NULL AND superseded = 0",
                   (window,))
        packed = zlib.compress(msgspec.msgpack.encode(payload), 1)
        row = tx.execute(
            "INSERT INTO actions (kind, label, window, count, payload, at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (kind, label, window, count, packed, now()),
        ).fetchone()
        tx.after_commit.append(self._tell)
        return int(row[0])

    def undo(self, window: str, kind: str = "") -> Reverted:
        """Take back the window's newest action, or its newest of one kind. Raises Invalid when there is none."""
        return self._take_whole(window, kind, Direction.UNDO)

    def redo(self, window: str, kind: str = "") -> Reverted:
        """Do the window's last undone action (of one kind) again. Raises Invalid when there is none."""
        return self._take_whole(window, kind, Direction.REDO)

    def history(self, limit: int, offset: int) -> tuple[list[Action], int]:
        """A page of all windows' actions, newest first, and how many there are."""
        connection = self._db.read()
        rows = connection.execute(f"SELECT {_FIELDS} FROM actions ORDER BY id DESC LIMIT ? OFFSET ?", (limit, offset))
        actions = [_action(row) for row in rows.fetchall()]
        return actions, int(connection.execute("SELECT count(*) FROM actions").fetchone()[0])

    def _take_whole(self, window: str, kind: str, direction: Direction) -> Reverted:
        action, outcome = self._db.write(lambda tx: self._take(tx, window, kind, direction), durable=True)
        after = outcome.rest() if outcome.rest is not None else Outcome(0)
        return Reverted(action, outcome.changed + after.changed, outcome.skipped + after.skipped)

    def _take(self, tx: Transaction, window: str, kind: str, direction: Direction) -> tuple[Action, Outcome]:
        choose = _TO_UNDO if direction is Direction.UNDO else _TO_REDO
        row = tx.execute(choose, (window, kind, kind)).fetchone()
        if row is None:
            raise Invalid(f"There is nothing to {direction} in this window.")
        action = _action(row)
        if action.kind not in self._reverts:
            raise Invalid(f"“{action.label}” cannot be changed back by this version.")
        packed = tx.execute("SELECT payload FROM actions WHERE id = ?", (action.id,)).fetchone()[0]
        outcome = self._reverts[action.kind](tx, msgspec.msgpack.decode(zlib.decompress(packed)), direction)
        undone_at = now() if direction is Direction.UNDO else None
        tx.execute("UPDATE actions SET undone_at = ? WHERE id = ?", (undone_at, action.id))
        tx.after_commit.append(self._tell)
        return action, outcome

    def _tell(self) -> None:
        self._bus.publish(Event("history"))


def _action(row: tuple[Any, ...]) -> Action:
    return Action(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6])
