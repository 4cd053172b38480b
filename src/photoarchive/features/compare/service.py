"""Comparing photos: the next board, the choice, taking it back, results. Owns no SQL, no HTTP, no mathematics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from photoarchive.catalog.cards import Card, Cards
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.comparisons import Choice, signals
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid, NotFound
from photoarchive.features.compare.scope import Scope, Scopes
from photoarchive.features.compare.views import (
    Board,
    ChoiceView,
    Duel,
    DuelAnswer,
    DuelRequest,
    Pair,
    Pairs,
    PickAnswer,
    PickRequest,
    ProgressView,
    Results,
    SkipAnswer,
    SkipRequest,
    Stats,
)
from photoarchive.rating.boards import Boards
from photoarchive.rating.journal import Journal, NewChoice
from photoarchive.rating.projection import Ratings
from photoarchive.rating.propagation import Propagation


class CompareService:
    """Thread-safe, synchronous."""

    def __init__(self, views: Views, ratings: Ratings, journal: Journal, boards: Boards) -> None:
        self.views, self.scopes = views, Scopes(views)
        self._ratings, self._journal, self._boards = ratings, journal, boards
        self._cards = Cards(views)
        self._propagation = Propagation(ratings)

    # ------------------------------------------------------------------ what to show

    def board(self, scope: Scope, strategy: str, size: int, exclude: Array) -> Board:
        """The next board."""
        ids = self._boards.board(scope.key, scope.ids, strategy, size, exclude=exclude, apart=scope.apart)
        total, kept = self.scopes.totals()
        return Board(images=self._cards.of(ids), total_images=total, total_kept=kept, visible_images=len(scope.ids),
                     strategy=strategy, stats=self._stats())

    def pairs(self, scope: Scope, mode: str, count: int, exclude: Array) -> Pairs:
        """The next pairs, thumbnails in medium size."""
        ids = self._boards.pairs(scope.key, scope.ids, mode, count, exclude=exclude, apart=scope.apart)
        cards = {card.id: card for card in self._cards.of(ids.ravel(), tier="md")}
        total, kept = self.scopes.totals()
        shown = [Pair(cards[a], cards[b]) for a, b in ids.tolist() if a in cards and b in cards]
        return Pairs(pairs=shown, total_images=total, total_kept=kept, visible_images=len(scope.ids), mode=mode,
                     stats=self._stats())

    def progress(self, scope: Scope) -> ProgressView:
        """How far a view is ranked."""
        found = self._boards.progress(scope.key, scope.ids)
        return ProgressView(
            photos=found.photos, compared=found.compared, confident=found.confident,
            coverage=found.compared / max(1, found.photos), top=found.top,
            settled_percent=None if found.settled is None else round(100 * found.settled),
            total_comparisons=self._ratings.standing.taken, updating=self._ratings.behind)

    def results(self, query: Query, scope: Scope, limit: int, offset: int) -> Results:
        """A page of the ranking: photos with at least one choice, unless the query says otherwise."""
        ids, columns = scope.ids, self.views.columns
        with columns.lock:
            if not query.compared:
                ids = ids[columns["comparisons"][ids] > 0]
            ranked = ids[np.argsort(-columns["elo"][ids], kind="stable")]
        total, _ = self.scopes.totals()
        return Results(images=self._cards.of(ranked[offset : offset + limit]), first_rank=offset + 1,
                       total_images=total, visible_images=len(ranked), progress=self.progress(scope))

    def _stats(self) -> Stats:
        columns = self.views.columns
        with columns.lock:
            rated = int(np.count_nonzero(columns["comparisons"]))
        return Stats(total_comparisons=self._ratings.standing.taken, rated_images=rated)

    def statistics(self) -> dict[str, int]:
        """What /api/stats says of choices."""
        choices, implied = self._ratings.choices.totals()
        return {"total_comparisons": choices, "direct_comparison_rows": choices, "ranking_signal_count": implied}

    # ------------------------------------------------------------------ choosing

    def pick(self, asked: PickRequest, window: str) -> PickAnswer:
        """Record the best of a board. Raises Invalid naming the photos that do not fit."""
        winners = (asked.winner_id, *asked.also_ids)
        board = _shown((asked.winner_id, *asked.loser_ids), asked.image_ids)
        done = self._journal.record(NewChoice(board, winners, "mosaic", asked.strategy, asked.key), window)
        return PickAnswer(new_elo=round(done.elo[asked.winner_id], 1), action_id=done.choice.action_id,
                          pairs_recorded=signals(len(board), len(done.choice.winners)), repeated=done.repeated)

    def duel(self, asked: DuelRequest, window: str) -> DuelAnswer:
        """Record the better of two."""
        board = _shown((asked.winner_id, asked.loser_id), asked.image_ids)
        done = self._journal.record(NewChoice(board, (asked.winner_id,), _played(asked.mode), "", asked.key), window)
        return DuelAnswer(winner_elo=round(done.elo[asked.winner_id], 1), loser_elo=round(done.elo[asked.loser_id], 1),
                          action_id=done.choice.action_id, repeated=done.repeated)

    def skip(self, asked: SkipRequest, window: str) -> SkipAnswer:
        """Record that nobody chose."""
        mode = asked.mode if asked.mode == "mosaic" else _played(asked.mode)
        done = self._journal.record(NewChoice(tuple(asked.image_ids), (), mode, asked.strategy, asked.key), window)
        return SkipAnswer(action_id=done.choice.action_id, repeated=done.repeated)

    def import_duels(self, rows: Sequence[Duel], window: str) -> int:
        """Add plain win/loss rows."""
        return self._journal.import_duels([(row.winner_id, row.loser_id, row.at) for row in rows], window)

    # ------------------------------------------------------------------ taking back

    def undo(self, window: str) -> ChoiceView:
        """Take back the window's newest choice; its board can be shown again."""
        reverted, choice = self._journal.undo(window)
        return self._view(choice, reverted.action.count if choice.mode == "import" else 1)

    def redo(self, window: str) -> ChoiceView:
        """Do the window's last undone choice again."""
        reverted, choice = self._journal.redo(window)
        return self._view(choice, reverted.action.count if choice.mode == "import" else 1)

    def choice(self, action_id: int) -> ChoiceView:
        """The choice of an action: for a page that undid it through the history."""
        found = self._ratings.choices.of_action(action_id)
        if found is None:
            raise NotFound(f"There is no choice with the action id {action_id}.")
        return self._view(found, 1)

    def _view(self, choice: Choice, count: int) -> ChoiceView:
        winners = [choice.board[place] for place in choice.winners]
        losers = [photo for photo in choice.board if photo not in winners]
        tier = "sm" if choice.mode == "mosaic" else "md"
        return ChoiceView(
            action_id=choice.action_id, winner_id=winners[0] if winners else None,
            loser_id=losers[0] if winners and losers else None, winner_ids=winners, image_ids=list(choice.board),
            images=self._cards_of(choice.board, tier), mode=choice.mode, strategy=choice.strategy,
            comparisons_undone=count, undone=choice.undone)

    def _cards_of(self, board: Sequence[int], tier: str) -> list[Card]:
        return self._cards.of(np.array(board, np.uint32), tier=tier)

    # ------------------------------------------------------------------ look-alikes, upkeep

    def moved_last(self) -> int:
        """How many look-alikes the newest choice moved."""
        return self._propagation.last()

    def would_move(self, grid_ids: list[int]) -> dict[int, int]:
        """How many look-alikes choosing each photo of a board would move."""
        if not 2 <= len(set(grid_ids)) == len(grid_ids) <= 16 or min(grid_ids) < 1 or max(grid_ids) >= 2**31:
            raise Invalid("grid_ids must be 2 to 16 different positive ids.", field="grid_ids",
                          image_ids=grid_ids[:100])
        return self._propagation.predict(np.array(grid_ids, np.int64))

    def rebuild(self) -> None:
        """Compute all ratings anew from the log, in the background."""
        self._ratings.ask_rebuild()


def _shown(named: tuple[int, ...], shown: list[int]) -> tuple[int, ...]:
    """The board in the order it was shown. Raises Invalid when that names other photos."""
    if not shown:
        return named
    if sorted(shown) != sorted(named):
        raise Invalid("image_ids must hold the winner and the losers, each once.", field="image_ids",
                      image_ids=sorted(set(shown) ^ set(named))[:100])
    return tuple(shown)


def _played(mode: str) -> str:
    if mode not in ("swiss", "topn"):
        raise Invalid(f"mode cannot be “{mode}”. It is swiss or topn.", field="mode")
    return mode
