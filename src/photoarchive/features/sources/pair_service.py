"""Splits a pair (RAW+JPEG, live photo) into photos of their own, and joins it again; both can be undone."""

from __future__ import annotations

from typing import Any

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.pairs import join_pair, set_split, split_pair
from photoarchive.core.events import Bus, Event

SPLIT_ACTION, JOIN_ACTION = "pair.split", "pair.join"


class PairService:
    """Thread-safe."""

    def __init__(self, db: Database, actions: ActionLog, bus: Bus) -> None:
        self._db, self._actions, self._bus = db, actions, bus
        actions.register(SPLIT_ACTION, self._revert_split)
        actions.register(JOIN_ACTION, self._revert_join)

    def split(self, photo_id: int, window: str) -> list[int]:
        """Show the parts of this photo on their own. Returns their ids. Raises NotFound or Conflict."""

        def write(tx: Transaction) -> list[int]:
            parts = split_pair(tx, photo_id)
            self._actions.record(tx, SPLIT_ACTION, "Split a pair", window, len(parts), {"parts": parts})
            return parts

        return self._done(self._db.write(write, durable=True))

    def join(self, photo_id: int, window: str) -> list[int]:
        """Show this photo and what belongs to it as one again. Returns the ids of the parts. Raises like split."""

        def write(tx: Transaction) -> list[int]:
            parts = join_pair(tx, photo_id)
            self._actions.record(tx, JOIN_ACTION, "Joined a pair", window, len(parts), {"parts": parts})
            return parts

        return self._done(self._db.write(write, durable=True))

    def _done(self, parts: list[int]) -> list[int]:
        self._bus.publish(Event("catalog.photos", {"added": 0}))
        return parts

    def _revert_split(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        return _set(tx, payload["parts"], split=direction is Direction.REDO)

    def _revert_join(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        return _set(tx, payload["parts"], split=direction is Direction.UNDO)


def _set(tx: Transaction, parts: list[int], *, split: bool) -> Outcome:
    """Only the parts that still are as the action left them."""
    holding = [part for part in parts
               if tx.execute("SELECT 1 FROM photos WHERE id = ? AND pair_split = ?", (part, not split)).fetchone()]
    set_split(tx, holding, split)
    return Outcome(len(holding), len(parts) - len(holding))
