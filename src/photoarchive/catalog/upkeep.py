"""Keeps the columns quick while nobody waits: sorts ahead after the start, writes snapshots after many changes."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from functools import partial

from photoarchive.catalog.columns import MANY, Columns
from photoarchive.catalog.facets import preparations
from photoarchive.catalog.query import SORT_KEYS, Query
from photoarchive.catalog.view import Views
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError

log = logging.getLogger(__name__)

FIRST_SECONDS = 2.0         # after the start: the first pages come before sorting ahead
CHECK_SECONDS = 5.0
LEAST_SECONDS_BETWEEN = 60.0    # snapshots of a growing catalog: one a minute at most
LONGEST_WAIT = 10.0         # of all preparations together, for a quiet moment …
REST = 5                    # … then a rest of so many times what a preparation took, while somebody is there
LOOK_SECONDS = 0.25         # how often it is asked whether somebody still is
LARGE = 100_000             # photos from which sorting ahead is worth it; fewer are sorted in a few milliseconds


class Upkeep:
    """One background thread. start() once, close() before the database. user_active: somebody is using the program."""

    def __init__(self, columns: Columns, views: Views, user_active: Callable[[], bool] = lambda: False) -> None:
        self._columns, self._views, self._user_active = columns, views, user_active
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="columns-upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, and leave a snapshot for the next start if anything changed."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._columns.unsaved:
            self._write()

    def _run(self) -> None:
        if self._ending.wait(FIRST_SECONDS):
            return
        self.sort_ahead()
        written = -LEAST_SECONDS_BETWEEN
        while not self._ending.wait(CHECK_SECONDS):
            if self._columns.unsaved >= MANY and monotonic() - written >= LEAST_SECONDS_BETWEEN:
                self._write()
                written = monotonic()

    def sort_ahead(self) -> None:
        """What filters are counted by, and every order of a large catalog: the first is then as quick as the second."""
        if self._columns.rows < LARGE:
            return
        patient_until, took = monotonic() + LONGEST_WAIT, 0.0
        for prepare in self._preparations():
            if not self._let_people_through(patient_until, took):
                return
            begun = monotonic()
            prepare()
            took = monotonic() - begun

    def _preparations(self) -> list[Callable[[], object]]:
        """Each takes a quarter of a second at most in a catalog of a million."""
        orders = [partial(self._views.orders.prepare, key, descending)
                  for key in SORT_KEYS if key not in ("similarity", "random") for descending in (True, False)]
        return [self._views.dictionaries.folders, *preparations(self._views),
                partial(self._views.masks.mask, Query(has=("keywords",))), *orders]

    def _let_people_through(self, patient_until: float, took: float) -> bool:
        """Wait while somebody is there, or rest after what took so long when that lasts. False: it is time to end."""
        while self._user_active() and monotonic() < patient_until:
            if self._ending.wait(LOOK_SECONDS):
                return False
        return not self._ending.wait(REST * took if self._user_active() else 0.0)

    def _write(self) -> None:
        try:
            self._columns.write_snapshot()
        except (OSError, sqlite3.Error, PhotoArchiveError) as error:
            log.warning("The column snapshot could not be written; the next start reads the catalog instead: %s", error)
