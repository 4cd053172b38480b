"""Time, in one place: wall time in seconds since 1970 (UTC), monotonic time in seconds."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds since 1970-01-01 UTC. Stored in the catalog as it is."""
    return time.time()


def monotonic() -> float:
    """Seconds of a clock that never goes back; for intervals only."""
    return time.monotonic()
