"""Searching as a person does it: the box, its completions and help, what is said of a search, Back, and Compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

import conftest as servers
import trees
from browsing import accessibility_problems, eventually, ready, until
from libraries import open_library, view_index


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server with 12 photos, three of them with a caption, all looked at by the bundled model."""
    folder = tmp_path_factory.mktemp("search") / "Photos"
    trees.make_tree(folder, 12)
    server = servers.start_server(tmp_path_factory.mktemp("home"), looking=True)
    try:
        server.add_folder(folder)
        server.post("/api/work/mode", {"mode": "max"})
        server.post("/api/images/texts", {"image_ids": [1, 2, 3], "caption": "A lighthouse at the end of the world"})
        server.settle(("previews", "embed"))
        yield server
    finally:
        server.stop()


def type_search(page: Page, text: str) -> None:
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#search").fill(text)


def options(page: Page) -> Any:
    return page.locator("#search-options [role=option]")


def test_a_search_from_the_box_to_its_reasons_and_back(library: Any, page: Page) -> None:
    """Words and a part by keyboard; the note, the reasons in the details, Back to all photos."""
    open_library(page, library)
    type_search(page, "fold")
    expect(options(page).first).to_contain_text("folder:")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_have_value("folder:")
    page.keyboard.type("2019")
    expect(options(page).first).to_contain_text("2019 Lofoten")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type('"end of the world"')
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=folder"))
    expect(page.locator(".search-note-mode")).to_have_text("Found by text")
    expect(page.locator(".head-sort")).to_contain_text("Best match")
    expect(page.locator("[data-filter-chip]")).to_have_count(0)
    view_index(page, 0).click()
    expect(page.locator(".search-why")).to_contain_text("end of the world")
    page.go_back()
    expect(page).not_to_have_url(re.compile("q="))
    expect(page.locator("#search")).to_have_value("")
    expect(page.locator(".search-note")).to_have_count(0)


def test_looser_shows_more_and_stays_in_the_address(library: Any, page: Page) -> None:
    """The slider writes the address; a saved search is starred and offered first."""
    open_library(page, library)
    type_search(page, "colourful pattern")
    page.keyboard.press("Enter")
    note = page.locator(".search-note")
    expect(note).to_contain_text("basic search")
    slider = note.get_by_label("How well photos must fit")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("strictness=-3"))
    expect(note).to_contain_text("Found by meaning")
    note.get_by_role("button", name="Save this search").click()
    expect(note.get_by_role("button", name="Save this search")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Clear search").click()
    expect(options(page).first).to_contain_text("colourful pattern")
    expect(options(page).first).to_contain_text("saved")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=colourful"))
    assert accessibility_problems(page) == []


def test_a_misspelt_search_offers_the_one_that_was_meant(library: Any, page: Page) -> None:
    """Above no photos nothing is “found by meaning”; the offer is a link that keeps parts and filters."""
    page.goto(f"{library.url}/library?q=elefant+stars%3A5&strictness=3&flag=picked")
    ready(page, "library")
    expect(page.locator(".search-note-mode")).to_have_text("Nothing found")
    meant = page.locator(".search-meant")
    expect(meant).to_contain_text("Did you mean elephant stars:5 or elegant stars:5?")
    assert accessibility_problems(page) == []
    meant.get_by_role("link", name="elephant stars:5").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_have_value("elephant stars:5")
    expect(page).to_have_url(re.compile("flag=picked"))
    expect(meant).to_have_count(0)
    expect(page.locator(".search-note-mode")).to_have_text("Nothing found")


def test_help_hints_and_compare(library: Any, page: Page) -> None:
    """An example from the help lands in the box; a wrong part is said; on Compare a search is its pool."""
    open_library(page, library)
    page.get_by_role("button", name="How to search").click()
    panel = page.locator("#search-language")
    expect(panel.get_by_text("stars:>=4")).to_be_visible()
    assert accessibility_problems(page, "#search-language") == []
    panel.get_by_text("stars:>=4").click()
    expect(page.locator("#search")).to_have_value("stars:>=4")
    page.locator("#search").fill("lighthouse stars:9")
    page.keyboard.press("Enter")
    expect(page.locator(".search-hints .is-warning")).to_contain_text("stars: cannot be “9”")
    page.goto(f"{library.url}/compare")
    ready(page)
    page.locator("#search").fill('"end of the world"')
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compare\?q="))
    expect(page.locator("#mosaic [data-photo-id]")).to_have_count(3)


def test_the_same_search_again_shows_what_came_since(library: Any, page: Page) -> None:
    """An open view keeps still; pressing Enter once more asks anew, and makes no second step for Back."""
    open_library(page, library)
    before = page.evaluate("history.length")
    for wanted in (3, 4):
        type_search(page, '"end of the world"')
        page.keyboard.press("Enter")
        expect(page.locator("#grid .tile[data-photo-id]")).to_have_count(wanted)
        library.post("/api/images/texts", {"image_ids": [4], "caption": "Another end of the world"})
    assert page.evaluate("history.length") == before + 1
    library.post("/api/images/texts", {"image_ids": [4], "caption": ""})


def test_a_search_on_a_phone(library: Any, page: Page) -> None:
    """At 360 px nothing overflows and the completions can be chosen."""
    page.set_viewport_size({"width": 360, "height": 740})
    open_library(page, library)
    page.locator("#search").click()
    page.locator("#search").fill("camer")
    options(page).filter(has_text="camera:").click()
    expect(page.locator("#search")).to_have_value("camera:")
    page.locator("#search").fill("lighthouse")
    page.keyboard.press("Enter")
    expect(page.locator(".search-note-mode")).to_contain_text("Found by")
    until(page, "document.documentElement.scrollWidth <= 360")
    assert accessibility_problems(page) == []


def test_kept_results_are_cleared_in_settings_and_guesses_filter(library: Any, page: Page) -> None:
    """Settings say how much is kept and whether the cut-off is fitted; a guess is a filter of the Library."""
    library.get("/api/search?q=boats%20on%20a%20lake")
    page.goto(f"{library.url}/settings/models")
    ready(page, "settings")
    kept = page.locator("[data-kept-results]")
    expect(kept).to_contain_text(re.compile(r"[1-9]\d* results?, "))
    kept.get_by_role("button", name="Clear kept results").click()
    expect(kept).to_contain_text("0 results")
    eventually(page, lambda: library.get("/api/search/kept")["results"], 0)
    page.get_by_role("button", name="Forget recent searches").click()
    question = page.get_by_role("dialog", name="Forget recent searches?")
    expect(question).to_contain_text("Saved searches stay")
    question.get_by_role("button", name="Forget them").click()
    eventually(page, lambda: library.get("/api/search/recent")["searches"], [])
    page.locator("#setting-search_calibrated").uncheck()
    expect(page.locator("[data-setting=search_calibrated] .setting-mark .good")).to_be_visible()
    assert library.get("/api/settings")["settings"]["search_calibrated"] is False
    library.post("/api/settings", {"search_calibrated": True})
    assert accessibility_problems(page) == []
    page.goto(f"{library.url}/library?tag=teapot")
    ready(page)
    guesses = page.locator("[data-filter=tag]")
    expect(guesses).to_contain_text("Shows (guesses)")
    expect(page.locator("[data-filter-chip]")).to_contain_text("teapot")


DEEP_GOT_ON = """() => new BroadcastChannel('photoarchive-events').postMessage(
    { name: 'work', data: { jobs: [
        { name: 'deep', title: 'Deep search', state: 'running', done: 1, total: 13, failed: 0 }] } })"""


def test_a_deep_answer_is_offered_and_shown_when_asked_for(library: Any, page: Page) -> None:
    """The photos on screen stay until the user asks for the better ones, and so does the place.

    A deep model is ten seconds of loading: that it has answered is told here as another window and the server would.
    """
    deep = False

    def say(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"deep": deep})

    page.route("**/api/search/about?*", say)
    page.set_viewport_size({"width": 390, "height": 600})
    open_library(page, library, "?q=colourful+pattern&strictness=-3")
    note, offer = page.locator(".search-note"), page.get_by_role("button", name="Better results are ready")
    expect(note).to_contain_text("basic search")
    place = page.evaluate("document.querySelector('#grid').scrollTop = 200, document.querySelector('#grid').scrollTop")
    deep = True
    with page.expect_response("**/api/search/about?*"):
        page.evaluate(DEEP_GOT_ON)
    expect(offer).to_be_visible()
    expect(note.locator(".search-deep")).to_have_count(0)
    assert accessibility_problems(page) == []
    with page.expect_response("**/api/library/feed?*"):
        offer.click()
    expect(note.locator(".search-deep")).to_be_visible()
    expect(offer).to_have_count(0)
    assert page.evaluate("document.querySelector('#grid').scrollTop") == place > 0


def test_going_back_to_a_search_says_how_its_photos_were_found_then(library: Any, page: Page) -> None:
    """Deep Search has answered meanwhile: the older photos are called what they are, and the better ones offered."""
    deep = False

    def say(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"deep": deep})

    page.route("**/api/search/about?*", say)
    open_library(page, library, "?q=colourful+pattern&strictness=-3")
    note, offer = page.locator(".search-note"), page.get_by_role("button", name="Better results are ready")
    expect(note).to_contain_text("basic search")
    page.locator("#search").fill("dark pattern")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=dark"))
    expect(note).to_contain_text("basic search")
    deep = True
    feeds: list[str] = []
    page.on("request", lambda request: feeds.append(request.url) if "/api/library/feed" in request.url else None)
    page.go_back()
    expect(page).to_have_url(re.compile("q=colourful"))
    expect(note).to_contain_text("basic search")
    expect(offer).to_be_visible()
    expect(note.locator(".search-deep")).to_have_count(0)
    assert feeds == []
    offer.click()
    expect(note.locator(".search-deep")).to_be_visible()
    expect(offer).to_have_count(0)
    assert len(feeds) == 1
