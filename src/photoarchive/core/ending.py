"""The end of parts that may hang on a drive: side by side, within a time, and what still hangs is left behind."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from photoarchive.core.clock import monotonic

log = logging.getLogger(__name__)


def end_together(ends: Iterable[Callable[[], None]], seconds: float) -> bool:
    """Call all ends at once and wait for them together. True when all of them ended within `seconds`."""
    threads = [threading.Thread(target=_end, args=(end,), name="end", daemon=True) for end in ends]
    deadline = monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    return not any(thread.is_alive() for thread in threads)


def _end(end: Callable[[], None]) -> None:
    try:
        end()
    except Exception:       # the others end all the same
        log.exception("A part did not end in order")
