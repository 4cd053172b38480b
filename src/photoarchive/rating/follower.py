"""The background of ranking: spreads choices to look-alikes, takes in new vectors, refits, rebuilds what is behind.

One thread. It waits until the user has paused for a moment, works block by block, and rests ten times as long as a
round took, so that a library of a million photos does not keep a core busy. While somebody uses the program it rests
as much between two blocks of new features, which take minutes for a million photos. A new fit begins with seconds of
work in one piece, so it waits for a moment in which nobody does anything.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from photoarchive.catalog.comparisons import ChoiceLog
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.rating.fitting import Fitting
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import EmbeddingProvider
from photoarchive.rating.spread import Path, Spread
from photoarchive.rating.standing import Standing

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5         # after a choice, before its look-alikes are written
LOOK_SECONDS = 30.0         # how often new vectors are looked for
REST = 10                   # times the duration of a round
LONGEST_REST = 120.0
STARTING_SECONDS = 10.0     # after the start, which belongs to whoever opens the first page
LONGEST_WAIT = 600.0        # for a quiet moment
RETRY_SECONDS = 2.0


class Follower:
    """start() once, close() before the database. settle() does everything at once, for tests and benchmarks.

    user_active: somebody is using the program.
    """

    def __init__(
        self, ratings: Ratings, embeddings: EmbeddingProvider, user_active: Callable[[], bool] = lambda: False
    ) -> None:
        self._ratings = ratings
        self._choices: ChoiceLog = ratings.choices
        self._spread = Spread(ratings.choices)
        self._fitting = Fitting(ratings, embeddings, self._let_people_through)
        self._user_active = user_active
        self._rested_at = self._started_at = 0.0
        self._waiting_since: float | None = None        # for a quiet moment
        self._path: tuple[str, Path] | None = None      # fit and choices it leads to
        self._working = threading.Lock()
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="ratings", daemon=True)
        ratings.on_change(self._wake.set)

    def start(self) -> None:
        """Begin."""
        self._started_at = monotonic()
        self._thread.start()

    def close(self) -> None:
        """End at the border of a block."""
        self._ending.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def settle(self) -> None:
        """Everything there is to do, now."""
        with self._working:
            self._round(patient=False)

    def _run(self) -> None:
        rest = 0.0
        while not self._ending.is_set():
            self._rest(max(PAUSE_SECONDS, rest))
            if self._ending.is_set():
                return
            self._wake.clear()
            begun = self._rested_at = monotonic()
            try:
                with self._working:
                    self._round(patient=True)
            except _Ending:
                return
            except (OSError, sqlite3.Error, PhotoArchiveError) as error:
                log.warning("Ratings could not be brought up to date; trying again later: %s", error)
            rest = min(LONGEST_REST, REST * (monotonic() - begun))
            self._wake.wait(LOOK_SECONDS if self._waiting_since is None else RETRY_SECONDS)

    def _rest(self, seconds: float) -> None:
        """Wait; not for long if all ratings are behind the log."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._ending.wait(min(left, PAUSE_SECONDS)):
            if self._ratings.behind:
                return

    def _round(self, *, patient: bool) -> None:
        if self._ratings.behind:
            self._ratings.rebuild()
        if not patient or self._may_fit():
            self._fitting.look()
        for _ in range(3):                      # a choice may come in between
            if self._spread_all(patient=patient) or self._ending.is_set():
                return

    def _spread_all(self, *, patient: bool) -> bool:
        if patient:
            self._let_choices_through()
        standing = self._ratings.standing
        path = self._path_to(standing)
        if path is None and standing.fit.features.size:
            return False
        for block in self._spread.stale(standing):
            if patient:
                self._let_choices_through()
            if self._ending.is_set() or self._ratings.standing.lineage != standing.lineage:
                return False
            if not self._spread.bring(block, standing, path, lambda: self._ratings.standing):
                return False
        return True

    def _may_fit(self) -> bool:
        """Whether vectors may be looked at now; else they are soon again."""
        now = monotonic()
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        waited = now - self._waiting_since
        if now - self._started_at < STARTING_SECONDS or (self._user_active() and waited < LONGEST_WAIT):
            return False
        self._waiting_since = None
        return True

    def _let_people_through(self) -> None:
        """Between two blocks of features: rest while somebody is there. Raises _Ending when it is time to end."""
        worked = monotonic() - self._rested_at
        if self._ending.wait(min(LONGEST_REST, REST * worked) if self._user_active() else 0.0):
            raise _Ending
        self._rested_at = monotonic()

    def _let_choices_through(self) -> None:
        """Wait while somebody is choosing: background work yields to people."""
        wait = 0.005
        while wait > 0 and not self._ending.wait(wait):
            wait = self._ratings.moved_at + PAUSE_SECONDS - monotonic()

    def _path_to(self, standing: Standing) -> Path | None:
        """The path to a standing; None without look-alikes, or when the log has just changed."""
        if not standing.fit.features.size:
            return None
        if self._path is not None:
            lineage, path = self._path
            moves = self._ratings.moves_since(lineage) if lineage != standing.lineage else []
            if moves is not None and (not moves or moves[-1].after == standing.lineage):
                self._path = standing.lineage, path.extended(moves)
                return self._path[1]
        found = Path.walk(standing, self._choices)
        self._path = None if found is None else (standing.lineage, found)
        return found


class _Ending(Exception):
    """The thread is to end within a block-wise piece of work; what was begun is begun again after the next start."""
