"""view: a page of any filter and sort at any depth, facets and months, on a million photos.

Measured in the process, from parsed parameters to the answer's objects (page: with its hundred cards). Each question
is asked for the first time: nothing of it is cached, as after a change of the filter. Sorting ahead, which the server
does in the background after its start, is the warm-up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import numpy as np

from photoarchive.bench import Report
from photoarchive.bench._million import million_home
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.marks import Marks
from photoarchive.catalog.query import SORT_KEYS, Query
from photoarchive.catalog.upkeep import Upkeep
from photoarchive.catalog.view import Views
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.features.library.service import LibraryService

QUESTIONS = 300
PAGE = 100
SEED = 11

# One value each is drawn for none to three of these filters.
CHOICES: dict[str, tuple[str, ...]] = {
    "flag": ("picked", "unflagged", "rejected", "picked,unflagged"), "stars": (">=3", "none", "=5"),
    "min_stars": ("3", "5"), "label": ("1", "0"), "orientation": ("landscape", "portrait", "square"),
    "compared": ("compared", "uncompared", "confident"), "date_taken": ("2019", "2014-07", "undated", "2008,2010"),
    "date_from": ("2012-01-01", "2020-06-01"), "date_to": ("2018-12-31",),
    "file_type": ("raw", "jpg", ".heic", "video"),
    "camera": ("SONY ILCE-7RM4", "Apple iPhone 8", "FUJIFILM X-T3"), "lens": ("FE 24-70mm F2.8 GM", "XF35mmF1.4 R"),
    "source": ("1", "2", "1,3"), "has": ("gps", "-gps", "raw", "keywords", "pair"), "is": ("missing", "unreadable"),
    "keyword": ("Nature", "Travel", "Sunset"), "rating": ("top10%", "top1%"),
}
SORTS = tuple(f"{key}_{way}" for key in SORT_KEYS if key not in ("similarity", "random") for way in ("asc", "desc"))


def run(report: Report) -> None:
    """Report view.page_p95_ms, view.facets_p95_ms and view.dates_p95_ms."""
    home = million_home()
    config = Config(home=home)
    db = Database(config.database_path)
    try:
        columns = Columns(db, config.run_dir)
        views = Views(columns, FullText(db, columns))
        Upkeep(columns, views).sort_ahead()
        actions = ActionLog(db, Bus())
        service = LibraryService(views, Marks(db, columns, actions), actions)
        chance = random.Random(SEED)
        questions = _questions(chance, service)
        for ask in (service.facets, service.date_groups):
            ask(questions[0])                                   # dictionaries and totals, once after a start
        report("view.page_p95_ms", _p95(questions, lambda query: _page(service, query, chance)), "ms")
        report("view.facets_p95_ms", _p95(questions, service.facets), "ms")
        report("view.dates_p95_ms", _p95(questions, service.date_groups), "ms")
    finally:
        db.close()


def _questions(chance: random.Random, service: LibraryService) -> list[Query]:
    """Different ones, so that none is answered from what an earlier one left."""
    folders = [folder.path for folder in service.folders(Query()).folders if folder.depth <= 1]
    choices = CHOICES | {"folder": tuple(folders)}
    found: dict[Query, None] = {}
    while len(found) < QUESTIONS:
        names = chance.sample(sorted(choices), chance.randint(0, 3))
        params = {name: chance.choice(choices[name]) for name in names}
        found[Query.from_params(params | {"sort": chance.choice(SORTS)})] = None
    return list(found)


def _page(service: LibraryService, query: Query, chance: random.Random) -> None:
    """One page at any depth with the exact count."""
    count = service.views.glance(query).count
    answer = service.rankings(query, PAGE, chance.randint(0, max(0, count - 1)))
    if answer.visible_images != count:
        raise AssertionError("the page and its count do not agree")


def _p95(questions: list[Query], ask: Callable[[Query], object]) -> float:
    times = []
    for query in questions:
        begun = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - begun) * 1000)
    return float(np.percentile(times, 95))
