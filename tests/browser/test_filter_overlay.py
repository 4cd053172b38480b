"""The filter panel over the photos of narrow windows: a close button, Escape, and the focus back where it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browsing import accessibility_problems, ready
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


def test_a_wide_window_has_no_button_that_closes_the_filters(small_server: LiveServer, page: Page) -> None:
    page.goto(f"{small_server.url}/map")
    ready(page, "map")
    expect(page.locator("pa-filter-panel")).to_be_visible()
    expect(page.locator(".filters-close")).to_be_hidden()
    page.locator("[data-filter=flag] [data-value=picked]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("pa-filter-panel")).to_be_visible()
