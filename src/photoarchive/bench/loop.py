"""loop: how late the server's event loop is while it scans, reads metadata, makes previews and serves pictures at once.

A fresh home, work mode Max, a folder of 8,000 small files and one of 400 photos of 4 megapixels. While these are
scanned and previewed, four connections ask for thumbnails without a pause, and the small folder is scanned again and
again. Reported is the p99 of /api/dev/status at the end: a timer of 25 ms measured on the loop since the start.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from photoarchive.bench import Report, bench_home
from photoarchive.bench._server import BenchServer, running, wrk
from photoarchive.bench._shots import shots
from photoarchive.bench.serve import PHOTOS, load

SMALL_FILES = 8_000
ROUNDS, ROUND_SECONDS = 6, 5
FIRST_PHOTOS = 50
WAIT_SECONDS = 60.0


def run(report: Report) -> None:
    """Report loop.lag_p99_ms."""
    program, large, small = wrk(), shots(PHOTOS), _small_files()
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as folder, running(Path(folder)) as server:
        server.post("/api/work/mode", {"mode": "max"})
        server.post("/api/catalog/sources", {"path": str(large), "scan": True})
        server.wait_until(lambda: len(_ids(server)) >= FIRST_PHOTOS, WAIT_SECONDS, "the first photos")
        source = server.post("/api/catalog/sources", {"path": str(small), "scan": True})["source"]["id"]
        server.post("/api/cache/pregen/start")
        server.post("/api/work/metadata/run")
        for _ in range(ROUNDS):
            load(program, server, _ids(server), 4, ROUND_SECONDS)
            if not server.get("/api/scan/status")["scanning"]:
                server.post(f"/api/catalog/sources/{source}/rescan")
        lag = server.get("/api/dev/status")["loop_lag_ms"]
    report("loop.lag_p99_ms", lag["p99"], "ms")


def _ids(server: BenchServer) -> list[int]:
    return [card["id"] for card in server.get(f"/api/rankings?limit={PHOTOS}&sort=newest")["images"]]


def _small_files() -> Path:
    """Distinct tiny JPEGs in 40 folders; made at the first call."""
    from photoarchive.imaging.scenery import draw, encode

    root = bench_home() / f"small-{SMALL_FILES}"
    if (root / ".complete").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    picture = encode(draw(0, 1, 160, 120))
    for number in range(SMALL_FILES):
        folder = root / f"roll {number % 40}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"small-{number:05d}.jpg").write_bytes(picture + number.to_bytes(4, "big"))
    (root / ".complete").touch()
    return root
