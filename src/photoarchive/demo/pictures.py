"""Draws the pictures of a demo library as real JPEG files with EXIF, and asks the next server start to scan them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.scans import queue_row
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import Conflict
from photoarchive.demo.rows import Events, Photos, invent_events, invent_photos
from photoarchive.demo.store import SEED
from photoarchive.demo.world import CAMERAS, TOWNS
from photoarchive.imaging import scenery

LONG_SIDE = 1600

Report = Callable[[int, int, str], None]


def draw_library(db: Database, home: Path, count: int, report: Report) -> None:
    """Draw `count` pictures into a folder beside the home and queue its scan. Raises Conflict if the folder exists."""
    folder = home.parent / f"{home.name}-photos"
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty. The demo draws its pictures there; choose another home.")
    chance = np.random.default_rng(SEED)
    events = invent_events(count, chance)
    photos = invent_photos(count, events, chance)
    for i in range(count):
        _draw_one(folder, events, photos, i)
        report(i + 1, count, "pictures")
    sources = SourceTable(db)

    def add_source(tx: Transaction) -> None:
        source_id = sources.insert_row(tx, os.fsencode(folder.resolve()), "Demo pictures")
        queue_row(tx, source_id)

    db.write(add_source)


def _draw_one(folder: Path, events: Events, photos: Photos, i: int) -> None:
    event, camera = int(photos.event[i]), CAMERAS[photos.camera[i]]
    width, height = int(photos.width[i]), int(photos.height[i])
    scale = LONG_SIDE / max(width, height)
    picture = scenery.draw(scenery.palette_of(i), i, round(width * scale), round(height * scale))
    taken_ms = int(photos.taken[i])
    at = datetime.fromtimestamp((taken_ms if taken_ms >= 0 else int(events.start_ms[event])) / 1000, UTC)
    offset = TOWNS[events.town[event]].offset
    located = not math.isnan(photos.lat[i])
    exif = scenery.exif(
        make=camera.make, model=camera.model, lens=camera.lenses[photos.lens[i] % len(camera.lenses)],
        taken=at if taken_ms >= 0 else None, offset_minutes=offset if located else None,
        position=(float(photos.lat[i]), float(photos.lon[i])) if located else None,
        iso=100 * 2 ** (i % 6), aperture=(1.8, 2.8, 4.0, 5.6, 8.0)[i % 5], shutter_denominator=30 * 2 ** (i % 6),
        focal=(24, 35, 50, 85, 200)[i % 5],
    )
    path = folder / events.folder(event) / f"{camera.prefix}{1000 + int(photos.number[i]):04d}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(scenery.encode(picture, exif))
    os.utime(path, (at.timestamp(), at.timestamp()))
