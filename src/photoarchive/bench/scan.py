"""scan: how many files a first scan and a rescan of 20,000 small photos in 200 folders take in a second.

The whole work of a scan: the look at the drive, walking and stat in worker processes, content keys (and, for files as
small as these, full hashes), rows, columns and full text. Files are in the page cache, workers are started. First scans
go into a fresh catalog each; rescans confirm the unchanged tree. Medians.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
from pathlib import Path

from photoarchive.bench import Report, bench_home
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.scans import Scans
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.clock import monotonic
from photoarchive.core.events import Bus
from photoarchive.features.sources.jobs import ScanJob
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.reading import read_keys
from photoarchive.features.sources.scan_run import ScanTools
from photoarchive.work.job import Budget
from photoarchive.work.pool import Pool

FILES, PER_FOLDER = 20_000, 100
LEAST_BYTES, MOST_BYTES = 2_000, 30_000
FIRST_SCANS, RESCANS = 3, 7
WORKERS = 2
BUDGET = Budget(items=1_000, workers=WORKERS)


def run(report: Report) -> None:
    """Scan afresh, then again and again."""
    tree = _prepared()
    pool = Pool(WORKERS)
    try:
        _warm(pool, tree)
        first: list[float] = []
        again: list[float] = []
        for _ in range(FIRST_SCANS):
            with tempfile.TemporaryDirectory(dir=bench_home()) as home:
                rates = _scan_repeatedly(Path(home), tree, pool, 1 + RESCANS if not first else 1)
            first.append(rates[0])
            again += rates[1:]
    finally:
        pool.close()
    report("scan.first_files_per_s", statistics.median(first), "/s")
    report("scan.rescan_files_per_s", statistics.median(again), "/s")


def _scan_repeatedly(home: Path, tree: Path, pool: Pool, times: int) -> list[float]:
    """Files per second of each of so many scans into a new catalog."""
    db = Database(home / "photoarchive.db")
    try:
        columns, bus = Columns(db, home / ".run"), Bus()
        FullText(db, columns)
        sources, scans = SourceTable(db, bus), Scans(db)
        job = ScanJob(ScanTools(db, sources, pool, Prober(db)), scans, bus)
        source_id = db.write(lambda tx: sources.insert_row(tx, os.fsencode(tree), "bench"))
        return [_one_scan(scans, job, source_id) for _ in range(times)]
    finally:
        db.close()


def _one_scan(scans: Scans, job: ScanJob, source_id: int) -> float:
    scans.queue(source_id)
    began = monotonic()
    while job.pending():
        job.step(BUDGET)
    seconds = monotonic() - began
    status = job.status()
    if status.error is not None or status.counts.found != FILES:
        raise RuntimeError(f"the scan did not find all files: {status}")
    return FILES / seconds


def _warm(pool: Pool, tree: Path) -> None:
    """Start the workers and read all files once."""
    paths = [os.fsencode(path.relative_to(tree)) for path in sorted(tree.rglob("*.jpg"))]
    pieces = [paths[start:start + 1_000] for start in range(0, len(paths), 1_000)]
    for future in [pool.submit(read_keys, os.fsencode(tree), piece) for piece in pieces]:
        future.result()


def _prepared() -> Path:
    """The tree, made once: distinct files of 2 to 30 kB that begin like a JPEG."""
    tree = bench_home() / "scan-1"
    if (tree / "complete").exists():
        return tree
    rng = random.Random(1)
    for number in range(FILES):
        folder = tree / f"{2000 + number // 2_000}" / f"{number // PER_FOLDER:03d}"
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        data = b"\xff\xd8\xff\xe0" + rng.randbytes(rng.randrange(LEAST_BYTES, MOST_BYTES))
        (folder / f"IMG_{number:05d}.jpg").write_bytes(data)
    (tree / "complete").touch()
    return tree
