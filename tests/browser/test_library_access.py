"""Grid and loupe for everybody: axe, narrow windows, large text, touch, reduced motion, forced colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import libraries
from browsing import PATIENCE_SECONDS, Watch, accessibility_problems, eventually, ready, until
from conftest import serving
from libraries import OLDEST_FIRST, open_library, open_loupe

SIZES = [(1600, 960), (1024, 768), (390, 844), (320, 640)]
SHOWN_ROWS = "#grid .grid-row:not([hidden])"
NO_SIDEWAYS = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server with the mixed library for the tests of this module."""
    root = tmp_path_factory.mktemp("access")
    (root / "home").mkdir()
    libraries.make_library(root / "photos", 24)
    with serving(root / "home", root / "photos") as server:
        yield server


def at_every_width(page: Page) -> None:
    """Nothing scrolls sideways in any window, and axe finds nothing in the widest and in the narrowest."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        until(page, NO_SIDEWAYS)
        expect(page.locator("h1")).to_have_count(1)
        if width in (SIZES[0][0], SIZES[-1][0]):
            assert accessibility_problems(page) == [], width


def test_the_library_is_accessible_at_every_width(library, page):
    open_library(page, library)
    at_every_width(page)


def test_the_loupe_is_accessible_at_every_width(library, page):
    open_loupe(page, library, libraries.named(library, libraries.LARGE_NAME)["id"])
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    at_every_width(page)


def test_a_selection_and_its_dialogs_are_accessible(library, page):
    open_library(page, library)
    page.locator("#grid .tile[data-photo-id]").first.click()
    expect(page.locator("#selection-bar")).to_be_visible()
    assert accessibility_problems(page) == []
    page.locator("#selection-bar").get_by_role("button", name="Export").click()
    expect(page.locator("dialog")).to_be_visible()
    assert accessibility_problems(page, "dialog") == []


def test_filters_and_details_open_as_overlays_on_narrow_screens(library, page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_library(page, library)
    expect(page.locator(".library-left")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    expect(page.locator(".library-left")).to_be_visible()
    assert accessibility_problems(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".library-left")).to_be_hidden()


def test_an_empty_library_is_accessible(visit):
    page = visit("/library?flag=picked")
    expect(page.locator(".library-empty")).to_be_visible()
    assert accessibility_problems(page) == []


def test_rows_and_columns_are_numbered(library, page):
    open_library(page, library)
    grid = page.locator("#grid")
    expect(grid).to_have_attribute("role", "grid")
    numbers = "(all, name) => all.map(one => Number(one.getAttribute(name)))"
    rows = eventually(page, lambda: page.eval_on_selector_all(SHOWN_ROWS, numbers, "aria-rowindex"), counted)
    assert int(grid.get_attribute("aria-rowcount")) >= len(rows)
    tiles = page.locator(SHOWN_ROWS).first.locator(".tile")
    eventually(page, lambda: tiles.evaluate_all(numbers, "aria-colindex"), counted)


def counted(numbers: list[int]) -> bool:
    """1, 2, 3 …"""
    return bool(numbers) and numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "setting", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}, {"device_scale_factor": 2}])
def test_the_pages_work_with_other_display_settings(library, browser: Browser, watch: Watch, setting):
    context = browser.new_context(viewport={"width": 800, "height": 480}, locale="en-GB", **setting)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    watch.follow(page)
    open_library(page, library)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    ready(page, "loupe")
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    page.keyboard.press("z")
    expect(page.locator(".overlay-zoom")).not_to_have_text("Fit")
    page.keyboard.press("Escape")
    ready(page, "library")
    context.close()


def test_a_phone_opens_photos_with_a_tap_and_turns_pages_with_a_swipe(library, browser: Browser, watch: Watch):
    phone = {"width": 390, "height": 780}
    context = browser.new_context(viewport=phone, has_touch=True, is_mobile=True, locale="en-GB")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    watch.follow(page)
    open_library(page, library)
    order = [card["id"] for card in libraries.cards(library, OLDEST_FIRST)]
    page.locator(f"#grid [data-photo-id='{order[0]}']").tap()
    ready(page, "loupe")
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    page.evaluate("""() => {
        const stage = document.querySelector('.stage');
        const finger = {pointerId: 7, pointerType: 'touch', clientY: 300, bubbles: true, button: 0, isPrimary: true};
        const send = (type, clientX) => stage.dispatchEvent(new PointerEvent(type, {...finger, clientX}));
        stage.setPointerCapture = () => {};
        send('pointerdown', 320); send('pointermove', 240); send('pointermove', 120); send('pointerup', 120);
    }""")
    expect(page.locator("#loupe")).to_have_attribute("data-photo-id", re.compile(str(order[1])))
    context.close()
