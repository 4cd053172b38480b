"""The parts of a catalog that know of people, without a server: what the benchmark of people works on."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photoarchive.bench import bench_home
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_columns import GROUP, FaceColumns
from photoarchive.catalog.face_store import FaceStore, Scan
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.people import People
from photoarchive.catalog.people_filters import register_people_filters
from photoarchive.catalog.people_lists import PeopleLists
from photoarchive.catalog.people_questions import Questions
from photoarchive.catalog.upkeep import Upkeep
from photoarchive.catalog.view import Views
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.demo.build import build_demo
from photoarchive.features.people.grouping import Grouping
from photoarchive.features.people.looks import FaceLooks
from photoarchive.features.people.models import FaceModels
from photoarchive.features.people.service import PeopleService

ROWS = 1_000_000


class PeopleBench:
    """One catalog and its people."""

    def __init__(self, home: Path) -> None:
        config, bus = Config(home), Bus()
        self.db = Database(config.database_path)
        self.columns = Columns(self.db, config.run_dir)
        text = FullText(self.db, self.columns)
        self.views = Views(self.columns, text)
        self.faces = FaceColumns(self.db, self.columns)
        register_people_filters(self.views, self.faces)
        self.people = People(self.db, self.faces, ActionLog(self.db, bus))
        self.store, self.questions = FaceStore(self.db), Questions(self.db)
        self.lists = PeopleLists(self.db, self.faces)
        settings = SettingsStore(config.settings_path, config, bus)
        self.models = FaceModels(settings, self.store, Config(bench_home()).models_dir)
        self.grouping = Grouping(self.db, self.store, self.models)
        self.people.on_change(self.grouping.heard)
        self.service = PeopleService(
            db=self.db, people=self.people, faces=self.faces, lists=self.lists, questions=self.questions,
            looks=FaceLooks(self.store, self.faces, self.models), dictionaries=self.views.dictionaries)

    def add_photos(self, count: int) -> list[int]:
        """Photos without files."""
        def write(tx: Transaction) -> list[int]:
            tx.execute("INSERT OR IGNORE INTO sources (id, path, display_name, added_at) "
                       "VALUES (1, x'2f', 'Photos', 0)")
            tx.execute("INSERT OR IGNORE INTO folders (id, source_id, relpath) VALUES (1, 1, x'')")
            ids = [int(tx.execute("INSERT INTO photos (created_at, source_id, folder_id, ready, width, height) "
                                  "VALUES (0, 1, 1, 1, 300, 200) RETURNING id").fetchone()[0]) for _ in range(count)]
            tx.changes.touch("photos", ids)
            return ids

        return self.db.write(write)

    def scan(self, scan: Scan) -> list[int]:
        """Store what was seen in a photo and place its faces, as the job does."""
        ids = self.db.write(lambda tx: self.store.store(tx, self.models.model_id(), [scan]))
        self.grouping.place(ids)
        return ids

    def remove(self, face_ids: list[int]) -> None:
        """Take faces away again, so that the next run finds the library as it was."""
        def write(tx: Transaction) -> None:
            rows = [(face_id,) for face_id in face_ids]
            photos = [tx.execute("SELECT photo_id FROM faces WHERE id = ?", row).fetchone()[0] for row in rows]
            tx.executemany("DELETE FROM faces WHERE id = ?", rows)
            tx.executemany("DELETE FROM face_scans WHERE photo_id = ?", [(photo,) for photo in photos])
            tx.changes.touch(GROUP, photos)

        self.db.write(write)

    def regroup(self) -> None:
        """Group everything from scratch."""
        for _ in self.grouping.regroup():
            pass

    def person_of(self, face_id: int) -> int | None:
        """Whom a face is taken for."""
        row = self.db.read().execute("SELECT person_id FROM faces WHERE id = ?", (face_id,)).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def close(self) -> None:
        """Release the home."""
        self.grouping.close()
        self.db.close()


@contextmanager
def people_bench() -> Iterator[PeopleBench]:
    """An empty catalog that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="photoarchive-people-") as folder:
        bench = PeopleBench(Path(folder))
        try:
            yield bench
        finally:
            bench.close()


@contextmanager
def people_million() -> Iterator[PeopleBench]:
    """A library of a million photos with 500,000 faces. The first call makes it, which takes minutes."""
    home = bench_home() / f"faces-{ROWS}"
    with (bench_home() / "faces.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / ".complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, ROWS, rows_only=True, faces=True)
            (home / ".complete").touch()
        bench = PeopleBench(home)
        try:
            Upkeep(bench.columns, bench.views).sort_ahead()
            yield bench
        finally:
            bench.close()
