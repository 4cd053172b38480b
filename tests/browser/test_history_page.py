"""The History page: newest first, undone ones marked, in pages."""

from __future__ import annotations

from playwright.sync_api import expect

from browsing import accessibility_problems, ready


def flag_some(server, times: int) -> None:
    """Flag the first photo over and over, each an action of its own."""
    photo = server.get("/api/rankings?limit=1")["images"][0]["id"]
    for number in range(times):
        server.post("/api/images/flag", {"image_ids": [photo], "flag": "picked" if number % 2 == 0 else "rejected"})


def test_nothing_done_is_said(visit):
    assert visit("/history").get_by_text("Nothing has been done yet").is_visible()


def test_actions_appear_as_they_happen_and_show_when_undone(library_server, visit):
    page = visit("/history", library_server)
    flag_some(library_server, 1)
    expect(page.locator("[data-action-id]").first).to_contain_text("1 photo")
    library_server.post("/api/undo")
    page.locator("[data-undone=true]").wait_for()
    assert accessibility_problems(page) == []


def test_many_actions_come_in_pages(library_server, visit):
    flag_some(library_server, 53)
    page = visit("/history", library_server)
    total = library_server.get("/api/history?limit=1")["total"]
    assert page.locator("[data-action-id]").count() == 50
    page.get_by_role("button", name="Older").click()
    page.get_by_text("Page 2 of 2").wait_for()
    assert page.url.endswith("/history?page=2")
    expect(page.locator("[data-action-id]")).to_have_count(total - 50)
    page.go_back()
    page.get_by_text("Page 1 of 2").wait_for()
    ready(page)
