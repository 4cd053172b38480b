"""What tests of copies share: starting one over HTTP, waiting for its end, and looking at what came out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import LiveServer

PATIENCE_S = 60.0


def start_copy(server: LiveServer, target: Path, **body: Any) -> dict[str, Any]:
    """Start copying the whole library, or what the body names."""
    chosen = {} if {"image_ids", "view"} & set(body) else {"view": {}}
    copy: dict[str, Any] = server.post("/api/export/copy", {"target": str(target)} | chosen | body)["copy"]
    return copy


def copy_of(server: LiveServer, copy_id: int) -> dict[str, Any]:
    """A copy as it stands."""
    found: dict[str, Any] = next(one for one in server.get("/api/export/copies")["copies"] if one["id"] == copy_id)
    return found


def finished(server: LiveServer, copy_id: int) -> dict[str, Any]:
    """A copy when it is over."""
    wait_until(lambda: copy_of(server, copy_id)["state"] != "running")
    return copy_of(server, copy_id)


def wait_until(condition: Callable[[], bool]) -> None:
    """Give something a minute to come true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in a minute"
        time.sleep(0.1)


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file beneath a folder, hidden ones too: relative path → content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
