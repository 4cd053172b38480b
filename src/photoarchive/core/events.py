"""The in-process bus: who changed what. Publishers never wait; slow subscribers lose only superseded news."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from photoarchive.core.clock import now


class Event(msgspec.Struct, frozen=True):
    """Something happened. key: newer events of the same (name, key) replace older undelivered ones."""

    name: str                      # e.g. "work.job", "catalog.photos", "marks.changed", "settings.changed"
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    key: str = ""


class Subscription:
    """One subscriber's inbox: bounded, coalesced by (name, key). Thread-safe."""

    def __init__(self, bus: Bus, names: frozenset[str] | None, wake: Callable[[], None] | None, limit: int) -> None:
        self._bus, self._names, self._wake, self._limit = bus, names, wake, limit
        self._inbox: OrderedDict[tuple[str, str], Event] = OrderedDict()
        self._lock = threading.Lock()
        self.lost = 0

    def offer(self, event: Event) -> None:
        """Called by the bus. Never blocks: at the limit the oldest event makes room and `lost` counts it."""
        if self._names is not None and event.name not in self._names:
            return
        with self._lock:
            slot = (event.name, event.key)
            self._inbox.pop(slot, None)
            self._inbox[slot] = event
            if len(self._inbox) > self._limit:
                self._inbox.popitem(last=False)
                self.lost += 1
        if self._wake is not None:
            self._wake()

    def drain(self) -> list[Event]:
        """All waiting events, oldest first; the inbox is empty afterwards."""
        with self._lock:
            events = list(self._inbox.values())
            self._inbox.clear()
        return events

    def close(self) -> None:
        """Stop receiving."""
        self._bus.remove(self)


class Bus:
    """Publish to every subscription. Callbacks given to `on` run in the publisher's thread and must be quick."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._handlers: list[tuple[str, Callable[[Event], None]]] = []
        self._lock = threading.Lock()
        self._begun = int(now() * 1000)     # so that a number told before a restart is older than those after it
        self._published: dict[str, int] = {}

    def told(self, *groups: str) -> dict[str, int]:
        """A number per group of events (the first word of their names); it rises with each event of the group."""
        with self._lock:
            return {group: self._begun + self._published.get(group, 0) for group in groups}

    def subscribe(
        self, names: frozenset[str] | None = None, wake: Callable[[], None] | None = None, limit: int = 256
    ) -> Subscription:
        """A new inbox for these event names (None: all). wake: called from any thread when something arrived."""
        subscription = Subscription(self, names, wake, limit)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def on(self, name: str, handler: Callable[[Event], None]) -> None:
        """Run handler for every event of that name, for as long as the process lives."""
        with self._lock:
            self._handlers.append((name, handler))

    def publish(self, event: Event) -> None:
        """Tell everybody."""
        group = event.name.partition(".")[0]
        with self._lock:
            self._published[group] = self._published.get(group, 0) + 1
            subscriptions, handlers = list(self._subscriptions), list(self._handlers)
        for subscription in subscriptions:
            subscription.offer(event)
        for name, handler in handlers:
            if name == event.name:
                handler(event)

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription; unknown ones are ignored."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
