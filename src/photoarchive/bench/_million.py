"""The prepared home with a million rows, made once and kept."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from photoarchive.bench import bench_home

ROWS = 1_000_000


def million_home() -> Path:
    """A home with 1,000,000 synthetic photos (rows only). The first call makes it, which takes minutes."""
    home = bench_home() / f"rows-{ROWS}"
    done = home / ".complete"
    with (bench_home() / "rows.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from photoarchive.demo import build_demo

            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, ROWS, rows_only=True)
            done.touch()
    return home
