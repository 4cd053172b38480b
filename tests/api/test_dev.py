"""GET /api/dev/status."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import photoarchive
from conftest import LiveServer
from photoarchive.core.config import checkout_root
from photoarchive.features.dev.service import git_commit


def test_the_status_says_who_runs_and_how_late_its_loop_is(live_server: LiveServer) -> None:
    deadline = time.monotonic() + 10
    while not (status := live_server.get("/api/dev/status"))["loop_lag_ms"]["max"]:
        assert time.monotonic() < deadline, "the lateness of the loop was not measured"
        time.sleep(0.05)
    assert {"pid", "started_at", "uptime_seconds", "git_commit", "cwd", "version", "loop_lag_ms"} <= status.keys()
    assert status["pid"] == live_server.process.pid
    assert status["version"] == photoarchive.__version__
    assert 0 < status["uptime_seconds"] < 60
    lag = status["loop_lag_ms"]
    assert 0 <= lag["p50"] <= lag["p99"] <= lag["max"]


def test_the_commit_is_the_one_git_names(tmp_path: Path) -> None:
    root = checkout_root()
    if root is not None and (root / ".git").exists():
        told = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        assert git_commit(root) == told.stdout.strip()
    assert git_commit(None) is None
    assert git_commit(tmp_path) is None
