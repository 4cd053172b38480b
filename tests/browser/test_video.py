"""Videos in a browser: scrubbing, the player's keys, a copy with its progress, a live photo; corrections with undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import films
import libraries
import trees
from browsing import eventually, ready, steady, until
from conftest import serving
from libraries import open_library, open_loupe

VIDEO = "document.querySelector('.loupe-video video')"
CLIP = "document.querySelector('.stage-clip')"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server with a few photos, films and a live photo for the tests of this module."""
    root = tmp_path_factory.mktemp("films")
    (root / "home").mkdir()
    photos = root / "photos"
    trees.make_tree(photos, 8)
    films.film(photos / "plays.mp4", "libx264", seconds=25.0, rate=10, sound="aac")
    films.film(photos / "old.avi", "mpeg4", size=(640, 480), seconds=4.0, noise=True)
    (photos / "IMG_1.jpg").write_bytes(trees.jpeg(trees.Shot(size=(640, 480), seed=1, gps=(59.91, 10.75))))
    films.film(photos / "IMG_1.mov", "libx264", seconds=2.0)
    with serving(root / "home", photos) as server:
        yield server


def named(library: Any, name: str) -> int:
    return int(libraries.named(library, name)["id"])


def test_the_mouse_scrubs_through_a_video_and_only_asks_then(library, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_library(page, library, "?file_type=video&sort=filename_desc")
    film = named(library, "plays.mp4")
    tile = page.locator(f"#grid [data-photo-id='{film}']")
    expect(tile.locator(".badge-length")).to_have_text("0:25")
    assert not [url for url in asked if "/frames" in url]
    box = steady(page, tile.bounding_box)
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    scrub = tile.locator(".tile-scrub")
    expect(scrub).to_have_attribute("data-frames", "5")
    expect(scrub).to_have_attribute("data-frame", "2")
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2)
    expect(scrub).to_have_attribute("data-frame", "4")
    page.mouse.move(2, 2)
    expect(scrub).to_have_count(0)
    assert len([url for url in asked if "/frames" in url]) == 1


def test_the_player_hears_its_keys_and_keeps_the_volume(library, page: Page):
    open_loupe(page, library, named(library, "plays.mp4"))
    until(page, f"{VIDEO}.readyState >= 1")
    page.keyboard.press("l")
    until(page, f"Math.abs({VIDEO}.currentTime - 10) < 0.2")
    page.keyboard.press("j")
    page.keyboard.press("Shift+ArrowRight")
    until(page, f"Math.abs({VIDEO}.currentTime - 5) < 0.2")
    page.keyboard.press(".")
    until(page, f"Math.abs({VIDEO}.currentTime - 5.15) < 0.03")       # the middle of the next frame
    page.keyboard.press("k")
    until(page, f"!{VIDEO}.paused")
    page.keyboard.press("Space")
    until(page, f"{VIDEO}.paused")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".loupe-video-said")).to_have_text("Volume 80 %")
    page.keyboard.press("m")
    until(page, f"{VIDEO}.volume === 0.8 && {VIDEO}.muted")
    page.reload()
    ready(page, "loupe")
    page.wait_for_selector(".loupe-video video[src]")
    until(page, f"{VIDEO}.volume === 0.8 && {VIDEO}.muted")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#loupe")).not_to_have_attribute("data-photo-id", str(named(library, "plays.mp4")))


def test_what_browsers_cannot_play_gets_a_copy_with_progress_cancel_and_plays(library, page: Page):
    """The first wish is taken back while it waits for its turn; the second one is granted."""
    film = named(library, "old.avi")
    library.post("/api/work/proxies/pause")
    open_loupe(page, library, film)
    panel = page.locator(".loupe-video-message")
    expect(panel).to_contain_text("Browsers cannot play MPEG-4 Part 2 video.")
    page.keyboard.press("Space")
    bar = panel.get_by_role("progressbar")
    expect(bar).to_be_visible()
    panel.get_by_role("button", name="Cancel").click()
    expect(bar).to_have_count(0)
    library.post("/api/work/proxies/resume")
    panel.get_by_role("button", name="Make a copy that plays").click()
    page.wait_for_selector(f".loupe-video video[src='/api/video/{film}?copy=1']", timeout=60_000)
    until(page, f"{VIDEO}.readyState >= 2 && {VIDEO}.videoWidth === 640")
    expect(panel).to_be_hidden()


def test_a_live_photo_plays_on_its_badge_in_the_grid_and_in_the_loupe(library, page: Page):
    photo = named(library, "IMG_1.jpg")
    open_library(page, library, "?sort=filename_asc")
    badge = page.locator(f"#grid [data-photo-id='{photo}'] .badge-live")
    box = steady(page, badge.bounding_box)
    page.mouse.move(box["x"] - 40, box["y"] + 40)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "document.querySelector('.tile-clip')?.currentTime > 0")
    page.mouse.move(2, 2)
    expect(page.locator(".tile-clip")).to_have_count(0)
    open_loupe(page, library, photo)
    page.locator(".loupe-live").hover()
    until(page, f"{CLIP}?.currentTime > 0 && {CLIP}.muted")
    page.mouse.move(700, 400)
    expect(page.locator(".stage-clip")).to_have_count(0)
    page.keyboard.press("l")
    until(page, f"{CLIP}?.currentTime > 0 && !{CLIP}.muted")
    expect(page.locator(".stage-clip")).to_have_count(0)
    page.mouse.down()
    until(page, f"{CLIP}?.currentTime > 0")
    page.mouse.up()
    expect(page.locator(".stage-clip")).to_have_count(0)
    expect(page.locator(".stage.is-zoomed")).to_have_count(0)


def test_times_are_corrected_in_a_dialog_with_what_comes_of_it_and_undone(library, page: Page):
    open_library(page, library)
    page.keyboard.press("Control+a")
    page.locator("#selection-bar").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Time").click()
    dialog = page.get_by_role("dialog")
    row = dialog.locator(".correction-preview tbody tr").first
    expect(row).to_be_visible()
    dialog.get_by_role("radio", name="Set exactly").check(force=True)       # the label lies over the button itself
    expect(dialog.locator("input[type=datetime-local]")).to_have_value(re.compile("^2019-"))
    dialog.get_by_role("radio", name="Only the zone").check(force=True)
    expect(dialog.get_by_role("status")).to_contain_text("Choose a zone")
    expect(dialog.get_by_role("button", name="Correct")).to_be_disabled()
    dialog.get_by_role("radio", name="Shift").check(force=True)
    dialog.get_by_label("hours").fill("0")
    dialog.get_by_label("days").fill("400")
    expect(row.locator("td").nth(2)).to_contain_text("2020")
    expect(row.locator("td").nth(1)).to_contain_text("2019")
    dialog.get_by_role("button", name="Correct").click()
    expect(page.locator("#toast, .toast").first).to_contain_text("corrected.")
    moved = page.locator(".grid-day h3", has_text="2020")
    expect(moved.first).to_be_visible()
    page.keyboard.press("Control+z")
    expect(moved).to_have_count(0)


def test_a_location_is_typed_shown_as_corrected_and_reset(library, page: Page):
    photo = int(libraries.cards(library)[0]["id"])
    open_loupe(page, library, photo)
    page.locator("[data-correct=place]").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Latitude, longitude").fill("91, 0")
    expect(dialog.get_by_role("alert")).to_contain_text("Degrees, such as")
    dialog.get_by_label("Latitude, longitude").fill("-33.8688, 151.2093")
    dialog.get_by_role("button", name="Set location").click()
    note = page.locator("[data-corrected=place]")
    expect(note).to_contain_text("Corrected. The file says")

    def latitude() -> float:        # of this photo: with its place its zone may change, and so its rank by time
        return next(card["latitude"] for card in libraries.cards(library) if card["id"] == photo)

    eventually(page, latitude, -33.8688)
    note.get_by_role("button", name="Reset").click()
    expect(note).to_have_count(0)
