"""The job `export`: works off the copies of originals that people started, one file after the other."""

# Names of files are bytes here, which pathlib cannot hold.
# ruff: noqa: PTH106, PTH108, PTH112

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable

import msgspec

from photoarchive.catalog.copies import Copies, Copy, CopyResult, CopyTask, ItemState
from photoarchive.core.clock import monotonic, now
from photoarchive.core.errors import Unavailable
from photoarchive.core.paths import display_path
from photoarchive.features.export.copying import Copier, Steps
from photoarchive.features.export.placing import sync_folder_of
from photoarchive.work.job import Budget, JobError, Lane, Progress

STEP_SECONDS = 0.7
TASKS_AHEAD = 200


class _Work(msgspec.Struct):
    """The copy under way: its next tasks, the file in hand, and results that are not stored yet."""

    copy: Copy
    target: bytes
    tasks: deque[CopyTask] = msgspec.field(default_factory=deque)
    running: Steps[CopyResult] | None = None
    results: list[CopyResult] = msgspec.field(default_factory=list)

    @property
    def staging(self) -> bytes:
        """Our own folder in the target: its being there says that the right drive is."""
        return staging_folder(self.target, self.copy.id)


class CopyJob:
    """Copies originals, verified, in the order of the disk. A kill costs the file under way and nothing else."""

    name, title, lane, builder = "export", "Export", Lane.SOURCE_DISK, False

    def __init__(self, copies: Copies, copier: Copier) -> None:
        self._copies, self._copier = copies, copier
        self._work: _Work | None = None
        self._stepping = threading.Lock()
        self._wanted_away = -1          # the copy that somebody waits for us to let go of

    def pending(self) -> int:
        """Originals to copy."""
        return self._copies.unfinished()[0]

    def total(self) -> int:
        """Originals of all unfinished copies."""
        return self._copies.unfinished()[1]

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """What the present copy, else the newest one, could not copy."""
        found, total = self._copies.troubles(None, limit, offset)
        return [JobError(one.photo_id, one.path, one.reason, now()) for one in found], total

    def let_go_of(self, copy_id: int) -> None:
        """A copy was cancelled or is to begin anew: close its unfinished file. Waits for the slice under way."""
        self._wanted_away = copy_id
        with self._stepping:
            self._wanted_away = -1
            if self._work is not None and self._work.copy.id == copy_id:
                self._let_go()

    # ------------------------------------------------------------------ steps

    def step(self, budget: Budget) -> Progress:
        """Copy for a moment; a large file goes on next time. Raises Unavailable when the target is full or away."""
        with self._stepping:
            return self._step()

    def _step(self) -> Progress:
        started, results = monotonic(), []
        work = self._current()
        if work is None:
            return Progress(0)
        if not os.path.isdir(work.staging):
            self._let_go()
            raise Unavailable(f"{display_path(work.target)} is not there, or another drive is in its place. Connect "
                              "it, or stop this copy in Settings → Export & backup.")
        try:
            # Somebody asked for this and waits: the time is limited, so that others get their turn, the files are not.
            while monotonic() - started < STEP_SECONDS and self._slice(work):
                pass
        finally:
            results = self._flush(work)
        failed = sum(result.state in (ItemState.FAILED, ItemState.OFFLINE) for result in results)
        return Progress(len(results) - failed, failed, unfinished=work.running is not None)

    def _current(self) -> _Work | None:
        if self._work is None:
            copy = self._copies.current()
            if copy is not None:
                self._work = _Work(copy, self._copies.target_of(copy.id))
        return self._work

    def _slice(self, work: _Work) -> bool:
        """One slice of one file. False when no file is left, or the copy was stopped."""
        if work.copy.id == self._wanted_away:
            return False
        if work.running is None:
            if not work.tasks:
                done = {result.place for result in work.results}
                tasks = self._copies.next_tasks(work.copy.id, TASKS_AHEAD + len(done))
                work.tasks.extend(task for task in tasks if task.place not in done)
            if not work.tasks:
                return False
            work.running = self._copier.run(work.copy, work.tasks.popleft(), work.staging, self._is_taken(work))
        try:
            next(work.running)
        except StopIteration as end:
            work.results.append(end.value)
            work.running = None
        except BaseException:
            work.running = None
            work.tasks.clear()          # the file that could not be written comes first again
            raise
        return True

    def _is_taken(self, work: _Work) -> Callable[[bytes], bool]:
        def is_taken(name: bytes) -> bool:
            return any(result.name == name for result in work.results) or self._copies.is_taken(work.copy.id, name)

        return is_taken

    def _flush(self, work: _Work) -> list[CopyResult]:
        """Bring new names to the disk, then note what became of the files; end the copy when none is left."""
        results, work.results = work.results, []
        with contextlib.suppress(OSError):      # the drive has gone: the files are looked at again when it is back
            for folder in {os.path.join(work.target, one.name) for one in results if one.name is not None}:
                sync_folder_of(folder)
        if results:
            self._copies.store(work.copy.id, results)
        if work.running is None and self._copies.get(work.copy.id).state != "running":
            self._let_go()
        return results

    def _let_go(self) -> None:
        work, self._work = self._work, None
        if work is None:
            return
        if work.running is not None:
            work.running.close()
        if self._copies.get(work.copy.id).state != "running":
            remove_staging(work.target, work.copy.id)


def staging_folder(target: bytes, copy_id: int) -> bytes:
    """Where unfinished files of a copy lie."""
    return os.path.join(target, b".photoarchive-%d" % copy_id)


def remove_staging(target: bytes, copy_id: int) -> None:
    """Take our own folder away with the unfinished file in it; nothing else is touched."""
    folder = staging_folder(target, copy_id)
    with contextlib.suppress(OSError):
        for name in (b"part", b"part.xmp"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
