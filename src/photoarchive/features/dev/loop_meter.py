"""How late the event loop is: the time from when a timer should ring to when it does, over the last minute."""

from __future__ import annotations

import asyncio
from collections import deque

TICK_SECONDS = 0.025
WINDOW_TICKS = int(60 / TICK_SECONDS)


class LoopMeter:
    """Measures the loop it was started on. `run` is a task of the application's life."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque(maxlen=WINDOW_TICKS)

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._late_ms.append(max(0.0, (loop.time() - due) * 1000))

    def summary(self) -> dict[str, float]:
        """p50, p99 and max of the last minute in ms; zeros before the first tick."""
        ordered = sorted(self._late_ms) or [0.0]
        last = len(ordered) - 1
        places = {"p50": last // 2, "p99": round(last * 0.99), "max": last}
        return {name: round(ordered[place], 3) for name, place in places.items()}
