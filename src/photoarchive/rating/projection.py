"""Ratings as a projection of the choice log: they follow every choice, take any back, and can be made anew from it.

A choice and the new ratings of its board are one transaction; what it does to look-alikes is written by the follower
in the background (see rating.follower). Everything changes in the writer thread; readers take `standing`, a value.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array, distinct
from photoarchive.catalog.comparisons import Choice, ChoiceLog, RatingRows
from photoarchive.catalog.database import Transaction
from photoarchive.core.clock import monotonic
from photoarchive.ranking.belief import Constants
from photoarchive.ranking.features import FeatureMap, no_features
from photoarchive.rating.checkpoints import pack_belief, pack_map, unpack_belief, unpack_map
from photoarchive.rating.feature_store import FeatureStore, forget_others
from photoarchive.rating.spread import BLOCK
from photoarchive.rating.standing import FitInForce, Move, Standing

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 200
MOST_AT_ONCE = 800              # choices replayed while others wait (0.3 ms each); more are replayed in the background
RECENT_MOVES = 64               # boards in memory follow so many choices; older ones are made anew


class Ratings:
    """The standing of all photos. Thread-safe."""

    def __init__(self, choices: ChoiceLog, run_dir: Path) -> None:
        self.choices, self.run_dir = choices, run_dir
        self._lock = threading.Lock()
        self._recent: deque[Move] = deque(maxlen=RECENT_MOVES)
        self._changed: Callable[[], None] = lambda: None
        self.generation = 0                 # rises when a choice before the newest changes: a rebuild starts again
        self.moved_at = -math.inf           # monotonic; the background waits a little after a choice
        self.behind = False                 # True: the log says more than the standing; a rebuild brings it
        self.standing = self._load()

    # ------------------------------------------------------------------ start

    def _load(self) -> Standing:
        standing = Standing.start(self._fit_in_force())
        found = self.choices.checkpoint(standing.fit.id)
        if found is not None:
            standing = _restored(standing.fit, found)
        if self.choices.count_after(standing.through) > MOST_AT_ONCE:
            self.behind = True
            return standing
        return standing.replay(self.choices.in_force(standing.through), lambda _, move: self._recent.append(move))

    def _fit_in_force(self) -> FitInForce:
        found = self.choices.newest_fit()
        if found is not None:
            constants = msgspec.json.decode(found.constants, type=Constants)
            features = FeatureStore(self.run_dir, found.id, unpack_map(found.map, constants))
            if features.open():
                return FitInForce(found.id, constants, features)
            log.warning("The features of fit %d are gone: ratings know no look-alikes until they are made again.",
                        found.id)
        constants = Constants()
        return FitInForce(0, constants, FeatureStore(self.run_dir, 0, no_features(constants.kernel)))

    # ------------------------------------------------------------------ reading

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` after every commit that moved ratings. It runs in the writer thread: be quick."""
        self._changed = changed

    def moves_since(self, lineage: str) -> list[Move] | None:
        """What happened after a standing, oldest first; None: too long ago, or on another path."""
        with self._lock:
            moves = list(self._recent)
            if self.standing.lineage == lineage:
                return []
        places = [place for place, move in enumerate(moves) if move.before == lineage]
        return moves[places[-1] :] if places else None

    def last_move(self) -> Move | None:
        """The newest choice in force."""
        with self._lock:
            return self._recent[-1] if self._recent else None

    # ------------------------------------------------------------------ in the writer's transaction

    def follow(self, tx: Transaction, choice: Choice) -> RatingRows:
        """Take in the newest choice: ratings of its board are written, the standing moves when it is committed.

        Returns the ratings of the board, ids ascending.
        """
        standing, move = self.standing.following(choice)
        rows = self._write(tx, standing, np.array(choice.board, np.int64))
        if standing.taken % CHECKPOINT_EVERY == 0 and not self.behind:
            self._keep(tx, standing)
        tx.after_commit.append(lambda: self._adopt(standing, [move], anew=False))
        return rows

    def revise(self, tx: Transaction, changed: list[Choice]) -> None:
        """Choices (ascending) were taken out of force or put back: replay from the belief before the first of them."""
        self.choices.forget_checkpoints(tx, changed[0].id)
        tx.after_commit.append(self._turn_page)
        start = self._before(changed[0].id, tx)
        if self.behind or self.choices.count_after(start.through, tx) > MOST_AT_ONCE:
            tx.after_commit.append(self._fall_behind)
            return
        moves: list[Move] = []

        def seen(standing: Standing, move: Move) -> None:
            moves.append(move)
            if standing.taken % CHECKPOINT_EVERY == 0:
                self._keep(tx, standing)

        standing = start.replay(self.choices.in_force(start.through, tx), seen)
        boards = [np.array(board, np.int64) for board in {move.board for move in moves} | {c.board for c in changed}]
        self._write(tx, standing, distinct(*boards))
        tx.after_commit.append(lambda: self._adopt(standing, moves, anew=True))

    def _before(self, choice_id: int, tx: Transaction) -> Standing:
        fit = self.standing.fit
        found = self.choices.checkpoint(fit.id, choice_id, tx)
        return Standing.start(fit) if found is None else _restored(fit, found)

    def _write(self, tx: Transaction, standing: Standing, ids: Array) -> RatingRows:
        rows = standing.rows(np.sort(ids))
        nothing = np.isnan(rows.interval)
        self.choices.write_ratings(tx, rows.where(~nothing))
        self.choices.forget_ratings(tx, rows.ids[nothing])
        return rows

    def _keep(self, tx: Transaction, standing: Standing) -> None:
        belief = pack_belief(standing.belief, standing.taken, standing.lineage)
        self.choices.keep_checkpoint(tx, standing.through, standing.fit.id, belief)

    def _adopt(self, standing: Standing, moves: Iterable[Move], *, anew: bool) -> None:
        with self._lock:
            if anew:
                self._recent.clear()
            self._recent.extend(moves)
            self.standing = standing
            self.moved_at = monotonic()
        self._changed()

    def _turn_page(self) -> None:
        self.generation += 1

    def _fall_behind(self) -> None:
        self.behind = True
        self._changed()

    # ------------------------------------------------------------------ anew

    def ask_rebuild(self) -> None:
        """Have all ratings made anew in the background."""
        self._fall_behind()

    def rebuild(self) -> None:
        """Make all ratings anew from the log, with the fit in force. The old ones serve until it is done."""
        self._replace(self.standing.fit, None)

    def refit(self, constants: Constants, feature_map: FeatureMap, fill: Callable[[FeatureStore], object], *,
              model: str, photos: int) -> None:
        """Make all ratings anew with other features. fill: writes the rows of a new store."""
        packed = pack_map(feature_map)
        encoded = msgspec.json.encode(constants).decode()
        fit_id = self.choices.db.write(self.choices.reserve_fit)
        forget_others(self.run_dir, self.standing.fit.id)
        features = FeatureStore(self.run_dir, fit_id, feature_map)
        try:
            fill(features)
        except BaseException:
            features.forget()
            raise
        self._replace(FitInForce(fit_id, constants, features),
                      lambda tx, taken: self.choices.add_fit(tx, fit_id, encoded, model, photos, taken, packed))

    def _replace(self, fit: FitInForce, store: Callable[[Transaction, int], None] | None) -> None:
        old = self.standing.fit
        while not self._replaced(fit, store):
            log.info("Choices were taken back while ratings were computed anew; starting again.")
        if old.id != fit.id:
            old.features.forget()

    def _replaced(self, fit: FitInForce, store: Callable[[Transaction, int], None] | None) -> bool:
        generation = self.generation
        moves: deque[Move] = deque(maxlen=RECENT_MOVES)
        kept: list[Standing] = []

        def seen(standing: Standing, move: Move) -> None:
            moves.append(move)
            if standing.taken % CHECKPOINT_EVERY == 0:
                kept.append(standing)

        so_far = Standing.start(fit).replay(self.choices.in_force(), seen)

        def swap(tx: Transaction) -> bool:
            if generation != self.generation:
                return False
            standing = so_far.replay(self.choices.in_force(so_far.through, tx), seen)
            if store is not None:
                store(tx, standing.taken)
            self.choices.start_anew(tx, BLOCK)
            for one in kept:
                self._keep(tx, one)
            tx.after_commit.append(lambda: self._adopt_all(standing, moves))
            return True

        return self.choices.db.write(swap)

    def _adopt_all(self, standing: Standing, moves: Iterable[Move]) -> None:
        self.behind = False
        self._adopt(standing, moves, anew=True)


def _restored(fit: FitInForce, found: tuple[int, bytes]) -> Standing:
    belief, taken, lineage = unpack_belief(found[1], fit.constants)
    return Standing(fit, belief, found[0], taken, lineage)
