"""Albums, keywords, captions, labels and export as a person uses them, each change undone with Ctrl+Z."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import conftest as servers
import trees
from browsing import accessibility_problems, eventually, ready
from libraries import cards, open_library, open_loupe, view_index


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("organise") / "Photos"
    trees.make_tree(folder, 12)
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Iterator[Any]:
    """One server with 12 photos for the tests of this module; they leave it as they found it."""
    with servers.serving(tmp_path_factory.mktemp("home"), photos) as server:
        yield server


def select(page: Page, *indexes: int) -> None:
    """Click the first, Ctrl-click the others."""
    for number, index in enumerate(indexes):
        view_index(page, index).click(modifiers=["Control"] if number else [])
    count = len(indexes)
    expect(page.locator(".selection-count")).to_have_text(f"{count} photo{'s' if count > 1 else ''} selected")


def verb(page: Page, name: str) -> None:
    page.locator(f"#selection-bar [data-verb={name}]").click()


def toast(page: Page, text: str) -> None:
    expect(page.locator("#toast")).to_contain_text(text)


def undo(page: Page, text: str) -> None:
    page.keyboard.press("Control+z")
    toast(page, f"Undone: {text}")


def album_row(page: Page, name: str) -> Any:
    return page.locator("[data-filter=album] .facet").filter(has_text=name)


def test_an_album_from_making_to_deleting_and_back(library, page):
    open_library(page, library)
    select(page, 5, 2, 7)
    verb(page, "album")
    page.get_by_role("menuitem", name="New album…").click()
    page.get_by_role("textbox", name="Name").fill("Lofoten")
    page.keyboard.press("Enter")
    toast(page, "The album “Lofoten” holds 3 photos.")
    expect(album_row(page, "Lofoten").locator(".facet-count")).to_have_text("3")
    select(page, 9)
    verb(page, "album")
    page.get_by_role("menuitem", name="Lofoten").click()
    toast(page, "Added 1 photo to “Lofoten”.")
    page.keyboard.press("Escape")
    album_row(page, "Lofoten").click()
    expect(page.locator(".head-count")).to_contain_text("4 photos")
    expect(page.locator("[data-filter-chip=album]")).to_contain_text("Lofoten")
    page.locator(".head-sort").click()
    page.get_by_role("menuitemradio", name="Album order").click()
    expect(page.locator("h1")).to_have_text("Lofoten")
    order = [card["id"] for card in cards(library)]
    ids = "[...document.getElementById('grid').gridView.view.feed.ids]"
    eventually(page, lambda: page.evaluate(ids), [order[2], order[5], order[7], order[9]])
    select(page, 0)
    verb(page, "album-out")
    toast(page, "Took 1 photo out of “Lofoten”.")
    expect(page.locator(".head-count")).to_contain_text("3 photos")
    undo(page, "Took 1 photo out of the album “Lofoten”")
    page.get_by_role("button", name="Album Lofoten").click()
    page.get_by_role("menuitem", name="Rename…").click()
    page.get_by_role("textbox", name="Name").fill("North")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("h1")).to_have_text("North")
    page.reload()
    ready(page, "library")
    expect(page.locator(".head-count")).to_contain_text("4 photos")
    expect(page.locator("h1")).to_have_text("North")
    page.get_by_role("button", name="Album North").click()
    page.get_by_role("menuitem", name="Delete album").click()
    toast(page, "The album “North” is deleted. Its photos stay in the library.")
    expect(page.locator(".head-count")).to_have_text("12 photos")
    undo(page, "Deleted the album “North” with 4 photos")
    expect(album_row(page, "North").locator(".facet-count")).to_have_text("4")
    for action in ("Renamed the album", "Added 1 photo to", "Made the album"):
        undo(page, action)
    eventually(page, lambda: library.get("/api/albums")["albums"], [])


def test_keywords_for_a_selection_are_chips_counts_and_undone(library, page):
    open_library(page, library)
    select(page, 0, 1, 2)
    verb(page, "keywords")
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("They have no keywords yet.")
    page.keyboard.type("Nature › Birds")
    page.keyboard.press("Enter")
    expect(dialog.locator(".chip")).to_have_text(["Nature › Birds"])
    page.keyboard.type("fjord")
    page.keyboard.press("Enter")
    expect(dialog.locator(".chip")).to_have_count(2)
    assert accessibility_problems(page, "dialog") == []
    dialog.get_by_role("button", name="Remove fjord").click()
    expect(dialog.locator(".chip")).to_have_count(1)
    dialog.get_by_role("button", name="Done").click()
    page.keyboard.press("Escape")
    page.locator("[data-filter=keyword] .filter-title").click()
    page.locator("[data-filter=keyword] .facet").filter(has_text="Nature").last.click()
    expect(page.locator(".head-count")).to_contain_text("3 photos")
    view_index(page, 1).click()
    details = page.locator("pa-info-labels")
    expect(details.locator(".chip")).to_have_text(["Nature › Birds"])
    field = details.get_by_role("combobox", name="Add a keyword")
    field.fill("nat")
    expect(details.get_by_role("option")).to_have_count(1)
    field.fill("puffin")
    field.press("Enter")
    expect(details.locator(".chip")).to_have_text(["Nature › Birds", "puffin"])
    page.keyboard.press("Tab")
    for action in ("Added the keyword “puffin”", "Took the keyword “fjord” away from 3 photos",
                   "Added the keyword “fjord” to 3 photos", "Added the keyword “Nature › Birds” to 3 photos"):
        undo(page, action)
    expect(details.locator(".chip")).to_have_count(0)
    eventually(page, lambda: library.get("/api/rankings?has=keywords")["images"], [])


def test_a_title_and_a_caption_are_written_in_the_panel_and_in_the_loupe(library, page):
    open_library(page, library)
    photo = cards(library)[3]["id"]
    view_index(page, 3).click()
    title = page.get_by_role("textbox", name="Title")
    title.fill("Reine <b>by night</b>")
    title.press("Enter")
    toast(page, "Title saved.")
    open_loupe(page, library, photo)
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Reine <b>by night</b>")
    caption = page.get_by_role("textbox", name="Caption")
    caption.fill("First light")
    caption.press("Shift+Enter")
    caption.type("and snow")
    page.get_by_role("heading", name="Keywords").click()
    toast(page, "Caption saved.")
    eventually(page, lambda: library.get(f"/api/image/{photo}")["caption"], "First light\nand snow")
    caption.fill("not this")
    caption.press("Escape")
    expect(caption).to_have_value("First light\nand snow")
    undo(page, "Changed the caption of 1 photo")
    expect(caption).to_have_value("")
    undo(page, "Changed the title of 1 photo")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("")
    eventually(page, lambda: library.get(f"/api/image/{photo}")["title"], None)


def test_typing_a_caption_marks_nothing(library, page):
    """Letters and digits in a text field are text, not keys."""
    open_library(page, library)
    view_index(page, 4).click()
    page.get_by_role("textbox", name="Caption").click()
    page.keyboard.type("px 5 6 u")
    page.keyboard.press("Escape")
    card = cards(library)[4]
    assert (card["flag"], card["stars"], card["label"]) == ("unflagged", None, 0)


def test_digits_from_6_give_colour_labels_and_take_them_away(library, page):
    open_library(page, library)
    select(page, 1, 2)
    page.keyboard.press("7")
    toast(page, "Label yellow: 2 photos.")
    expect(page.locator("#grid .grid-row:not([hidden]) .badge-label")).to_have_count(2)
    page.keyboard.press("7")
    toast(page, "Label taken away: 2 photos.")
    expect(page.locator("#grid .grid-row:not([hidden]) .badge-label")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator("#grid .grid-row:not([hidden]) .badge-label")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator("#grid .grid-row:not([hidden]) .badge-label")).to_have_count(0)


def test_export_copies_the_chosen_originals_to_the_byte(library, page, watch, photos, tmp_path):
    open_library(page, library)
    select(page, 0, 3, 4)
    verb(page, "export")
    dialog = page.locator("dialog")
    expect(dialog.locator("h2")).to_have_text("Export 3 photos")
    expect(dialog.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile("ids="))
    assert accessibility_problems(page, "dialog") == []
    folder = dialog.get_by_role("combobox", name="Folder")
    folder.fill(str(photos / "inside"))
    watch.allow(409, "/api/export/copy")
    dialog.get_by_role("button", name="Copy 3 photos").click()
    expect(dialog.locator(".field-error")).to_contain_text(f"lies in the source {photos}")
    folder.fill(str(tmp_path / "Export"))
    dialog.get_by_role("radio", name="All in one folder").check()
    dialog.get_by_role("button", name="Copy 3 photos").click()
    expect(dialog.locator("[data-copy][data-state=done]")).to_contain_text("3 files copied and verified")
    wanted = {Path(library.get(f"/api/image/{cards(library)[index]['id']}")["filepath"]) for index in (0, 3, 4)}
    found = {path.name: path.read_bytes() for path in (tmp_path / "Export").iterdir()}
    assert {name for name in found if name.endswith(".jpg")} == {path.name for path in wanted}
    assert {name for name in found if name.endswith(".xmp")} == {f"{path.name}.xmp" for path in wanted}
    for path in wanted:
        assert found[path.name] == path.read_bytes()
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    page.goto(library.url + "/settings/backup")
    ready(page, "settings")
    expect(page.locator("pa-export-block [data-copy]").first).to_contain_text("3 files copied and verified")


def test_a_whole_view_is_exported_by_its_token(library, page, tmp_path):
    """Ctrl+A and copy: the request carries no list of ids."""
    open_library(page, library)
    page.keyboard.press("Control+a")
    verb(page, "export")
    dialog = page.locator("dialog")
    dialog.get_by_role("combobox", name="Folder").fill(str(tmp_path))
    with page.expect_request("**/api/export/copy") as sent:
        dialog.get_by_role("button", name="Copy 12 photos").click()
    assert sent.value.post_data_json["view"]["expected_count"] == 12
    assert "image_ids" not in sent.value.post_data_json
    expect(dialog.locator("[data-copy][data-state=done]")).to_contain_text("12 files copied and verified")
    eventually(page, lambda: len(list(tmp_path.rglob("Photos/**/*.jpg"))), 12)
