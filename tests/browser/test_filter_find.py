"""Filters with very many values: the list ends somewhere, and a field over it finds all the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

import trees
from browsing import accessibility_problems, eventually, ready
from conftest import LiveServer, serving, start_server
from photoarchive.demo.build import build_demo

KEYWORDS = 260
PHOTOS = 24


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose photos have more keywords than a list holds, the last of them on one photo each."""
    root = tmp_path_factory.mktemp("keywords")
    (root / "home").mkdir()
    trees.make_tree(root / "photos", PHOTOS)
    with serving(root / "home", root / "photos") as server:
        ids = [image["id"] for image in server.get("/api/rankings?limit=100")["images"]]
        server.post("/api/images/keywords", {"image_ids": ids, "add": ["Everywhere", "Ocean|Reef"]})
        for at, photo in enumerate(ids):
            names = [f"Bird {number:03}" for number in range(at, KEYWORDS, len(ids))]
            server.post("/api/images/keywords", {"image_ids": [photo], "add": names})
        server.post("/api/images/flag", {"image_ids": ids[:1], "flag": "picked"})
        yield server


def open_keywords(page: Page, server: Any) -> Any:
    page.goto(f"{server.url}/library")
    ready(page, "library")
    section = page.locator("[data-filter=keyword]")
    section.get_by_role("button", name="Keywords").click()
    section.get_by_role("button", name=re.compile("^All ")).click()
    return section


def test_keywords_past_the_end_of_the_list_are_found_by_keyboard(library: LiveServer, page: Page) -> None:
    total = KEYWORDS + 2
    section = open_keywords(page, library)
    field, note, rows = section.get_by_role("searchbox"), section.get_by_role("status"), section.locator(".facet")
    expect(section.locator(".facet-more")).to_have_text("Fewer")
    expect(note).to_have_text(f"200 of {total}")
    expect(rows).to_have_count(200)
    expect(rows.nth(0)).to_contain_text("Everywhere")
    expect(page.get_by_role("searchbox", name=re.compile("^Find "))).to_have_count(1)      # short lists have none
    assert accessibility_problems(page, "[data-filter=keyword]") == []
    expect(section.get_by_role("button", name="Bird 259")).to_have_count(0)

    field.focus()
    page.keyboard.type("bird 25")
    expect(note).to_have_text("10 of 10")
    expect(rows).to_have_count(10)
    page.keyboard.type("9")
    page.keyboard.press("Enter")                # typed faster than it is found: what is found is chosen, not what was
    expect(note).to_have_text("1 of 1")
    expect(page).to_have_url(re.compile(r"keyword=Bird(\+|%20)259"))
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#grid .tile[data-photo-id]")).to_have_count(1)
    expect(field).to_be_focused()

    page.keyboard.type("reef")                  # what was typed is chosen: it gives way
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Ocean › Reef")
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    field.fill("nothing like it")
    expect(note).to_have_text("None fits")
    expect(rows).to_have_count(0)
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"keyword=Bird(\+|%20)259$"))
    field.press("Escape")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(rows.filter(has_text="Bird 259")).to_have_attribute("aria-pressed", "true")      # chosen: always in the list
    expect(rows).to_have_count(201)


def test_what_is_found_is_counted_by_the_other_filters_and_never_endless(library: LiveServer, page: Page) -> None:
    section = open_keywords(page, library)
    section.get_by_role("searchbox").fill("bird")
    expect(section.get_by_role("status")).to_have_text("50 of 260")
    counts = section.locator(".facet-count")
    expect(counts.first).to_have_text("1")
    page.locator("[data-filter=flag] [data-value=picked]").click()
    expect(page).to_have_url(re.compile("flag=picked"))
    expect(section.get_by_role("status")).to_have_text("11 of 11")      # the keywords of the one photo
    page.go_back()
    expect(section.get_by_role("status")).to_have_text("50 of 260")
    section.get_by_role("button", name="Fewer").click()
    expect(section.get_by_role("searchbox")).to_have_count(0)
    expect(section.locator(".facet")).to_have_count(8)


def test_enter_is_not_lost_when_the_photos_are_counted_anew_meanwhile(library: LiveServer, page: Page) -> None:
    """The question is asked again with the new counts, and what waits for the answer still waits for it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    section = open_keywords(page, library)
    page.route("**/api/facets/values?*", hold)
    section.get_by_role("searchbox").fill("bird 259")
    section.get_by_role("searchbox").press("Enter")
    eventually(page, lambda: len(held), 1)
    photo = library.get("/api/rankings?limit=1")["images"][0]["id"]
    library.post("/api/images/label", {"image_ids": [photo], "label": 3}, window="elsewhere")
    eventually(page, lambda: len(held), 2)
    held[1].continue_()
    page.unroute("**/api/facets/values?*")
    expect(page).to_have_url(re.compile(r"keyword=Bird(\+|%20)259$"))
    library.post("/api/images/label", {"image_ids": [photo], "label": 0}, window="elsewhere")
    expect(section.locator(".facet").first).to_have_attribute("aria-pressed", "true")


def test_people_are_found_by_name_and_enter_never_presses_another_row(
    tmp_path_factory: pytest.TempPathFactory, page: Page
) -> None:
    home = tmp_path_factory.mktemp("people-home")
    build_demo(home, 6000, rows_only=True, faces=True)
    server = start_server(home)
    try:
        people = [one for one in server.get("/api/facets")["facets"]["people"] if one["value"] != "unnamed"]
        last = people[-1]
        page.goto(f"{server.url}/library")
        ready(page, "library")
        section = page.locator("[data-filter=people]")
        section.get_by_role("button", name=f"All {len(people)}").click()
        field, note = section.get_by_role("searchbox", name="Find a person"), section.get_by_role("status")
        expect(note).to_have_text(f"{min(200, len(people))} of {len(people)}")
        field.fill("nobody of that name")
        expect(note).to_have_text("None fits")
        field.press("Enter")
        expect(section.locator("[data-value=unnamed]")).to_have_attribute("aria-pressed", "false")
        field.fill(last["label"].upper())
        field.press("Enter")
        expect(page).to_have_url(re.compile(rf"people={last['value']}$"))
        expect(section.locator(f"[data-value='{last['value']}']")).to_have_attribute("aria-pressed", "true")
    finally:
        server.stop()


def test_places_and_guesses_are_found_by_name(tmp_path_factory: pytest.TempPathFactory, page: Page) -> None:
    """Guesses that are not listed too, and towns in countries that nobody opened."""
    home = tmp_path_factory.mktemp("places-home")
    build_demo(home, 6000, rows_only=True, vectors=16)
    server = start_server(home)
    try:
        server.settle(("places",))
        answer = server.get("/api/facets")
        listed, more = answer["facets"]["tag"], answer["more"]["tag"]
        rest = server.get("/api/facets/values?facet=tag&containing=s&limit=200")["values"]
        rare = next(one["value"] for one in rest if one not in listed)
        page.goto(f"{server.url}/library")
        ready(page, "library")
        guesses = page.locator("[data-filter=tag]")
        guesses.get_by_role("button", name="Shows (guesses)").click()
        guesses.get_by_role("button", name=f"All {len(listed) + more}").click()
        field = guesses.get_by_role("searchbox", name="Find a guess")
        expect(guesses.get_by_role("status")).to_have_text(f"200 of {len(listed) + more}")
        field.fill(rare)
        field.press("Enter")
        expect(page).to_have_url(re.compile("tag="))
        expect(guesses.locator(f"[data-value='{rare}']")).to_have_attribute("aria-pressed", "true")
        page.go_back()

        places, values = page.locator("[data-filter=place]"), answer["facets"]["place"]
        countries = [one for one in values if "|" not in one["value"]]
        expect(places.get_by_role("searchbox")).to_have_count(0)
        places.get_by_role("button", name=f"All {len(countries)}").click()
        field = places.get_by_role("searchbox", name="Find a place")
        total = len(values) + answer["more"]["place"]
        expect(places.get_by_role("status")).to_have_text(f"{len(countries)} of {total}")
        assert accessibility_problems(page, "[data-filter=place]") == []
        field.fill("tromso")
        expect(places.get_by_role("status")).to_have_text("1 of 1")
        expect(places.locator(".facet").first).to_contain_text(re.compile("Tromsø.*Norway"))
        field.press("Enter")
        expect(page).to_have_url(re.compile("place=NO"))
        expect(places.locator(".facet").first).to_have_attribute("aria-pressed", "true")
        field.press("Escape")                       # the list again, open where the chosen town is
        expect(places.locator("[data-value=NO]")).to_be_visible()
        expect(places.locator("[aria-pressed=true]")).to_contain_text("Tromsø")
        places.get_by_role("button", name="Fewer").click()
        expect(places.get_by_role("searchbox")).to_have_count(0)
    finally:
        server.stop()
