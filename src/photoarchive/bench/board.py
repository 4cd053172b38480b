"""board: the next board and the choice from it in a library of a million photos with vectors of 512 numbers.

Measured in the process from parsed filters to the answer's objects (board: with its cards; choice: with its durable
commit), one after the other as somebody in a hurry would, on the whole library and on filtered parts of it. The
background that follows choices runs. Prepared once: a copy of the synthetic catalog with features of all photos,
fitted and mapped as in a real library. Memory: anonymous resident memory beyond what the catalog's columns take.
"""

from __future__ import annotations

import gc
import logging
import shutil
import time
from pathlib import Path

import numpy as np

from photoarchive.bench import Report, bench_home
from photoarchive.bench._million import ROWS, million_home
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.comparisons import ChoiceLog
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.features.compare.service import CompareService
from photoarchive.features.compare.views import PickRequest
from photoarchive.rating.boards import Boards
from photoarchive.rating.follower import Follower
from photoarchive.rating.journal import Journal
from photoarchive.rating.projection import Ratings
from photoarchive.rating.providers import NoGroups

DIMENSIONS = 512
SCENES = 4_096
WARM_UP = 5                     # of each part: the first board of a view draws its pool
TURNS = 60                      # boards and choices of each part
PARTS: tuple[dict[str, str], ...] = ({}, {"date_from": "2012-01-01"}, {"flag": "picked"}, {"orientation": "portrait"})


class Scenes:
    """Vectors of a million photos, made anew from the id whenever asked: photos of a scene look alike."""

    def __init__(self) -> None:
        centres = np.random.default_rng(1).standard_normal((SCENES, DIMENSIONS)).astype(np.float32)
        self._centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        noise = np.random.default_rng(2).standard_normal((65_536, DIMENSIONS)).astype(np.float32)
        self._noise = noise / np.sqrt(DIMENSIONS)

    def model(self) -> str:
        """Its name."""
        return "scenes"

    def revision(self) -> int:
        """They never change."""
        return 1

    def having(self) -> Array:
        """Every photo."""
        return np.arange(1, ROWS + 1)

    def vectors(self, photo_ids: Array) -> Array:
        """Unit vectors."""
        rows = self._centres[photo_ids * 2654435761 % 2**32 % SCENES] + 0.5 * self._noise[photo_ids % len(self._noise)]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def run(report: Report) -> None:
    """Report board.next_p95_ms_1m, board.pick_p95_ms_1m and board.memory_mb_1m."""
    config = Config(home=_prepared())
    db = Database(config.database_path)
    try:
        columns = Columns(db, config.run_dir)
        views = Views(columns, FullText(db, columns))
        views.masks.mask(Query())
        before = _anonymous_mb()
        ratings = Ratings(ChoiceLog(db), config.run_dir)
        if not ratings.standing.fit.features.size:
            raise AssertionError("the prepared library has no features")
        journal = Journal(ratings, columns, ActionLog(db, Bus()))
        service = CompareService(views, ratings, journal, Boards(ratings, columns, NoGroups()))
        follower = Follower(ratings, Scenes())
        follower.start()
        try:
            boards, picks = _choose(service)
        finally:
            follower.close()
        report("board.next_p95_ms_1m", float(np.percentile(boards, 95)), "ms")
        report("board.pick_p95_ms_1m", float(np.percentile(picks, 95)), "ms")
        report("board.memory_mb_1m", max(0.0, _anonymous_mb() - before), "MB")
    finally:
        db.close()


def _choose(service: CompareService) -> tuple[list[float], list[float]]:
    boards: list[float] = []
    picks: list[float] = []
    for part in PARTS:
        query = Query.from_params(part)
        for turn in range(WARM_UP + TURNS):
            begun = time.perf_counter()
            board = service.board(service.scopes.of_query(query), "learn", 12, np.zeros(0, np.uint32))
            shown = time.perf_counter()
            ids = sorted(card.id for card in board.images)
            choice = PickRequest(winner_id=ids[0], loser_ids=ids[1:], strategy="learn")
            chosen = time.perf_counter()
            service.pick(choice, "bench")
            done = time.perf_counter()
            if turn >= WARM_UP:
                boards.append((shown - begun) * 1000)
                picks.append((done - chosen) * 1000)
    return boards, picks


def _prepared() -> Path:
    """The home with features; its choices of an earlier run are taken out of force."""
    home, done = bench_home() / f"boards-{ROWS}", bench_home() / f"boards-{ROWS}" / ".complete"
    if not done.exists():
        source = million_home()
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(source, home, ignore=shutil.ignore_patterns(".complete", "*.lock"))
    config = Config(home=home)
    db = Database(config.database_path)
    try:
        columns = Columns(db, config.run_dir)
        db.write(_forget_choices)
        if not done.exists():
            logging.getLogger(__name__).info("Preparing the features of a million photos.")
            Follower(Ratings(ChoiceLog(db), config.run_dir), Scenes()).settle()
            columns.write_snapshot()
            done.touch()
    finally:
        db.close()
    return home


def _forget_choices(tx: Transaction) -> None:
    for table in ("choices", "rating_checkpoints", "rating_blocks"):
        tx.execute(f"DELETE FROM {table}")


def _anonymous_mb() -> float:
    """RssAnon of this process."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024
