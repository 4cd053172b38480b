"""Which photos changed in which column at which revision, as far back as a repair is cheaper than a new sort."""

from __future__ import annotations

from collections import deque

import numpy as np

from photoarchive.catalog.column_layout import Array, distinct

KEPT_IDS = 50_000       # per column; more changes than this and an order is better sorted anew


class ChangeLog:
    """Bounded memory of changes per column. Not thread-safe: guarded by the lock of the columns."""

    def __init__(self, revision: int = 0) -> None:
        self._begin = revision                              # nothing is known of what changed before
        self._entries: dict[str, deque[tuple[int, Array]]] = {}
        self._kept: dict[str, int] = {}
        self._complete_from: dict[str, int] = {}            # column → changes after this revision are all listed

    def add(self, name: str, revision: int, ids: Array | None) -> None:
        """Note changed ids; None: so many that they are not listed."""
        entries = self._entries.setdefault(name, deque())
        if ids is None or len(ids) > KEPT_IDS:
            entries.clear()
            self._kept[name] = 0
            self._complete_from[name] = revision
            return
        entries.append((revision, ids.astype(np.uint32)))
        self._kept[name] = self._kept.get(name, 0) + len(ids)
        while self._kept[name] > KEPT_IDS:
            dropped, gone = entries.popleft()
            self._kept[name] -= len(gone)
            self._complete_from[name] = dropped

    def since(self, names: tuple[str, ...], revision: int) -> Array | None:
        """Ids changed after `revision` in any of these columns, sorted; None when not all are known."""
        found: list[Array] = []
        for name in names:
            if revision < self._complete_from.get(name, self._begin):
                return None
            found += [ids for at, ids in self._entries.get(name, ()) if at > revision]
        return distinct(*found)
