"""The History page: newest first, undone ones marked, in pages."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browsing import accessibility_problems, hearing


def flag_some(server, times: int) -> None:
    """Flag the first photo over and over, each an action of its own."""
    photo = server.get("/api/rankings?limit=1")["images"][0]["id"]
    for number in range(times):
        server.post("/api/images/flag", {"image_ids": [photo], "flag": "picked" if number % 2 == 0 else "rejected"})


def test_nothing_done_is_said(live_server, visit):
    page = visit("/history")
    expect(page.get_by_text("Nothing has been done yet")).to_be_visible()
    for verb in ("Undo", "Redo"):
        expect(page.get_by_role("button", name=verb)).to_be_disabled()


def test_actions_appear_as_they_happen_and_are_marked_when_undone_in_pages(library_server, visit):
    page = visit("/history", library_server)
    hearing(page)
    rows = page.locator("[data-action-id]")
    shown = library_server.get("/api/history?limit=1")["total"]
    flag_some(library_server, 1)
    expect(rows).to_have_count(shown + 1)
    expect(rows.first).to_contain_text("1 photo")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    library_server.post("/api/undo")
    expect(rows.first).to_have_attribute("data-undone", "true")
    assert accessibility_problems(page) == []

    flag_some(library_server, 53)
    total = library_server.get("/api/history?limit=1")["total"]
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Older").click()
    expect(page).to_have_url(re.compile(r"/history\?page=2$"))
    expect(page.locator(".pager")).to_contain_text("Page 2 of 2")
    expect(rows).to_have_count(total - 50)
    page.go_back()
    expect(page.locator(".pager")).to_contain_text("Page 1 of 2")
    expect(rows).to_have_count(50)
