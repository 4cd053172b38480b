"""Writes a view or a selection as JSON or CSV, part by part, whole however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec

from photoarchive.catalog.cards import Card, Cards
from photoarchive.catalog.choice import Choice, chosen_ids
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import View, Views

PART = 1_000                # photos read and written at a time
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")    # a spreadsheet would run such a cell as a formula

COLUMNS = (
    "rank", "filename", "filepath", "elo", "comparisons", "propagated_updates", "status", "flag", "date_taken",
    "camera_make", "camera_model", "lens", "file_ext", "file_size", "file_modified_at", "width", "height", "latitude",
    "longitude", "id", "kind", "stars", "suggested_stars", "elo_interval", "label", "duration", "folder", "missing",
    "offline",
)


class ExportService:
    """Streams exports. Thread-safe; each export reads the catalog part by part while it is sent."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._cards = Cards(views)

    def ids(self, query: Query) -> Array:
        """The photos of a view in its order, as they are now."""
        return self._views.glance(query).ids

    def choose(self, choice: Choice) -> View:
        """Photos pinned for an export, however many. Raises Gone or Conflict when their view is not what it was."""
        return self._views.choose(chosen_ids(self._views, choice))

    def json(self, ids: Array) -> Iterator[bytes]:
        """A bare JSON array."""
        separator = b"["
        for part in self._rows(ids):
            if part:
                yield separator + b",\n".join(msgspec.json.encode(row) for row in part)
                separator = b",\n"
        yield b"[]" if separator == b"[" else b"]\n"

    def csv(self, ids: Array) -> Iterator[bytes]:
        """CSV (RFC 4180, UTF-8) with a header row; cells that a spreadsheet would run are quoted with an apostrophe."""
        yield _csv_lines([COLUMNS])
        for part in self._rows(ids):
            yield _csv_lines([[_cell(row[name]) for name in COLUMNS] for row in part])

    def _rows(self, ids: Array) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(ids), PART):
            cards = {card.id: card for card in self._cards.of(ids[start : start + PART])}
            places = enumerate(ids[start : start + PART].tolist(), start + 1)
            yield [_row(cards[photo_id], rank) for rank, photo_id in places if photo_id in cards]


def _row(card: Card, rank: int) -> dict[str, Any]:
    """One photo; rank is its place in the export, from 1."""
    known = {"rank": rank, "filepath": f"{card.folder.rstrip('/')}/{card.filename}"}
    return {name: known[name] if name in known else getattr(card, name) for name in COLUMNS}


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_BEGINNINGS):
        return f"'{value}"
    return "" if value is None else value


def _csv_lines(rows: Any) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
