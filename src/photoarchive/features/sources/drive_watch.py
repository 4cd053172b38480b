"""Notices when drives go and come back: follows the mount table, looks at sources now and then, and on request.

Owns the online state of sources. A change of the mount table is seen at once; a drive that dies without a
word is seen when somebody fails to read from it (`check`), or at the next glance.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from photoarchive.catalog.scans import Scans
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.core import mounts
from photoarchive.core.clock import monotonic
from photoarchive.features.sources.drives import Finding, Problem, places_elsewhere
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.questions import drive_question, relocation_question

log = logging.getLogger(__name__)

LISTEN_S = 0.5              # how long the mount table is listened to before the rest is looked at
STOP_S = 1.0                # a look that takes longer is left behind
ABSENT_POLL_S = 15.0        # an absent source may be a folder that was renamed: no mount tells of its return
PRESENT_POLL_S = 60.0       # a glance reads only what the kernel has in memory, so a sleeping disk sleeps on
MOST_FILES = 0.5            # share of the known files that must be found at another mount point


class DriveWatch:
    """Keeps `SourceTable.online` true. wake: called with a job's name when it may have work again."""

    def __init__(self, sources: SourceTable, prober: Prober, scans: Scans, wake: Callable[[str], None]) -> None:
        self._sources, self._prober, self._scans, self._wake = sources, prober, scans, wake
        self._stopping = threading.Event()
        self._events: mounts.MountEvents | None = None
        self._thread: threading.Thread | None = None
        self._looked_at: dict[int, float] = {}
        self._checked_at: dict[int, float] = {}
        self._check_lock = threading.Lock()
        sources.check_with(self.check)

    def start(self) -> None:
        """Begin to watch."""
        self._events = mounts.MountEvents()
        self._thread = threading.Thread(target=self._watch, args=(self._events,), name="drive-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a look that takes longer than a moment is left to itself."""
        self._stopping.set()
        if self._events is None or self._thread is None:
            return
        self._events.interrupt()
        self._thread.join(STOP_S)
        if not self._thread.is_alive():
            self._events.close()
            self._events = None

    def check(self, source_id: int) -> bool:
        """Look at a source now and note the result. True if it is there. Takes up to two seconds.

        Many readers fail at once when a drive dies; those that wait for each other get the same answer.
        """
        asked_at = monotonic()
        with self._check_lock:
            if self._checked_at.get(source_id, float("-inf")) > asked_at:
                return self._sources.is_online(source_id)
            source = self._sources.get(source_id)
            began_at = monotonic()
            there = self._apply(source, self._prober.examine(source))
            self._checked_at[source_id] = began_at
            return there

    # ------------------------------------------------------------------ the thread

    def _watch(self, events: mounts.MountEvents) -> None:
        changed = True
        while not self._stopping.is_set():
            for source in self._sources.active():
                if self._stopping.is_set():
                    break
                if changed or self._is_due(source):
                    self._visit(source, thorough=changed or not source.online)
            changed = events.wait(LISTEN_S)

    def _is_due(self, source: Source) -> bool:
        pause = PRESENT_POLL_S if source.online else ABSENT_POLL_S
        return monotonic() - self._looked_at.get(source.id, float("-inf")) >= pause

    def _visit(self, source: Source, *, thorough: bool) -> None:
        self._looked_at[source.id] = monotonic()
        try:
            there = self._apply(source, self._prober.examine(source) if thorough else self._prober.glance(source))
            if not there and source.question is None:
                self._search(source)
        except Exception:
            if self._stopping.is_set():
                return                                                      # the catalog is closed by now
            log.exception("Looking at %s failed", source.shown_path)      # the next look may succeed

    def _apply(self, source: Source, finding: Finding) -> bool:
        online = finding.problem is None
        news = self._sources.set_online(source.id, online)
        if news and online:
            if source.question and source.question["kind"] in (Problem.EMPTY, Problem.OTHER_DRIVE, "relocated"):
                self._sources.update(source.id, question=None)
            self._wake("scan")
            self._wake("metadata")
        elif news and finding.problem is Problem.OTHER_DRIVE and source.question is None:
            self._sources.update(source.id, question=drive_question(source, finding, 0))
        if news:
            log.info("%s is %s. %s", source.shown_path, "online" if online else "offline", finding.sentence)
        return online

    def _search(self, source: Source) -> None:
        """An absent source may be mounted elsewhere: offer that place."""
        taken = {other.path for other in self._sources.all()}
        for path in places_elsewhere(source, mounts.read_mounts()):
            if path in taken:
                continue
            finding = self._prober.examine(source, at=path)
            same = finding.problem is None and finding.drive is not None and finding.drive.identity == source.fs_uuid
            if same and finding.matched > MOST_FILES * finding.looked:
                self._sources.update(source.id, question=relocation_question(source, path))
                return
