"""feed: the binary feed of the whole library of a million photos: its size, and the server's time to make it.

The time is from the parsed query to the bytes, median of views by rating and by date, with the view opened anew and
the bits computed anew each time, as after a change. Sorting ahead is the warm-up.
"""

from __future__ import annotations

import statistics
import time

from photoarchive.bench import Report
from photoarchive.bench._million import million_home
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.feed import Feed
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.config import Config

SORTS = ("elo", "date_taken", "date_taken_asc", "newest")
REPEATS = 5


def run(report: Report) -> None:
    """Report feed.bytes_1m and feed.server_ms_1m."""
    config = Config(home=million_home())
    db = Database(config.database_path)
    try:
        columns = Columns(db, config.run_dir)
        text = FullText(db, columns)
        warm = Views(columns, text)
        sizes, times = [], []
        for sort in SORTS:
            query = Query.from_params({"sort": sort})
            warm.open(query)
            for _ in range(REPEATS):
                views = Views(columns, text)
                views.orders = warm.orders
                begun = time.perf_counter()
                data = Feed(views).encode(views.open(query))
                times.append((time.perf_counter() - begun) * 1000)
                sizes.append(len(data))
        report("feed.bytes_1m", max(sizes), "B")
        report("feed.server_ms_1m", statistics.median(times), "ms")
    finally:
        db.close()
