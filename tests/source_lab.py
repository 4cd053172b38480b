"""A real catalog with real sources, scanned by the real job in real workers, without a server around it."""

from __future__ import annotations

import os
from pathlib import Path

from new_catalog import bring_catalog
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.files import Files
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.scans import Scans
from photoarchive.catalog.sources import SourceTable
from photoarchive.catalog.view import Views
from photoarchive.core.events import Bus
from photoarchive.features.sources.catalog_view import CatalogView
from photoarchive.features.sources.drive_watch import DriveWatch
from photoarchive.features.sources.integrity_job import IntegrityJob
from photoarchive.features.sources.jobs import ScanJob, ScanStatus
from photoarchive.features.sources.pair_service import PairService
from photoarchive.features.sources.placement import Reserved
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.scan_run import ScanTools
from photoarchive.features.sources.service import SourceService
from photoarchive.features.sources.walking import TreeSlice, list_tree
from photoarchive.work.job import Budget
from photoarchive.work.pool import Pool

BUDGET = Budget(items=1_000, workers=2)
MANY_STEPS = 400


class SourceLab:
    """Everything about sources, driven step by step from the test."""

    def __init__(self, home: Path, pool: Pool) -> None:
        self.home, self.pool, self.bus = home, pool, Bus()
        self.db = Database(bring_catalog(home))
        self.columns = Columns(self.db, home / ".run")
        self.sources, self.scans = SourceTable(self.db, self.bus), Scans(self.db)
        self.files, self.actions = Files(self.db), ActionLog(self.db, self.bus)
        self.prober = Prober(self.db)
        self.job = ScanJob(ScanTools(self.db, self.sources, pool, self.prober), self.scans, self.bus)
        self.woken: list[str] = []
        self.drive_watch = DriveWatch(self.sources, self.prober, self.scans, self.woken.append)
        self.cache = home / "cache"
        self.service = SourceService(
            self.db, self.sources, self.scans, self.job, self.prober, self.actions, wake=self.woken.append,
            reserved=lambda: [Reserved(os.fsencode(home.resolve()), "data folder"),
                              Reserved(os.fsencode(self.cache.resolve()), "cache folder")])
        self.integrity = IntegrityJob(self.db, self.sources, pool)
        self.pairs = PairService(self.db, self.actions, self.bus)
        self.view = CatalogView(self.sources, self.scans, self.job, self.columns,
                                Views(self.columns, FullText(self.db, self.columns)).further)

    def close(self) -> None:
        """End it; the pool belongs to the test session."""
        self.db.close()

    # ------------------------------------------------------------------ doing

    def add(self, folder: Path) -> int:
        """Add a folder and scan it to the end."""
        source_id = self.service.add(str(folder), "test").source.id
        self.work()
        return source_id

    def scan(self, source_id: int, subfolder: str | None = None) -> ScanStatus:
        """Scan a source again, to the end."""
        self.service.rescan(source_id, subfolder)
        return self.work()

    def work(self) -> ScanStatus:
        """Run the scan job until it has nothing to do."""
        for _ in range(MANY_STEPS):
            if not self.job.pending():
                return self.job.status()
            self.job.step(BUDGET)
        raise AssertionError(f"the scan does not come to an end: {self.job.status()}")

    def check_all(self) -> None:
        """Run the integrity job until nothing is due."""
        for _ in range(MANY_STEPS):
            self.integrity.forget_failures()
            if not self.integrity.pending():
                return
            self.integrity.step(BUDGET)
        raise AssertionError("the integrity job does not come to an end")

    def pick(self, *photo_ids: int) -> None:
        """Flag photos as picked, five stars."""
        def write(tx) -> None:
            tx.executemany("INSERT OR REPLACE INTO marks (photo_id, flag, stars) VALUES (?, 1, 5)",
                           [(photo_id,) for photo_id in photo_ids])
            tx.changes.touch("marks", photo_ids)
        self.db.write(write)

    def sql(self, query: str, *parameters: object) -> list[tuple]:
        """Rows of the catalog."""
        return self.db.read().execute(query, parameters).fetchall()

    # ------------------------------------------------------------------ looking

    def ids(self) -> dict[str, int]:
        """Photo id of every present file, by its path beneath its source."""
        return {os.fsdecode(os.path.join(folder, name)): photo_id for photo_id, folder, name in self.sql(
            "SELECT f.photo_id, d.relpath, f.name FROM files f JOIN folders d ON d.id = f.folder_id "
            "WHERE f.state = 'present'")}

    def states(self) -> dict[int, int]:
        """Photo id → 0 active, 1 missing, 2 removed, 3 trash."""
        return dict(self.sql("SELECT id, state FROM photos"))

    def picked(self) -> set[int]:
        """Ids of picked photos."""
        return {row[0] for row in self.sql("SELECT photo_id FROM marks WHERE flag = 1 AND stars = 5")}

    def places(self, photo_id: int) -> list[str]:
        """Where a photo lies now, best first, as paths beneath its sources."""
        return [os.fsdecode(place.original.relpath) for place in self.files.locations(photo_id) if place.present]


def list_but_die_at_deadly(root: bytes, pending: list[bytes], globs: tuple[str, ...], most: int) -> TreeSlice:
    """As list_tree in a worker, whose process a folder of the name “deadly” ends."""
    found = list_tree(root, pending, globs, most)
    if any(folder.relpath.endswith(b"deadly") for folder in found.folders):
        os._exit(1)
    return found
