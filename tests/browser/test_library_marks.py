"""Choosing photos in the grid and what is done with them: selection, flags, stars, undo, other windows, export."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

import libraries
from browsing import eventually, hearing, ready, until
from libraries import SHOWN_TILES, open_library, view_index


def test_edited_photos_stay_in_place_until_the_view_is_asked_for_anew(library, page):
    open_library(page, library, "?flag=unflagged&sort=filename_asc")
    first, second = (view_index(page, at).get_attribute("data-photo-id") for at in (0, 1))
    page.keyboard.press("Home")
    page.keyboard.press("x")
    expect(page.locator(f"#grid [data-photo-id='{first}']")).to_have_class(re.compile("is-rejected"))
    page.get_by_role("button", name="1 photo no longer fits. Show the view as it is now").click()
    expect(page.locator(f"#grid [data-photo-id='{first}']")).to_have_count(0)
    expect(view_index(page, 0)).to_have_attribute("data-photo-id", second)
    page.keyboard.press("Control+z")
    eventually(page, lambda: {card["flag"] for card in libraries.cards(library)}, {"unflagged"})


def test_click_control_and_shift_select(library, page):
    open_library(page, library, "?sort=filename_asc")
    tiles = page.locator(SHOWN_TILES)
    tiles.nth(1).click()
    expect(page.locator("#selection-bar")).to_contain_text("1 photo selected")
    tiles.nth(4).click(modifiers=["Shift"])
    expect(page.locator("#selection-bar")).to_contain_text("4 photos selected")
    tiles.nth(2).click(modifiers=["Control"])
    expect(page.locator("#selection-bar")).to_contain_text("3 photos selected")
    expect(tiles.nth(2)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("Escape")
    expect(page.locator("#selection-bar")).to_be_hidden()


def test_what_has_no_room_beside_the_selection_is_in_its_menu(library, page):
    """The bar never runs over: count, flags and the menu stay on a phone, everything else is named in the menu."""
    open_library(page, library, "?sort=filename_asc")
    page.locator(SHOWN_TILES).nth(0).click()
    bar = page.locator("#selection-bar")
    for width in (1600, 1024, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        eventually(page, lambda: bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth"), True)
        expect(bar.locator(".selection-count")).to_be_visible()
        expect(bar.get_by_role("button", name=re.compile("^Pick"))).to_be_in_viewport(ratio=1)
    bar.get_by_role("button", name="More").click()
    for name in ("Stars…", "Colour label…", "Keywords", "Album", "Compare", "Export", "Select all"):
        expect(page.get_by_role("menuitem", name=name)).to_be_visible()
    page.get_by_role("menuitem", name="Stars…").click()
    page.get_by_role("menuitem", name="3 stars").click()
    expect(page.locator(SHOWN_TILES).nth(0).locator(".badge-stars")).to_have_attribute("data-stars", "3")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("Undone")
    eventually(page, lambda: {card["stars"] for card in libraries.cards(library)}, {None})


def test_a_selection_survives_a_reload(library, page):
    open_library(page, library, "?sort=filename_asc")
    tiles = page.locator(SHOWN_TILES)
    tiles.nth(0).click()
    tiles.nth(2).click(modifiers=["Control"])
    expect(page.locator("#selection-bar")).to_contain_text("2 photos selected")
    until(page, "JSON.parse(sessionStorage.getItem('photoarchive.selection'))?.ids?.length === 2")
    page.reload()
    ready(page, "library")
    expect(page.locator("#selection-bar")).to_contain_text("2 photos selected")
    expect(tiles.nth(2)).to_have_attribute("aria-selected", "true")


def test_the_whole_view_is_flagged_in_one_request_and_undone_from_the_toast(library, page):
    open_library(page, library)
    total = len(libraries.cards(library))
    bodies = []
    page.on("request", lambda sent: bodies.append(sent.post_data) if sent.url.endswith("/api/images/flag") else None)
    page.keyboard.press("Control+a")
    expect(page.locator("#selection-bar")).to_contain_text(f"{total} photos selected")
    page.locator("#selection-bar").get_by_role("button", name=re.compile("^Pick")).click()
    expect(page.locator("#toast")).to_contain_text(f"Picked: {total} photos")
    assert {card["flag"] for card in libraries.cards(library)} == {"picked"}        # said once it is done
    assert len(bodies) == 1
    assert '"view"' in bodies[0]
    assert '"expected_count"' in bodies[0]
    expect(page.locator("#grid .badge-pick").first).to_be_visible()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#grid .grid-row:not([hidden]) .badge-pick")).to_have_count(0)
    eventually(page, lambda: {card["flag"] for card in libraries.cards(library)}, {"unflagged"})


def test_undo_by_keyboard_shows_in_the_grid(library, page):
    open_library(page, library, "?sort=filename_asc")
    tiles = page.locator(SHOWN_TILES)
    tiles.nth(0).click()
    tiles.nth(1).click(modifiers=["Control"])
    page.keyboard.press("4")
    expect(tiles.nth(1).locator(".badge-stars")).to_have_attribute("data-stars", "4")
    page.keyboard.press("Control+z")
    expect(tiles.nth(1).locator(".badge-stars")).to_have_count(0)
    eventually(page, lambda: {card["stars"] for card in libraries.cards(library)}, {None})


def test_marks_of_another_window_show_without_a_reload(library, page):
    open_library(page, library, "?sort=filename_asc")
    hearing(page)
    tile = page.locator(SHOWN_TILES).nth(3)
    photo = int(tile.get_attribute("data-photo-id"))
    library.post("/api/images/flag", {"image_ids": [photo], "flag": "rejected"}, window="elsewhere")
    expect(tile).to_have_class(re.compile("is-rejected"))
    library.post("/api/undo", {}, window="elsewhere")
    expect(tile).not_to_have_class(re.compile("is-rejected"))


def test_marks_of_another_window_made_before_this_one_hears_news_show(library, page):
    """The photo list is asked for first of all, the news last: what happens between is not lost."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/api/events", hold)
    open_library(page, library, "?sort=filename_asc")
    tile = page.locator(SHOWN_TILES).nth(3)
    rejected = page.locator("[data-filter=flag] .facet").filter(has_text="Rejected").locator(".facet-count")
    expect(rejected).to_have_text("0")
    eventually(page, lambda: len(held), 1)
    photo = int(tile.get_attribute("data-photo-id"))
    library.post("/api/images/flag", {"image_ids": [photo], "flag": "rejected"}, window="elsewhere")
    expect(tile).not_to_have_class(re.compile("is-rejected"))
    held[0].continue_()
    expect(tile).to_have_class(re.compile("is-rejected"))
    expect(rejected).to_have_text("1")
    library.post("/api/undo", {}, window="elsewhere")
    expect(tile).not_to_have_class(re.compile("is-rejected"))


def test_stars_go_back_to_what_is_suggested(library, page):
    ids = [card["id"] for card in libraries.cards(library)][:2]
    library.post("/api/mosaic/pick", {"winner_id": ids[0], "loser_ids": [ids[1]]}, window="elsewhere")
    open_library(page, library)
    tile = page.locator(f"#grid [data-photo-id='{ids[0]}']")
    suggested = tile.locator(".badge-stars.is-suggested")
    expect(suggested).to_have_attribute("data-stars", "5")
    tile.click()
    page.keyboard.press("2")
    expect(tile.locator(".badge-stars:not(.is-suggested)")).to_have_attribute("data-stars", "2")
    page.locator("#selection-bar").get_by_role("button", name="No stars, or as suggested").click()
    page.get_by_role("menuitem", name="As suggested").click()
    expect(page.locator("#toast")).to_contain_text("Stars as suggested: 1 photo.")
    expect(suggested).to_have_attribute("data-stars", "5")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(tile.locator(".badge-stars:not(.is-suggested)")).to_have_attribute("data-stars", "2")
    page.keyboard.press("d")
    expect(suggested).to_have_attribute("data-stars", "5")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(suggested).to_have_attribute("data-stars", "5")
    library.post("/api/compare/undo", {}, window="elsewhere")
    expect(tile.locator(".badge-stars")).to_have_count(0)


def test_a_refused_change_is_taken_back(library, page, watch):
    watch.allow(400, "/api/images/flag")
    open_library(page, library, "?sort=filename_asc")
    page.route("**/api/images/flag", lambda route: route.fulfill(status=400, json={"error": "Not now."}))
    tile = page.locator(SHOWN_TILES).nth(0)
    tile.click()
    page.keyboard.press("x")
    expect(page.locator("#toast")).to_contain_text("Not now.")
    expect(tile).not_to_have_class(re.compile("is-rejected"))


@pytest.mark.parametrize("kind", ["JSON", "CSV"])
def test_the_selection_is_exported(library, page, kind):
    open_library(page, library, "?sort=filename_asc")
    tiles = page.locator(SHOWN_TILES)
    tiles.nth(0).click()
    tiles.nth(1).click(modifiers=["Shift"])
    page.locator("#selection-bar").get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name=kind).click()
    text = download.value.path().read_text("utf-8")
    names = [card["filename"] for card in libraries.cards(library, "?sort=filename_asc")]
    assert all(name in text for name in names[:2])
    assert not any(name in text for name in names[2:])
