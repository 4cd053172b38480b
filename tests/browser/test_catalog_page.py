"""The Catalog page on real folders: first run, adding, scanning, the table's verbs, removal, hostile names."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

import trees
from browsing import accessibility_problems, eventually, hearing, ready


def add_by_path(page: Page, folder: Path) -> None:
    """Type a path on the Catalog page and add it."""
    details = page.locator("details.add-typed")
    expect(details).to_be_visible()
    if not details.evaluate("element => element.open"):
        details.locator("summary").click()
    page.get_by_role("combobox", name="Folder").fill(str(folder))
    page.keyboard.press("Enter")


def test_first_run_shows_one_big_button_and_the_promise(visit):
    page = visit("/")
    expect(page.get_by_role("button", name="Add a folder of photos")).to_be_visible()
    expect(page.get_by_text("Originals are never changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Setting up")).to_be_visible()
    assert accessibility_problems(page) == []


def test_a_typed_folder_is_added_scanned_and_counted_and_its_name_is_only_text(live_server, visit, tmp_path):
    folder = tmp_path / "<img src=x onerror=document.title='bad'>"
    trees.make_tree(folder)
    page = visit("/")
    hearing(page)
    add_by_path(page, folder)
    row = page.locator("[data-source-id]")
    expect(row).to_contain_text("Connected", timeout=60_000)
    expect(row.get_by_role("cell", name="24", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator(".work-count")).to_contain_text("24 photos")
    expect(row).to_contain_text(folder.name)
    expect(row.locator("img")).to_have_count(0)
    expect(page).to_have_title("Catalog · photoArchive")


def test_the_folder_browser_adds_a_folder_by_keyboard(live_server, visit, tmp_path):
    photos = tmp_path / "photos"
    trees.make_tree(photos, 1)
    page = visit("/")
    page.locator("details.add-typed summary").click()
    page.get_by_role("combobox", name="Folder").fill(str(tmp_path))
    page.get_by_role("button", name="Add a folder of photos").click()
    dialog = page.get_by_role("dialog", name="Add a folder of photos")
    entry = dialog.locator(".browse-entry", has_text=photos.name)
    expect(dialog.locator(".browse-entry:focus")).to_be_visible()
    assert accessibility_problems(page) == []
    page.keyboard.type(photos.name[0])
    expect(entry).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(dialog.locator(".browse-path")).to_contain_text(str(photos))
    dialog.get_by_role("button", name="Add this folder").click()
    expect(page.locator("[data-source-id]")).to_contain_text(photos.name)
    live_server.settle()


def test_the_path_completes_folders(visit, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    page = visit("/catalog")
    page.locator("details.add-typed summary").click()
    field = page.get_by_role("combobox", name="Folder")
    field.press_sequentially(f"{tmp_path}/{photos.name[:2]}")
    options = page.get_by_role("option")
    expect(options).to_have_text([photos.name])
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(field).to_have_value(f"{photos}/")


def test_a_path_that_cannot_be_added_gets_a_sentence(visit, watch, tmp_path):
    watch.allow(400, "/api/catalog/sources")
    watch.allow(404, "/api/catalog/sources")
    page = visit("/catalog")
    add_by_path(page, tmp_path / "nowhere")
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    field = page.get_by_role("combobox", name="Folder")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(str(tmp_path / "nowhere"))


def test_a_source_is_rescanned_narrowed_hidden_and_restored(library_server, visit, watch, photos):
    watch.allow(400, "/settings")
    page = visit("/catalog", library_server)
    hearing(page)
    row = page.locator("[data-source-id]")
    shutil.copy(next(photos.rglob("*.jpg")), photos / "one more.jpg")
    with (photos / "one more.jpg").open("ab") as file:
        file.write(b"another file")
    page.get_by_role("button", name="Rescan:").click()
    expect(row).to_contain_text("1 new", timeout=60_000)
    library_server.settle()

    row.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Exclusions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("*")
    dialog.get_by_role("button", name="Save and rescan").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("textbox").fill("*_backup\nScreenshots/*")
    dialog.get_by_role("button", name="Save and rescan").click()
    expect(dialog).to_have_count(0)
    assert library_server.get("/api/catalog")["sources"][0]["exclude"] == ["*_backup", "Screenshots/*"]
    library_server.settle()
    expect(row).to_contain_text("Connected")

    row.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(dialog).to_contain_text("Flags, stars, ratings, names and previews are kept")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Hide source").click()
    expect(row).to_contain_text("Hidden")
    assert library_server.get("/api/stats")["active_images"] == 0
    page.get_by_role("link", name="Library").first.click()
    expect(page.get_by_text("Your folder is hidden")).to_be_visible()
    page.get_by_role("link", name="Go to the folders").click()
    row.get_by_role("button", name="Restore").click()
    expect(row).to_contain_text("Connected")
    eventually(page, lambda: library_server.get("/api/stats")["active_images"], 25)
    assert len(list(photos.rglob("*.jpg"))) == 25


def test_a_missing_drive_is_a_question_and_deleting_its_data_needs_a_tick(library_server, visit, photos):
    """An empty folder where a source was: nothing is changed until the user says what it means, and what is lost."""
    page = visit("/catalog", library_server)
    hearing(page)
    for folder in photos.iterdir():
        shutil.rmtree(folder)
    page.get_by_role("button", name="Rescan:").click()
    banner = page.locator("[data-question]")
    expect(banner).to_contain_text("Nothing was changed", timeout=60_000)
    assert accessibility_problems(page) == []
    banner.get_by_role("button", name="keep everything").click()
    expect(banner).to_have_count(0)
    assert library_server.get("/api/stats")["active_images"] == 24

    (photos / "not ours.txt").write_text("mine", "utf-8")
    page.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_label("Delete its catalog data").check()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Lost for 24 photos: flags, stars, ratings")
    button = dialog.get_by_role("button", name="Delete catalog data")
    expect(button).to_be_disabled()
    dialog.get_by_label("I want to delete this data").check()
    button.click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("Your files are untouched")
    assert [path.name for path in photos.iterdir()] == ["not ours.txt"]


def test_the_guide_can_be_hidden_and_shown_again(small_server, visit, page):
    visit("/catalog", small_server)
    guide = page.get_by_role("region", name="Setting up")
    guide.get_by_role("radio", name="Max").check()
    expect(guide).to_contain_text("5 of 6 done")
    expect(guide).to_contain_text("Basic search works at once")
    expect(guide.locator(".guide-step", has_text="People")).to_contain_text("as previews are made")
    small_server.post("/api/settings", {"people_scan_enabled": False})
    expect(guide).to_contain_text("6 of 6 done")
    small_server.post("/api/settings", {"people_scan_enabled": True})
    eventually(page, lambda: small_server.get("/api/settings")["settings"]["background_work_mode"], "max")
    small_server.post("/api/work/mode", {"mode": "light"})
    guide.get_by_role("button", name="Hide").click()
    expect(guide).to_have_count(0)
    page.reload()
    ready(page, "catalog")
    show = page.get_by_role("button", name="Show the setup guide")
    expect(show).to_be_visible()
    expect(guide).to_have_count(0)
    show.click()
    expect(guide).to_be_visible()
