"""Writes what choices did to look-alikes into the rows of `ratings`, block of photo ids by block.

A block remembers up to which choices its rows are right (its lineage). When that lies on the path to the current
standing, only the choices since are looked at; otherwise all of them. So a kill between two blocks, an undo or a
new fit cost time, never correctness.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.comparisons import ChoiceLog, RatingRows
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.derived import CONFIDENT_CHOICES
from photoarchive.ranking import scale
from photoarchive.rating.standing import Move, Standing

BLOCK = 1_024               # photo ids: a transaction of some ten milliseconds
MOVES_AT_ONCE = 64          # choices whose effect on a block is computed in one product
SAME = 1e-9                 # points: a row that differs by less is left alone
NUDGE = 1.0                 # points by which a look-alike must move to be counted


class Path(msgspec.Struct, frozen=True):
    """All choices of a standing in order: what moved, and who was on the boards."""

    lineages: dict[str, int]        # lineage → how many choices it holds
    shifts: Array                   # (choices, P) float32
    places: dict[int, list[int]]    # photo id → the choices it took part in, ascending

    @classmethod
    def walk(cls, standing: Standing, choices: ChoiceLog) -> Path | None:
        """The path to a standing, from its first choice. None when the log has changed since."""
        moves: list[Move] = []
        start = Standing.start(standing.fit)
        end = start.replay(choices.in_force(), lambda _, move: moves.append(move))
        return cls.of(start, moves) if end.lineage == standing.lineage else None

    @classmethod
    def of(cls, start: Standing, moves: list[Move]) -> Path:
        """A path of moves."""
        path = cls({start.lineage: 0}, np.zeros((0, start.fit.features.size), np.float32), {})
        return path.extended(moves)

    def extended(self, moves: list[Move]) -> Path:
        """The path with further choices; this one is used up."""
        for move in moves:
            for photo in move.board:
                self.places.setdefault(photo, []).append(len(self.lineages) - 1)
            self.lineages[move.after] = len(self.lineages)
        fresh = [move.step.shift.astype(np.float32) for move in moves]
        shifts = np.concatenate([self.shifts, np.array(fresh, np.float32).reshape(len(fresh), self.shifts.shape[1])])
        return Path(self.lineages, shifts, self.places)


class Spread:
    """Brings blocks up to date. Used by one thread."""

    def __init__(self, choices: ChoiceLog) -> None:
        self._choices = choices
        self._next = 0

    def blocks(self, standing: Standing) -> list[int]:
        """Blocks with a photo that a choice or a look-alike says something about."""
        ids = np.concatenate([standing.belief.ids, standing.fit.features.known()])
        return np.flatnonzero(np.bincount(ids // BLOCK)).tolist() if len(ids) else []

    def stale(self, standing: Standing) -> list[int]:
        """Blocks whose rows are behind the standing, beginning after the one brought last."""
        wanted = standing.lineage if standing.fit.features.size else WITHOUT_LOOKALIKES
        shown = self._choices.lineages()
        behind = [block for block in sorted({*self.blocks(standing), *shown}) if shown.get(block) != wanted]
        at = bisect_left(behind, self._next)
        return behind[at:] + behind[:at]

    def bring(self, block: int, standing: Standing, path: Path | None, current: Callable[[], Standing]) -> bool:
        """Write one block. path: needed when photos have features. False when a choice was faster: try again."""
        self._next = block + 1
        ids = self._ids(block, standing)
        rows = standing.rows(ids)
        old = self._choices.ratings(block * BLOCK, block * BLOCK + BLOCK - 1)
        counts = self._counts(block, ids, standing, path, old) if path is not None else None

        def write(tx: Transaction) -> bool:
            if current().lineage != standing.lineage:
                return False
            self._write(tx, rows, old)
            if counts is not None:
                before = np.array([old[i][3] if i in old else 0 for i in ids.tolist()], np.int64)
                differs = counts != before
                self._choices.write_propagated(tx, ids[differs], counts[differs])
            self._choices.set_lineage(tx, block, standing.lineage if path is not None else WITHOUT_LOOKALIKES)
            return True

        return self._choices.db.write(write)

    def _ids(self, block: int, standing: Standing) -> Array:
        touched, known = standing.belief.ids, standing.fit.features.known()
        first, last = block * BLOCK, (block + 1) * BLOCK
        part = [ids[np.searchsorted(ids, first) : np.searchsorted(ids, last)] for ids in (touched, known)]
        return np.union1d(*part)

    def _write(self, tx: Transaction, rows: RatingRows, old: dict[int, tuple[float, float, int, int]]) -> None:
        nothing = (float("nan"), float("nan"), -1, 0)
        before = np.array([old.get(i, nothing)[:3] for i in rows.ids.tolist()], np.float64).reshape(-1, 3)
        after = np.column_stack([rows.elo, rows.interval, rows.comparisons])
        same = (np.abs(after - before) <= SAME) | (np.isnan(after) & np.isnan(before))
        differs = ~same.all(axis=1)
        if differs.any():
            self._choices.write_ratings(tx, rows.where(differs))
        without = np.setdiff1d(np.array(list(old), np.int64), rows.ids)
        if len(without):
            self._choices.forget_ratings(tx, without)

    # ------------------------------------------------------------------ how often look-alikes moved a photo

    def _counts(
        self, block: int, ids: Array, standing: Standing, path: Path, old: dict[int, tuple[float, float, int, int]]
    ) -> Array:
        """(n,) how often each photo was moved by more than NUDGE while it had fewer than ten choices."""
        done = path.lineages.get(self._choices.lineage(block))
        if done is None:
            counts, done = np.zeros(len(ids), np.int64), 0
        else:
            counts = np.array([old[i][3] if i in old else 0 for i in ids.tolist()], np.int64)
        features = standing.fit.features.rows(ids)
        least = scale.utility(NUDGE, standing.fit.constants.beta)
        for start in range(done, len(path.shifts), MOVES_AT_ONCE):
            moved = np.abs(features @ path.shifts[start : start + MOVES_AT_ONCE].T) > least
            self._strike_chosen(moved, ids, path, start)
            counts += moved.sum(axis=1)
        return counts

    def _strike_chosen(self, moved: Array, ids: Array, path: Path, start: int) -> None:
        """Choices a photo took part in do not count, nor those after its tenth."""
        for row, photo in enumerate(ids.tolist()):
            taken = path.places.get(photo)
            if taken is None:
                continue
            for place in taken[bisect_left(taken, start) :]:
                if place >= start + moved.shape[1]:
                    break
                moved[row, place - start] = False
            if len(taken) >= CONFIDENT_CHOICES:
                moved[row, max(0, taken[CONFIDENT_CHOICES - 1] - start) :] = False


WITHOUT_LOOKALIKES = "own choices"      # lineage of a block where only photos of boards have ratings
