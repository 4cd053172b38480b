"""What a photo is beside its first file: formats, kinds, folders and sources of its copies and of the parts behind it.

A filter by folder, source or type matches any of them, so counts must too, and each photo only once per value.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.derived import Derived
from photoarchive.catalog.dictionaries import Dictionaries

Pairs = tuple[Array, Array]         # (photo ids, codes): one element per photo and further value, without repeats


class FurtherPlaces:
    """Pairs of photo and further value, kept until photos change. Thread-safe."""

    def __init__(self, columns: Columns, derived: Derived, dictionaries: Dictionaries) -> None:
        self._columns, self._derived, self._dictionaries = columns, derived, dictionaries
        self._lock = threading.RLock()
        self._key: tuple[int, int] = (-1, -1)
        self._kept: dict[str, Pairs] = {}
        self._keywords_key: tuple[int, int] = (-1, -1)
        self._keywords: Pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64))

    def pairs(self, name: str) -> Pairs:
        """Further values of one column: "format", "kind", "source" or "folder", unlike the photo's own."""
        columns = self._columns
        with columns.lock, self._lock:
            key = (columns.revision("photos"), columns.rows)
            if key != self._key:
                self._key, self._kept = key, {}
            if name not in self._kept:
                photos, codes = self._folders() if name in ("folder", "source") else self._of_parts(name)
                if name == "source":
                    codes = self._sources_of(codes)
                self._kept[name] = _distinct_pairs(photos, codes, columns[name])
            return self._kept[name]

    def sources_of_copies(self) -> Pairs:
        """(photo, source) for the sources that hold a copy of a photo whose first file lies in another one."""
        columns = self._columns
        with columns.lock:
            photos, folders = columns.other_folders.pairs()
            inside = photos < columns.rows
            photos, folders = photos[inside].astype(np.int64), folders[inside].astype(np.int64)
            return _distinct_pairs(photos, self._sources_of(folders), columns["source"])

    def keywords(self) -> Pairs:
        """(photo, keyword) with the keywords of parts and those above in the hierarchy: “Nature” of “Nature|Birds”."""
        columns = self._columns
        with columns.lock, self._lock:
            key = (columns.revision("keywords", "leader", "state"), columns.rows)
            if key != self._keywords_key:
                photos, codes = columns.keywords.pairs()
                inside = photos < columns.rows
                photos, codes = photos[inside].astype(np.int64), codes[inside].astype(np.int64)
                behind = np.zeros(columns.rows, bool)
                behind[self._derived.parts()] = True
                photos = np.where(behind[photos], columns["leader"][photos], photos)
                found = [photos << 32 | codes]
                for above in _levels_above(self._dictionaries.keywords(), int(codes.max(initial=0))):
                    higher = above[codes]
                    found.append(photos[higher > 0] << 32 | higher[higher > 0])
                self._keywords_key, self._keywords = key, _unpacked(np.concatenate(found))
            return self._keywords

    def _of_parts(self, name: str) -> Pairs:
        parts = self._derived.parts()
        return self._columns["leader"][parts].astype(np.int64), self._columns[name][parts].astype(np.int64)

    def _folders(self) -> Pairs:
        """Folders of copies, of parts, and of copies of parts."""
        columns = self._columns
        leaders, folders = self._of_parts("folder")
        photos, others = columns.other_folders.pairs()
        inside = photos < columns.rows
        photos, others = photos[inside].astype(np.int64), others[inside].astype(np.int64)
        leader = columns["leader"][photos]
        known = np.zeros(columns.rows, bool)
        known[self._derived.parts()] = True
        shown = np.where(known[photos], leader, photos)
        return np.concatenate([leaders, shown]), np.concatenate([folders, others])

    def _sources_of(self, folders: Array) -> Array:
        known = self._dictionaries.folders()
        table = np.zeros(max([*known, int(folders.max(initial=0))]) + 1, np.int64)
        table[list(known)] = [folder.source_id for folder in known.values()]
        return table[folders]


def _distinct_pairs(photos: Array, codes: Array, own: Array) -> Pairs:
    """Each (photo, code) once, but not a photo's own code."""
    further = codes != own[photos]
    return _unpacked(photos[further] << 32 | codes[further])


def _unpacked(packed: Array) -> Pairs:
    """photo << 32 | code, in any order and repeated → each pair once."""
    packed = np.sort(packed, kind="stable")     # runs that are in order already are merged: a fifth of the time
    packed = packed[np.concatenate([[True], packed[1:] != packed[:-1]])] if len(packed) else packed
    return packed >> 32, packed & 0xFFFFFFFF


def _levels_above(names: Mapping[int, str], newest: int) -> list[Array]:
    """By keyword id up to the newest the ids of those above it in its hierarchy, one array for each level; 0: none."""
    ids = {name: code for code, name in names.items()}
    levels: list[Array] = []
    for code, name in names.items():
        parts = name.split("|") if code <= newest else []
        for level in range(len(parts) - 1):
            if level == len(levels):
                levels.append(np.zeros(newest + 1, np.int64))
            levels[level][code] = ids.get("|".join(parts[: level + 1]), 0)
    return levels
