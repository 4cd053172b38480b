"""How fast something goes, over a rolling window of wall time, and how long it will still take."""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path

import psutil

from photoarchive.core import clock

WINDOW_SECONDS = 60.0
LEAST_SECONDS = 2.0           # below this a rate would be a guess
SAMPLE_SECONDS = 5.0          # between two looks at the CPU time of our processes


class Meter:
    """Counts items as they are done; thread-safe. Pauses count as time: the rate is what the user gets."""

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._counts: deque[tuple[float, int]] = deque()      # (begin of a second, items done in it)
        self._since: float | None = None
        self._lock = threading.Lock()

    def begin(self, at: float | None = None) -> None:
        """Say that work starts now, so that the first rate does not begin with the first result."""
        with self._lock:
            if self._since is None:
                self._since = clock.monotonic() if at is None else at

    def add(self, items: int, at: float | None = None) -> None:
        """Count items done at a monotonic time (default: now)."""
        at = clock.monotonic() if at is None else at
        with self._lock:
            if self._since is None:
                self._since = at
            if self._counts and at - self._counts[-1][0] < 1.0:
                begin, count = self._counts.pop()
                self._counts.append((begin, count + items))
            else:
                self._counts.append((at, items))

    def rate(self, at: float | None = None) -> float | None:
        """Items per second over the window, or None while too little is known."""
        at = clock.monotonic() if at is None else at
        with self._lock:
            while self._counts and self._counts[0][0] < at - self._window:
                self._counts.popleft()
            if self._since is None or at - self._since < LEAST_SECONDS:
                return None
            return sum(count for _, count in self._counts) / min(at - self._since, self._window)

    def eta(self, pending: int, at: float | None = None) -> float | None:
        """Seconds until `pending` items are done at the present rate; None when nothing moves."""
        rate = self.rate(at)
        return pending / rate if rate else None

    def reset(self) -> None:
        """Forget everything: the work has ended."""
        with self._lock:
            self._counts.clear()
            self._since = None


class OwnLoad:
    """How many cores this program and its workers kept busy over the last minute or so.

    The governor takes it off the machine's load average: our own work must not look like somebody else's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sampled_at = clock.monotonic()
        self._cpu_seconds = _cpu_seconds([os.getpid()])
        self._cores = 0.0

    def cores(self) -> float:
        """Cores busy, smoothed over a minute as the load average is."""
        with self._lock:
            at = clock.monotonic()
            elapsed = at - self._sampled_at
            if elapsed >= SAMPLE_SECONDS:
                used = _cpu_seconds(_family(os.getpid()))
                busy = max(0.0, used - self._cpu_seconds) / elapsed
                share = min(1.0, elapsed / WINDOW_SECONDS)
                self._cores += (busy - self._cores) * share
                self._sampled_at, self._cpu_seconds = at, used
            return min(self._cores, float(os.cpu_count() or 1))


def _cpu_seconds(processes: list[int]) -> float:
    """CPU time these processes have used; one that has ended counts nothing."""
    total = 0.0
    for process in processes:
        try:
            times = psutil.Process(process).cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def _family(process: int) -> list[int]:
    """A process and all its descendants."""
    found = [process]
    for child in _children(process):
        found += _family(child)
    return found


def _children(process: int) -> list[int]:
    """The kernel's own list where it has one: psutil would read the state of every process of the machine."""
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{process}/task").iterdir()]
    except OSError:
        try:
            return [child.pid for child in psutil.Process(process).children()]
        except psutil.Error:
            return []
    return [int(number) for numbers in lists for number in numbers.split()]
