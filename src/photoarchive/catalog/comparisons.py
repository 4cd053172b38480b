"""The log of choices and the tables computed from it: beliefs, ratings. Owns the SQL, no mathematics.

A choice is never changed: undo marks it, redo takes the mark away, so everything computed is a function of the fit and
of the choices in force, in the order of their ids.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.clock import now

KEPT_CHECKPOINTS = 12           # newest ones kept all; of the older every tenth
MODES = ("mosaic", "swiss", "topn", "import")

_FIELDS = "id, action_id, mode, strategy, board, winners, at, undone"


class Choice(msgspec.Struct, frozen=True):
    """One row of the log. board: photo ids as shown. winners: positions on it, best first; () when skipped."""

    id: int
    action_id: int
    mode: str
    strategy: str
    board: tuple[int, ...]
    winners: tuple[int, ...]
    at: float
    undone: bool

    @property
    def skipped(self) -> bool:
        """True when nothing was chosen: it says nothing about the photos."""
        return not self.winners

    @property
    def order(self) -> tuple[int, ...]:
        """Winners that say something: the last photo left over is no choice."""
        return self.winners[: len(self.board) - 1]


def signals(board: int, winners: int) -> int:
    """Ordered pairs implied by the first `winners` of a board of so many photos."""
    return sum(board - 1 - place for place in range(winners))


class Fit(msgspec.Struct, frozen=True):
    """A row of rating_fits."""

    id: int
    made_at: float
    constants: str
    model: str
    photos: int
    choices: int
    map: bytes


class RatingRows(msgspec.Struct, frozen=True):
    """Ratings of photos, one element each, ids ascending."""

    ids: Array
    elo: Array
    interval: Array
    comparisons: Array

    def where(self, chosen: Array) -> RatingRows:
        """Those of a mask or of places."""
        return RatingRows(self.ids[chosen], self.elo[chosen], self.interval[chosen], self.comparisons[chosen])


class ChoiceLog:
    """Reads and writes choices and what follows from them. Thread-safe; writes in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db

    # ------------------------------------------------------------------ choices

    def add(  # noqa: PLR0917 – one call, in the order of the table
        self, tx: Transaction, key: str | None, mode: str, strategy: str, board: Iterable[int],
        winners: Iterable[int], at: float | None = None,
    ) -> Choice:
        """Append a choice; claim() then says to which action it belongs."""
        shown, best, when = tuple(board), tuple(winners), now() if at is None else at
        row = tx.execute(
            "INSERT INTO choices (action_id, key, mode, strategy, board, winners, signals, at) "
            "VALUES (0, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (key, mode, strategy, np.array(shown, "<u4").tobytes(), bytes(best),
             signals(len(shown), len(best)), when),
        ).fetchone()
        return Choice(int(row[0]), 0, mode, strategy, shown, best, when, False)

    def claim(self, tx: Transaction, first: int, last: int, action_id: int) -> None:
        """Say which action the choices first to last belong to."""
        tx.execute("UPDATE choices SET action_id = ? WHERE id BETWEEN ? AND ?", (action_id, first, last))

    def by_key(self, key: str, tx: Transaction | None = None) -> Choice | None:
        """The choice a browser sent under this key."""
        return self._first("WHERE key = ?", (key,), tx)

    def of_action(self, action_id: int) -> Choice | None:
        """The first choice of an action: the only one, but for an import."""
        return self._first("WHERE action_id = ? ORDER BY id", (action_id,), None)

    def between(self, tx: Transaction, first: int, last: int) -> list[Choice]:
        """All choices first to last, undone and skipped ones too."""
        return list(_choices(tx.connection, "WHERE id BETWEEN ? AND ? ORDER BY id", (first, last)))

    def mark(self, tx: Transaction, first: int, last: int, *, undone: bool) -> None:
        """Take choices out of force, or put them back."""
        tx.execute("UPDATE choices SET undone = ? WHERE id BETWEEN ? AND ?", (int(undone), first, last))

    def in_force(self, after: int = 0, tx: Transaction | None = None) -> Iterator[Choice]:
        """Choices that count, from the first after an id on, in order; skipped boards are left out."""
        source = tx.connection if tx else self.db.read()
        yield from _choices(source, "WHERE id > ? AND undone = 0 AND winners != x'' ORDER BY id", (after,))

    def count_after(self, after: int, tx: Transaction | None = None) -> int:
        """How many choices count after an id."""
        source = tx.connection if tx else self.db.read()
        sql = "SELECT count(*) FROM choices WHERE id > ? AND undone = 0 AND winners != x''"
        return int(source.execute(sql, (after,)).fetchone()[0])

    def totals(self) -> tuple[int, int]:
        """(choices in force, signals they imply)."""
        row = self.db.read().execute(
            "SELECT count(*), coalesce(sum(signals), 0) FROM choices WHERE undone = 0 AND winners != x''").fetchone()
        return int(row[0]), int(row[1])

    def duels(self) -> Array:
        """(n, 2) photo ids of all boards of two in force, the smaller first."""
        rows = self.db.read().execute(
            "SELECT board FROM choices WHERE undone = 0 AND winners != x'' AND length(board) = 8").fetchall()
        pairs = np.frombuffer(b"".join(row[0] for row in rows), "<u4").reshape(-1, 2)
        return np.sort(pairs, axis=1)

    def _first(self, rest: str, parameters: tuple[object, ...], tx: Transaction | None) -> Choice | None:
        source = tx.connection if tx else self.db.read()
        return next(iter(_choices(source, f"{rest} LIMIT 1", parameters)), None)

    # ------------------------------------------------------------------ fits and checkpoints

    def newest_fit(self) -> Fit | None:
        """The fit in force."""
        row = self.db.read().execute("SELECT * FROM rating_fits ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else Fit(*row)

    def reserve_fit(self, tx: Transaction) -> int:
        """A number for a fit that is being made; only add_fit puts it in force."""
        row = tx.execute("INSERT INTO meta VALUES ('last_fit', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 "
                         "RETURNING value").fetchone()
        return int(row[0])

    def add_fit(  # noqa: PLR0917 – one call, in the order of the table
        self, tx: Transaction, fit_id: int, constants: str, model: str, photos: int, choices: int, packed_map: bytes
    ) -> None:
        """Put a fit in force; older ones go."""
        tx.execute("DELETE FROM rating_fits")
        tx.execute("INSERT INTO rating_fits VALUES (?, ?, ?, ?, ?, ?, ?)",
                   (fit_id, now(), constants, model, photos, choices, packed_map))

    def start_anew(self, tx: Transaction, block: int) -> None:
        """Forget all beliefs, and that the rows of any block (so many photo ids) are right."""
        tx.execute("DELETE FROM rating_checkpoints")
        tx.execute("DELETE FROM rating_blocks")
        tx.execute("INSERT INTO rating_blocks SELECT DISTINCT photo_id / ?, '' FROM ratings", (block,))

    def keep_checkpoint(self, tx: Transaction, choice_id: int, fit_id: int, belief: bytes) -> None:
        """Remember a belief; thins out old ones."""
        tx.execute("INSERT OR REPLACE INTO rating_checkpoints VALUES (?, ?, ?)", (choice_id, fit_id, belief))
        ids = [row[0] for row in tx.execute("SELECT choice_id FROM rating_checkpoints ORDER BY choice_id DESC")]
        spare = [(i,) for place, i in enumerate(ids) if place >= KEPT_CHECKPOINTS and (len(ids) - place) % 10]
        tx.executemany("DELETE FROM rating_checkpoints WHERE choice_id = ?", spare)

    def forget_checkpoints(self, tx: Transaction, since: int) -> None:
        """Drop beliefs that contain a choice from this id on."""
        tx.execute("DELETE FROM rating_checkpoints WHERE choice_id >= ?", (since,))

    def checkpoint(self, fit_id: int, before: int | None = None, tx: Transaction | None = None
                   ) -> tuple[int, bytes] | None:
        """(last choice in it, belief): the newest one of a fit, or the newest that holds no choice from an id on."""
        source = tx.connection if tx else self.db.read()
        row = source.execute(
            "SELECT choice_id, belief FROM rating_checkpoints WHERE fit_id = ? AND choice_id < ? "
            "ORDER BY choice_id DESC LIMIT 1", (fit_id, 2**62 if before is None else before)).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    # ------------------------------------------------------------------ ratings

    def write_ratings(self, tx: Transaction, rows: RatingRows) -> None:
        """Store ratings; photos that are gone are left out. An interval of NaN is stored as unknown."""
        gone = _missing(tx, rows.ids)
        kept = ~np.isin(rows.ids, gone)
        interval = [None if value != value else value for value in rows.interval[kept].tolist()]     # noqa: PLR0124
        tx.executemany(
            "INSERT INTO ratings (photo_id, elo, interval, comparisons) VALUES (?, ?, ?, ?) ON CONFLICT (photo_id) DO "
            "UPDATE SET elo = excluded.elo, interval = excluded.interval, comparisons = excluded.comparisons",
            zip(rows.ids[kept].tolist(), rows.elo[kept].tolist(), interval, rows.comparisons[kept].tolist(),
                strict=True))
        tx.changes.touch("ratings", rows.ids[kept])

    def write_propagated(self, tx: Transaction, ids: Array, counts: Array) -> None:
        """Store how often look-alikes moved photos that have a row."""
        tx.executemany("UPDATE ratings SET propagated = ? WHERE photo_id = ?",
                       zip(counts.tolist(), ids.tolist(), strict=True))
        tx.changes.touch("ratings", ids)

    def ratings(self, first: int, last: int, tx: Transaction | None = None) -> dict[int, tuple[float, float, int, int]]:
        """Rows of the photo ids first to last: elo, interval (NaN unknown), comparisons, propagated."""
        source = tx.connection if tx else self.db.read()
        rows = source.execute("SELECT photo_id, elo, interval, comparisons, propagated FROM ratings "
                              "WHERE photo_id BETWEEN ? AND ?", (first, last))
        return {row[0]: (row[1], float("nan") if row[2] is None else row[2], row[3], row[4]) for row in rows}

    def forget_ratings(self, tx: Transaction, ids: Array) -> None:
        """Take away ratings of photos that no choice and no look-alike says anything about."""
        tx.executemany("DELETE FROM ratings WHERE photo_id = ?", ((i,) for i in ids.tolist()))
        tx.changes.touch("ratings", ids)

    def lineage(self, block: int) -> str:
        """Which choices the rows of a block show; "" when none."""
        row = self.db.read().execute("SELECT lineage FROM rating_blocks WHERE block = ?", (block,)).fetchone()
        return "" if row is None else str(row[0])

    def lineages(self) -> dict[int, str]:
        """The lineages of all blocks that have one."""
        return dict(self.db.read().execute("SELECT block, lineage FROM rating_blocks").fetchall())

    def set_lineage(self, tx: Transaction, block: int, lineage: str) -> None:
        """Say which choices the rows of a block show now."""
        tx.execute("INSERT OR REPLACE INTO rating_blocks VALUES (?, ?)", (block, lineage))

    def forget_lineages(self, tx: Transaction, blocks: Iterable[int]) -> None:
        """Have the rows of these blocks computed anew."""
        tx.executemany("DELETE FROM rating_blocks WHERE block = ?", ((block,) for block in blocks))


def _choices(source: sqlite3.Connection, rest: str, parameters: tuple[object, ...]) -> Iterator[Choice]:
    for row in source.execute(f"SELECT {_FIELDS} FROM choices {rest}", parameters).fetchall():
        board = tuple(np.frombuffer(row[4], "<u4").tolist())
        yield Choice(row[0], row[1], row[2], row[3], board, tuple(row[5]), row[6], bool(row[7]))


def _missing(tx: Transaction, ids: Array) -> Array:
    """Those of these ids that no photo has."""
    listed = "[" + ",".join(map(str, ids.tolist())) + "]"
    rows = tx.execute("SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM photos)", (listed,))
    return np.array([row[0] for row in rows], np.int64)
