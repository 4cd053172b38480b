"""Runs the jobs: one at a time in each lane, as hard as the governor allows, yielding when the user acts.

Owns when a job runs and what is said of it; what is left to do is the job's own answer (`pending`), so nothing is
queued and nothing can be lost. Pauses of the user outlive a restart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from photoarchive.core import clock
from photoarchive.core.errors import NotFound, PhotoArchiveError
from photoarchive.core.events import Bus, Event
from photoarchive.work.governor import Decision, Governor
from photoarchive.work.job import Askable, Job, JobError, Lane, Progress
from photoarchive.work.meter import Meter

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0             # how often a resting lane asks its jobs for work
SNAPSHOT_SECONDS = 0.2         # how old a number may be that is shown
RETRY_SECONDS = 2.0            # a job that could do nothing is asked again after this, unless it is woken
FIRST_BACKOFF_SECONDS = 1.0    # after an error; doubles
LONGEST_BACKOFF_SECONDS = 300.0

# Who goes first in a lane: the grid before pictures, pictures before copies and checks, places (seconds) before what
# takes hours. Equal ranks take turns.
RANKS = {"scan": 0, "metadata": 0, "export": 0, "previews": 1, "proxies": 1, "places": 1, "originals": 2,
         "duplicates": 3, "integrity": 4}
OTHER_RANK = 2

ALL = "*"                      # in the remembered names: everything is paused


class _Entry(msgspec.Struct):
    """One job and what the runner knows of it."""

    job: Job
    meter: Meter = msgspec.field(default_factory=Meter)
    state: str = "idle"
    reason: str = ""
    pending: int = 0
    total: int = 0
    failed: int = 0
    pace: float | None = None          # items per second while it worked: sizes the next step
    paused: bool = False
    forced: bool = False               # "run now": goes until nothing is left, whatever the user does
    not_before: float = 0.0            # after an error or a fruitless step
    errors_in_row: int = 0
    asked_at: float = float("-inf")
    errors_asked_at: float = float("-inf")
    stepped_at: float = 0.0

    @property
    def rank(self) -> int:
        return RANKS.get(self.job.name, OTHER_RANK)

    def resting(self, state: str, reason: str) -> None:
        self.state, self.reason = state, reason
        if state in {"idle", "paused"}:
            self.meter.reset()


class Runner:
    """The background work of one archive.

    remembered: names the user had paused; remember: called with them when they change (kept in the catalog).
    process_starts: how many processes have been started for jobs so far.
    """

    def __init__(
        self, governor: Governor, bus: Bus, *, remembered: Iterable[str] = (),
        remember: Callable[[list[str]], None] | None = None, process_starts: Callable[[], int] = lambda: 0,
    ) -> None:
        self.governor = governor
        self._bus = bus
        self._remember, self._process_starts = remember, process_starts
        bus.on("settings.changed", lambda _event: self._notify())      # the work mode may be another one
        self._paused_names = set(remembered)
        self._entries: dict[str, _Entry] = {}
        self._lanes: dict[Lane, list[_Entry]] = {}
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    # ------------------------------------------------------------------ life

    def add(self, job: Job) -> None:
        """Take a job on; before `start`."""
        entry = _Entry(job, paused=job.name in self._paused_names)
        self._entries[job.name] = entry
        self._lanes.setdefault(job.lane, []).append(entry)

    def start(self) -> None:
        """Begin to work, one thread for each lane that has jobs."""
        for lane in self._lanes:
            thread = threading.Thread(target=self._serve, args=(lane,), name=f"lane-{lane}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout: float = 2.5) -> bool:
        """End at the next batch border. True when all lanes rested within `timeout` seconds."""
        self._stopping.set()
        self._notify()
        deadline = clock.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - clock.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    # ------------------------------------------------------------------ what the user can do

    @property
    def paused_all(self) -> bool:
        """The user paused everything."""
        return ALL in self._paused_names

    def wake(self, name: str) -> None:
        """There may be new work for this job. Does not shorten the back-off after an error."""
        entry = self._find(name)
        if not entry.errors_in_row:
            entry.not_before = 0.0
        entry.asked_at = float("-inf")
        self._notify()

    def pause(self, name: str) -> None:
        """Let this job rest until it is resumed, also over a restart."""
        entry = self._find(name)
        entry.paused, entry.forced = True, False
        entry.resting("paused", "paused by you")
        self._keep_paused(self._paused_names | {name})

    def resume(self, name: str) -> None:
        """Let this job work again."""
        entry = self._find(name)
        self._free(entry)
        self._keep_paused(self._paused_names - {name})

    def run_now(self, name: str) -> None:
        """Let this job work at once until nothing is left, whatever the user does; hard limits still hold."""
        entry = self._find(name)
        if isinstance(entry.job, Askable):
            entry.job.ask()
        entry.forced = True
        self.resume(name)

    def pause_all(self) -> None:
        """Let everything rest until `resume_all`; jobs paused one by one stay paused after it."""
        for entry in self._entries.values():
            entry.forced = False
            if entry.state != "idle":
                entry.resting("paused", "paused by you")
        self._keep_paused(self._paused_names | {ALL})

    def resume_all(self) -> None:
        """Let everything work again, jobs paused one by one too."""
        for entry in self._entries.values():
            self._free(entry)
        self._keep_paused(set())

    # ------------------------------------------------------------------ what it says

    def snapshot(self) -> dict[str, Any]:
        """The answer of GET /api/work. Numbers of resting jobs are asked for again: new work shows at once."""
        decision = self.governor.decision()
        for entry in self._entries.values():
            if entry.state != "running":
                self._ask(entry, SNAPSHOT_SECONDS)
        return {
            "jobs": [_describe(entry) for entry in self._entries.values()],
            "mode": decision.work_mode,
            "governor": decision.as_json(),
            "paused_all": self.paused_all,
        }

    def errors(self, name: str, limit: int, offset: int) -> tuple[list[JobError], int]:
        """A page of the items this job set aside, and how many there are."""
        return self._find(name).job.errors(limit, offset)

    # ------------------------------------------------------------------ lanes

    def _serve(self, lane: Lane) -> None:
        entries = self._lanes[lane]
        while not self._stopping.is_set():
            decision = self.governor.decision()
            entry = self._choose(entries, decision)
            if entry is None:
                with self._changed:
                    self._changed.wait(POLL_SECONDS)
                continue
            self._step(entry, decision)

    def _choose(self, entries: list[_Entry], decision: Decision) -> _Entry | None:
        """The job whose turn it is, or None when all of the lane must rest."""
        chosen: _Entry | None = None
        before = [(entry.state, entry.reason) for entry in entries]
        for entry in sorted(entries, key=lambda entry: (entry.rank, entry.stepped_at)):
            self._ask(entry)
            obstacle = self._obstacle(entry, decision)
            if obstacle is None and chosen is None:
                chosen = entry
            elif obstacle is None and chosen is not None:
                same_turn = entry.rank == chosen.rank
                entry.resting(*(("running", "") if same_turn else ("waiting", f"after {chosen.job.title.lower()}")))
            elif obstacle is not None:
                entry.resting(*obstacle)
        if before != [(entry.state, entry.reason) for entry in entries]:
            self._publish()
        return chosen

    def _ask(self, entry: _Entry, most_age: float = POLL_SECONDS) -> None:
        """Refresh a job's numbers unless they are young. A job that cannot even say them is in error."""
        at = clock.monotonic()
        if at - entry.asked_at < most_age or (entry.errors_in_row and at < entry.not_before):
            return
        entry.asked_at = at
        try:
            before = entry.pending, entry.total, entry.failed
            entry.pending, entry.total = entry.job.pending(), entry.job.total()
            if at - entry.errors_asked_at >= POLL_SECONDS * 10:
                entry.failed = entry.job.errors(1, 0)[1]
                entry.errors_asked_at = at
        except Exception as error:   # noqa: BLE001 – a job's failure is shown on it and must not end the lane
            self._fail(entry, error)
            return
        if before != (entry.pending, entry.total, entry.failed):
            self._publish()

    def _obstacle(self, entry: _Entry, decision: Decision) -> tuple[str, str] | None:
        """Why this job may not step now, as (state, reason); None: it may."""
        at = clock.monotonic()
        if entry.paused or (self.paused_all and not entry.forced):
            return "paused", "paused by you"
        if at < entry.not_before:
            return entry.state, entry.reason
        if not entry.pending:
            entry.forced = False
            return "idle", ""
        reason = _must_wait(entry, decision)
        return ("waiting", reason) if reason else None

    def _step(self, entry: _Entry, decision: Decision) -> None:
        budget = self.governor.budget(entry.job.name, entry.pace, decision)
        entry.state, entry.reason = "running", "" if decision.mode == "normal" else f"gently: {decision.reason}"
        begun, starts = clock.monotonic(), self._process_starts()
        entry.meter.begin(begun)
        try:
            progress = entry.job.step(budget)
        except Exception as error:   # noqa: BLE001 – a job's failure is shown on it and must not end the lane
            self._fail(entry, error)
            return
        finally:
            entry.stepped_at = clock.monotonic()
        # A step that waited for the start of a process says nothing of how long the next one takes.
        seconds = entry.stepped_at - begun if self._process_starts() == starts else None
        self._account(entry, progress, seconds)
        self._publish()
        if budget.pause_ms and progress.done + progress.failed:
            self._stopping.wait(budget.pause_ms / 1000)

    def _account(self, entry: _Entry, progress: Progress, seconds: float | None) -> None:
        """Take note of a step. seconds: how long the work took, None: not known."""
        finished = progress.done + progress.failed
        entry.errors_in_row = 0
        if progress.unfinished and not finished:
            entry.reason = progress.reason
            return
        if not finished:
            entry.resting("waiting", progress.reason or "nothing could be done just now")
            entry.not_before = clock.monotonic() + RETRY_SECONDS
            entry.asked_at = float("-inf")
            return
        if seconds is not None:
            pace = finished / max(seconds, 1e-3)
            entry.pace = pace if entry.pace is None else (entry.pace + pace) / 2
        entry.pending = max(0, entry.pending - finished)
        entry.meter.add(finished)
        if progress.failed:
            entry.errors_asked_at = float("-inf")
        if not entry.pending:
            for other in self._entries.values():    # what one job has finished is what others begin with: said at once
                other.asked_at = float("-inf")

    def _fail(self, entry: _Entry, error: Exception) -> None:
        """Show why the job stopped and let it wait, longer each time."""
        if isinstance(error, PhotoArchiveError):
            sentence = error.sentence
            log.warning("%s: %s", entry.job.title, sentence)
        else:
            sentence = f"an unexpected error ({type(error).__name__}: {error})"
            log.error("%s stopped", entry.job.title, exc_info=error)
        wait = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0**entry.errors_in_row)
        entry.errors_in_row += 1
        entry.not_before = clock.monotonic() + wait
        entry.resting("blocked", sentence)
        self._publish()

    # ------------------------------------------------------------------ small things

    def _find(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            known = ", ".join(self._entries)
            raise NotFound(f"There is no job named {name}. The jobs are: {known}.")
        return entry

    def _free(self, entry: _Entry) -> None:
        entry.paused, entry.not_before, entry.errors_in_row = False, 0.0, 0
        entry.asked_at = float("-inf")

    def _keep_paused(self, names: set[str]) -> None:
        if names != self._paused_names:
            self._paused_names = names
            if self._remember is not None:
                self._remember(sorted(names))
        self._notify()
        self._publish()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _publish(self) -> None:
        self._bus.publish(Event("work.changed"))


def _must_wait(entry: _Entry, decision: Decision) -> str:
    """Why a job that has work must wait, "" if it need not."""
    if decision.pause:
        return decision.reason
    if not entry.job.builder or entry.forced:
        return ""
    if decision.work_mode == "browse":
        return "the work mode is Browse"
    if decision.work_mode == "light" and decision.user_active and entry.job.lane is Lane.SOURCE_DISK:
        return "you are browsing"
    return ""


def _describe(entry: _Entry) -> dict[str, Any]:
    moving = entry.state in {"running", "waiting"}
    rate = entry.meter.rate() if moving else None
    eta = entry.meter.eta(entry.pending) if moving else None
    return {
        "name": entry.job.name, "title": entry.job.title, "lane": str(entry.job.lane),
        "builder": entry.job.builder,
        "state": entry.state, "reason": entry.reason,
        "done": max(0, entry.total - entry.pending - entry.failed), "total": entry.total, "failed": entry.failed,
        "rate": None if rate is None else round(rate, 2),
        "eta_seconds": None if eta is None else round(eta),
    }
