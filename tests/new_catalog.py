"""The catalog of a home before its first photo: made once per process, since all migrations take their time."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from photoarchive.catalog.database import Database

NAME = "photoarchive.db"


@functools.cache
def _new() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        Database(path).close()
        return path.read_bytes()


def bring_catalog(home: Path) -> Path:
    """Let this home have one, unless it has. Returns the file."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / NAME
    if not path.exists():
        path.write_bytes(_new())
    return path
