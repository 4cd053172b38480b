"""The Settings page: saves on change, refuses with the range, asks before it destroys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browsing import accessibility_problems, eventually, hearing, ready
from conftest import LiveServer

SECTIONS = ["General", "Sources", "Previews & cache", "Background work", "Search models", "Deep search", "People",
            "Map", "Export & backup", "Keyboard", "About"]


@pytest.fixture
def server(still_library: LiveServer) -> Iterator[LiveServer]:
    """A server with 24 photos, all settings at their defaults."""
    yield still_library
    still_library.post("/api/settings/reset")


def setting(server: LiveServer, key: str) -> object:
    return server.get("/api/settings")["settings"][key]


def test_axe_finds_nothing_in_any_section(server, visit):
    page = visit("/settings", server)
    for section in SECTIONS:
        page.get_by_role("navigation", name="Settings").get_by_role("link", name=section).click()
        expect(page.locator(".settings-body h2").first).to_have_text(section)
        if section == "Sources":
            expect(page.locator("[data-source-id]")).to_be_visible()
        assert accessibility_problems(page) == [], section


def test_a_change_is_saved_at_once_with_a_tick(server, visit):
    page = visit("/settings/work", server)
    field = page.get_by_label("Photos in one step", exact=True)
    field.fill("32")
    field.press("Tab")
    expect(page.locator("[data-setting=pregen_generate_batch]").get_by_label("Saved")).to_be_visible()
    assert setting(server, "pregen_generate_batch") == 32
    assert json.loads((server.home / "settings.local.json").read_text("utf-8"))["pregen_generate_batch"] == 32


def test_a_value_out_of_range_is_refused_at_its_field(server, visit, watch):
    watch.allow(400, "/api/settings")
    page = visit("/settings/previews", server)
    field = page.get_by_label("Preview quality")
    field.fill("20")
    field.press("Tab")
    alert = page.locator("[data-setting=thumb_quality]").get_by_role("alert")
    expect(alert).to_have_text("Preview quality can be 40–100. The setting was not changed.")
    expect(field).to_have_value("20")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert setting(server, "thumb_quality") == 92
    field.fill("90")
    field.press("Tab")
    expect(alert).to_have_count(0)
    assert setting(server, "thumb_quality") == 90


def test_a_setting_goes_back_to_its_default(server, visit):
    server.post("/api/settings", {"show_loupe_cache_status": False})
    page = visit("/settings/general", server)
    switch = page.get_by_role("switch", name="Show which preview is on the screen")
    expect(switch).not_to_be_checked()
    page.get_by_role("button", name="Use default for").click()
    expect(page.get_by_label("Saved")).to_be_visible()
    expect(switch).to_be_checked()
    assert setting(server, "show_loupe_cache_status") is True


def test_a_limit_of_faces_may_be_left_to_the_model(server, visit):
    page = visit("/settings/people", server)
    field = page.get_by_role("spinbutton", name="How alike the faces of one person are")
    row = page.locator("[data-setting=face_similarity_threshold]")
    expect(field).to_have_value("")
    expect(row).to_contain_text("Default: what fits the model, possible: 0.1–0.95")
    field.fill("0.5")
    field.press("Tab")
    expect(row.get_by_label("Saved")).to_be_visible()
    assert setting(server, "face_similarity_threshold") == 0.5
    field.fill("")
    field.press("Tab")
    eventually(page, lambda: setting(server, "face_similarity_threshold"), None)
    expect(row.get_by_role("alert")).to_have_count(0)
    page.get_by_role("switch", name="Look for faces").uncheck()
    eventually(page, lambda: setting(server, "people_scan_enabled"), False)


def test_another_window_sees_the_change(server, visit):
    page = visit("/settings/work", server)
    hearing(page)
    server.post("/api/settings", {"background_thumb_workers": 4})
    expect(page.get_by_role("spinbutton", name="Photos at a time")).to_have_value("4")


def test_the_work_mode_is_a_choice_of_three(server, visit):
    page = visit("/settings/work", server)
    page.get_by_role("radio", name="Max").check()
    expect(page.get_by_label("Saved")).to_be_visible()
    assert server.get("/api/work")["mode"] == "max"


def test_a_cache_folder_inside_a_source_is_refused_with_both_names(server, visit, watch, still_photos):
    watch.allow(400, "/api/settings")
    watch.allow(409, "/api/settings")
    page = visit("/settings/previews", server)
    field = page.get_by_label("Cache folder")
    field.fill(str(still_photos / "cache"))
    field.press("Tab")
    expect(page.locator("[data-setting=ssd_cache_dir]").get_by_role("alert")).to_contain_text(str(still_photos))


def test_a_new_preview_size_asks_what_becomes_of_the_old_ones(server, visit):
    server.settle(("previews",))
    page = visit("/settings/previews", server)
    field = page.get_by_label("Small previews")
    field.fill("300")
    field.press("Tab")
    dialog = page.get_by_role("dialog", name="What about the previews that exist?")
    dialog.get_by_role("button", name="Make them again").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("made again")
    assert server.get("/api/cache/status")["stale_policy"] == "refresh"


def test_clearing_the_cache_asks_first_and_says_what_is_safe(server, visit):
    server.settle(("previews",))
    page = visit("/settings/previews", server)
    page.get_by_role("button", name="Clear the cache").click()
    dialog = page.get_by_role("dialog", name="Clear the cache?")
    expect(dialog).to_contain_text("Originals, flags, stars and names are not touched.")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert server.get("/api/cache/status")["disk"]["bytes"] > 0
    page.get_by_role("button", name="Clear the cache").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("The cache is empty.")


def test_a_backup_is_made_and_listed(server, visit):
    page = visit("/settings/backup", server)
    page.get_by_role("button", name="Back up now").click()
    expect(page.locator("#toast")).to_contain_text("The backup is made and checked.")
    made = server.get("/api/backups")["backups"]
    expect(page.get_by_role("list", name="Backups").get_by_role("listitem")).to_have_count(len(made))


def test_reset_names_what_it_does_and_does_it(server, visit):
    server.post("/api/settings", {"thumb_quality": 50})
    page = visit("/settings/general", server)
    page.get_by_role("button", name="Reset all settings").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset settings").click()
    expect(page.locator("#toast")).to_contain_text("All settings are at their defaults.")
    eventually(page, lambda: setting(server, "thumb_quality"), 92)


def test_sections_are_addresses(visit):
    page = visit("/settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Background work").click()
    expect(page.get_by_role("heading", name="Background work")).to_be_visible()
    expect(page).to_have_url(re.compile("/settings/work$"))
    page.go_back()
    expect(page.get_by_role("heading", name="General")).to_be_visible()


def test_the_keyboard_section_lists_the_keys_of_every_page(visit):
    page = visit("/settings/keyboard")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.get_by_text("Reject", exact=True).first).to_be_visible()
    expect(page.get_by_text("Go to Settings")).to_be_visible()


def test_about_shows_version_promise_and_licences(empty_server, visit):
    page = visit("/settings/about")
    expect(page.get_by_text(empty_server.get("/api/dev/status")["version"])).to_be_visible()
    expect(page.get_by_text("Originals are never changed")).to_be_visible()
    expect(page.get_by_text("lit-html").first).to_be_visible()
    ready(page)
