"""The event stream: state first, then news at most four times a second, and an end when the server ends."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from photoarchive.core.events import Bus, Event
from photoarchive.web import sse
from photoarchive.web.sse import EventStreams


def parse(raw: bytes) -> tuple[str, Any]:
    lines = dict(line.split(": ", 1) for line in raw.decode().splitlines() if ": " in line and not line.startswith(":"))
    return lines.get("event", ""), json.loads(lines["data"]) if "data" in lines else None


async def read(stream: AsyncIterator[bytes], count: int) -> list[tuple[str, Any]]:
    return [parse(await asyncio.wait_for(anext(stream), 20.0)) for _ in range(count)]


def make(bus: Bus, jobs: list[int] | None = None) -> EventStreams:
    return EventStreams(bus, lambda: {"version": "1", "revision": 7}, {"work": lambda: {"jobs": list(jobs or [])}})


def test_a_new_page_gets_the_state_before_any_news() -> None:
    async def go() -> None:
        streams = make(Bus(), [1])
        stream = streams.open()
        events = await read(stream, 3)
        assert events == [("", None), ("hello", {"version": "1", "revision": 7}), ("work", {"jobs": [1]})]
        streams.close()

    asyncio.run(go())


def test_news_are_gathered_and_state_is_read_when_it_is_sent() -> None:
    async def go() -> None:
        bus, jobs = Bus(), [0]
        streams = make(bus, jobs)
        stream = streams.open()
        await read(stream, 3)
        begun = asyncio.get_running_loop().time()
        for number in range(50):
            jobs[0] = number
            bus.publish(Event("work.changed"))
        bus.publish(Event("marks.changed", {"revision": 1, "ids": [1, 2]}, key="1"))
        bus.publish(Event("marks.changed", {"revision": 2, "ids": [2, 3]}, key="2"))
        bus.publish(Event("inner.detail", {"secret": 1}))
        events = await read(stream, 2)
        assert events == [("work", {"jobs": [49]}), ("marks", {"revision": 2, "ids": [1, 2, 3]})]
        for round_ in range(4):
            bus.publish(Event("settings.changed", {"keys": [str(round_)]}))
            assert await read(stream, 1) == [("settings", {"keys": [str(round_)]})]
        assert asyncio.get_running_loop().time() - begun >= 0.9, "four rounds take a second"
        streams.close()

    asyncio.run(go())


def test_the_end_of_the_server_ends_waiting_streams_at_once() -> None:
    async def go() -> None:
        streams = make(Bus())
        stream = streams.open()
        await read(stream, 3)
        waiting = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0.05)
        assert streams.count == 1
        asyncio.get_running_loop().run_in_executor(None, streams.close)
        assert await asyncio.wait_for(waiting, 10.0) is None
        assert streams.count == 0

    asyncio.run(go())


def test_a_page_that_goes_leaves_nothing_behind() -> None:
    async def go() -> None:
        bus = Bus()
        streams = make(bus)
        stream = streams.open()
        await read(stream, 3)
        await stream.aclose()   # type: ignore[attr-defined]
        assert streams.count == 0
        assert bus._subscriptions == []

    asyncio.run(go())


def test_a_quiet_stream_is_kept_alive(monkeypatch: Any) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)

    async def go() -> None:
        streams = make(Bus())
        stream = streams.open()
        await read(stream, 3)
        assert (await asyncio.wait_for(anext(stream), 10.0)).startswith(b":")
        streams.close()

    asyncio.run(go())


def test_the_end_may_come_while_a_stream_is_being_opened() -> None:
    """A signal runs in the middle of whatever the main thread does; it must not wait for itself."""
    streams = make(Bus())

    def opened_and_ended() -> None:
        with streams._lock:
            streams.close()

    thread = threading.Thread(target=opened_and_ended, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
