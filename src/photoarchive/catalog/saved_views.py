"""Views kept by name: the parameters of a query under a name the user chose."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.view import Views
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, Invalid, NotFound

MAX_NAME = 100
KIND = "saved_view"         # of its actions


class SavedView(msgspec.Struct, frozen=True):
    """query: URL parameters, "flag=picked&sort=date_taken_desc"."""

    id: int
    name: str
    query: str


class SavedViews:
    """Keeps, lists and forgets them, each change as one undoable action. Thread-safe."""

    def __init__(self, db: Database, views: Views, actions: ActionLog) -> None:
        self._db, self._views, self._actions = db, views, actions
        actions.register(KIND, _revert)

    def all(self) -> list[SavedView]:
        """In the alphabet's order."""
        rows = self._db.read().execute("SELECT id, name, query FROM saved_views ORDER BY lower(name), id")
        return [SavedView(*row) for row in rows]

    def save(self, name: str, query: str, *, replace: bool = False, window: str = "") -> None:
        """Keep a query, or let it take the place of the one under this name.

        Raises Invalid for a bad name or query; Conflict for a name in use, unless it is to be replaced.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= MAX_NAME:
            raise Invalid(f"name must have 1 to {MAX_NAME} characters.", field="name")
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
        parsed = urlencode(self._views.query(pairs).to_params())

        def keep(tx: Transaction) -> None:
            before = _query_of(tx, name)
            if before is not None and not replace:
                raise Conflict(f"There is already a view called “{name}”.", field="name")
            done = "Saved" if before is None else "Replaced"
            self._change(tx, f"{done} the view “{name}”", window, _Change(name, before, parsed))

        self._db.write(keep, durable=True)

    def forget(self, view_id: int, window: str = "") -> None:
        """Delete one. Raises NotFound."""

        def drop(tx: Transaction) -> None:
            row = tx.execute("SELECT name, query FROM saved_views WHERE id = ?", (view_id,)).fetchone()
            if row is None:
                raise NotFound(f"There is no saved view {view_id}.")
            self._change(tx, f"Deleted the view “{row[0]}”", window, _Change(row[0], row[1], None))

        self._db.write(drop, durable=True)

    def _change(self, tx: Transaction, label: str, window: str, change: _Change) -> None:
        _put(tx, change.name, change.after)
        self._actions.record(tx, KIND, label, window, 0, change)


class _Change(msgspec.Struct, frozen=True):
    """What an action did to the view of a name; None: there is none."""

    name: str
    before: str | None
    after: str | None


def _query_of(tx: Transaction, name: str) -> str | None:
    row = tx.execute("SELECT query FROM saved_views WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _put(tx: Transaction, name: str, query: str | None) -> None:
    if query is None:
        tx.execute("DELETE FROM saved_views WHERE name = ?", (name,))
        return
    tx.execute("INSERT INTO saved_views (name, query, created_at) VALUES (?, ?, ?) "
               "ON CONFLICT (name) DO UPDATE SET query = excluded.query", (name, query, now()))


def _revert(tx: Transaction, payload: Any, direction: Direction) -> Outcome:
    change = msgspec.convert(payload, _Change)
    old, new = change.before, change.after
    if direction is Direction.REDO:
        old, new = new, old
    if _query_of(tx, change.name) != new:
        return Outcome(0, 1)                # somebody has changed it since
    _put(tx, change.name, old)
    return Outcome(1)
