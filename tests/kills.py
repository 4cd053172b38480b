"""kill -9 of a server in the middle of its work."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from conftest import LiveServer


def kill_when(server: LiveServer, home: Path, counted: str, least: int, seconds: float) -> int:
    """kill -9 as soon as a count in the catalog is `least`, which has so many seconds; what it is then.

    The catalog that is left must be whole.
    """
    deadline = time.monotonic() + seconds
    with closing(sqlite3.connect(home / "photoarchive.db")) as catalog:
        while catalog.execute(counted).fetchone()[0] < least:
            assert time.monotonic() < deadline, f"not {least} so far: {counted}"
            time.sleep(0.005)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    with closing(sqlite3.connect(home / "photoarchive.db")) as catalog:
        assert catalog.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return int(catalog.execute(counted).fetchone()[0])
