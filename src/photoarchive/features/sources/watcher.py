"""Watches sources for changes and has the folders scanned in which something happened.

File-system events where there are some (folder by folder, so links are not followed and excluded folders not watched);
a scan every half hour where there are none (network mounts, or more folders than the kernel watches).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence

from watchfiles import watch

from photoarchive.catalog.database import Database
from photoarchive.catalog.sources import SOURCES_CHANGED, Source, SourceTable
from photoarchive.core import mounts
from photoarchive.core.events import Bus, Event
from photoarchive.imaging.probe import is_candidate, is_sidecar

log = logging.getLogger(__name__)

RESCAN_EVERY_S = 1_800.0
SETTLE_MS = 3_000           # a card that is being copied gives one scan every few seconds, not one per file
START_S = 60.0              # setting up a hundred thousand folders on a slow disk
PAUSE_S = 30.0
MOST_FOLLOWERS = 8
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
                if old is not None:
                    old.look_again()
                else:
                    self._watched[source_id] = _Watch(self._db, source, self._scan_folders)
                    self._watched[source_id].thread.start()


class _Watch:
    """One watched source: a thread that knows its folders, and followers that hear of them.

    New folders get a follower of their own, so that nothing is missed in the others meanwhile; when there are several
    they are replaced by one.
    """

    def __init__(self, db: Database, source: Source, scan_folders: ScanFolders) -> None:
        self._db, self._source, self._scan_folders = db, source, scan_folders
        self._ended, self._news = threading.Event(), threading.Event()
        self._followers: list[_Follower] = []
        self.thread = threading.Thread(target=self._run, name=f"watch-{source.id}", daemon=True)

    def fits(self, source: Source) -> bool:
        """Whether this is still how the source is to be watched."""
        return self.thread.is_alive() and (source.path, source.exclude) == (self._source.path, self._source.exclude)

    def look_again(self) -> None:
        """The source changed: there may be other folders."""
        self._news.set()

    def stop(self) -> None:
        """End soon."""
        self._ended.set()
        self._news.set()

    def _run(self) -> None:
        mount = mounts.mount_of(self._source.path, mounts.read_mounts())
        if mount is not None and mount.network:
            self._scan([b""])
            self._rescan_now_and_then()
            return
        try:
            self._follow()
        except (OSError, RuntimeError) as error:        # too many folders for the kernel, or the drive went away
            log.warning("%s cannot be watched (%s); it is scanned every half hour.", self._source.shown_path, error)
            self._rescan_now_and_then()
        finally:
            for follower in self._followers:
                follower.stop()

    def _rescan_now_and_then(self) -> None:
        while not self._ended.wait(RESCAN_EVERY_S):
            self._scan([b""])

    def _follow(self) -> None:
        watched: set[bytes] = set()
        while not self._ended.is_set():
            self._news.clear()
            folders = self._folders()
            watched &= folders          # one that went and comes again is a new one to the kernel
            new = folders - watched
            if new:
                whole = len(self._followers) >= MOST_FOLLOWERS
                follower = _Follower(self._source, folders if whole else new, self._scan)
                follower.wait_until_active()
                if whole:
                    for old in self._followers:
                        old.stop()
                    self._followers.clear()
                self._followers.append(follower)
                self._scan(gather(new) if watched else [b""])       # what happened there while nobody watched
                watched |= folders
            for follower in self._followers:
                follower.raise_failure()
            self._news.wait(PAUSE_S)
            self._ended.wait(SETTLE_MS / 1000)

    def _scan(self, folders: Sequence[bytes]) -> None:
        if not self._ended.is_set():
            self._scan_folders(self._source.id, folders)

    def _folders(self) -> set[bytes]:
        """The folders (beneath the source) that hold photos, and those above them."""
        rows = self._db.read().execute(
            "SELECT relpath FROM folders d WHERE source_id = ? AND EXISTS "
            "(SELECT 1 FROM files f WHERE f.folder_id = d.id AND f.state = 'present')", (self._source.id,))
        found = {b""}
        for (relpath,) in rows.fetchall():
            parts = relpath.split(b"/")
            found.update(b"/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return found


class _Follower:
    """A thread that hears of changes in some folders."""

    def __init__(self, source: Source, folders: Iterable[bytes], scan: Callable[[Sequence[bytes]], None]) -> None:
        self._root, self._scan = source.path, scan
        texts = (_as_text(os.path.join(source.path, folder)) for folder in sorted(folders))
        self._paths = [text for text in texts if text is not None]
        self._ended, self._active = threading.Event(), threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"follow-{source.id}", daemon=True)
        self._thread.start()

    def wait_until_active(self) -> None:
        """Return when changes are heard of, or when that failed."""
        self._active.wait(START_S)

    def raise_failure(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End soon."""
        self._ended.set()

    def _run(self) -> None:
        try:
            # The first time it yields, with or without changes, it is active.
            for changes in watch(*self._paths, watch_filter=None, debounce=SETTLE_MS, step=100, rust_timeout=250,
                                 stop_event=self._ended, yield_on_timeout=True, raise_interrupt=False, recursive=False,
                                 ignore_permission_denied=True):
                self._active.set()
                places = {self._place(path) for _, path in changes if _matters(path)}
                if places:
                    self._scan(gather(places))
        except (OSError, RuntimeError) as error:
            self._failure = error
        finally:
            self._active.set()

    def _place(self, path: str) -> bytes:
        """The folder beneath the source in which something happened."""
        return os.fsencode(path)[len(self._root):].strip(b"/").rpartition(b"/")[0]


def _matters(path: str) -> bool:
    """Photos, side files, and whatever may be or have been a folder; not what hidden or foreign files do."""
    name = os.fsencode(path).rpartition(b"/")[2]
    if name.startswith(b"."):
        return False
    return is_candidate(name) or is_sidecar(name) or not os.path.isfile(path)  # noqa: PTH113 – may be gone


def _as_text(path: bytes) -> str | None:
    """A folder for the watching library, which takes only text; one it cannot take, or that is gone, is left out."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if os.path.isdir(text) else None  # noqa: PTH112 – thousands at once


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
