"""Choices as actions: record one exactly once, skip a board, import old duels, take any of it back and do it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.actions import ActionLog, Direction, Outcome, Reverted
from photoarchive.catalog.column_layout import MISSING, Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.comparisons import MODES, Choice, ChoiceLog
from photoarchive.catalog.database import Transaction
from photoarchive.core.errors import Conflict, Invalid
from photoarchive.ranking.selection import STRATEGIES
from photoarchive.rating.projection import Ratings

KIND = "comparison"             # of actions
MOST_WINNERS = 3
MOST_ON_BOARD = 16
MOST_KEY = 64                   # characters
MOST_IMPORTED = 100_000         # rows at once: a few seconds of the writer
LATEST = 2.0**33                # seconds since 1970 an imported choice may be from


class NewChoice(msgspec.Struct, frozen=True):
    """What a person chose. board: photo ids as shown; winners: photo ids, best first; () for a skipped board."""

    board: tuple[int, ...]
    winners: tuple[int, ...]
    mode: str
    strategy: str = ""
    key: str = ""               # made by the browser; the same key again is the same choice


class Recorded(msgspec.Struct, frozen=True):
    """A choice in the log. elo: ratings of its board after it, by photo id. repeated: it was there already."""

    choice: Choice
    elo: dict[int, float]
    repeated: bool


class Journal:
    """Writes the choice log. Thread-safe: everything happens in the writer's transaction."""

    def __init__(self, ratings: Ratings, columns: Columns, actions: ActionLog) -> None:
        self.ratings, self.columns = ratings, columns
        self._log: ChoiceLog = ratings.choices
        self._actions = actions
        actions.register(KIND, self._revert)

    # ------------------------------------------------------------------ recording

    def record(self, new: NewChoice, window: str = "") -> Recorded:
        """Store a choice durably. Raises Invalid naming what does not fit, Conflict for another choice's key."""
        _check(new)
        return self._log.db.write(lambda tx: self._record(tx, new, window), durable=True)

    def _record(self, tx: Transaction, new: NewChoice, window: str) -> Recorded:
        known = self._log.by_key(new.key, tx) if new.key else None
        if known is not None:
            if known.board != new.board or known.winners != _places(new):
                raise Conflict("Another choice was sent under this key before.", field="key")
            return Recorded(known, self._elo(new.board), repeated=True)
        self._refuse_unknown(np.array(new.board, np.int64))
        choice = self._log.add(tx, new.key or None, new.mode, new.strategy, new.board, _places(new))
        action_id = self._act(tx, choice.id, choice.id, _sentence(new), window, len(new.board))
        choice = self._log.between(tx, choice.id, choice.id)[0]
        assert choice.action_id == action_id
        if choice.skipped:
            return Recorded(choice, self._elo(new.board), repeated=False)
        rows = self.ratings.follow(tx, choice)
        return Recorded(choice, dict(zip(rows.ids.tolist(), rows.elo.tolist(), strict=True)), repeated=False)

    def import_duels(self, duels: Sequence[tuple[int, int, float | None]], window: str = "") -> int:
        """Add plain (winner, loser, time) rows to the log, one choice each, as one action. Returns how many.

        Ratings follow in the background when there are many. Raises Invalid for a row that makes no sense.
        """
        if not duels:
            raise Invalid("There is nothing to import.", field="rows")
        if len(duels) > MOST_IMPORTED:
            raise Invalid(f"At most {MOST_IMPORTED:,} rows are imported at once, not {len(duels):,}.", field="rows")
        for winner, loser, at in duels:
            if at is not None and not 0 <= at < LATEST:
                raise Invalid("at must be a time in seconds since 1970.", field="rows")
            if winner == loser or min(winner, loser) < 1 or max(winner, loser) >= 2**31:
                raise Invalid(f"A row must name two different photos, not {winner} and {loser}.", field="rows",
                              image_ids=[winner, loser])
        return self._log.db.write(lambda tx: self._import(tx, duels, window), durable=True)

    def _import(self, tx: Transaction, duels: Sequence[tuple[int, int, float | None]], window: str) -> int:
        self._refuse_unknown(distinct(np.array([duel[:2] for duel in duels], np.int64).ravel()))
        added = [self._log.add(tx, None, "import", "", (winner, loser), (0,), at) for winner, loser, at in duels]
        count = len(added)
        words = f"Imported {'1 comparison' if count == 1 else f'{count:,} comparisons'}"
        self._act(tx, added[0].id, added[-1].id, words, window, count)
        self.ratings.revise(tx, added)
        return count

    def _act(self, tx: Transaction, first: int, last: int, words: str, window: str, count: int) -> int:  # noqa: PLR0917
        action_id = self._actions.record(tx, KIND, words, window, count, {"first": first, "last": last})
        self._log.claim(tx, first, last, action_id)
        return action_id

    def _refuse_unknown(self, ids: Array) -> None:
        states = self.columns["state"]
        inside = ids < len(states)
        unknown = np.concatenate([ids[~inside], ids[inside][states[ids[inside]] > MISSING]])
        if len(unknown):
            named = ", ".join(map(str, unknown[:5].tolist()))
            raise Invalid(f"There is no photo with the id {named}.", image_ids=unknown[:100].tolist())

    def _elo(self, board: tuple[int, ...]) -> dict[int, float]:
        rows = self.ratings.standing.rows(np.array(sorted(board), np.int64))
        return dict(zip(rows.ids.tolist(), rows.elo.tolist(), strict=True))

    # ------------------------------------------------------------------ taking back

    def undo(self, window: str) -> tuple[Reverted, Choice]:
        """Take back the window's newest choice. Raises Invalid when there is none."""
        return self._told(self._actions.undo(window, KIND))

    def redo(self, window: str) -> tuple[Reverted, Choice]:
        """Do the window's last undone choice again. Raises Invalid when there is none."""
        return self._told(self._actions.redo(window, KIND))

    def _told(self, reverted: Reverted) -> tuple[Reverted, Choice]:
        choice = self._log.of_action(reverted.action.id)
        assert choice is not None
        return reverted, choice

    def _revert(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        first, last = int(payload["first"]), int(payload["last"])
        wanted = direction is Direction.UNDO
        changed = [choice for choice in self._log.between(tx, first, last) if choice.undone != wanted]
        self._log.mark(tx, first, last, undone=wanted)
        counted = [choice for choice in changed if not choice.skipped]
        if counted:
            self.ratings.revise(tx, counted)
        return Outcome(len({photo for choice in changed for photo in choice.board}))


def _places(new: NewChoice) -> tuple[int, ...]:
    return tuple(new.board.index(photo) for photo in new.winners)


def _check(new: NewChoice) -> None:
    """Everything that can be said of a choice without the catalog."""
    if new.mode not in MODES:
        raise Invalid(f"mode cannot be “{new.mode}”. It is mosaic, swiss or topn.", field="mode")
    if new.strategy and new.strategy not in STRATEGIES:
        raise Invalid(f"strategy can only be {', '.join(STRATEGIES)}.", field="strategy")
    if not 2 <= len(new.board) <= MOST_ON_BOARD:
        raise Invalid(f"A choice is made among 2 to {MOST_ON_BOARD} photos, not {len(new.board)}.",
                      image_ids=list(new.board)[:100])
    if min(new.board) < 1 or max(new.board) >= 2**31:
        wrong = [photo for photo in new.board if not 1 <= photo < 2**31]
        raise Invalid("Photo ids must be positive whole numbers.", image_ids=wrong)
    repeated = sorted({photo for photo in new.board if new.board.count(photo) > 1})
    if repeated:
        raise Invalid("A photo can be on a board only once, and the winner cannot be among the losers.",
                      image_ids=repeated)
    if len(new.winners) > MOST_WINNERS or len(set(new.winners)) != len(new.winners):
        raise Invalid(f"At most {MOST_WINNERS} different photos can be chosen from a board.",
                      image_ids=list(new.winners))
    if strange := [photo for photo in new.winners if photo not in new.board]:
        raise Invalid("What was chosen is not on the board.", image_ids=strange)
    if len(new.key) > MOST_KEY:
        raise Invalid(f"key may have at most {MOST_KEY} characters.", field="key")


def _sentence(new: NewChoice) -> str:
    """For the history: “Chose the best of 12 photos”."""
    if not new.winners:
        return f"Skipped a board of {len(new.board)} photos"
    if len(new.board) == 2:
        return "Chose the better of 2 photos"
    if len(new.winners) == 1:
        return f"Chose the best of {len(new.board)} photos"
    return f"Chose the best {len(new.winners)} of {len(new.board)} photos"
