"""The prepared home with a million rows and a made-up vector of each, made once and kept."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from photoarchive.bench import bench_home
from photoarchive.bench._million import ROWS

LENGTH = 512


def searchable_home() -> Path:
    """1,000,000 synthetic photos with clustered 512-d vectors that words find. The first call takes minutes."""
    home = bench_home() / f"rows-{ROWS}-vectors-{LENGTH}"
    done = home / ".complete"
    with (bench_home() / "vectors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from photoarchive.demo import build_demo

            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, ROWS, rows_only=True, vectors=LENGTH)
            done.touch()
    return home
