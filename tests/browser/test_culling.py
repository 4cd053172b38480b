"""Culling by keyboard only: fifty photos flagged and starred without touching the mouse, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

import libraries
import trees
from browsing import ready
from conftest import start_server
from libraries import open_library, until

BY_NAME = "?sort=filename_asc"
PHOTOS = 50


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with fifty small photos."""
    root = tmp_path_factory.mktemp("culling")
    (root / "home").mkdir()
    trees.make_tree(root / "photos", PHOTOS)
    server = start_server(root / "home")
    try:
        server.add_folder(root / "photos")
        yield server
    finally:
        server.stop()


def settled(page: Any, server: Any, count: int) -> list[dict[str, Any]]:
    """The photos once so many of them are flagged."""
    for _ in range(100):
        found = libraries.cards(server, BY_NAME)
        if sum(card["flag"] != "unflagged" for card in found) == count:
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"{count} flagged photos were expected: {[card['flag'] for card in found]}")


def test_fifty_photos_are_culled_without_the_mouse(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    for index in range(PHOTOS):
        page.keyboard.press("Shift+P" if index % 3 else "Shift+X")
    cards = settled(page, library, PHOTOS)
    assert [card["flag"] for card in cards] == ["picked" if index % 3 else "rejected" for index in range(PHOTOS)]
    expect(page.locator("#grid .tile.is-rejected").first).to_be_visible()
    for _ in range(PHOTOS):
        page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_stars_are_given_and_the_focus_follows_the_arrows(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    order = [card["id"] for card in libraries.cards(library, BY_NAME)]
    for step, key in enumerate(["ArrowRight", "ArrowRight", "ArrowLeft"], 1):
        page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.dataset.photoId")
        assert focused == str(order[[1, 2, 1][step - 1]])
    page.keyboard.press("3")
    expect(page.locator(f"#grid [data-photo-id='{order[1]}'] .badge-stars")).to_have_attribute("data-stars", "3")
    page.keyboard.press("Control+z")
    expect(page.locator(f"#grid [data-photo-id='{order[1]}'] .badge-stars")).to_have_count(0)


def test_down_and_up_return_to_the_same_photo(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    start = page.evaluate("document.activeElement.dataset.photoId")
    page.keyboard.press("ArrowDown")
    below = page.evaluate("document.activeElement.dataset.photoId")
    page.keyboard.press("ArrowUp")
    assert below != start
    assert page.evaluate("document.activeElement.dataset.photoId") == start


def test_the_focus_survives_scrolling_far_away(library, page):
    page.set_viewport_size({"width": 700, "height": 420})
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    first = page.evaluate("document.activeElement.dataset.photoId")
    page.keyboard.press("End")
    last = page.evaluate("document.activeElement.dataset.photoId")
    assert last == str(libraries.cards(library, BY_NAME)[-1]["id"])
    page.mouse.move(300, 250)
    page.mouse.wheel(0, -20_000)
    until(page, "document.getElementById('grid').gridView.top === 0")
    assert page.evaluate("document.activeElement.id") == "grid"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.photoId") == str(libraries.cards(library, BY_NAME)[-2]["id"])
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.dataset.photoId") == first


def test_a_range_is_selected_with_shift_and_arrows(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#selection-bar")).to_contain_text("4 photos selected")
    page.keyboard.press("p")
    settled(page, library, 4)
    page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_the_selection_is_compared_by_key_and_the_filters_without_one(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    chosen = [card["id"] for card in libraries.cards(library, BY_NAME)][:3]
    page.keyboard.press("c")
    expect(page.locator("#mosaic [data-photo-id]")).to_have_count(3)
    assert unquote(page.url).endswith("/compare?ids=" + ",".join(map(str, chosen)))
    open_library(page, library, f"{BY_NAME}&orientation=landscape")
    page.keyboard.press("c")
    ready(page)
    assert page.url.endswith("/compare?orientation=landscape")


def test_the_loupe_is_entered_walked_and_left_by_keyboard(library, page):
    open_library(page, library, BY_NAME)
    order = [card["id"] for card in libraries.cards(library, BY_NAME)]
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    ready(page, "loupe")
    for index in range(1, 8):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#loupe")).to_have_attribute("data-photo-id", str(order[index]))
    page.keyboard.press("Shift+X")
    expect(page.locator("#loupe")).to_have_attribute("data-photo-id", str(order[8]))
    page.keyboard.press("Escape")
    ready(page, "library")
    expect(page.locator(f"#grid [data-photo-id='{order[8]}']")).to_be_focused()
    assert settled(page, library, 1)[7]["flag"] == "rejected"
    page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_tab_reaches_the_grid_once_and_goes_on(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("Home")
    stops = page.eval_on_selector_all("#grid, #grid .tile", "all => all.filter(one => one.tabIndex === 0).length")
    assert stops == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#grid')") is None


def test_the_help_lists_the_keys_of_the_library(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject")
    expect(dialog).to_contain_text("Open in the loupe")
