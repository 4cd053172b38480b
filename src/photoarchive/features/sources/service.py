"""What a person does with sources: add, rescan, remove, restore, settle questions. Owns no SQL and no HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.scans import Scans, queue_row
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.core import mounts
from photoarchive.core.errors import Conflict, Invalid, NotFound, Unavailable
from photoarchive.core.mounts import is_within
from photoarchive.core.paths import display_path
from photoarchive.features.sources import questions
from photoarchive.features.sources.drives import drive_of
from photoarchive.features.sources.exclusions import check_globs
from photoarchive.features.sources.jobs import ScanJob
from photoarchive.features.sources.placement import Reserved, canonical_folder, check_place
from photoarchive.features.sources.probes import Prober

MAX_NAME = 120
STATE_ACTION, SETTINGS_ACTION = "source.state", "source.settings"


class Added(msgspec.Struct, frozen=True):
    """A source that was added or brought back, and whether a scan of it was queued."""

    source: Source
    scan_started: bool


class SourceService:
    """Thread-safe. reserved: our own folders now; wake: called with the name of a job that has new work."""

    def __init__(  # noqa: PLR0917 – the parts it is made of
        self, db: Database, sources: SourceTable, scans: Scans, job: ScanJob, prober: Prober, actions: ActionLog, *,
        reserved: Callable[[], Sequence[Reserved]], wake: Callable[[str], None],
    ) -> None:
        self._db, self._sources, self._scans, self._job = db, sources, scans, job
        self._prober, self._actions, self._reserved, self._wake = prober, actions, reserved, wake
        actions.register(STATE_ACTION, self._revert_state)
        actions.register(SETTINGS_ACTION, self._revert_settings)

    # ------------------------------------------------------------------ adding and scanning

    def add(self, path_text: str, window: str, *, scan: bool = True) -> Added:
        """Make a folder a source. One that was removed comes back with everything it had.

        Raises Invalid, NotFound or Conflict with a sentence that names the folders.
        """
        path, uuid = canonical_folder(self._prober, path_text)
        check_place(path, self._sources.all(), self._reserved())
        old = self._sources.find(path)
        drive = drive_of(path, uuid, mounts.read_mounts())

        def write(tx: Transaction) -> int:
            if old is not None:
                self._change_state(tx, old, "active", window, f"Added {old.display_name} again")
                source_id = old.id
            else:
                name = display_path(path.rstrip(b"/").rpartition(b"/")[2]) or display_path(path)
                source_id = self._sources.insert_row(
                    tx, path, name, fs_uuid=drive.identity, fs_path=drive.inner_path, rotational=drive.rotational)
                self._actions.record(tx, STATE_ACTION, f"Added {name}", window, 0,
                                     {"source_id": source_id, "before": "removed", "after": "active"})
            if scan:
                queue_row(tx, source_id)
            return source_id

        source_id = self._db.write(write, durable=True)
        if old is not None:
            self._sources.set_online(source_id, self._prober.examine(old).problem is None)
        if scan:
            self._wake("scan")
        return Added(self._sources.get(source_id), scan)

    def scan_folder(self, path_text: str, window: str) -> tuple[Source, str]:
        """Scan a folder wherever it lies: a source, a folder in one (only that is scanned), or a new source.

        Returns the source and the canonical path for a person.
        """
        path, _ = canonical_folder(self._prober, path_text)
        for source in self._sources.active():
            if is_within(path, source.path):
                self._queue(source, path[len(source.path):].strip(b"/"))
                return source, display_path(path)
        return self.add(path_text, window).source, display_path(path)

    def rescan(self, source_id: int, subfolder: str | None = None) -> Source:
        """Queue a scan of a source, or of one of its folders (a path beneath it, or a full path)."""
        source = self._active(source_id)
        if not self._prober_says_online(source):
            raise Unavailable(f"The drive of {source.display_name} is not connected, or another one is in its place.")
        self._queue(source, self._subfolder(source, subfolder) if subfolder else b"")
        return self._sources.get(source_id)

    def queue_folders(self, source_id: int, folders: Sequence[bytes]) -> None:
        """Queue scans of folders in which something changed; nothing happens for a source that asks or is away."""
        source = self._sources.get(source_id)
        if source.state == "active" and source.online and source.question is None:
            for folder in folders:
                self._queue(source, folder)

    def cancel(self, source_id: int) -> bool:
        """Cancel what is scanned or queued of a source. False if there was nothing."""
        return self._job.cancel(self._sources.get(source_id).id)

    def _queue(self, source: Source, subfolder: bytes = b"", accepted: str = "") -> None:
        self._scans.queue(source.id, subfolder, accepted)
        self._sources.changed()
        self._wake("scan")

    def _prober_says_online(self, source: Source) -> bool:
        """A rescan is asked for: look first. An empty folder or another drive is for the scan to ask about."""
        finding = self._prober.examine(source)
        return finding.problem is None or questions.drive_question(source, finding, 0) is not None

    def _subfolder(self, source: Source, text: str) -> bytes:
        wanted = os.fsencode(text.strip())
        path = os.path.normpath(os.path.join(source.path, wanted))      # a full path stays as it is
        if not is_within(path, source.path):
            raise Invalid(f"{text} does not lie in {source.shown_path}.", field="subfolder")
        relpath = path[len(source.path):].strip(b"/")
        said = self._prober.resolve(path)
        known = self._db.read().execute("SELECT 1 FROM folders WHERE source_id = ? AND relpath = ?",
                                        (source.id, relpath)).fetchone()
        if known is None and (said is None or said.get("errno") or not said.get("is_dir")):
            raise NotFound(f"There is no folder {display_path(path)}.")
        return relpath

    # ------------------------------------------------------------------ removing and restoring

    def remove(self, source_id: int, mode: str, window: str) -> Source:
        """Take a source out of the catalog. keep: hidden, to be restored; delete: to the trash for 30 days.

        Files are never touched. Raises Invalid for another mode.
        """
        after = {"keep": "removed", "delete": "trash"}.get(mode)
        if after is None:
            raise Invalid("mode must be “keep” (hide, can be restored) or “delete” (catalog data go to the trash).",
                          field="mode")
        source = self._sources.get(source_id)
        if source.state == after:
            return source
        self._job.cancel(source_id)
        label = (f"Removed {source.display_name}, keeping its catalog data" if mode == "keep"
                 else f"Deleted the catalog data of {source.display_name}")
        self._db.write(lambda tx: self._change_state(tx, source, after, window, label), durable=True)
        return self._sources.get(source_id)

    def restore(self, source_id: int, window: str) -> Source:
        """Bring a removed source back, from the trash too. Raises Conflict if another source covers it now."""
        source = self._sources.get(source_id)
        if source.state != "active":
            check_place(source.path, self._sources.all(), self._reserved())
            self._db.write(lambda tx: self._change_state(
                tx, source, "active", window, f"Restored {source.display_name}"), durable=True)
            self._sources.set_online(source_id, self._prober.examine(source).problem is None)
            self._wake("scan")
        return self._sources.get(source_id)

    def _change_state(self, tx: Transaction, source: Source, after: str, window: str, label: str) -> None:
        changed = self._sources.set_state_row(tx, source.id, after)
        self._actions.record(tx, STATE_ACTION, label, window, len(changed),
                             {"source_id": source.id, "before": source.state, "after": after})

    def _revert_state(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        old, new = payload["after"], payload["before"]
        if direction is Direction.REDO:
            old, new = new, old
        row = tx.execute("SELECT state, path FROM sources WHERE id = ?", (payload["source_id"],)).fetchone()
        if row is None or row[0] != old:
            return Outcome(0, 1)
        if new == "active":
            check_place(row[1], self._sources.all(), self._reserved())
        return Outcome(len(self._sources.set_state_row(tx, payload["source_id"], new)))

    # ------------------------------------------------------------------ settings of one source

    def change_settings(
        self, source_id: int, window: str, *, exclude: Sequence[str] | None = None, watch: bool | None = None,
        display_name: str | None = None,
    ) -> Source:
        """Change what is given. New exclusions are applied by a scan. Raises Invalid with the field."""
        source = self._active(source_id)
        values: dict[str, Any] = {}
        if exclude is not None:
            values["exclude"] = list(check_globs(exclude))
        if watch is not None:
            values["watch"] = watch
        if display_name is not None:
            values["display_name"] = _checked_name(display_name)
        before = {"exclude": list(source.exclude), "watch": source.watch, "display_name": source.display_name}
        values = {name: value for name, value in values.items() if value != before[name]}
        if not values:
            return source

        def write(tx: Transaction) -> None:
            self._set_settings(tx, source_id, values)
            self._actions.record(tx, SETTINGS_ACTION, f"Changed the settings of {source.display_name}", window, 0,
                                 {"source_id": source_id, "before": {name: before[name] for name in values},
                                  "after": values})

        self._db.write(write, durable=True)
        self._wake("scan")
        return self._sources.get(source_id)

    def _set_settings(self, tx: Transaction, source_id: int, values: dict[str, Any]) -> None:
        self._sources.update_row(tx, source_id, **values)
        if "exclude" in values:
            queue_row(tx, source_id)

    def _revert_settings(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        old, new = payload["after"], payload["before"]
        if direction is Direction.REDO:
            old, new = new, old
        source = self._sources.get(payload["source_id"])
        held = {"exclude": list(source.exclude), "watch": source.watch, "display_name": source.display_name}
        values = {name: value for name, value in new.items() if held[name] == old[name]}
        if values:
            self._set_settings(tx, source.id, values)
        return Outcome(len(values), len(new) - len(values))

    # ------------------------------------------------------------------ questions

    def answer(self, source_id: int, value: str) -> Source:
        """Settle the question a scan or a probe left. Raises Conflict if there is none, Invalid for another answer."""
        source = self._active(source_id)
        question = source.question
        if question is None:
            raise Conflict(f"{source.display_name} has no open question.")
        allowed = [option["value"] for option in question["options"]]
        if value not in allowed:
            raise Invalid(f"answer must be one of {', '.join(allowed)}.", field="answer")
        if value == questions.RELOCATE:
            self._relocate(source, bytes.fromhex(question["path_hex"]))
        self._sources.update(source_id, question=None)
        if value == questions.PROCEED:
            self._queue(source, accepted="drive" if question["kind"] == "other_drive" else "missing")
        return self._sources.get(source_id)

    def _relocate(self, source: Source, path: bytes) -> None:
        others = [other for other in self._sources.all() if other.id != source.id]
        check_place(path, others, self._reserved())
        if any(other.path == path for other in others):
            raise Conflict(f"{display_path(path)} belongs to a source that was removed. Delete its catalog data first.")
        finding = self._prober.examine(source, at=path)
        if finding.problem is not None:
            raise Unavailable(finding.sentence)
        self._sources.update(source.id, path=path)
        self._sources.set_online(source.id, True)
        self._queue(self._sources.get(source.id))

    def _active(self, source_id: int) -> Source:
        source = self._sources.get(source_id)
        if source.state != "active":
            raise Conflict(f"{source.display_name} was removed. Restore it first.")
        return source


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise Invalid(f"A name has 1 to {MAX_NAME} visible characters.", field="display_name")
    return name
