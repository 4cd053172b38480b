"""The Settings page: saves on change, refuses with the range, asks before it destroys."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from browsing import accessibility_problems, ready

SECTIONS = ["general", "sources", "previews", "work", "backup", "keyboard", "about"]


@pytest.mark.parametrize("section", SECTIONS)
def test_axe_finds_nothing_in_any_section(library_server, visit, section):
    page = visit(f"/settings/{section}", library_server)
    page.wait_for_timeout(200)
    assert accessibility_problems(page) == []


def test_a_change_is_saved_at_once_with_a_tick(live_server, visit):
    page = visit("/settings/work")
    field = page.get_by_label("Photos in one step")
    field.fill("32")
    field.press("Tab")
    page.locator("[data-setting=pregen_generate_batch]").get_by_label("Saved").wait_for()
    assert live_server.get("/api/settings")["settings"]["pregen_generate_batch"] == 32
    assert json.loads((live_server.home / "settings.local.json").read_text("utf-8"))["pregen_generate_batch"] == 32


def test_a_value_out_of_range_is_refused_at_its_field(live_server, visit, watch):
    watch.allow(400, "/api/settings")
    page = visit("/settings/previews")
    field = page.get_by_label("Preview quality")
    field.fill("20")
    field.press("Tab")
    alert = page.locator("[data-setting=thumb_quality]").get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "Preview quality can be 40–100. The setting was not changed."
    assert field.input_value() == "20"
    assert field.get_attribute("aria-invalid") == "true"
    assert live_server.get("/api/settings")["settings"]["thumb_quality"] == 92
    field.fill("90")
    field.press("Tab")
    alert.wait_for(state="detached")
    assert live_server.get("/api/settings")["settings"]["thumb_quality"] == 90


def test_a_setting_goes_back_to_its_default(live_server, visit):
    live_server.post("/api/settings", {"show_loupe_cache_status": False})
    page = visit("/settings/general")
    switch = page.get_by_role("switch", name="Show which preview is on the screen")
    assert not switch.is_checked()
    page.get_by_role("button", name="Use default for").click()
    page.get_by_label("Saved").wait_for()
    assert switch.is_checked()
    assert live_server.get("/api/settings")["settings"]["show_loupe_cache_status"] is True


def test_another_window_sees_the_change(live_server, visit):
    page = visit("/settings/work")
    live_server.post("/api/settings", {"background_thumb_workers": 4})
    expect(page.get_by_role("spinbutton", name="Photos at a time")).to_have_value("4")


def test_the_work_mode_is_a_choice_of_three(live_server, visit):
    page = visit("/settings/work")
    page.get_by_role("radio", name="Max").check()
    page.get_by_label("Saved").wait_for()
    assert live_server.get("/api/work")["mode"] == "max"


def test_a_cache_folder_inside_a_source_is_refused_with_both_names(library_server, visit, watch, photos):
    watch.allow(400, "/api/settings")
    watch.allow(409, "/api/settings")
    page = visit("/settings/previews", library_server)
    field = page.get_by_label("Cache folder")
    field.fill(str(photos / "cache"))
    field.press("Tab")
    alert = page.locator("[data-setting=ssd_cache_dir]").get_by_role("alert")
    alert.wait_for()
    assert str(photos) in alert.inner_text()


def test_clearing_the_cache_asks_first_and_says_what_is_safe(library_server, visit):
    library_server.settle(("scan", "metadata", "previews"))
    page = visit("/settings/previews", library_server)
    page.get_by_role("button", name="Clear the cache").click()
    dialog = page.get_by_role("dialog", name="Clear the cache?")
    assert "Originals, flags, stars and names are not touched." in dialog.inner_text()
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    assert library_server.get("/api/cache/status")["disk"]["bytes"] > 0
    page.get_by_role("button", name="Clear the cache").click()
    dialog.get_by_role("button", name="Delete").click()
    page.locator("#toast").get_by_text("The cache is empty.").wait_for()


def test_a_new_preview_size_asks_what_becomes_of_the_old_ones(library_server, visit):
    library_server.settle(("scan", "metadata", "previews"))
    page = visit("/settings/previews", library_server)
    field = page.get_by_label("Small previews")
    field.fill("300")
    field.press("Tab")
    dialog = page.get_by_role("dialog", name="What about the previews that exist?")
    dialog.get_by_role("button", name="Make them again").click()
    dialog.wait_for(state="detached")
    page.locator("#toast").get_by_text("made again").wait_for()
    assert library_server.get("/api/cache/status")["stale_policy"] == "refresh"


def test_a_backup_is_made_and_listed(live_server, visit):
    page = visit("/settings/backup")
    page.get_by_role("button", name="Back up now").click()
    page.locator("#toast").get_by_text("The backup is made and checked.").wait_for()
    listed = page.get_by_role("list", name="Backups").get_by_role("listitem").count()
    assert listed == len(live_server.get("/api/backups")["backups"])


def test_reset_names_what_it_does_and_does_it(live_server, visit):
    live_server.post("/api/settings", {"thumb_quality": 50})
    page = visit("/settings/general")
    page.get_by_role("button", name="Reset all settings").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset settings").click()
    page.locator("#toast").get_by_text("All settings are at their defaults.").wait_for()
    assert live_server.get("/api/settings")["settings"]["thumb_quality"] == 92


def test_sections_are_addresses(visit):
    page = visit("/settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Background work").click()
    page.get_by_role("heading", name="Background work").wait_for()
    assert page.url.endswith("/settings/work")
    page.go_back()
    page.get_by_role("heading", name="General").wait_for()


def test_the_keyboard_section_lists_the_keys_of_every_page(visit):
    page = visit("/settings/keyboard")
    assert page.get_by_role("heading", name="Library").is_visible()
    assert page.get_by_text("Reject", exact=True).first.is_visible()
    assert page.get_by_text("Go to Settings").is_visible()


def test_about_shows_version_promise_and_licences(live_server, visit):
    page = visit("/settings/about")
    page.get_by_text(live_server.get("/api/dev/status")["version"]).wait_for()
    assert page.get_by_text("Originals are never changed").is_visible()
    page.get_by_text("lit-html").wait_for()
    ready(page)
