"""Tells open pages what changed in the Library: events `catalog` and `marks` (see web.sse)."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import distinct
from photoarchive.catalog.database import Changes
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.events import Bus, Event

MAX_IDS = 200               # of one event; more and a page fetches what it shows anew


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
        if touched & {"marks", "ratings", "keywords"}:
            parts = [ids for group in ("marks", "ratings", "keywords") for ids in changes.photos.get(group, ())]
            ids = distinct(*parts)
            named = ids.tolist() if 0 < len(ids) <= MAX_IDS and not changes.whole else []
            self._bus.publish(Event("marks", {"revision": revision, "count": len(ids), "ids": named}))
