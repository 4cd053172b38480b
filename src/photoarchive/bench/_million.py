"""The prepared home with a million rows, made once and kept."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from photoarchive.bench import bench_home

ROWS = 1_000_000


def million_home(vectors: int = 0) -> Path:
    """A home with 1,000,000 synthetic photos (rows only). The first call makes it, which takes minutes.

    vectors: with clustered search vectors of this length that words find; 0: without.
    """
    kind = f"-vectors-{vectors}" if vectors else ""
    home = bench_home() / f"rows-{ROWS}{kind}"
    done = home / ".complete"
    with (bench_home() / ("vectors.lock" if vectors else "rows.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from photoarchive.demo.build import build_demo

            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, ROWS, rows_only=True, vectors=vectors)
            done.touch()
    return home
