"""A catalog of plain photos with everything that ranks them, opened, closed and opened again."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from new_catalog import bring_catalog
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.comparisons import ChoiceLog
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.view import Views
from photoarchive.core.events import Bus
from photoarchive.features.compare.service import CompareService
from photoarchive.rating.boards import Boards
from photoarchive.rating.follower import Follower
from photoarchive.rating.journal import Journal, NewChoice, Recorded
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import EmbeddingProvider, GroupProvider, NoGroups
from taste import Taste, Vectors

Row = tuple[int, float, float | None, int, int]


class NoEmbeddings:
    """A library without vectors."""

    def model(self) -> str:
        """None."""
        return ""

    def revision(self) -> int:
        """Never changes."""
        return 0

    def having(self) -> Array:
        """Nobody."""
        return np.zeros(0, np.int64)

    def vectors(self, photo_ids: Array) -> Array:
        """Nothing."""
        return np.zeros((len(photo_ids), 0), np.float32)


class RatingLab:
    """photos: ids are 1 to `photos`. One lab at a time may have a home open."""

    def __init__(self, home: Path, photos: int, embeddings: EmbeddingProvider | None = None,
                 groups: GroupProvider | None = None) -> None:
        self.db = Database(bring_catalog(home))
        self.db.write(lambda tx: _fill(tx, photos))
        self.columns = Columns(self.db, home / ".run")
        self.views = Views(self.columns, FullText(self.db, self.columns))
        self.actions = ActionLog(self.db, Bus())
        self.log = ChoiceLog(self.db)
        self.ratings = Ratings(self.log, home / ".run")
        self.journal = Journal(self.ratings, self.columns, self.actions)
        self.boards = Boards(self.ratings, self.columns, groups or NoGroups())
        self.follower = Follower(self.ratings, embeddings or NoEmbeddings())
        self.compare = CompareService(self.views, self.ratings, self.journal, self.boards)
        self._keys = itertools.count()

    def close(self) -> None:
        """Release the home."""
        self.db.close()

    def choose(self, board: Array, *winners: int, mode: str = "mosaic", window: str = "w", key: str = "") -> Recorded:
        """Record a choice of photo ids."""
        new = NewChoice(tuple(int(i) for i in board), winners, mode, "learn", key)
        return self.journal.record(new, window)

    def random_choices(self, taste: Taste, count: int, size: int = 6) -> None:
        """Boards drawn by chance, the best as that person sees it (photo id = place in taste + 1)."""
        for _ in range(count):
            places = taste.chance.choice(len(taste.utility), size, replace=False)
            self.choose(places + 1, int(places[taste.best(places)]) + 1)

    def rows(self) -> list[Row]:
        """The table of ratings."""
        return self.db.read().execute("SELECT * FROM ratings ORDER BY photo_id").fetchall()

    def column(self, name: str) -> Any:
        """A column, photo id 1 first."""
        return self.columns[name][1:].copy()


def _fill(tx: Transaction, photos: int) -> None:
    if tx.execute("SELECT count(*) FROM photos").fetchone()[0]:
        return
    tx.execute("INSERT INTO sources (id, path, display_name, added_at) VALUES (1, ?, 'Photos', 0)", (b"/photos",))
    tx.execute("INSERT INTO folders VALUES (1, 1, ?)", (b"",))
    tx.executemany(
        "INSERT INTO photos (id, created_at, source_id, folder_id, width, height, ready) "
        "VALUES (?, ?, 1, 1, 60, 40, 1)",
        ((photo_id, float(photo_id)) for photo_id in range(1, photos + 1)))
    tx.changes.touch_all("photos")


def vectors_of(taste: Taste, places: Array | range) -> Vectors:
    """Vectors of some places of a taste, by photo id."""
    return Vectors({int(place) + 1: taste.vectors[place] for place in places})


def same(one: list[Row], two: list[Row]) -> bool:
    """Equal to 1e-6, row by row."""
    if [row[0] for row in one] != [row[0] for row in two]:
        return False
    left = np.array([[np.nan if v is None else v for v in row] for row in one], float)
    right = np.array([[np.nan if v is None else v for v in row] for row in two], float)
    return bool(np.allclose(left, right, rtol=0, atol=1e-6, equal_nan=True))
