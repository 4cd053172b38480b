"""A small catalog with every kind of row, made without a scan, and the same questions asked in plain SQL."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from new_catalog import bring_catalog
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.marks import Marks
from photoarchive.catalog.view import Views
from photoarchive.core.events import Bus

CAMERAS = (("Canon", "Canon EOS R5"), ("SONY", "ILCE-7RM4"), ("Apple", "iPhone 8"))
LENSES = ("RF24-70mm F2.8 L IS USM", "FE 85mm, F1.8")
FORMATS = (".jpg", ".jpeg", ".cr3", ".mov", ".png")
KEYWORDS = ("Nature", "Nature|Birds", "Trip, Norway")
FOLDERS = ((1, b""), (1, b"2019"), (1, b"2019/Lofoten"), (1, b"2019 other"), (2, b"Phone"))
YEAR_MS = 31_557_600_000


@dataclass
class SmallCatalog:
    """An open catalog and its parts."""

    db: Database
    columns: Columns
    text: FullText
    views: Views
    bus: Bus
    actions: ActionLog
    marks: Marks
    run_dir: Path

    def close(self) -> None:
        """Release the home."""
        self.db.close()


def open_catalog(home: Path) -> SmallCatalog:
    """Open the catalog of a home, new or not."""
    db = Database(bring_catalog(home))
    columns = Columns(db, home / ".run")
    text = FullText(db, columns)
    bus = Bus()
    actions = ActionLog(db, bus)
    return SmallCatalog(
        db, columns, text, Views(columns, text), bus, actions, Marks(db, columns, actions), home / ".run"
    )


def fill(catalog: SmallCatalog, photos: int, seed: int = 1) -> None:
    """Give the catalog so many photos, with ties and unknown values in every field."""
    chance = random.Random(seed)

    def write(tx: Transaction) -> None:
        _names(tx)
        for photo_id in range(1, photos + 1):
            insert_photo(tx, photo_id, chance)
        tx.changes.touch_all("photos")
        tx.changes.touch_all("marks")
        tx.changes.touch_all("ratings")
        tx.changes.touch_all("keywords")
        tx.changes.touch_all("text")

    catalog.db.write(write)


def _names(tx: Transaction) -> None:
    for source_id, path, online in ((1, b"/drive/Photos", 1), (2, b"/phone", 0)):
        tx.execute(
            "INSERT INTO sources (id, path, display_name, online, added_at) VALUES (?, ?, ?, ?, 0)",
            (source_id, path, path.decode()[1:], online),
        )
    for folder_id, (source_id, relpath) in enumerate(FOLDERS, 1):
        tx.execute("INSERT INTO folders VALUES (?, ?, ?)", (folder_id, source_id, relpath))
    tx.executemany("INSERT INTO cameras VALUES (?, ?, ?)", ((i, *c) for i, c in enumerate(CAMERAS, 1)))
    tx.executemany("INSERT INTO lenses VALUES (?, ?)", enumerate(LENSES, 1))
    tx.executemany("INSERT INTO formats VALUES (?, ?)", enumerate(FORMATS, 1))
    tx.executemany("INSERT INTO keywords VALUES (?, ?)", enumerate(KEYWORDS, 1))


def insert_photo(tx: Transaction, photo_id: int, chance: random.Random) -> None:
    """One photo with its file, and by chance marks, a rating, keywords, a second place, a part."""
    folder = chance.randint(1, len(FOLDERS))
    kind = chance.choices((0, 1, 2), (8, 2, 2))[0]
    shape = chance.choice(((600, 400), (400, 600), (500, 500), (None, None), (800, 300)))
    taken = chance.choice((None, chance.randint(0, 20) * YEAR_MS // 2, YEAR_MS * 49 + chance.randint(0, 3) * 60_000))
    located = chance.random() < 0.5
    state = chance.choices((0, 1, 2, 3), (20, 3, 1, 1))[0]
    leader = chance.randint(1, photo_id - 1) if photo_id > 1 and chance.random() < 0.12 else None
    if leader is not None:
        row = tx.execute("SELECT leader_id FROM photos WHERE id = ?", (leader,)).fetchone()
        leader = None if row is None or row[0] is not None else leader
    tx.execute(
        "INSERT INTO photos (id, kind, created_at, file_id, source_id, folder_id, format_id, file_size, modified_at, "
        "state, leader_id, pair_kind, ready, unreadable, width, height, taken_local, taken_offset, taken_origin, "
        f"camera_id, lens_id, lat, lon, duration) VALUES ({', '.join('?' * 24)})",
        (
            photo_id,
            kind,
            1_600_000_000 + chance.randint(0, 9),
            photo_id,
            FOLDERS[folder - 1][0],
            folder,
            chance.randint(1, len(FORMATS)),
            chance.randint(0, 4) * 1000,
            chance.choice((None, 1.5, 2.25, 99.0)),
            state,
            leader,
            chance.choice((1, 2)) if leader else 0,
            int(chance.random() < 0.93),
            "broken" if chance.random() < 0.1 else None,
            *shape,
            taken,
            chance.choice((None, -300, 0, 120)),
            chance.choice((0, 1, 5)) if taken else 0,
            chance.choice((None, 1, 2, 3)),
            chance.choice((None, 1, 2)),
            47.5 if located else None,
            8.25 if located else None,
            chance.choice((None, 3.5, 12.0)) if kind == 2 else None,
        ),
    )
    name = f"{chance.choice(('IMG', 'img', 'DSC'))}_{chance.randint(1, 5)}.jpg".encode()
    _insert_file(tx, photo_id, photo_id, folder, name)
    if chance.random() < 0.15:
        _insert_file(tx, 10_000 + photo_id, photo_id, chance.randint(1, len(FOLDERS)), b"copy.jpg")
    if chance.random() < 0.6:
        tx.execute(
            "INSERT INTO marks (photo_id, flag, stars, label) VALUES (?, ?, ?, ?)",
            (photo_id, chance.randint(0, 2), chance.choice((None, 0, 3, 5)), chance.randint(0, 2)),
        )
    if chance.random() < 0.7:
        tx.execute(
            "INSERT INTO ratings (photo_id, elo, interval, comparisons) VALUES (?, ?, ?, ?)",
            (
                photo_id,
                1000 + chance.randint(0, 8) * 50,
                chance.choice((None, 50.0, 75.5)),
                chance.choice((0, 1, 3, 12)),
            ),
        )
    for keyword in chance.sample(range(1, len(KEYWORDS) + 1), chance.choice((0, 0, 1, 2))):
        tx.execute("INSERT INTO photo_keywords VALUES (?, ?, ?)", (photo_id, keyword, chance.choice((0, 1, 2))))


def _insert_file(tx: Transaction, file_id: int, photo_id: int, folder: int, name: bytes) -> None:
    """Names repeat on purpose; a photo id before the name keeps those of one folder apart where they must be."""
    taken = tx.execute("SELECT 1 FROM files WHERE folder_id = ? AND name = ?", (folder, name)).fetchone()
    tx.execute(
        "INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) VALUES (?, ?, ?, ?, 1, 1, 1)",
        (file_id, photo_id, folder, f"{photo_id}-".encode() + name if taken else name),
    )
