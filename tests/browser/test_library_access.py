"""Grid and loupe for everybody: axe, narrow windows, large text, touch, reduced motion, forced colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import libraries
from browsing import Watch, accessibility_problems, ready
from conftest import start_server
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
    server = start_server(root / "home")
    try:
        server.add_folder(root / "photos")
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("size", SIZES)
def test_the_library_is_accessible_at_every_width(library, page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_library(page, library)
    page.wait_for_timeout(400)
    assert page.evaluate(NO_SIDEWAYS)
    assert page.locator("h1").count() == 1
    assert accessibility_problems(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_loupe_is_accessible_at_every_width(library, page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_loupe(page, library, libraries.named(library, libraries.LARGE_NAME)["id"])
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    page.wait_for_timeout(400)
    assert page.evaluate(NO_SIDEWAYS)
    assert accessibility_problems(page) == []


def test_a_selection_and_its_dialogs_are_accessible(library, page):
    open_library(page, library)
    page.locator("#grid .tile[data-photo-id]").first.click()
    expect(page.locator("#selection-bar")).to_be_visible()
    page.wait_for_timeout(400)
    assert accessibility_problems(page) == []
    page.locator("#selection-bar").get_by_role("button", name="Export").click()
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


def test_an_empty_and_a_filtered_out_library_are_accessible(live_server, page):
    page.goto(live_server.url + "/library?flag=picked")
    ready(page, "library")
    expect(page.locator(".library-empty")).to_be_visible()
    assert accessibility_problems(page) == []


def test_rows_and_columns_are_numbered(library, page):
    open_library(page, library)
    grid = page.locator("#grid")
    assert grid.get_attribute("role") == "grid"
    rows = page.eval_on_selector_all(SHOWN_ROWS, "rows => rows.map(row => Number(row.getAttribute('aria-rowindex')))")
    assert rows == list(range(1, len(rows) + 1))
    assert int(grid.get_attribute("aria-rowcount")) >= len(rows)
    columns = page.locator(SHOWN_ROWS).first.locator(".tile").evaluate_all(
        "tiles => tiles.map(tile => Number(tile.getAttribute('aria-colindex')))")
    assert columns == list(range(1, len(columns) + 1))


@pytest.mark.parametrize(
    "setting", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}, {"device_scale_factor": 2}])
def test_the_pages_work_with_other_display_settings(library, browser: Browser, watch: Watch, setting):
    context = browser.new_context(viewport={"width": 800, "height": 480}, locale="en-GB", **setting)
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
