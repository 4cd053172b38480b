"""Facts of the running server."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

import photoarchive
from photoarchive.core import clock
from photoarchive.core.config import checkout_root


class DevStatus(msgspec.Struct):
    """The answer of GET /api/dev/status."""

    pid: int
    started_at: float
    uptime_seconds: float
    git_commit: str | None
    cwd: str
    version: str
    loop_lag_ms: dict[str, float]


class ServerFacts:
    """What does not change while the server runs, read once."""

    def __init__(self) -> None:
        self._started_at = clock.now()
        self._started = clock.monotonic()
        self._commit = git_commit(checkout_root())

    def status(self, loop_lag_ms: dict[str, float]) -> DevStatus:
        """The status now."""
        return DevStatus(
            pid=os.getpid(), started_at=self._started_at, uptime_seconds=round(clock.monotonic() - self._started, 3),
            git_commit=self._commit, cwd=str(Path.cwd()), version=photoarchive.__version__, loop_lag_ms=loop_lag_ms,
        )


def git_commit(checkout: Path | None) -> str | None:
    """The commit a checkout stands on, read from its files; None when installed or unknown."""
    if checkout is None:
        return None
    folder = checkout / ".git"
    try:
        if folder.is_file():                 # a work tree: the file names the folder
            folder = (checkout / folder.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (folder / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        common = folder / "commondir"
        shared = (folder / common.read_text().strip()).resolve() if common.is_file() else folder
        loose = shared / name
        if loose.is_file():
            return loose.read_text().strip()
        packed = (shared / "packed-refs").read_text().splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
    except OSError:
        return None
