"""Asks child processes whether a source is there and is the right one. Owns the children; judges in `drives`.

A child gets two seconds. One that hangs on a dead drive cannot even be killed: it is left behind, and no other is
sent after it as long as it lives.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
from pathlib import Path

from photoarchive.catalog.database import Database
from photoarchive.catalog.files import known_files
from photoarchive.catalog.sources import Source
from photoarchive.core import mounts
from photoarchive.features.sources import drives
from photoarchive.features.sources.drives import Finding, Look

LIMIT_S = 2.0
KNOWN_FILES = 32


class Prober:
    """Looks at sources. Thread-safe; a look takes 30 ms of a healthy drive and at most two seconds of a dead one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._hung: dict[bytes, subprocess.Popen[bytes]] = {}

    def examine(self, source: Source, *, at: bytes | None = None) -> Finding:
        """What is at a source's path now. at: another path at which to look for the same source."""
        files = known_files(self._db.read(), source.id, KNOWN_FILES)
        place = source if at is None else _moved(source, at)
        return drives.judge(place, self.look(place.path, files), mounts.read_mounts())

    def look(self, root: bytes, files: list[tuple[bytes, int, int]]) -> Look | None:
        """What a child sees at root; None if it does not answer in time. files: (path beneath root, size, mtime_ns)."""
        if self._still_hangs(root):
            return None
        question = {"root": root.hex(), "files": [(path.hex(), size, mtime) for path, size, mtime in files]}
        child = subprocess.Popen(
            [sys.executable, "-P", "-I", "-S", _child_path()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
        )
        try:
            answer, _ = child.communicate(json.dumps(question).encode(), timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self._abandon(root, child)
            return None
        return _read_answer(answer)

    def _still_hangs(self, root: bytes) -> bool:
        with self._lock:
            child = self._hung.get(root)
            if child is not None and child.poll() is not None:
                del self._hung[root]
                child = None
            return child is not None

    def _abandon(self, root: bytes, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(0.2)
        except subprocess.TimeoutExpired:
            with self._lock:
                self._hung[root] = child


def _child_path() -> str:
    return str(Path(__file__).with_name("probe_child.py"))


def _read_answer(answer: bytes) -> Look | None:
    if not answer:
        return None
    said = json.loads(answer)
    return Look(said.get("errno") or 0, bool(said.get("empty")), said.get("uuid"), said.get("looked", 0),
                said.get("matched", 0), said.get("device", ""))


def _moved(source: Source, path: bytes) -> Source:
    return dataclasses.replace(source, path=path)
