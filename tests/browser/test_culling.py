"""Culling by keyboard only: fifty photos flagged and starred without touching the mouse, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Route, expect

import libraries
import trees
from browsing import eventually, ready, until
from conftest import serving
from libraries import open_library

BY_NAME = "?sort=filename_asc"
PHOTOS = 50


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with fifty small photos."""
    root = tmp_path_factory.mktemp("culling")
    (root / "home").mkdir()
    trees.make_tree(root / "photos", PHOTOS)
    with serving(root / "home", root / "photos") as server:
        yield server


def settled(page: Any, server: Any, count: int) -> list[dict[str, Any]]:
    """The photos once so many of them are flagged."""
    return eventually(page, lambda: libraries.cards(server, BY_NAME),
                      lambda found: sum(card["flag"] != "unflagged" for card in found) == count)


def focused(page: Any, photo: Any) -> None:
    """Wait until a photo has the focus."""
    expect(page.locator(f"#grid [data-photo-id='{photo}']")).to_be_focused()


def begin(page: Any, server: Any, query: str = BY_NAME) -> list[int]:
    """The library with the focus on its first photo; answers the photos in their order."""
    order = [int(card["id"]) for card in libraries.cards(server, query)]
    open_library(page, server, query)
    page.keyboard.press("Home")
    focused(page, order[0])
    return order


def test_fifty_photos_are_culled_without_the_mouse(library, page):
    begin(page, library)
    for index in range(PHOTOS):
        page.keyboard.press("Shift+P" if index % 3 else "Shift+X")
    cards = settled(page, library, PHOTOS)
    assert [card["flag"] for card in cards] == ["picked" if index % 3 else "rejected" for index in range(PHOTOS)]
    expect(page.locator("#grid .tile.is-rejected").first).to_be_visible()
    for _ in range(PHOTOS):
        page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_stars_are_given_and_the_focus_follows_the_arrows(library, page):
    order = begin(page, library)
    for key, index in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        focused(page, order[index])
    page.keyboard.press("3")
    expect(page.locator(f"#grid [data-photo-id='{order[1]}'] .badge-stars")).to_have_attribute("data-stars", "3")
    page.keyboard.press("Control+z")
    expect(page.locator(f"#grid [data-photo-id='{order[1]}'] .badge-stars")).to_have_count(0)
    eventually(page, lambda: [card["stars"] for card in libraries.cards(library, BY_NAME)], [None] * PHOTOS)


def test_down_and_up_return_to_the_same_photo(library, page):
    order = begin(page, library)
    page.keyboard.press("ArrowRight")
    focused(page, order[1])
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#grid [data-photo-id='{order[1]}']")).not_to_be_focused()
    page.keyboard.press("ArrowUp")
    focused(page, order[1])


def test_the_focus_survives_scrolling_far_away(library, page):
    page.set_viewport_size({"width": 700, "height": 420})
    order = begin(page, library)
    page.keyboard.press("End")
    focused(page, order[-1])
    page.mouse.move(300, 250)
    page.mouse.wheel(0, -20_000)
    until(page, "document.getElementById('grid').gridView.top === 0")
    expect(page.locator("#grid")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    focused(page, order[-2])
    page.keyboard.press("Home")
    focused(page, order[0])


def test_a_range_is_selected_with_shift_and_arrows(library, page):
    begin(page, library)
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#selection-bar")).to_contain_text("4 photos selected")
    page.keyboard.press("p")
    settled(page, library, 4)
    page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_the_selection_is_compared_by_key_and_the_filters_without_one(library, page):
    chosen = begin(page, library)[:3]
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#selection-bar")).to_contain_text("3 photos selected")
    page.keyboard.press("c")
    expect(page.locator("#mosaic [data-photo-id]")).to_have_count(3)
    eventually(page, lambda: unquote(page.url).endswith("/compare?ids=" + ",".join(map(str, chosen))), True)
    open_library(page, library, f"{BY_NAME}&orientation=landscape")
    page.keyboard.press("c")
    ready(page, "compare")
    expect(page).to_have_url(re.compile(r"/compare\?orientation=landscape$"))


def test_a_key_is_not_lost_while_what_answers_to_it_is_still_loading(library, page):
    held: list[Route] = []
    page.route("**/features/compare/verb.js", lambda route: held.append(route))   # noqa: PLW0108 – no built-ins
    open_library(page, library, f"{BY_NAME}&orientation=landscape")
    eventually(page, lambda: len(held), 1)
    page.keyboard.press("c")
    held[0].continue_()
    ready(page, "compare")
    expect(page).to_have_url(re.compile(r"/compare\?orientation=landscape$"))


def test_the_loupe_is_entered_walked_and_left_by_keyboard(library, page):
    order = begin(page, library)
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
    assert settled(page, library, 1)[7]["flag"] == "rejected"      # the photo it was pressed on
    page.keyboard.press("Control+z")
    settled(page, library, 0)


def test_tab_reaches_the_grid_once_and_goes_on(library, page):
    begin(page, library)
    stops = page.eval_on_selector_all("#grid, #grid .tile", "all => all.filter(one => one.tabIndex === 0).length")
    assert stops == 1
    page.keyboard.press("Tab")
    until(page, "document.activeElement.closest('#grid') === null")


def test_the_help_lists_the_keys_of_the_library(library, page):
    open_library(page, library, BY_NAME)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject")
    expect(dialog).to_contain_text("Open in the loupe")
