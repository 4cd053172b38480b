"""Watches sources for changes and has the folders scanned in which something happened.

File-system events where there are some (folder by folder, so links are not followed and excluded folders not watched);
a scan every half hour where there are none (network mounts, or more folders than the kernel watches).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence

from watchfiles import Change, watch

from photoarchive.catalog.database import Database
from photoarchive.catalog.sources import SOURCES_CHANGED, Source, SourceTable
from photoarchive.core import mounts
from photoarchive.core.events import Bus, Event
from photoarchive.imaging.probe import is_candidate, is_sidecar

log = logging.getLogger(__name__)

RESCAN_EVERY_S = 1_800.0
SETTLE_MS = 3_000           # a card that is being copied gives one scan every few seconds, not one per file
MOST_FOLDERS = 20           # more changed folders than this are scanned as the folder that holds them all

ScanFolders = Callable[[int, Sequence[bytes]], None]


class Watcher:
    """Keeps one thread for each active, connected source that is to be watched."""

    def __init__(self, db: Database, sources: SourceTable, bus: Bus, scan_folders: ScanFolders) -> None:
        self._db, self._sources, self._scan_folders = db, sources, scan_folders
        self._lock = threading.Lock()
        self._watched: dict[int, _Watch] = {}
        self._closed = False
        bus.on(SOURCES_CHANGED, self._on_change)

    def start(self) -> None:
        """Watch what is to be watched now; later changes of sources are followed."""
        self._reconcile()

    def stop(self) -> None:
        """End all watching."""
        with self._lock:
            self._closed = True
            watches = list(self._watched.values())
            self._watched.clear()
        for one in watches:
            one.stop()
        for one in watches:
            one.thread.join(1.0)

    def _on_change(self, _event: Event) -> None:
        if self._watched or any(source.watch for source in self._sources.active()):
            self._reconcile()

    def _reconcile(self) -> None:
        wanted = {source.id: source for source in self._sources.active() if source.watch and source.online}
        with self._lock:
            if self._closed:
                return
            for source_id in [known for known in self._watched if known not in wanted]:
                self._watched.pop(source_id).stop()
            for source_id, source in wanted.items():
                old = self._watched.get(source_id)
                if old is not None and not old.fits(source):
                    old.stop()
                    old = None
                if old is None:
                    self._watched[source_id] = _Watch(self._db, source, self._scan_folders)
                    self._watched[source_id].thread.start()


class _Watch:
    """One watched source."""

    def __init__(self, db: Database, source: Source, scan_folders: ScanFolders) -> None:
        self._db, self._source, self._scan_folders = db, source, scan_folders
        self._ended = threading.Event()
        self._again = threading.Event()         # set together with _ended, or when the folders are to be listed anew
        self.thread = threading.Thread(target=self._run, name=f"watch-{source.id}", daemon=True)

    def fits(self, source: Source) -> bool:
        """Whether this is still how the source is to be watched."""
        return self.thread.is_alive() and (source.path, source.exclude) == (self._source.path, self._source.exclude)

    def stop(self) -> None:
        """End soon."""
        self._ended.set()
        self._again.set()

    def _run(self) -> None:
        self._scan_folders(self._source.id, [b""])      # what happened while nobody watched
        mount = mounts.mount_of(self._source.path, mounts.read_mounts())
        if mount is not None and mount.network:
            self._rescan_now_and_then()
            return
        try:
            while not self._ended.is_set():
                self._follow_events()
        except (OSError, RuntimeError) as error:        # too many folders for the kernel, or the drive went away
            log.warning("%s cannot be watched (%s); it is scanned every half hour.", self._source.shown_path, error)
            self._rescan_now_and_then()

    def _rescan_now_and_then(self) -> None:
        while not self._ended.wait(RESCAN_EVERY_S):
            self._scan_folders(self._source.id, [b""])

    def _follow_events(self) -> None:
        """Watch the folders there are now, until one comes or goes."""
        folders = self._folders()
        self._again.clear()
        if self._ended.is_set():
            return
        for changes in watch(*folders, watch_filter=None, debounce=SETTLE_MS, step=200, stop_event=self._again,
                             rust_timeout=1_000, raise_interrupt=False, recursive=False,
                             ignore_permission_denied=True):
            places, other_folders = self._sort(changes, set(folders))
            if places:
                self._scan_folders(self._source.id, gather(places))
            if other_folders:
                return

    def _sort(self, changes: Iterable[tuple[Change, str]], watched: set[str]) -> tuple[set[bytes], bool]:
        """Folders (beneath the source) in which photos may have changed, and whether folders came or went."""
        places, other_folders = set[bytes](), False
        for _, text in changes:
            path = os.fsencode(text)
            name = path.rpartition(b"/")[2]
            relpath = path[len(self._source.path):].strip(b"/")
            if is_candidate(name) or is_sidecar(name):
                places.add(relpath.rpartition(b"/")[0])
            elif not name.startswith(b".") and (text in watched or b"." not in name or not is_file_name(path)):
                places.add(relpath.rpartition(b"/")[0])
                other_folders = True
        return places, other_folders

    def _folders(self) -> list[str]:
        """The folders the catalog knows, and the root; names the watching library cannot take are left to scans."""
        rows = self._db.read().execute(
            "SELECT relpath FROM folders d WHERE source_id = ? AND EXISTS "
            "(SELECT 1 FROM files f WHERE f.folder_id = d.id AND f.state = 'present') AND relpath <> x''",
            (self._source.id,))
        found = {self._source.path}
        for (relpath,) in rows:
            parts = relpath.split(b"/")
            found.update(os.path.join(self._source.path, *parts[:depth]) for depth in range(1, len(parts) + 1))
        texts = []
        for path in sorted(found):
            try:
                texts.append(path.decode("utf-8"))
            except UnicodeDecodeError:
                continue
        return [text for text in texts if os.path.isdir(text)]  # noqa: PTH112 – thousands at once


def is_file_name(path: bytes) -> bool:
    """Whether something that changed is known to be a file; what is gone may have been a folder."""
    return os.path.isfile(path)  # noqa: PTH113 – bytes


def gather(folders: Iterable[bytes]) -> list[bytes]:
    """Few folders that hold all the given ones: none inside another, and one for all if they are very many."""
    kept: list[bytes] = []
    for folder in sorted(set(folders)):
        if not any(not outer or folder == outer or folder.startswith(outer + b"/") for outer in kept):
            kept.append(folder)
    if len(kept) <= MOST_FOLDERS:
        return kept
    parts = [folder.split(b"/") for folder in kept]
    common: list[bytes] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return [b"/".join(common)]
