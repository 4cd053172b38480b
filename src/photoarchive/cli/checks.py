"""What `photoarchive doctor` looks at: each check is one line with a state and a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from photoarchive.catalog import health
from photoarchive.cli.connection import running
from photoarchive.cli.output import size
from photoarchive.core.config import Config
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.events import Bus
from photoarchive.core.paths import display_path

LEAST_FREE_BYTES = 2_000_000_000
IMPORT_SECONDS = 60

# module → what is missing without it
READERS = {
    "PIL": "pictures", "cykooz_resizer": "fast resizing (slower without)", "pi_heif": "HEIC pictures",
    "rawpy": "RAW files without a large preview", "exiv2": "metadata", "av": "videos", "pylibjxl": "JPEG XL pictures",
    "blake3": "checking files for damage", "xxhash": "finding moved files", "watchfiles": "watching folders",
}
OPTIONAL = frozenset({"cykooz_resizer"})


class Check(msgspec.Struct):
    """One finding. state: ok, note (works with a limit) or problem."""

    name: str
    state: str
    says: str


def all_checks(config: Config) -> list[Check]:
    """All findings, in the order a person would look."""
    found: list[Check] = []
    for part in (_python, _sqlite, _readers, _landlock, _home, _space, _server, _database, _sources):
        found.extend(part(config))
    return found


def _python(_config: Config) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Check("Python", "ok" if good else "problem", version if good else f"{version}; 3.11 or newer is needed")


def _sqlite(_config: Config) -> Iterator[Check]:
    version, missing = health.sqlite_features()
    says = version if not missing else f"{version} lacks {', '.join(missing)}; install a Python with a newer SQLite"
    yield Check("SQLite", "problem" if missing else "ok", says)


def _readers(_config: Config) -> Iterator[Check]:
    """Import each library in a process of its own: a broken one may end the process."""
    for module, what in READERS.items():
        try:
            done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True,
                                  timeout=IMPORT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            yield Check(module, "problem", f"did not load within {IMPORT_SECONDS} s; needed for {what}")
            continue
        if done.returncode == 0:
            yield Check(module, "ok", what)
        else:
            why = (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1]
            state = "note" if module in OPTIONAL else "problem"
            yield Check(module, state, f"cannot be loaded ({why}); needed for {what}")


def _landlock(_config: Config) -> Iterator[Check]:
    from photoarchive.core.guard import landlock_state

    says = landlock_state()
    yield Check("Landlock", "note" if "no Landlock" in says else "ok", says)


def _home(config: Config) -> Iterator[Check]:
    place = _existing(config.home)
    if os.access(place, os.W_OK | os.X_OK):
        yield Check("Data folder", "ok", str(config.home))
    else:
        yield Check("Data folder", "problem", f"{place} cannot be written; choose another with PHOTOARCHIVE_HOME")


def _space(config: Config) -> Iterator[Check]:
    from photoarchive.core.settings import SettingsStore

    try:
        store = SettingsStore(config.settings_path, config, Bus())
    except PhotoArchiveError as error:
        yield Check("Settings", "problem", error.sentence)
        return
    for notice in store.notices:
        yield Check("Settings", "note", notice)
    for name, folder in (("Space for data", config.home), ("Space for previews", Path(store.current.ssd_cache_dir))):
        free = shutil.disk_usage(_existing(folder)).free
        yield Check(name, "ok" if free >= LEAST_FREE_BYTES else "note", f"{size(free)} free for {folder}")


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _server(config: Config) -> Iterator[Check]:
    server = running(config)
    yield Check("Server", "ok", f"runs at {server.note.address}" if server else "does not run")


def _database(config: Config) -> Iterator[Check]:
    if not config.database_path.exists():
        yield Check("Catalog", "note", "none yet")
        return
    verdict = health.check_catalog(config.database_path)
    yield Check("Catalog", "ok" if not verdict else "problem",
                verdict or f"{config.database_path} is sound ({size(config.database_path.stat().st_size)})")


def _sources(config: Config) -> Iterator[Check]:
    if not config.database_path.exists():
        return
    for path in health.source_paths(config.database_path):
        shown = display_path(path)
        if Path(os.fsdecode(path)).is_dir():
            yield Check("Source", "ok", shown)
        else:
            yield Check("Source", "note", f"{shown} is not connected; its photos are shown from the cache")

