"""The inside of a worker process: give up rights, then run one task after another until the server hangs up.

Started by `work.pool`, which passes the descriptor of a socket. Owns no policy: which task runs when,
and for how long, is decided outside.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from photoarchive.core import errors
from photoarchive.core.guard import confine_worker
from photoarchive.work.wire import write_answer

PR_SET_PDEATHSIG = 1
TOO_MUCH_MEMORY = "Opening this file needs more memory than is allowed."
MAX_REASON = 300        # characters of a foreign exception's text that a person gets to see


class Setup(msgspec.Struct, frozen=True):
    """What the server tells a new worker."""

    import_path: tuple[str, ...]
    preload: tuple[str, ...]      # modules imported before rights are dropped and memory is counted
    memory_bytes: int             # allowed beyond the worker's own size


class Answer(msgspec.Struct, frozen=True):
    """The outcome of one task. error: the name of a class of core.errors, or "" for a foreign exception."""

    value: Any = None
    failed: bool = False
    error: str = ""
    sentence: str = ""
    details: dict[str, Any] | None = None
    trace: str = ""


def main(descriptor: int) -> None:
    """Serve tasks that arrive on the socket until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_the_server()
    with Connection(descriptor) as server:
        setup: Setup = server.recv()
        sys.path[:] = [part for part in setup.import_path if part]
        for module in setup.preload:
            importlib.import_module(module)
        confine_worker()
        limit_memory(setup.memory_bytes)
        server.send_bytes(write_answer(Answer(value="ready")))
        while True:
            try:
                task = server.recv_bytes()
            except EOFError:
                return
            server.send_bytes(answer_to(task))


def answer_to(task: bytes) -> bytes:
    """Run one packed (function, arguments) and pack what came of it."""
    try:
        function, arguments = pickle.loads(task)
        return run(function, arguments)
    except Exception as error:  # noqa: BLE001 - the reason goes to the caller, who records it on the item
        return write_answer(_foreign(error))


def run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Call the function. Every failure becomes an Answer; only the process's death is left to the server."""
    try:
        return write_answer(Answer(value=function(*arguments)))
    except errors.PhotoArchiveError as error:
        name = type(error).__name__ if hasattr(errors, type(error).__name__) else "Unreadable"
        return write_answer(Answer(failed=True, error=name, sentence=error.sentence, details=error.details))
    except MemoryError:
        return write_answer(Answer(failed=True, error="Unreadable", sentence=TOO_MUCH_MEMORY))


def _foreign(error: Exception) -> Answer:
    reason = f"{type(error).__name__}: {error}".strip(": ")[:MAX_REASON]
    return Answer(failed=True, sentence=reason, trace="".join(traceback.format_exception(error)))


def end_with_the_server() -> None:
    """Ask the kernel to kill this process when its server dies, even by kill -9 in the middle of a decode."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == 1:     # it died before we asked
            sys.exit(0)


def limit_memory(beyond_own_size: int) -> None:
    """Allow this much address space more than the process has now; more raises MemoryError in the task."""
    own_size = 0
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - before any path library is needed
            own_size = int(file.read().split()[0]) * resource.getpagesize()
    limit = own_size + beyond_own_size
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

