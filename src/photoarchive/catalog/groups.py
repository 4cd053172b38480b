"""Counts of a view by month and by folder."""

from __future__ import annotations

import calendar
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.derived import UNDATED
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views


class DateGroup(msgspec.Struct, frozen=True):
    """One month; date is "" for undated photos."""

    date: str       # YYYY-MM
    label: str      # July 2019
    count: int


class FolderCount(msgspec.Struct, frozen=True):
    """One folder with everything beneath it. depth 0 is the root of a source."""

    path: str
    name: str
    source_id: int
    count: int
    depth: int


def date_groups(views: Views, query: Query) -> list[DateGroup]:
    """Photos of a query by local month: oldest first if it is sorted so, else newest first; undated last."""
    with views.columns.lock:
        mask = views.masks.mask(query)
        counts = np.bincount(views.derived.month()[mask]) if mask.any() else np.zeros(0, np.int64)
    months = [code for code in np.flatnonzero(counts).tolist() if code != UNDATED]
    if query.order != ("date_taken", False):
        months.reverse()
    groups = [
        DateGroup(f"{code // 12:04d}-{code % 12 + 1:02d}", f"{calendar.month_name[code % 12 + 1]} {code // 12}",
                  int(counts[code]))
        for code in months
    ]
    undated = int(counts[UNDATED]) if len(counts) else 0
    return [*groups, DateGroup("", "Undated", undated)] if undated else groups


class FolderTree:
    """The folders of all sources with counts that follow the filters. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._lock = threading.Lock()
        self._shape_of: object = None
        self._nodes: list[tuple[str, str, int, int]] = []       # path, name, source, depth; parents before children
        self._parent: Array = np.zeros(0, np.int64)
        self._levels: list[Array] = []                          # nodes by depth
        self._node_of: Array = np.zeros(1, np.int64)            # folder id → node, -1 unknown

    def counts(self, query: Query) -> tuple[list[FolderCount], str]:
        """(folders with at least one photo, path order; the root they share). The folder filter itself is left out."""
        views = self._views
        with views.columns.lock, self._lock:
            self._plant()
            mask = views.masks.mask(query.without("folder"))
            totals = np.bincount(self._places(mask), minlength=len(self._nodes) + 1)[1:]
            for depth in range(max((node[3] for node in self._nodes), default=0), 0, -1):
                level = self._levels[depth]
                np.add.at(totals, self._parent[level], totals[level])
            found = [
                FolderCount(*self._nodes[index][:3], int(totals[index]), self._nodes[index][3])
                for index in np.flatnonzero(totals).tolist()
            ]
        roots = [folder.path for folder in found if folder.depth == 0]
        return found, roots[0] if len(roots) == 1 else ""

    def _places(self, mask: Array) -> Array:
        """Node + 1 of every folder a photo of the mask lies in; 0 for unknown ones."""
        columns = self._views.columns
        node_of = self._node_of
        first = columns["folder"][mask]
        photos, folders = columns.other_folders.pairs()
        others = folders[mask[np.minimum(photos, len(mask) - 1)] & (photos < len(mask))]
        every = np.concatenate([first, others])
        known = every < len(node_of)
        nodes: Array = node_of[every[known]] + 1
        return nodes

    def _plant(self) -> None:
        """Build the tree again when folders came or sources changed."""
        folders = self._views.dictionaries.folders()
        sources = {s.id: s for s in self._views.dictionaries.sources().values() if s.state == "active"}
        shape = (id(folders), len(folders), tuple(sources.values()))
        if shape == self._shape_of:
            return
        paths: dict[tuple[int, str], None] = {}
        for folder in folders.values():
            if folder.source_id in sources:
                parts = folder.relpath.split("/") if folder.relpath else []
                for length in range(len(parts) + 1):
                    paths[(folder.source_id, "/".join(parts[:length]))] = None
        ordered = sorted(paths, key=lambda key: (sources[key[0]].display_name.casefold(), key[0], key[1].split("/")))
        index = {key: place for place, key in enumerate(ordered)}
        self._nodes = [_node(source_id, relpath, sources[source_id].path, sources[source_id].display_name)
                       for source_id, relpath in ordered]
        self._parent = np.array([index[(s, r.rpartition("/")[0])] if r else 0 for s, r in ordered], np.int64)
        depths = np.array([node[3] for node in self._nodes], np.int64)
        self._levels = [np.flatnonzero(depths == depth) for depth in range(int(depths.max(initial=0)) + 1)]
        self._node_of = np.full(max(folders, default=0) + 1, -1, np.int64)
        for folder in folders.values():
            self._node_of[folder.id] = index.get((folder.source_id, folder.relpath), -1)
        self._shape_of = shape


def _node(source_id: int, relpath: str, root: str, display_name: str) -> tuple[str, str, int, int]:
    if not relpath:
        return root, display_name, source_id, 0
    return f"{root.rstrip('/')}/{relpath}", relpath.rpartition("/")[2], source_id, relpath.count("/") + 1
