"""The only process pool: runs functions in worker processes that may die, hang or swell without costing more than
the one task. Owns the workers, their time and memory limits and the order of tasks; knows nothing of pictures.

One thread of the server looks after each worker. A worker gets a task only when it is free, so an urgent task
overtakes everything that waits. Why not a ready-made pool: `docs/adr/0007-own-worker-pool.md`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing import Pipe
from typing import Any, TypeVar

import msgspec

from photoarchive.core import errors
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.library_threads import ONE_THREAD
from photoarchive.work.wire import MAX_ANSWER_BYTES, read_answer
from photoarchive.work.worker import Answer, Setup

START_TIMEOUT_S = 60.0      # importing the image libraries from a cold disk
KILL_GRACE_S = 0.5          # a killed process that still lives then sits in an uninterruptible read
CLOSE_LIMIT_S = 1.5
IDLE_LIMIT_S = 300.0        # an idle worker gives its memory back
MAX_HUNG_PER_DEVICE = 2
START_CODE = "import sys; from photoarchive.work.worker import main; main(int(sys.argv[1]))"
WORKER_ENVIRONMENT = {
    **ONE_THREAD, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",     # address space and idle threads
    # A worker keeps up to 192 MB for the next picture instead of having every page of it mapped and cleared anew: all
    # tiers of 24 MP take 255 ms instead of 360. IDLE_LIMIT_S gives it back.
    "MALLOC_TRIM_THRESHOLD_": str(192 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
}

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class TaskCrashed(Unreadable):
    """The worker process died during this task."""


class TaskTimedOut(Unreadable):
    """The task took longer than its limit; its worker was ended."""


class TaskFailed(Unreadable):
    """The task raised an error that is not one of ours."""


class Task(msgspec.Struct, eq=False):
    """One call that waits or runs."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    timeout: float
    device: str
    future: Future[Any] = msgspec.field(default_factory=Future)


class Devices:
    """Which drives have workers stuck on them. A process in an uninterruptible read survives even SIGKILL."""

    def __init__(self) -> None:
        self._stuck: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._lock = threading.Lock()

    def record(self, device: str, process: subprocess.Popen[bytes]) -> None:
        """Remember a process that did not die when killed."""
        with self._lock:
            self._stuck.setdefault(device, []).append(process)

    def stuck(self, device: str) -> int:
        """How many workers hang on this device now; those that have ended meanwhile are forgotten."""
        with self._lock:
            alive = [process for process in self._stuck.get(device, []) if process.poll() is None]
            self._stuck[device] = alive
            return len(alive)

    def refuses(self, device: str) -> bool:
        """True when no further task of this device may be started."""
        return bool(device) and self.stuck(device) >= MAX_HUNG_PER_DEVICE


class Pool:
    """Runs module-level functions in confined worker processes. Thread-safe; workers start with the first tasks."""

    def __init__(self, workers: int, memory_bytes: int = 2 << 30, preload: tuple[str, ...] = ()) -> None:
        self._setup = Setup(import_path=(), preload=preload, memory_bytes=memory_bytes)
        self._size = 0
        self._closed = False
        self._urgent: deque[Task] = deque()
        self._ordinary: deque[Task] = deque()
        self._changed = threading.Condition()
        self._attendants: dict[int, _Attendant] = {}
        self.starts = 0             # worker processes started so far
        self.devices = Devices()
        self.resize(workers)

    @property
    def size(self) -> int:
        """How many tasks may run at once."""
        return self._size

    @property
    def waiting(self) -> int:
        """How many tasks have not been started."""
        return len(self._urgent) + len(self._ordinary)

    def submit(
        self, function: Callable[..., Result], *args: Any,
        urgent: bool = False, timeout: float = 30.0, device: str = "",
    ) -> Future[Result]:
        """Run function(*args) in a worker; both must be picklable, the function one of a module.

        urgent: before everything that is not. timeout: seconds of run time, waiting not counted. device: the drive the
        task reads, "" when it reads none; a drive on which two workers hang gets no further tasks until one returns.
        The future raises the task's own PhotoArchiveError, TaskCrashed, TaskTimedOut, TaskFailed or Unavailable.
        """
        task = Task(function, args, timeout, device)
        with self._changed:
            if self._closed:
                raise Unavailable("The server is stopping.")
            (self._urgent if urgent else self._ordinary).append(task)
            free = sum(attendant.free for attendant in self._attendants.values())
            if len(self._attendants) < self._size and free < self.waiting:
                self._add_attendant()
            self._changed.notify()
        return task.future

    def resize(self, workers: int) -> None:
        """Change how many tasks run at once. Running tasks end normally."""
        if workers < 1:
            raise ValueError("a pool needs at least one worker")
        with self._changed:
            self._size = workers
            while not self._closed and len(self._attendants) < min(workers, self.waiting):
                self._add_attendant()
            self._changed.notify_all()

    def close(self) -> None:
        """End all workers at once. Tasks that wait or run get Unavailable. Returns within two seconds."""
        with self._changed:
            self._closed = True
            unstarted = [*self._urgent, *self._ordinary]
            self._urgent.clear()
            self._ordinary.clear()
            attendants = list(self._attendants.values())
            self._changed.notify_all()
        for task in unstarted:
            if task.future.set_running_or_notify_cancel():
                task.future.set_exception(Unavailable("The server is stopping."))
        for attendant in attendants:
            attendant.kill()
        deadline = monotonic() + CLOSE_LIMIT_S
        for attendant in attendants:
            attendant.thread.join(max(0.0, deadline - monotonic()))

    def _add_attendant(self) -> None:
        number = next(n for n in range(len(self._attendants) + 1) if n not in self._attendants)
        self._attendants[number] = _Attendant(self, number)
        self._attendants[number].thread.start()

    def next_task(self, attendant: _Attendant) -> Task | None:
        """The next task for this attendant; None when it shall end its worker and itself."""
        with self._changed:
            attendant.free = True
            while True:
                if self._closed or attendant.number >= self._size:
                    break
                if self._urgent or self._ordinary:
                    attendant.free = False
                    return (self._urgent or self._ordinary).popleft()
                if not self._changed.wait(IDLE_LIMIT_S) and not self.waiting:
                    break
            attendant.free = False
            del self._attendants[attendant.number]
            self._changed.notify()      # this attendant may have swallowed the notice of a new task
            return None

    def start_worker(self) -> Worker:
        """A new worker process, ready for tasks."""
        setup = Setup(tuple(sys.path), self._setup.preload, self._setup.memory_bytes)
        with self._changed:
            self.starts += 1
        return Worker(setup, self.devices)

    @property
    def closed(self) -> bool:
        """True once close() was called."""
        return self._closed


class _Attendant:
    """The thread that feeds one worker, and replaces it when it died."""

    def __init__(self, pool: Pool, number: int) -> None:
        self._pool = pool
        self._worker: Worker | None = None
        self.number = number
        self.free = False
        self.thread = threading.Thread(target=self._attend, name=f"pool-{number}", daemon=True)

    def kill(self) -> None:
        """End the worker process; its task fails."""
        worker = self._worker
        if worker is not None:
            worker.process.kill()

    def _attend(self) -> None:
        while (task := self._pool.next_task(self)) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._run(task)
            except BaseException as error:  # noqa: BLE001 - it is the caller's: the future carries it
                task.future.set_exception(error)
            else:
                task.future.set_result(result)
        self._discard("")

    def _run(self, task: Task) -> Any:
        if self._pool.devices.refuses(task.device):
            raise Unavailable(
                "The drive does not answer: earlier reads of it still hang. It is tried again when they return.",
                offline=True,
            )
        try:
            packed = pickle.dumps((task.function, task.arguments), protocol=5)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise TypeError(f"{task.function!r} cannot be sent to a worker: {error}") from error
        try:
            if self._worker is None or not self._worker.alive:
                self._discard("")
                self._worker = self._pool.start_worker()
                self._worker.wait_until_ready()
            if self._pool.closed:
                raise Unavailable("The server is stopping.")
            answer = self._worker.ask(packed, task.timeout)
        except PhotoArchiveError:
            self._discard(task.device)
            if self._pool.closed:
                raise Unavailable("The server is stopping.") from None
            raise
        return value_of(answer, task)

    def _discard(self, device: str) -> None:
        if self._worker is not None:
            self._worker.discard(device)
            self._worker = None


class Worker:
    """One worker process and the socket to it. Used by one thread."""

    def __init__(self, setup: Setup, devices: Devices) -> None:
        self._devices = devices
        self._setup = setup
        self._socket, theirs = Pipe(duplex=True)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", START_CODE, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),), cwd="/", env=os.environ | WORKER_ENVIRONMENT,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )

    @property
    def alive(self) -> bool:
        """False when the process has ended on its own, for example for want of memory."""
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Hand over the set-up. Raises Unavailable if the worker does not come up."""
        try:
            self._socket.send(self._setup)
            if not self._socket.poll(START_TIMEOUT_S):
                raise Unavailable("A decoder process did not start in time.")
            self._socket.recv_bytes(MAX_ANSWER_BYTES)
        except (OSError, EOFError) as error:
            raise Unavailable(f"A decoder process could not be started: {self._how_it_ended()}.") from error

    def ask(self, packed: bytes, timeout: float) -> Answer:
        """Send a task and wait for its answer. Raises TaskTimedOut or TaskCrashed; the worker is of no use then."""
        try:
            self._socket.send_bytes(packed)
            if not self._socket.poll(timeout):
                raise TaskTimedOut(f"Reading this file took longer than {timeout:g} seconds.")
            answer = read_answer(self._socket.recv_bytes(MAX_ANSWER_BYTES))
        except (OSError, EOFError) as error:
            raise TaskCrashed(f"The decoder crashed on this file: {self._how_it_ended()}.") from error
        except Exception as error:
            if isinstance(error, PhotoArchiveError):
                raise
            raise TaskCrashed(f"The decoder gave an answer that makes no sense: {error}") from error
        if not isinstance(answer, Answer):
            raise TaskCrashed("The decoder gave an answer that makes no sense.")
        return answer

    def discard(self, device: str) -> None:
        """Kill the process. If even that does not end it, it hangs on the device: leave it there and count it."""
        self._socket.close()
        self.process.kill()
        try:
            self.process.wait(KILL_GRACE_S)
        except subprocess.TimeoutExpired:
            self._devices.record(device, self.process)

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(KILL_GRACE_S)
            if code == -signal.SIGKILL:
                return "it was ended by the system, probably for want of memory"
            return signal.strsignal(-code) or f"signal {-code}" if code < 0 else f"exit status {code}"
        return "it closed its connection"


def value_of(answer: Answer, task: Task) -> Any:
    """The value of an answer. Raises what the task raised."""
    if not answer.failed:
        return answer.value
    kind = getattr(errors, answer.error, None) if answer.error else None
    if isinstance(kind, type) and issubclass(kind, PhotoArchiveError):
        raise kind(answer.sentence, **(answer.details or {}))
    log.warning("%s failed in a worker: %s", getattr(task.function, "__qualname__", task.function), answer.trace)
    raise TaskFailed(f"The decoder failed on this file: {answer.sentence}.")
