"""Watches the order in which a server takes its locks. Python imports it at start where it is on PYTHONPATH.

Two threads that take two locks in opposite orders can wait for each other for ever, though it happens once in a month.
Every lock (named after the line that made it), every task of an executor and the catalog's writer is a node here;
holding one while waiting for another is an edge. SIGUSR1 writes the edges with their stacks to $LOCK_WATCH, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_local = threading.local()
_edges: dict[tuple[str, str], str] = {}
_new_lock, _new_rlock = threading.Lock, threading.RLock


def _held() -> list[Any]:
    if not hasattr(_local, "held"):
        _local.held = []
    held: list[Any] = _local.held
    return held


def _here() -> str:
    """The line of the product that made a lock, "" for other libraries' own."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.endswith(("/threading.py", "/sitecustomize.py")):
        frame = frame.f_back
    path, found, inside = frame.f_code.co_filename.rpartition("/photoarchive/")
    return f"{inside}:{frame.f_lineno}" if found and "site-packages" not in path else ""


def _waiting_for(node: str) -> None:
    for holding in _held():
        edge = (holding.node, node)
        if holding.node and node and edge not in _edges:
            _edges[edge] = "".join(traceback.format_stack(sys._getframe(2), limit=12))


class _Node:
    """Something that is held: a running task of an executor, a transaction."""

    def __init__(self, node: str) -> None:
        self.node = node

    def __enter__(self) -> None:
        _held().append(self)

    def __exit__(self, *_: object) -> None:
        _held().remove(self)


class _Lock:
    """A lock, or a lock that its holder may take again, which notes what is held while it is waited for."""

    def __init__(self, lock: Any) -> None:
        self._lock, self.node = lock, _here()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking and not any(one is self for one in _held()):
            _waiting_for(self.node)
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            _held().append(self)
        return bool(taken)

    def release(self) -> None:
        held = _held()
        for place in reversed(range(len(held))):
            if held[place] is self:
                del held[place]
                break
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def locked(self) -> bool:
        return bool(self._lock.locked())

    # What threading.Condition asks of a lock it is given.

    def _is_owned(self) -> bool:
        if hasattr(self._lock, "_is_owned"):
            return bool(self._lock._is_owned())
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def _release_save(self) -> tuple[int, Any]:
        held = _held()
        times = sum(one is self for one in held)
        held[:] = [one for one in held if one is not self]
        state = self._lock._release_save() if hasattr(self._lock, "_release_save") else self._lock.release()
        return times, state

    def _acquire_restore(self, saved: tuple[int, Any]) -> None:
        times, state = saved
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(state)
        else:
            self._lock.acquire()
        _held().extend([self] * times)

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()


def _as_task(node: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        with _Node(node):
            return work(*args, **kwargs)

    return run


def _watch_executors() -> None:
    submit, result = ThreadPoolExecutor.submit, Future.result

    def watched_submit(pool: Any, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        node = f"task of {pool._thread_name_prefix}"
        future = submit(pool, _as_task(node, work), *args, **kwargs)
        future.node = node      # type: ignore[attr-defined]
        return future

    def watched_result(future: Any, timeout: float | None = None) -> Any:
        if not future.done():
            _waiting_for(getattr(future, "node", ""))
        return result(future, timeout)

    ThreadPoolExecutor.submit, Future.result = watched_submit, watched_result   # type: ignore[method-assign,assignment]


def _watch_writer() -> None:
    from photoarchive.catalog.database import Database

    submit, run = Database.submit, Database._run

    def watched_submit(database: Any, work: Any, *, durable: bool = False) -> Any:
        future = submit(database, work, durable=durable)
        future.node = "the writer"      # type: ignore[attr-defined]
        return future

    def watched_run(database: Any, order: Any) -> Any:
        with _Node("the writer"):
            return run(database, order)

    Database.submit, Database._run = watched_submit, watched_run     # type: ignore[method-assign,assignment]


def _write(*_: object) -> None:
    edges = [[*edge, stack] for edge, stack in list(_edges.items())]
    path = os.environ["LOCK_WATCH"]
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(edges, file)
    os.replace(path + ".part", path)


if "LOCK_WATCH" in os.environ and "photoarchive.cli" in sys.orig_argv:
    threading.Lock, threading.RLock = lambda: _Lock(_new_lock()), lambda: _Lock(_new_rlock())   # type: ignore[assignment,misc]
    _watch_executors()
    _watch_writer()
    signal.signal(signal.SIGUSR1, _write)
