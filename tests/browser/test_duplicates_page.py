"""The duplicates page in a real browser: groups, keys, undo, the filter in the Library, look-alikes in the loupe."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import lookalikes
from browsing import accessibility_problems, eventually, ready, steady
from conftest import LiveServer, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    """One server whose photos are compared."""
    photos: Path = tmp_path_factory.mktemp("photos")
    lookalikes.write_library(photos)
    running: LiveServer = start_server(tmp_path_factory.mktemp("home"), looking=True)
    running.post("/api/work/mode", {"mode": "max"})
    running.add_folder(photos, settle=False)
    running.settle(("scan", "metadata", "previews", "duplicates"))
    yield running
    running.stop()


def rejected(server: LiveServer) -> int:
    return int(server.get("/api/rankings?flag=rejected&limit=1")["visible_images"])


def test_groups_are_decided_by_key_and_undone(server, visit):
    page = visit("/duplicates", server)
    groups = page.locator(".dup-group")
    expect(groups).to_have_count(4)
    assert accessibility_problems(page) == []
    first = groups.first
    expect(first.locator("[data-stays]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    expect(first.locator("[data-stays]")).to_have_count(2)
    expect(first.get_by_role("button", name="Keep these 2")).to_be_visible()
    page.keyboard.press("x")
    expect(groups).to_have_count(3)
    expect(page.locator("#toast")).to_contain_text("flagged 3 as rejected. No file was deleted")
    eventually(page, lambda: rejected(server), 3)
    page.keyboard.press("u")
    expect(groups).to_have_count(4)
    eventually(page, lambda: rejected(server), 0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    expect(groups).to_have_count(3)
    page.keyboard.press("a")
    expect(groups).to_have_count(2)
    page.locator("input[name=dup-state][value=decided]").check()
    expect(groups).to_have_count(1)
    expect(page.get_by_text("Decided. Undo it")).to_be_visible()


def test_the_library_hides_duplicates_and_the_loupe_shows_look_alikes(server, visit):
    page = visit("/library?duplicates=hide", server)
    expect(page.locator("[data-filter-chip=duplicates]")).to_contain_text("Keepers only")
    server.settle(("embed",))
    duplicate = server.get("/api/rankings?is=duplicate&limit=1")["images"][0]
    photo = duplicate["id"]
    page.goto(f"{server.url}/library/photo/{photo}")
    ready(page)
    expect(page.locator("[data-look-alike]").first).to_be_visible()
    page.keyboard.press("s")
    page.wait_for_url(f"**/library?similar={photo}")
    expect(page.locator("[data-filter-chip=similar]")).to_have_text(f"Like {duplicate['filename']}")
    expect(page.locator("#grid .badge-stack").first).to_be_visible()
    headings = page.locator("#grid .grid-heading:visible")
    expect(headings.nth(0).get_by_role("heading", name="Alike", exact=True)).to_be_visible()
    expect(headings.nth(1).get_by_role("heading", name="Less and less alike")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Select all under Alike").click()
    alike = server.get(f"/api/similar/{photo}?limit=500")
    near = sum(image["similarity"] >= alike["threshold"] for image in alike["images"])
    expect(page.locator("#selection-bar")).to_contain_text(f"{near + 1} photos selected")


def test_visual_groups_part_the_view_and_filter_it(server, visit):
    """Opening the section makes them; choosing one shows as many photos as it says, under its name."""
    server.settle(("embed",))
    page = visit("/library", server)
    page.locator("[data-filter=group] .filter-title").click()
    groups = page.locator("pa-visual-groups .facet")
    page.get_by_role("radio", name="6", exact=True).check()
    expect(groups).to_have_count(6)
    assert accessibility_problems(page) == []
    name, size = (groups.first.locator(part).inner_text() for part in (".group-name", ".facet-count"))
    groups.first.click()
    expect(page.locator("[data-filter-chip=group]")).to_have_text(name)
    expect(page.locator("pa-library-head")).to_contain_text(f"{size} photo")
    expect(groups.first).to_have_attribute("aria-pressed", "true")
    page.reload()
    ready(page)
    expect(page.locator("[data-filter-chip=group]")).to_be_visible()
    expect(page.locator("pa-library-head")).to_contain_text(f"{size} photo")


def test_an_area_of_a_photo_is_searched(server, visit):
    """Shift+S, a box drawn over the photo: the Library shows what looks like that part."""
    server.settle(("embed",))
    first = server.get("/api/rankings?limit=1")["images"][0]
    photo, filename = first["id"], first["filename"]
    page = visit(f"/library/photo/{photo}", server)
    expect(page.locator("#loupe [data-verb=area]")).to_be_visible()
    page.keyboard.press("Shift+S")
    expect(page.locator("[data-verb=area]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator("pa-box-pen")).to_have_count(0)
    page.keyboard.press("Shift+S")
    expect(page.locator("pa-box-pen")).to_be_visible()
    area = steady(page, page.locator("pa-box-pen").bounding_box)
    page.mouse.move(area["x"] + 0.2 * area["width"], area["y"] + 0.2 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.7 * area["width"], area["y"] + 0.8 * area["height"], steps=4)
    page.mouse.up()
    page.wait_for_url(f"**/library?similar={photo}@*")
    expect(page.locator("[data-filter-chip=similar]")).to_have_text(f"Like a part of {filename}")
    expect(page.locator("#grid [data-photo-id]").first).to_be_visible()
    expect(page.locator("#grid [data-photo-id]").first).to_have_attribute("data-photo-id", str(photo))


def test_photos_that_are_not_shown_are_rejected_only_after_a_question(server, visit, tmp_path):
    """A group of 62: the page shows 60 of them."""
    picture = lookalikes.scene(7).resize((160, 120))
    for number in range(62):
        (tmp_path / f"many-{number:02d}.jpg").write_bytes(lookalikes.jpeg(picture, 34 + number))
    server.add_folder(tmp_path, settle=False)
    server.settle(("scan", "metadata", "previews", "duplicates"))
    page = visit("/duplicates", server)
    group = page.locator(".dup-group", has_text="62 photos")
    expect(group.get_by_text("and 2 more photos")).to_be_visible()
    group.locator("[data-verb=keep]").click()
    question = page.get_by_role("dialog", name="Reject 61 photos?")
    expect(question).to_contain_text("2 photos of this group are not shown here")
    assert accessibility_problems(page) == []
    question.get_by_role("button", name="Cancel").click()
    expect(group).to_be_visible()
    assert rejected(server) == 0
    group.locator("[data-verb=keep]").click()
    question.get_by_role("button", name="Reject 61 photos").click()
    expect(page.locator("#toast")).to_contain_text("flagged 61 as rejected")
    expect(group).to_have_count(0)
    eventually(page, lambda: rejected(server), 61)
