"""Worker processes that all tests of a process share: starting one costs a good part of a second."""

from __future__ import annotations

import atexit
import functools
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

from photoarchive.work.pool import Pool

WORKERS = 2


@functools.cache
def shared_pool() -> Pool:
    """The workers; they end with the process."""
    pool = Pool(WORKERS)
    atexit.register(pool.close)
    return pool


class PoolOfOneTest:
    """The shared workers as if they were one test's own: at its end nothing of it is left waiting or running."""

    def __init__(self) -> None:
        self._tasks: list[Future[Any]] = []
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(shared_pool(), name)

    def submit(self, function: Callable[..., Any], *args: Any, **options: Any) -> Future[Any]:
        """As Pool.submit."""
        future = shared_pool().submit(function, *args, **options)
        self._tasks.append(future)
        return future

    def close(self) -> None:
        """Let go of what waits, wait for what runs."""
        self.closed = True
        wait([task for task in self._tasks if not task.cancel()])
