"""Tells open pages what changed in the Library: events `catalog` and `marks` (see web.sse)."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Changes
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.events import Bus, Event

MAX_IDS = 200               # of one event; more and a page fetches what it shows anew
SHOWN = ("marks", "ratings", "keywords", "captions")    # groups of what pages show of a photo
MARKS = (*SHOWN, "albums")                              # what the event `marks` tells of
COUNTED = ("sources", "settings", "history", "people")  # events without a revision of the catalog


def news_so_far(columns: Columns, bus: Bus) -> dict[str, int]:
    """For a page that connects: the newest revision of all, and the newest each event told of.

    What a page read at an earlier revision (X-View-Revision) it has to read again: it did not hear the news.
    """
    return {"revision": columns.revision_now, "marks": columns.revision(*MARKS), "catalog": columns.revision("photos"),
            **bus.told(*COUNTED)}


class LibraryNews:
    """Watches the columns. Runs in the writer thread, so it counts and nothing else."""

    def __init__(self, views: Views, bus: Bus) -> None:
        self._views, self._bus = views, bus
        self._total = self._count()
        views.columns.watch(self._changed)

    def _count(self) -> int:
        return int(np.count_nonzero(self._views.masks.base(Query())))

    def _changed(self, changes: Changes, revision: int) -> None:
        touched = {name.rpartition(" ")[2] for name in changes.whole} | set(changes.photos)
        if "photos" in touched:
            total = self._count()
            data = {"total": total, "revision": revision, "added": max(0, total - self._total)}
            self._total = total
            self._bus.publish(Event("catalog", data))
        if touched & set(MARKS):
            ids = distinct(*(ids for group in SHOWN for ids in changes.photos.get(group, ())))
            whole = {name.rpartition(" ")[2] for name in changes.whole} & set(SHOWN)
            count = self._views.columns.rows if whole else len(ids)
            named = ids.tolist() if count <= MAX_IDS and not whole else []
            self._bus.publish(Event("marks", {"revision": revision, "count": count, "ids": named}))
