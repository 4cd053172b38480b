"""How hard background work may go now: one decision for all jobs, from the machine's state and the user's hands."""

from __future__ import annotations

import os
import threading
from typing import Any

import msgspec
import psutil

from photoarchive.core import clock
from photoarchive.core.settings import Settings, SettingsStore
from photoarchive.work.job import Budget
from photoarchive.work.meter import OwnLoad

# Start values of the reference.
PAUSE_SWAP_PCT = 65.0
PAUSE_FREE_GB = 2.0
GENTLE_SWAP_PCT = 40.0
GENTLE_LOAD_PER_CORE = 0.85
GENTLE_IDLE_SECONDS = 10.0
# Ours.
ACTIVE_SECONDS = 2.0             # the user's hands are on it: work on the same disk waits
GENTLE_DISK_WAIT_MS = 100.0      # mean wait of a read: the disks are drowning
PAUSE_BATTERY_PCT = 20.0
HEAVY_IDLE_SECONDS, HEAVY_LOAD_PER_CORE, HEAVY_FREE_GB = 60.0, 0.70, 6.0

DECISION_SECONDS = 0.5           # a decision is good for so long
STEP_SECONDS = 0.5               # length of one step, so that work yields well within a second
GENTLE_STEP_SECONDS = 0.15
GENTLE_PAUSE_MS = 250
MAX_STEP_ITEMS = 4096

# Items per second by which a job's first step is sized, before its own pace is known.
_FIRST_PACES = {"metadata": 100.0}       # a tenth of what one core reads: also a slow disk yields in time
_FIRST_PACE = 16.0

_BATCH_SETTINGS = {
    "previews": ("pregen_generate_batch", "pregen_batch_pause_ms"),
    "originals": ("pregen_generate_batch", "pregen_batch_pause_ms"),
    "embed": ("embed_batch_size", "embed_batch_pause_ms"),
    "deep": ("embed_batch_size", "embed_batch_pause_ms"),
}


class Readings(msgspec.Struct, frozen=True):
    """The state of the machine at one moment."""

    load_1m: float
    own_load: float               # the part of the load that is our own work
    cpu_count: int
    available_memory_gb: float
    swap_used_pct: float
    idle_seconds: float           # since the user's last request
    disk_wait_ms: float | None    # mean wait of a read since the last look; None: unknown
    battery_pct: float | None     # None: no battery, or plugged in


class Decision(msgspec.Struct, frozen=True):
    """What all jobs go by. `mode` is paused, gentle or normal; `pause` is a hard limit that "run now" obeys too."""

    mode: str
    intensity: float              # share of full speed: 0, 0.25 or 1
    pause: bool
    reason: str
    work_mode: str                # the user's choice: browse, light or max
    user_active: bool             # acted within the last two seconds
    heavy_models: bool            # a big model may be loaded now
    load_1m: float
    cpu_count: int
    available_memory_gb: float
    swap_used_pct: float
    idle_seconds: float
    disk_wait_ms: float | None
    battery_pct: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values for the API, numbers rounded for reading."""
        values = msgspec.structs.asdict(self)
        for key in ("load_1m", "available_memory_gb", "swap_used_pct", "idle_seconds", "disk_wait_ms"):
            if values[key] is not None:
                values[key] = round(values[key], 2)
        return values


def decide(readings: Readings, work_mode: str) -> Decision:
    """The decision for a state of the machine and the user's work mode. Pure."""
    hard = _hard_limit(readings)
    soft = "" if hard else _soft_limit(readings, work_mode)
    mode, intensity = ("paused", 0.0) if hard else ("gentle", 0.25) if soft else ("normal", 1.0)
    other_load = max(0.0, readings.load_1m - readings.own_load) / readings.cpu_count
    return Decision(
        mode=mode, intensity=intensity, pause=bool(hard), reason=hard or soft, work_mode=work_mode,
        user_active=readings.idle_seconds < ACTIVE_SECONDS,
        heavy_models=not hard and readings.idle_seconds >= HEAVY_IDLE_SECONDS and other_load < HEAVY_LOAD_PER_CORE
        and readings.available_memory_gb >= HEAVY_FREE_GB,
        load_1m=readings.load_1m, cpu_count=readings.cpu_count,
        available_memory_gb=readings.available_memory_gb, swap_used_pct=readings.swap_used_pct,
        idle_seconds=readings.idle_seconds, disk_wait_ms=readings.disk_wait_ms, battery_pct=readings.battery_pct,
    )


def _hard_limit(readings: Readings) -> str:
    if readings.available_memory_gb < PAUSE_FREE_GB:
        return f"only {readings.available_memory_gb:.1f} GB of memory are free"
    if readings.swap_used_pct >= PAUSE_SWAP_PCT:
        return f"{readings.swap_used_pct:.0f} % of the swap space are in use"
    if readings.battery_pct is not None and readings.battery_pct < PAUSE_BATTERY_PCT:
        return f"the battery is at {readings.battery_pct:.0f} %"
    return ""


def _soft_limit(readings: Readings, work_mode: str) -> str:
    full = work_mode == "max"
    other_load = readings.load_1m - readings.own_load
    limits = (
        (readings.idle_seconds < (ACTIVE_SECONDS if full else GENTLE_IDLE_SECONDS), "you are browsing"),
        (readings.swap_used_pct >= GENTLE_SWAP_PCT, f"{readings.swap_used_pct:.0f} % of the swap space are in use"),
        (not full and other_load >= GENTLE_LOAD_PER_CORE * readings.cpu_count, "other programs are busy"),
        (not full and (readings.disk_wait_ms or 0.0) >= GENTLE_DISK_WAIT_MS, "the disks are slow to answer"),
        (not full and readings.battery_pct is not None, "running on battery"),
    )
    return next((reason for reached, reason in limits if reached), "")


class Governor:
    """Reads the machine, decides, and hands out budgets. Thread-safe."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings
        self._own_load = OwnLoad()
        self._acted_at = clock.monotonic() - 3600.0
        self._decided_at = float("-inf")
        self._decision: Decision | None = None
        self._disk = _DiskWait()
        self._lock = threading.Lock()

    def touch_user_activity(self) -> None:
        """The user did something just now, or has its answer. Called for each request, so it does almost nothing."""
        self._acted_at = clock.monotonic()

    def user_active(self) -> bool:
        """Whether the user did something just now: what only works ahead waits. Costs nothing."""
        return clock.monotonic() - self._acted_at < ACTIVE_SECONDS

    def decision(self) -> Decision:
        """What goes now; at most half a second old, and never older than the user's last action or mode change."""
        with self._lock:
            at, mode = clock.monotonic(), self._settings.current.background_work_mode
            old = self._decision
            fresh = old is not None and at - self._decided_at < DECISION_SECONDS and self._acted_at <= self._decided_at
            if old is not None and fresh and old.work_mode == mode:
                return old
            self._decision = decide(self._read(at), mode)
            self._decided_at = at
            return self._decision

    def budget(self, job: str, pace: float | None, decision: Decision) -> Budget:
        """What one step of this job may do. pace: its items per second while it worked, None: not known yet."""
        settings = self._settings.current
        gentle = decision.mode != "normal"
        seconds = GENTLE_STEP_SECONDS if gentle else STEP_SECONDS
        most, pause_ms = _batch_limits(job, settings)
        items = max(1, min(most, int((pace or _FIRST_PACES.get(job, _FIRST_PACE)) * seconds)))
        if decision.work_mode == "max" and not gentle:
            pause_ms = 0
        return Budget(
            items=items,
            workers=1 if gentle else settings.background_thumb_workers,
            pause_ms=max(pause_ms, GENTLE_PAUSE_MS) if gentle else pause_ms,
        )

    def _read(self, at: float) -> Readings:
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return Readings(
            load_1m=os.getloadavg()[0],
            own_load=self._own_load.cores(),
            cpu_count=os.cpu_count() or 1,
            available_memory_gb=memory.available / 1e9,
            swap_used_pct=swap.percent if swap.total else 0.0,
            idle_seconds=at - self._acted_at,
            disk_wait_ms=self._disk.mean_ms(at),
            battery_pct=_battery(),
        )


def _batch_limits(job: str, settings: Settings) -> tuple[int, int]:
    """Most items of one step and the pause after it in ms, from the user's settings where the job has some."""
    keys = _BATCH_SETTINGS.get(job)
    if keys is None:
        return MAX_STEP_ITEMS, 0
    return getattr(settings, keys[0]), getattr(settings, keys[1])


class _DiskWait:
    """Mean wait of a disk read between two looks, all disks together; None where the system does not tell."""

    def __init__(self) -> None:
        self._looked_at = float("-inf")
        self._counters: tuple[int, int] | None = None
        self._mean: float | None = None

    def mean_ms(self, at: float) -> float | None:
        if at - self._looked_at < DECISION_SECONDS * 4:
            return self._mean
        self._looked_at = at
        try:
            counters = psutil.disk_io_counters()
        except (OSError, NotImplementedError, RuntimeError):
            return None
        if counters is None:
            return None
        before, self._counters = self._counters, (counters.read_count, counters.read_time)
        if before is not None:
            reads, waited = counters.read_count - before[0], counters.read_time - before[1]
            self._mean = waited / reads if reads > 0 else 0.0
        return self._mean


def _battery() -> float | None:
    """Charge in percent while the machine runs on its battery."""
    try:
        battery = psutil.sensors_battery()
    except (OSError, NotImplementedError, RuntimeError, AttributeError):
        return None
    return None if battery is None or battery.power_plugged is not False else float(battery.percent)
