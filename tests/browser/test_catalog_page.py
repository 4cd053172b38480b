"""The Catalog page on real folders: first run, adding, scanning, the table's verbs, removal, hostile names."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import expect

import trees
from browsing import accessibility_problems, ready


def add_by_path(page, folder: Path) -> None:
    """Type a path on the Catalog page and add it."""
    details = page.locator("details.add-typed")
    if details.count() and not details.evaluate("element => element.open"):
        details.locator("summary").click()
    page.get_by_role("combobox", name="Folder").fill(str(folder))
    page.keyboard.press("Enter")


def test_first_run_shows_one_big_button_and_the_promise(visit):
    page = visit("/")
    assert page.get_by_role("button", name="Add a folder of photos").is_visible()
    assert page.get_by_text("Originals are never changed.").is_visible()
    assert page.get_by_role("heading", name="Setting up").is_visible()
    assert accessibility_problems(page) == []


def test_a_typed_folder_is_added_scanned_and_counted(live_server, visit, photos):
    page = visit("/")
    add_by_path(page, photos)
    row = page.locator("[data-source-id]")
    row.get_by_text("Connected").wait_for(timeout=60_000)
    live_server.settle()
    row.get_by_role("cell", name="24", exact=True).wait_for(timeout=20_000)
    assert photos.name in row.inner_text()
    expect(page.locator(".work-count")).to_contain_text("24 photos", timeout=20_000)


def test_the_folder_browser_adds_a_folder_by_keyboard(live_server, visit, photos, tmp_path):
    page = visit("/")
    details = page.locator("details.add-typed")
    details.locator("summary").click()
    page.get_by_role("combobox", name="Folder").fill(str(tmp_path))
    page.get_by_role("button", name="Add a folder of photos").click()
    dialog = page.get_by_role("dialog", name="Add a folder of photos")
    dialog.get_by_role("button", name="home", exact=False).first.wait_for()
    assert accessibility_problems(page) == []
    page.keyboard.type(photos.name[0])
    dialog.locator(".browse-entry", has_text=photos.name).focus()
    page.keyboard.press("ArrowRight")
    dialog.locator(".browse-path", has_text=str(photos)).wait_for()
    dialog.get_by_role("button", name="Add this folder").click()
    page.locator("[data-source-id]", has_text=photos.name).wait_for()


def test_the_path_completes_folders(visit, photos, tmp_path):
    page = visit("/")
    page.locator("details.add-typed summary").click()
    field = page.get_by_role("combobox", name="Folder")
    field.press_sequentially(f"{tmp_path}/{photos.name[:2]}")
    page.get_by_role("option", name=photos.name).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == f"{photos}/"


def test_a_path_that_cannot_be_added_gets_a_sentence(visit, watch, tmp_path):
    watch.allow(400, "/api/catalog/sources")
    watch.allow(404, "/api/catalog/sources")
    page = visit("/")
    add_by_path(page, tmp_path / "nowhere")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "nowhere" in alert.inner_text()
    assert page.get_by_role("combobox", name="Folder").get_attribute("aria-invalid") == "true"
    assert page.get_by_role("combobox", name="Folder").input_value().endswith("nowhere")


def test_a_rescan_finds_what_is_new(library_server, visit, photos):
    page = visit("/catalog", library_server)
    shutil.copy(next(photos.rglob("*.jpg")), photos / "one more.jpg")
    with (photos / "one more.jpg").open("ab") as file:
        file.write(b"another file")
    page.get_by_role("button", name="Rescan:").click()
    page.locator("[data-source-id]", has_text="1 new").wait_for(timeout=30_000)


def test_removing_keeps_everything_and_restoring_brings_it_back(library_server, visit, photos):
    page = visit("/catalog", library_server)
    row = page.locator("[data-source-id]")
    row.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Remove").click()
    dialog = page.get_by_role("dialog")
    assert "Flags, stars, ratings, names and previews are kept" in dialog.inner_text()
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Hide source").click()
    row.get_by_text("Hidden").wait_for()
    assert library_server.get("/api/stats")["active_images"] == 0
    page.get_by_role("link", name="Library").first.click()
    page.get_by_text("Your folder is hidden").wait_for()
    page.get_by_role("link", name="Go to the folders").click()
    row.get_by_role("button", name="Restore").click()
    row.get_by_text("Connected").wait_for()
    assert library_server.get("/api/stats")["active_images"] == 24
    assert len(list(photos.rglob("*.jpg"))) > 0


def test_deleting_catalog_data_names_what_is_lost_and_needs_a_tick(library_server, visit, photos):
    before = sorted(path.name for path in photos.rglob("*"))
    page = visit("/catalog", library_server)
    page.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_label("Delete its catalog data").check()
    dialog = page.get_by_role("dialog")
    assert "Lost for 24 photos: flags, stars, ratings" in dialog.inner_text()
    button = dialog.get_by_role("button", name="Delete catalog data")
    assert button.is_disabled()
    dialog.get_by_label("I want to delete this data").check()
    button.click()
    dialog.wait_for(state="detached")
    page.locator("#toast").get_by_text("Your files are untouched").wait_for()
    assert sorted(path.name for path in photos.rglob("*")) == before


def test_exclusions_are_saved_and_bad_ones_refused(library_server, visit, watch):
    watch.allow(400, "/settings")
    page = visit("/catalog", library_server)
    page.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Exclusions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("*")
    dialog.get_by_role("button", name="Save and rescan").click()
    dialog.get_by_role("alert").wait_for()
    dialog.get_by_role("textbox").fill("*_backup\nScreenshots/*")
    dialog.get_by_role("button", name="Save and rescan").click()
    dialog.wait_for(state="detached")
    assert library_server.get("/api/catalog")["sources"][0]["exclude"] == ["*_backup", "Screenshots/*"]


def test_a_missing_drive_asks_a_question_and_takes_the_answer(library_server, visit, photos):
    """An empty folder where a source was: nothing is changed until the user says what it means."""
    page = visit("/catalog", library_server)
    shutil.rmtree(photos)
    photos.mkdir()
    page.get_by_role("button", name="Rescan:").click()
    banner = page.locator("[data-question]")
    banner.wait_for(timeout=30_000)
    assert "Nothing was changed" in banner.inner_text()
    assert accessibility_problems(page) == []
    banner.get_by_role("button", name="keep everything").click()
    banner.wait_for(state="detached")
    assert library_server.get("/api/stats")["active_images"] == 24


def test_names_from_the_disk_are_only_text(live_server, visit, tmp_path):
    folder = tmp_path / "<img src=x onerror=document.title='bad'>"
    trees.make_tree(folder)
    live_server.add_folder(folder)
    page = visit("/catalog")
    assert folder.name in page.locator("[data-source-id]").inner_text()
    assert page.locator("[data-source-id] img").count() == 0
    assert page.title() == "Catalog · photoArchive"


def test_the_guide_can_be_hidden_and_shown_again(library_server, visit):
    page = visit("/catalog", library_server)
    guide = page.get_by_role("region", name="Setting up")
    guide.get_by_role("radio", name="Max").check()
    guide.get_by_text("4 of 4 done").wait_for()
    assert library_server.get("/api/settings")["settings"]["background_work_mode"] == "max"
    guide.get_by_role("button", name="Hide").click()
    page.reload()
    ready(page)
    assert guide.count() == 0
    page.get_by_role("button", name="Show the setup guide").click()
    assert guide.is_visible()
