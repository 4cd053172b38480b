"""Pages that heard nothing for a while, or cannot have a stream of news, show what changed elsewhere all the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browsing import Watch, eventually, ready
from conftest import LiveServer

NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})"


def polling(page: Page) -> list[str]:
    """Let a page be one from another machine over plain http. Returns the paths it will ask for."""
    page.add_init_script(NO_LOCKS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("/", 3)[3]))
    return asked


def test_marks_made_elsewhere_reach_a_page_that_polls_without_its_photos_being_read_again(
    library_server: LiveServer, page: Page
) -> None:
    asked = polling(page)
    page.goto(library_server.url + "/library")
    ready(page, "library")
    ids = [image["id"] for image in library_server.get("/api/rankings?limit=2")["images"]]
    first, second = (page.locator(f"#grid [data-photo-id='{photo}']") for photo in ids)
    picked = page.locator("[data-filter=flag] [data-value=picked] .facet-count")
    expect(picked).to_have_text("0")
    library_server.post("/api/images/flag", {"image_ids": ids[:1], "flag": "rejected"}, window="elsewhere")
    expect(first).to_have_class(re.compile("is-rejected"))
    library_server.post("/api/images/flag", {"image_ids": ids[1:], "flag": "picked"}, window="elsewhere")
    library_server.post("/api/images/stars", {"image_ids": ids[1:], "stars": 3}, window="elsewhere")
    expect(second.locator(".badge-stars")).to_have_attribute("data-stars", "3")
    expect(picked).to_have_text("1")
    library_server.post("/api/undo", {}, window="elsewhere")
    expect(second.locator(".badge-stars")).to_have_count(0)
    assert sum(path.startswith("api/library/feed") for path in asked) == 1
    assert not any(path.startswith("api/events") for path in asked)

    page.wait_for_timeout(4000)                     # the filters count once more
    asked.clear()
    page.wait_for_timeout(4500)                     # two polls: nothing changed, nothing is asked for but numbers
    assert set(asked) <= {"api/work", "api/news", "api/scan/status"}


def test_the_history_of_a_page_that_polls_follows(library_server: LiveServer, page: Page) -> None:
    polling(page)
    page.goto(library_server.url + "/history")
    ready(page, "history")
    rows = page.locator("[data-action-id]")
    shown = library_server.get("/api/history")["total"]
    expect(rows).to_have_count(shown)
    library_server.post("/api/views", {"name": "Kept", "query": "flag=picked"})     # no photo changes
    expect(rows).to_have_count(shown + 1)


@pytest.fixture
def deaf(page: Page, watch: Watch) -> Page:
    """A page whose stream of news cannot be had until the test says so."""
    watch.expect_problem("net::ERR_FAILED")
    page.route("**/api/events", lambda route: route.abort())
    return page


def test_the_history_catches_up_when_the_connection_is_back(library_server: LiveServer, deaf: Page) -> None:
    deaf.goto(library_server.url + "/history")
    ready(deaf, "history")
    rows = deaf.locator("[data-action-id]")
    shown = library_server.get("/api/history")["total"]
    expect(rows).to_have_count(shown)
    library_server.post("/api/views", {"name": "Kept", "query": "flag=picked"})
    expect(rows).to_have_count(shown)
    deaf.unroute("**/api/events")
    expect(rows).to_have_count(shown + 1)


def test_the_map_catches_up_when_the_connection_is_back_and_asks_once(library_server: LiveServer, deaf: Page) -> None:
    asked: list[str] = []
    deaf.on("request", lambda request: asked.append(request.url) if "/api/map/points" in request.url else None)
    deaf.goto(library_server.url + "/map")
    ready(deaf, "map")
    located = library_server.get("/api/map/markers")["gps_count"]
    expect(deaf.locator(".head-count")).to_contain_text(f"{located} photo")
    without = library_server.get("/api/rankings?has=-gps&limit=1")["images"][0]["id"]
    reine = {"kind": "at", "latitude": 67.93, "longitude": 13.09}
    library_server.post("/api/corrections/place", {"image_ids": [without], "change": reine})
    eventually(deaf, lambda: library_server.get("/api/map/markers")["gps_count"], located + 1)
    assert len(asked) == 1
    deaf.unroute("**/api/events")
    expect(deaf.locator(".head-count")).to_contain_text(f"{located + 1} photo")
    assert len(asked) == 2
