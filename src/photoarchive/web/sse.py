"""GET /api/events: what changed, as it changes, to every open page. Numbers first, then at most four times a second.
GET /api/news: the numbers alone, for pages that cannot have a stream and ask now and then.

The bus's event names are grouped by their first word ("catalog.photos" → `catalog`). Names with a snapshot (`work`,
`scan`, `models`) always carry the whole present state, so that a page which missed one is right again with the next.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from photoarchive.core.events import Bus, Event
from photoarchive.web.http import json_response, offload

NAMES = frozenset({"work", "catalog", "marks", "sources", "scan", "settings", "history", "models", "people"})
INTERVAL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
RETRY_MS = 2000

Snapshot = Callable[[], Any]


class EventStreams:
    """All open streams. hello: version and revision for a page that connects; snapshots: whole state by name."""

    def __init__(self, bus: Bus, hello: Snapshot, snapshots: Mapping[str, Snapshot]) -> None:
        self._bus, self._hello, self._snapshots = bus, hello, dict(snapshots)
        self._streams: set[_Stream] = set()
        self._lock = threading.RLock()      # close() may come as a signal, in the middle of whoever holds it
        self._closed = False

    def greeting(self) -> Any:
        """What a page that connects is told first."""
        return self._hello()

    def open(self) -> AsyncIterator[bytes]:
        """A new stream of server-sent events; it ends when the reader goes or the server closes."""
        return _Stream(self).run()

    def close(self) -> None:
        """End all streams now (any thread): the server can stop at once."""
        with self._lock:
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.wake()

    @property
    def count(self) -> int:
        """How many pages listen."""
        return len(self._streams)


class _Stream:
    """One page's connection."""

    def __init__(self, streams: EventStreams) -> None:
        self._all = streams
        self._loop = asyncio.get_running_loop()
        self._something = asyncio.Event()

    def wake(self) -> None:
        """Something arrived; called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._something.set)

    async def run(self) -> AsyncIterator[bytes]:
        everything = self._all
        with everything._lock:
            everything._streams.add(self)
        subscription = everything._bus.subscribe(None, self.wake)
        try:
            yield format_sse_event(retry=RETRY_MS)
            yield _encode("hello", await offload(everything.greeting))
            for name, snapshot in everything._snapshots.items():
                yield _encode(name, await offload(snapshot))
            while not everything._closed:
                if not await self._heard():
                    yield KEEPALIVE_COMMENT
                    continue
                if everything._closed:
                    return
                self._something.clear()
                for name, data in _group(subscription.drain()).items():
                    state = everything._snapshots.get(name)
                    yield _encode(name, data if state is None else await offload(state))
                await self._rest()
        finally:
            subscription.close()
            with everything._lock:
                everything._streams.discard(self)

    async def _heard(self) -> bool:
        try:
            await asyncio.wait_for(self._something.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _rest(self) -> None:
        """Let events gather, but notice the end of the server at once."""
        deadline = self._loop.time() + INTERVAL_SECONDS
        while not self._all._closed and (left := deadline - self._loop.time()) > 0:
            await asyncio.sleep(min(left, 0.05))


def _group(events: list[Event]) -> dict[str, dict[str, Any]]:
    """One message a name: later values win, lists (ids, keys) are joined."""
    grouped: dict[str, dict[str, Any]] = {}
    for event in events:
        name = event.name.partition(".")[0]
        if name not in NAMES:
            continue
        merged = grouped.setdefault(name, {})
        for key, value in event.data.items():
            if isinstance(value, list) and isinstance(merged.get(key), list):
                merged[key] = merged[key] + [item for item in value if item not in merged[key]]
            else:
                merged[key] = value
    return grouped


def _encode(name: str, data: Any) -> bytes:
    return format_sse_event(event=name, data_str=msgspec.json.encode(data).decode())


def router(streams: EventStreams) -> APIRouter:
    """GET /api/events, GET /api/news."""
    routes = APIRouter()

    @routes.get("/api/events")
    async def events() -> Response:
        """Server-sent events: hello, then work, catalog, marks, sources, scan, settings, history, models."""
        return EventSourceResponse(streams.open(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    @routes.get("/api/news")
    async def news() -> Response:
        """What hello says: a number for everything pages show, which rises when it changes."""
        return json_response(await offload(streams.greeting))

    return routes
