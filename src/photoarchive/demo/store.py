"""Writes the invented rows into a catalog, a part at a time, with everything a scan would have left."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.demo_marker import mark_demo_sources
from photoarchive.catalog.fulltext import rebuild
from photoarchive.catalog.pairs import RAW_AND_JPEG
from photoarchive.core.clock import now
from photoarchive.core.facts import Kind
from photoarchive.demo.rows import Array, Events, Photos, invent_events, invent_photos
from photoarchive.demo.world import CAMERAS, KEYWORDS, TOWNS, Camera

SEED = 20_05
PART = 50_000               # photos per transaction
READ_LONG_AGO = 1_000_000   # files.inspected: newer than any extractor, so that no file that is not there is read
SOURCES = (("Archive A", "archive-a", 1), ("Archive B", "archive-b", 1), ("Phone", "phone", 0))
VIDEO_ENDING = ".MOV"
BROKEN = "The file ends too early."

_PHOTO = """INSERT INTO photos (id, kind, created_at, file_id, source_id, folder_id, format_id, file_size, modified_at,
  state, leader_id, pair_kind, ready, unreadable, width, height, stored_width, stored_height, colour, taken_local,
  taken_offset, taken_origin, camera_id, lens_id, iso, aperture, shutter, focal, lat, lon, duration)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_FILE = """INSERT INTO files
  (id, photo_id, folder_id, name, size, mtime_ns, state, error, inspected, seen_scan, first_seen)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)"""

Report = Callable[[int, int, str], None]


def store_library(db: Database, home: Path, count: int, report: Report) -> None:
    """Rows for `count` photos that are shown, and some hidden RAW parts; about a minute for a million."""
    chance = np.random.default_rng(SEED)
    report(0, count, "inventing")
    events = invent_events(count, chance)
    photos = invent_photos(count, events, chance)
    writer = _Writer(home, events, photos, count)
    db.write(writer.store_names)
    for start in range(0, count, PART):
        stop = min(start + PART, count)
        db.write(lambda tx, start=start, stop=stop: writer.store_photos(tx, start, stop))  # type: ignore[misc]
        report(stop, count, "photos")
    report(count, count, "pairs, marks and ratings")
    db.write(writer.store_raw_parts)
    db.write(lambda tx: writer.store_marks(tx, chance))
    db.write(lambda tx: writer.store_keywords(tx, chance))
    report(count, count, "words")
    db.write(rebuild)
    db.write(lambda tx: tx.execute("ANALYZE"))


class _Writer:
    """Knows the ids that names got. Photos have the ids 1 to count, RAW parts those after."""

    def __init__(self, home: Path, events: Events, photos: Photos, count: int) -> None:
        self._home, self._events, self._photos, self._count = home, events, photos, count
        self._at = now()
        endings = sorted({text.lower() for camera in CAMERAS for text in (camera.extension, camera.raw) if text})
        self._formats = {ending: index for index, ending in enumerate([*endings, VIDEO_ENDING.lower()], 1)}
        lenses = sorted({lens for camera in CAMERAS for lens in camera.lenses if lens})
        self._lenses = {lens: index for index, lens in enumerate(lenses, 1)}
        used = np.unique(photos.event)
        self._folder_of = np.zeros(len(events.start_ms), np.int64)
        self._folder_of[used] = np.arange(1, len(used) + 1)

    def store_names(self, tx: Transaction) -> None:
        """Sources, folders, cameras, lenses, endings, keywords."""
        mark_demo_sources(tx, range(1, len(SOURCES) + 1))
        for index, (name, folder, rotational) in enumerate(SOURCES, 1):
            path = self._home.parent / f"{self._home.name}-photos" / folder
            found = int((self._events.source[self._photos.event] == index - 1).sum())
            tx.execute("INSERT INTO sources (id, path, display_name, rotational, added_at, last_scan_at, last_scan) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)",
                       (index, str(path).encode(), name, rotational, self._at, self._at,
                        json.dumps({"found": found, "new": found, "seconds": 1.0})))
            tx.execute("INSERT INTO scans (source_id, state, started_at, finished_at) VALUES (?, 'done', ?, ?)",
                       (index, self._at, self._at))
        tx.executemany("INSERT INTO folders (id, source_id, relpath) VALUES (?, ?, ?)", (
            (int(folder), int(self._events.source[event]) + 1, self._events.folder(event).encode())
            for event, folder in enumerate(self._folder_of.tolist()) if folder))
        tx.executemany("INSERT INTO cameras (id, make, model) VALUES (?, ?, ?)",
                       ((index, camera.make, camera.model) for index, camera in enumerate(CAMERAS, 1)))
        tx.executemany("INSERT INTO lenses (name, id) VALUES (?, ?)", self._lenses.items())
        tx.executemany("INSERT INTO formats (ext, id) VALUES (?, ?)", self._formats.items())
        tx.executemany("INSERT INTO keywords (id, name) VALUES (?, ?)", enumerate(KEYWORDS, 1))
        tx.executemany("INSERT INTO saved_views (name, query, created_at) VALUES (?, ?, ?)", (
            ("Picked, best first", "flag=picked&sort=elo_desc", self._at),
            ("Norway in winter", "q=norway+winter&sort=date_taken_desc", self._at)))

    def store_photos(self, tx: Transaction, start: int, stop: int) -> None:
        """Photos start to stop (from 0) with one file each."""
        chosen = np.arange(start, stop)
        tx.executemany(_PHOTO, self._rows(chosen))
        tx.executemany(_FILE, self._file_rows(chosen))

    def _rows(self, chosen: Array) -> Iterator[tuple[Any, ...]]:
        """Rows of _PHOTO for these photos (from 0). Whole columns become lists first: five times faster."""
        p = self._photos
        event, camera = p.event[chosen], p.camera[chosen]
        lenses = [[self._lenses.get(name) for name in one.lenses] for one in CAMERAS]
        offsets = np.array([town.offset for town in TOWNS])[self._events.town[event]]
        iso = 100 * 2 ** (chosen * 7919 % 7)
        shutter = 1 / 2.0 ** (3 + chosen * 104729 % 9)
        began = np.where(p.taken[chosen] >= 0, p.taken[chosen], self._events.start_ms[event]) / 1000
        columns = (
            chosen, p.kind[chosen], began, self._events.source[event] + 1, self._folder_of[event], camera,
            p.lens[chosen], p.size[chosen], p.width[chosen], p.height[chosen], p.colour[chosen], p.taken[chosen],
            offsets, p.origin[chosen], p.lat[chosen], p.lon[chosen], p.duration[chosen], p.missing[chosen],
            p.broken[chosen], iso, shutter, self._formats_of(chosen),
        )
        for (i, kind, at, source, folder, camera_, lens, size, width, height, colour, taken, offset, origin, lat, lon,
             duration, missing, broken, iso_, shutter_, format_) in zip(*(c.tolist() for c in columns), strict=True):
            still, located = kind != Kind.VIDEO, not math.isnan(lat)
            named = lenses[camera_]
            yield (
                i + 1, kind, self._at - (self._count - i) * 0.001, i + 1, source, folder, format_, size, at,
                int(missing), None, 0, BROKEN if broken else None, width, height, width, height, colour,
                taken if taken >= 0 else None, offset if located else None, origin, camera_ + 1,
                named[lens % len(named)] if still else None,
                iso_ if still else None, 5.6 if still else None, shutter_ if still else None, 35.0 if still else None,
                lat if located else None, lon if located else None, duration or None,
            )

    def _formats_of(self, chosen: Array) -> Array:
        """Format ids, by camera and kind."""
        endings = np.array([[self._formats.get(ending.lower(), 0) for ending in _endings(one)] for one in CAMERAS])
        found: Array = endings[self._photos.camera[chosen], self._photos.kind[chosen]]
        return found

    def _file_rows(self, chosen: Array) -> Iterator[tuple[Any, ...]]:
        p = self._photos
        columns = (chosen, p.event[chosen], p.camera[chosen], p.kind[chosen], p.number[chosen], p.size[chosen],
                   p.taken[chosen], p.missing[chosen], p.broken[chosen])
        folder_of = self._folder_of.tolist()
        for i, event, camera, kind, number, size, taken, missing, broken in zip(
            *(c.tolist() for c in columns), strict=True
        ):
            yield (i + 1, i + 1, folder_of[event], _name(camera, number, kind), size, max(0, taken) * 1_000_000,
                   "missing" if missing else "present", BROKEN if broken else None, READ_LONG_AGO, self._at)

    def store_raw_parts(self, tx: Transaction) -> None:
        """The RAW files beside some JPEGs: photos of their own, hidden behind the picture."""
        leaders = np.flatnonzero(self._photos.paired)
        formats = self._formats_of_raw(leaders)
        rows: list[tuple[Any, ...]] = []
        files: list[tuple[Any, ...]] = []
        for i, row, format_ in zip(leaders.tolist(), self._rows(leaders), formats, strict=True):
            part, size = self._count + 1 + len(rows), row[7] * 5
            rows.append((part, int(Kind.RAW), row[2], part, *row[4:6], format_, size, row[8], 0, i + 1, RAW_AND_JPEG,
                         None, *row[13:]))
            name = _name(int(self._photos.camera[i]), int(self._photos.number[i]), Kind.RAW)
            files.append((part, part, row[5], name, size, int(row[8] * 1e9), "present", None, READ_LONG_AGO, self._at))
        tx.executemany(_PHOTO, rows)
        tx.executemany(_FILE, files)

    def _formats_of_raw(self, chosen: Array) -> list[int]:
        return [self._formats[CAMERAS[camera].raw.lower()] for camera in self._photos.camera[chosen].tolist()]

    def store_marks(self, tx: Transaction, chance: np.random.Generator) -> None:
        """Flags, stars and labels of what was looked through; ratings of a fifth."""
        ids = np.arange(1, self._count + 1)
        flag = chance.choice(3, self._count, p=(0.91, 0.06, 0.03))
        stars = chance.choice(6, self._count, p=(0.02, 0.1, 0.2, 0.38, 0.2, 0.1))
        stars[chance.random(self._count) >= 0.05] = -1
        label = np.where(chance.random(self._count) < 0.02, chance.integers(1, 6, self._count), 0)
        marked = (flag > 0) | (stars >= 0) | (label > 0)
        tx.executemany("INSERT INTO marks (photo_id, flag, stars, label) VALUES (?, ?, ?, ?)", (
            (photo, f, None if s < 0 else s, c) for photo, f, s, c in
            zip(*(array[marked].tolist() for array in (ids, flag, stars, label)), strict=True)))
        rated = np.flatnonzero(chance.random(self._count) < 0.2) + 1
        choices = 1 + chance.geometric(0.15, len(rated))
        elo = np.round(1200 + chance.normal(0, 130, len(rated)), 3)
        tx.executemany(
            "INSERT INTO ratings (photo_id, elo, interval, comparisons, propagated) VALUES (?, ?, ?, ?, ?)",
            zip(rated.tolist(), elo.tolist(), np.round(420 / np.sqrt(choices), 2).tolist(), choices.tolist(),
                chance.integers(0, 9, len(rated)).tolist(), strict=True))

    def store_keywords(self, tx: Transaction, chance: np.random.Generator) -> None:
        """Up to three keywords an event, on half of its photos."""
        events = len(self._events.start_ms)
        for turn in range(3):
            word = chance.integers(1, len(KEYWORDS) + 1, events)
            used = chance.random(events) < 0.55
            chosen = np.flatnonzero(used[self._photos.event] & (chance.random(self._count) < 0.5))
            words = (word if turn else word % 20 + 1)[self._photos.event[chosen]]
            tx.executemany("INSERT OR IGNORE INTO photo_keywords (photo_id, keyword_id) VALUES (?, ?)",
                           zip((chosen + 1).tolist(), words.tolist(), strict=True))


def _endings(camera: Camera) -> tuple[str, str, str]:
    """By kind: picture, RAW, video."""
    return camera.extension, camera.raw, VIDEO_ENDING


def _name(camera: int, number: int, kind: int) -> bytes:
    return f"{CAMERAS[camera].prefix}{1000 + number:04d}{_endings(CAMERAS[camera])[kind]}".encode()
