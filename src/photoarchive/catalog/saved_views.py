"""Views kept by name: the parameters of a query under a name the user chose."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.view import Views
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, Invalid, NotFound

MAX_NAME = 100


class SavedView(msgspec.Struct, frozen=True):
    """query: URL parameters, "flag=picked&sort=date_taken_desc"."""

    id: int
    name: str
    query: str


class SavedViews:
    """Keeps, lists and forgets them. Thread-safe."""

    def __init__(self, db: Database, views: Views) -> None:
        self._db, self._views = db, views

    def all(self) -> list[SavedView]:
        """In the alphabet's order."""
        rows = self._db.read().execute("SELECT id, name, query FROM saved_views ORDER BY lower(name), id")
        return [SavedView(*row) for row in rows]

    def save(self, name: str, query: str) -> SavedView:
        """Keep a query. Raises Invalid for a bad name or query, Conflict for a name in use."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= MAX_NAME:
            raise Invalid(f"name must have 1 to {MAX_NAME} characters.", field="name")
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
        parsed = urlencode(self._views.query(pairs).to_params())

        def insert(tx: Transaction) -> int:
            if tx.execute("SELECT 1 FROM saved_views WHERE name = ?", (name,)).fetchone():
                raise Conflict(f"There is already a view called “{name}”.", field="name")
            row = tx.execute("INSERT INTO saved_views (name, query, created_at) VALUES (?, ?, ?) RETURNING id",
                             (name, parsed, now())).fetchone()
            return int(row[0])

        return SavedView(self._db.write(insert, durable=True), name, parsed)

    def forget(self, view_id: int) -> None:
        """Delete one. Raises NotFound."""
        if not self._db.write(
            lambda tx: tx.execute("DELETE FROM saved_views WHERE id = ?", (view_id,)).rowcount, durable=True
        ):
            raise NotFound(f"There is no saved view {view_id}.")
