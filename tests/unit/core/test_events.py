"""The bus: nobody waits, nothing superseded is delivered."""

from __future__ import annotations

import time

from photoarchive.core.events import Bus, Event


def test_newer_news_of_the_same_key_replaces_older() -> None:
    """A slow reader gets the latest state of each job, once."""
    bus = Bus()
    inbox = bus.subscribe()
    for done in range(5):
        bus.publish(Event("work.job", {"done": done}, key="metadata"))
    bus.publish(Event("work.job", {"done": 9}, key="scan"))
    assert [(event.key, event.data["done"]) for event in inbox.drain()] == [("metadata", 4), ("scan", 9)]
    assert inbox.drain() == []


def test_a_full_inbox_drops_the_oldest_and_counts_it() -> None:
    """Memory is bounded however slow a subscriber is."""
    bus = Bus()
    inbox = bus.subscribe(limit=3)
    for index in range(5):
        bus.publish(Event("x", {}, key=str(index)))
    assert [event.key for event in inbox.drain()] == ["2", "3", "4"]
    assert inbox.lost == 2


def test_subscriptions_hear_only_their_names_and_nothing_after_closing() -> None:
    """Names filter; close ends."""
    bus = Bus()
    woken: list[int] = []
    inbox = bus.subscribe(frozenset({"a"}), wake=lambda: woken.append(1))
    heard: list[str] = []
    bus.on("b", lambda event: heard.append(event.name))
    bus.publish(Event("b"))
    bus.publish(Event("a"))
    inbox.close()
    bus.publish(Event("a"))
    assert [event.name for event in inbox.drain()] == ["a"]
    assert woken == [1]
    assert heard == ["b"]


def test_each_group_of_events_has_a_number_that_rises_with_it_and_over_restarts() -> None:
    """A page that heard nothing for a while sees what it missed."""
    bus = Bus()
    before = bus.told("history", "people")
    bus.publish(Event("people.changed"))
    bus.publish(Event("people"))
    after = bus.told("history", "people")
    assert after == {"history": before["history"], "people": before["people"] + 2}
    time.sleep(0.01)
    assert Bus().told("people")["people"] > after["people"]
