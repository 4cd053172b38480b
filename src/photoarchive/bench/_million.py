"""The prepared home with a million rows, made once and kept."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import psutil

from photoarchive.bench import bench_home
from photoarchive.bench._server import launched

ROWS = 1_000_000
SETTLE_SECONDS, LOOK_SECONDS = 600, 3
QUIET_PERCENT, QUIET_LOOKS = 10.0, 4


def million_home(vectors: int = 0) -> Path:
    """A home with 1,000,000 synthetic photos (rows only). The first call makes it, which takes minutes.

    vectors: with clustered search vectors of this length that words find; 0: without.
    """
    kind = f"-vectors-{vectors}" if vectors else ""
    home = bench_home() / f"rows-{ROWS}{kind}"
    done, settled = home / ".complete", home / ".settled"
    with (bench_home() / ("vectors.lock" if vectors else "rows.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from photoarchive.demo.build import build_demo

            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, ROWS, rows_only=True, vectors=vectors)
            done.touch()
        if vectors and not settled.exists():
            _settle(home)
            settled.touch()
    return home


def _settle(home: Path) -> None:
    """Let a server do what it does once with so many new photos (places, ratings), before it is measured."""
    with launched(home) as (process, _):
        server, quiet = psutil.Process(process.pid), 0
        for _ in range(SETTLE_SECONDS // LOOK_SECONDS):
            quiet = quiet + 1 if server.cpu_percent(LOOK_SECONDS) < QUIET_PERCENT else 0
            if quiet == QUIET_LOOKS:
                return
