"""Asks child processes about folders that may lie on a dead drive. Owns the children; what it means: `drives`.

A child gets two seconds. One that hangs on a dead drive cannot even be killed: it is left behind, and no other is
sent to the same folder as long as it lives.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.demo_marker import demo_source_ids
from photoarchive.catalog.files import known_files
from photoarchive.catalog.sources import Source
from photoarchive.core import mounts
from photoarchive.features.sources import drives
from photoarchive.features.sources.drives import Finding, Look

LIMIT_S = 2.0
KNOWN_FILES = 32
NO_DRIVE_NEEDED = Finding(problem=None)       # a made-up source: all its photos are drawn

Answer = dict[str, Any]


class Prober:
    """Looks at folders. Thread-safe; a look takes 20 ms at a healthy drive and at most two seconds at a dead one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._hung: dict[bytes, subprocess.Popen[bytes]] = {}

    def examine(self, source: Source, *, at: bytes | None = None) -> Finding:
        """Whether a source is at its path, and is the right one. at: look for it at this path instead."""
        if source.id in demo_source_ids(self._db):
            return NO_DRIVE_NEEDED
        place = source if at is None else msgspec.structs.replace(source, path=at)
        files = known_files(self._db.read(), source.id, KNOWN_FILES)
        return drives.judge(place, self._look(place.path, files), mounts.read_mounts())

    def glance(self, source: Source) -> Finding:
        """Like examine without the known files: reads nothing a sleeping disk does not have in memory."""
        if source.id in demo_source_ids(self._db):
            return NO_DRIVE_NEEDED
        return drives.judge(source, self._look(source.path, []), mounts.read_mounts())

    def resolve(self, path: bytes) -> Answer | None:
        """{real, is_dir, uuid} of a typed path, {errno}, or None if its drive does not answer."""
        return self.ask(path, {"ask": "resolve"})

    def browse(self, path: bytes) -> Answer | None:
        """{real, folders, more} of a folder, {errno}, or None if its drive does not answer."""
        return self.ask(path, {"ask": "browse"})

    def _look(self, root: bytes, files: list[tuple[bytes, int, int]]) -> Look | None:
        said = self.ask(root, {"ask": "examine", "files": [(path.hex(), size, mtime) for path, size, mtime in files]})
        if said is None:
            return None
        return Look(said.get("errno") or 0, bool(said.get("empty")), said.get("uuid"), said.get("looked", 0),
                    said.get("matched", 0))

    def ask(self, root: bytes, question: Answer) -> Answer | None:
        """One question about a folder, to a child of its own; None if there is no answer in time."""
        if self._still_hangs(root):
            return None
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("probe_child.py"))], cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        try:
            answer, _ = child.communicate(json.dumps(question | {"root": root.hex()}).encode(), timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self._abandon(root, child)
            return None
        found: Answer | None = json.loads(answer) if answer else None
        return found

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
