"""Filters and details over the photos of narrow windows: a close button, Escape, and the focus back where it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import accessibility_problems, ready, until
from conftest import LiveServer


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)], ids=["tablet", "phone"])
@pytest.mark.parametrize("name", ["library", "map"])
def test_the_overlay_closes_by_button_and_escape_and_gives_the_focus_back(
    small_server: LiveServer, page: Page, name: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{small_server.url}/{name}")
    ready(page, name)
    opener, panel = page.get_by_role("button", name="Filters", exact=True), page.locator("pa-filter-panel")
    closer = panel.get_by_role("button", name="Close the filters")
    expect(panel).to_be_hidden()
    opener.click()
    expect(closer).to_be_focused()
    assert accessibility_problems(page) == []
    closer.click()
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()

    page.keyboard.press("Enter")
    expect(closer).to_be_focused()
    page.locator("[data-filter=flag] [data-value=picked]").focus()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()

    opener.click()
    expect(panel).to_be_visible()
    page.mouse.click(size[0] - 20, 120)                             # beside it
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("name", ["library", "map"])
def test_all_filters_are_reached_by_scrolling_in_the_sheet_of_a_phone(
    small_server: LiveServer, page: Page, name: str
) -> None:
    """The sheet ends above the Work bar, and only what is in it moves."""
    page.set_viewport_size({"width": 390, "height": 560})
    page.goto(f"{small_server.url}/{name}")
    ready(page, name)
    page.get_by_role("button", name="Filters", exact=True).click()
    panel, sheet, last = page.locator("pa-filter-panel"), page.locator(".library-left"), page.locator(".filter").last
    expect(last).to_be_attached()
    expect(last).not_to_be_in_viewport()
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    outer, inner = sheet.bounding_box(), panel.bounding_box()
    assert outer and inner and inner["y"] >= outer["y"] and inner["height"] <= outer["height"]
    assert page.locator(".library").evaluate("host => host.scrollTop") == 0
    assert panel.evaluate("panel => panel.scrollTop") > 0
    assert is_at_the_top_of(panel, panel.get_by_role("button", name="Close the filters"))


def test_a_wide_window_has_no_button_that_closes_the_filters(small_server: LiveServer, page: Page) -> None:
    page.goto(f"{small_server.url}/map")
    ready(page, "map")
    expect(page.locator("pa-filter-panel")).to_be_visible()
    expect(page.locator("pa-filter-panel .panel-close")).to_be_hidden()
    page.locator("[data-filter=flag] [data-value=picked]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("pa-filter-panel")).to_be_visible()


def is_at_the_top_of(panel: Locator, button: Locator) -> bool:
    """Whether a button is wholly within the first 48 pixels of a panel."""
    outer, inner = panel.bounding_box(), button.bounding_box()
    return bool(outer and inner and inner["y"] >= outer["y"] and inner["y"] + inner["height"] <= outer["y"] + 48)


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)], ids=["tablet", "phone"])
def test_the_details_over_the_library_close_by_button_and_escape_and_give_the_focus_back(
    small_server: LiveServer, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{small_server.url}/library")
    ready(page, "library")
    details, panel = page.get_by_role("button", name="Details", exact=True), page.locator(".library-right")
    closer = panel.get_by_role("button", name="Close the details")
    details.click()
    expect(closer).to_be_focused()
    expect(closer).to_have_attribute("title", "Close the details (Esc)")
    assert accessibility_problems(page) == []
    closer.click()
    expect(panel).to_be_hidden()
    expect(details).to_be_focused()

    tile = page.locator("#grid .tile[data-photo-id]").nth(3)
    tile.click()                                                    # the bar of the selection has the button too
    details.click()
    expect(panel.locator(".info-name")).to_be_visible()
    expect(panel.get_by_role("button", name="All tags")).to_be_attached()
    page.set_viewport_size({"width": size[0], "height": 400})
    panel.get_by_role("button", name="All tags").focus()            # far down: the button stays in sight
    until(page, "document.querySelector('.library-right').scrollTop > 0")
    assert is_at_the_top_of(panel, closer)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(details).to_be_focused()
    expect(tile).to_have_attribute("aria-selected", "true")         # Escape closed the panel and nothing else

    tile.focus()
    page.keyboard.press("i")
    expect(closer).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    expect(tile).to_be_focused()

    page.keyboard.press("i")
    expect(closer).to_be_focused()
    page.keyboard.press("ArrowRight")                               # on in the grid: the details follow
    expect(page.locator("#grid .tile[data-photo-id]").nth(4)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("#grid .tile[data-photo-id]").nth(4)).to_be_focused()

    expect(page.locator("#selection-bar")).to_be_visible()
    page.set_viewport_size({"width": 1400, "height": 800})          # a wide window has the details at the side, and
    expect(details).to_be_hidden()                                  # room for the verbs in the bar


@pytest.mark.parametrize("size", [(900, 768), (390, 844)], ids=["tablet", "phone"])
def test_the_details_over_the_loupe_close_by_button_and_escape(
    small_server: LiveServer, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{small_server.url}/library/photo/{small_server.get('/api/rankings?limit=1')['images'][0]['id']}")
    ready(page, "loupe")
    details, panel = page.get_by_role("button", name="Details (I)"), page.locator(".loupe-side")
    closer = panel.get_by_role("button", name="Close the details")
    details.click()
    expect(closer).to_be_focused()
    assert is_at_the_top_of(panel, closer)
    assert accessibility_problems(page) == []
    closer.click()
    expect(panel).to_be_hidden()
    expect(details).to_be_focused()
    page.keyboard.press("Enter")
    expect(closer).to_be_focused()
    closer.blur()
    page.keyboard.press("Escape")                                   # from anywhere: first the details, then the loupe
    expect(panel).to_be_hidden()
    expect(page.locator("#loupe")).to_be_visible()

    page.set_viewport_size({"width": 1400, "height": 800})          # what was closed over the photo stands beside it
    page.reload()
    ready(page, "loupe")
    expect(panel).to_be_visible()
    expect(closer).to_be_hidden()
    page.keyboard.press("Escape")
    ready(page, "library")
    expect(page.locator(".library-right")).to_be_visible()
    expect(page.locator(".library-right .panel-close")).to_be_hidden()
