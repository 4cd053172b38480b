"""Counts of a view by month and by folder."""

from __future__ import annotations

import calendar
import threading
from collections.abc import Collection

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
    folders: int = 0        # folders directly inside that hold photos of the view


def date_groups(views: Views, query: Query) -> list[DateGroup]:
    """Photos of a query by local month: oldest first if it is sorted so, else newest first; undated last."""
    query = views.masks.prepare(query)
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
        self._place_of: dict[str, int] = {}                     # path → node
        self._depth: Array = np.zeros(0, np.int64)
        self._branches_key: object = None
        self._branches: tuple[Array, Array] = (self._depth, self._depth)

    def counts(self, query: Query, inside: Collection[str] | None = None) -> tuple[list[FolderCount], str]:
        """(folders with at least one photo, path order; the root they share). The folder filter itself is left out.

        inside: paths of folders; only what lies directly in them and the roots are answered, and what lies in the only
        root: a tree of tens of thousands of folders is opened step by step.
        """
        views = self._views
        query = views.masks.prepare(query.without("folder"))
        with views.columns.lock, self._lock:
            self._plant()
            mask = views.masks.mask(query)
            totals = np.bincount(self._nodes_of(views.columns["folder"][mask]) + 1, minlength=len(self._nodes) + 1)[1:]
            for depth in range(len(self._levels) - 1, 0, -1):
                level = self._levels[depth]
                np.add.at(totals, self._parent[level], totals[level])
            photos, nodes = self._further_branches()
            totals += np.bincount(nodes[mask[photos]], minlength=len(totals))
            beneath = self._parent[(totals > 0) & (self._depth > 0)]
            within = np.bincount(beneath, minlength=len(totals))
            found = [
                FolderCount(*self._nodes[index][:3], int(totals[index]), self._nodes[index][3], int(within[index]))
                for index in np.flatnonzero(self._asked(totals > 0, inside)).tolist()
            ]
        roots = [folder.path for folder in found if folder.depth == 0]
        return found, roots[0] if len(roots) == 1 else ""

    def _asked(self, present: Array, inside: Collection[str] | None) -> Array:
        """Which of the present nodes are answered."""
        if inside is None:
            return present
        opened = np.zeros(len(present), bool)
        opened[[self._place_of[path] for path in inside if path in self._place_of]] = True
        roots = present & (self._depth == 0)
        if roots.sum() == 1:
            opened |= roots
        asked: Array = roots | (present & (self._depth > 0) & opened[self._parent])
        return asked

    def _nodes_of(self, folders: Array) -> Array:
        """Folder ids → nodes, -1 for folders of removed sources."""
        known = folders < len(self._node_of)
        return np.where(known, self._node_of[np.where(known, folders, 0)], -1)

    def _further_branches(self) -> tuple[Array, Array]:
        """(photo, node) for every folder above a copy or a part that is not above the photo's first file too."""
        columns = self._views.columns
        key = (columns.revision("photos"), columns.rows, self._shape_of)
        if key != self._branches_key:
            photos, folders = self._views.further.pairs("folder")
            nodes, own = self._nodes_of(folders), self._nodes_of(columns["folder"][photos])
            photos, nodes, own = (array[nodes >= 0] for array in (photos, nodes, own))
            found = [np.zeros(0, np.int64)]
            while len(photos):                              # one step towards the root each time
                new = ~self._is_above(nodes, own)
                photos, nodes, own = photos[new], nodes[new], own[new]
                found.append(photos << 32 | nodes)
                deeper = self._depth[nodes] > 0
                photos, nodes, own = photos[deeper], self._parent[nodes[deeper]], own[deeper]
            packed = np.sort(np.concatenate(found))
            packed = packed[np.concatenate([[True], packed[1:] != packed[:-1]])] if len(packed) else packed
            self._branches_key, self._branches = key, (packed >> 32, packed & 0xFFFFFFFF)
        return self._branches

    def _is_above(self, nodes: Array, beneath: Array) -> Array:
        """Whether each node is `beneath` or above it; -1 has nothing above."""
        place = beneath.copy()
        for depth in range(len(self._levels) - 1, 0, -1):
            climbing = (place >= 0) & (self._depth[place] == depth) & (self._depth[nodes] < depth)
            place = np.where(climbing, self._parent[place], place)
        above: Array = place == nodes
        return above

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
        self._place_of = {node[0]: place for place, node in enumerate(self._nodes)}
        self._parent = np.array([index[(s, r.rpartition("/")[0])] if r else 0 for s, r in ordered], np.int64)
        self._depth = np.array([node[3] for node in self._nodes], np.int64)
        self._levels = [np.flatnonzero(self._depth == depth) for depth in range(int(self._depth.max(initial=0)) + 1)]
        self._node_of = np.full(max(folders, default=0) + 1, -1, np.int64)
        for folder in folders.values():
            self._node_of[folder.id] = index.get((folder.source_id, folder.relpath), -1)
        self._shape_of = shape


def _node(source_id: int, relpath: str, root: str, display_name: str) -> tuple[str, str, int, int]:
    if not relpath:
        return root, display_name, source_id, 0
    return f"{root.rstrip('/')}/{relpath}", relpath.rpartition("/")[2], source_id, relpath.count("/") + 1
