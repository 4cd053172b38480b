"""The loupe: sharper in steps without a jump, zoom, walking, marks, video, unreadable photos, the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import libraries
from browsing import eventually, ready, steady, until
from conftest import serving
from libraries import OLDEST_FIRST, open_library, open_loupe, view_index

TIERS = ["", "sm", "md", "lg", "full"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server with the mixed library for the tests of this module; they leave marks as they found them."""
    root = tmp_path_factory.mktemp("loupe")
    (root / "home").mkdir()
    libraries.make_library(root / "photos", 12)
    libraries.write_clip(root / "photos" / libraries.UNPLAYABLE_NAME, codec="mpeg4")
    with serving(root / "home", root / "photos") as server:
        yield server


def frame_box(page: Page) -> dict[str, float]:
    """Where the picture stands on the screen."""
    return page.evaluate("document.querySelector('.stage-frame').getBoundingClientRect().toJSON()")


def large(library: Any) -> int:
    """The photo of 3000 × 2000 pixels."""
    return int(libraries.named(library, libraries.LARGE_NAME)["id"])


def test_a_photo_grows_sharper_and_never_changes_its_size(library, page):
    page.add_init_script("""
        window.steps = [];
        const look = () => {
            const loupe = document.getElementById('loupe'), frame = document.querySelector('.stage-frame');
            const image = frame?.querySelector('img:last-of-type');
            if (loupe?.dataset.tier && image) {
                const box = image.getBoundingClientRect();
                const step = [loupe.dataset.tier, box.x, box.y, box.width, box.height].join();
                if (window.steps.at(-1) !== step) window.steps.push(step);
            }
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    """)
    open_loupe(page, library, large(library))
    page.wait_for_selector("#loupe[data-tier=full]")
    steps = [step.split(",") for step in page.evaluate("window.steps")]
    order = [TIERS.index(step[0]) for step in steps]
    assert order == sorted(order)
    assert len({tuple(step[1:]) for step in steps}) == 1, steps


def test_a_click_zooms_to_one_to_one_at_the_pointer_and_back(library, page):
    open_loupe(page, library, large(library))
    page.wait_for_selector("#loupe[data-tier=full]")
    fitted = frame_box(page)
    x, y = fitted["x"] + fitted["width"] * 0.3, fitted["y"] + fitted["height"] * 0.4
    page.mouse.click(x, y)
    expect(page.locator(".overlay-zoom")).to_have_text("100 %")
    zoomed = eventually(page, lambda: frame_box(page), lambda box: abs(box["width"] - 3000) <= 2)
    assert abs((x - zoomed["x"]) / zoomed["width"] - 0.3) < 0.01
    assert abs((y - zoomed["y"]) / zoomed["height"] - 0.4) < 0.01
    page.mouse.click(x, y)
    eventually(page, lambda: frame_box(page), fitted)


def test_the_wheel_zooms_by_fifteen_per_cent_and_dragging_moves(library, page):
    open_loupe(page, library, large(library))
    page.wait_for_selector("#loupe[data-tier=full]")
    fitted = frame_box(page)
    page.mouse.move(fitted["x"] + fitted["width"] / 2, fitted["y"] + fitted["height"] / 2)
    page.mouse.wheel(0, -120)
    eventually(page, lambda: frame_box(page)["width"] / fitted["width"], lambda factor: abs(factor - 1.15) < 0.01)
    for step in range(2, 8):
        page.mouse.wheel(0, -120)
        eventually(page, lambda: frame_box(page)["width"] / fitted["width"],
                   lambda factor, wanted=1.15 ** step: abs(factor / wanted - 1) < 0.01)
    before = steady(page, lambda: frame_box(page))
    page.mouse.down()
    page.mouse.move(fitted["x"] + fitted["width"] / 2 - 60, fitted["y"] + fitted["height"] / 2 - 40, steps=4)
    page.mouse.up()
    eventually(page, lambda: frame_box(page),
               lambda after: abs(after["x"] - before["x"] + 60) <= 1 and abs(after["y"] - before["y"] + 40) <= 1)


def test_keys_zoom(library, page):
    open_loupe(page, library, large(library))
    zoom = page.locator(".overlay-zoom")
    expect(zoom).to_have_text("Fit")
    page.keyboard.press("z")
    expect(zoom).to_have_text("100 %")
    page.keyboard.press("+")
    expect(zoom).to_have_text("200 %")
    page.keyboard.press("-")
    expect(zoom).to_have_text("100 %")
    page.keyboard.press("z")
    expect(zoom).to_have_text("Fit")


def test_walking_on_keeps_the_zoom_and_days_are_a_key_apart(library, page):
    order = libraries.cards(library)
    open_loupe(page, library, order[0]["id"])
    zoom, loupe = page.locator(".overlay-zoom"), page.locator("#loupe")
    page.keyboard.press("z")
    expect(zoom).not_to_have_text("Fit")
    chosen = zoom.inner_text()
    page.keyboard.press("ArrowRight")
    expect(loupe).to_have_attribute("data-photo-id", str(order[1]["id"]))
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    expect(zoom).to_have_text(chosen)
    page.keyboard.press("z")
    expect(zoom).to_have_text("Fit")
    days = [(card["date_taken"] or "9999")[:10] for card in order]
    following = next(card["id"] for card, day in zip(order, days, strict=True) if day > days[1])
    page.keyboard.press("]")
    expect(loupe).to_have_attribute("data-photo-id", str(following))
    page.keyboard.press("[")
    expect(loupe).to_have_attribute("data-photo-id", str(order[0]["id"]))


def test_the_picture_is_neither_cut_nor_stretched(library, page):
    open_loupe(page, library, large(library))
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    box = steady(page, lambda: frame_box(page))
    stage = page.evaluate("document.querySelector('.stage').getBoundingClientRect().toJSON()")
    assert abs(box["width"] / box["height"] - 1.5) < 0.01
    assert box["x"] >= stage["x"] - 1
    assert box["right"] <= stage["right"] + 1
    assert box["y"] >= stage["y"] - 1
    assert box["bottom"] <= stage["bottom"] + 1


def test_arrows_walk_and_show_the_next_picture_at_once(library, page):
    """The neighbours are fetched and decoded while the user looks."""
    order = [card["id"] for card in libraries.cards(library)]
    fetched: set[str] = set()
    page.on("requestfinished", lambda request: fetched.add(request.url))
    open_loupe(page, library, order[0])
    for index in range(1, 8):
        picture = f"{library.url}/api/thumb/md/{order[index]}"
        eventually(page, lambda url=picture: url in fetched, True)
        page.evaluate("url => { const image = new Image(); image.src = url; return image.decode(); }", picture)
        page.keyboard.press("ArrowRight")
        expect(page.locator("#loupe")).to_have_attribute("data-photo-id", str(order[index]))
        assert page.evaluate("""() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            const image = document.querySelector('.stage-layers img');
            done(Boolean(image?.complete && image.naturalWidth));
        })))"""), f"photo {index} was blank"
    expect(page).to_have_url(re.compile(f"/library/photo/{order[7]}\\?"))
    expect(page.locator(".overlay-position")).to_contain_text("8 of")


def test_the_filmstrip_shows_the_view_and_leads_to_its_photos(library, page):
    order = [card["id"] for card in libraries.cards(library)]
    open_loupe(page, library, order[2])
    current = page.locator(".filmstrip [aria-current=true]")
    expect(current).to_have_attribute("data-photo-id", str(order[2]))
    page.locator(f".filmstrip [data-photo-id='{order[5]}']").click()
    expect(page.locator("#loupe")).to_have_attribute("data-photo-id", str(order[5]))
    expect(current).to_have_attribute("data-photo-id", str(order[5]))


def test_marks_are_set_shown_and_undone(library, page):
    photo = large(library)
    open_loupe(page, library, photo)
    expect(page.locator(".filmstrip")).to_be_visible()
    page.keyboard.press("p")
    page.keyboard.press("4")
    expect(page.locator(f".filmstrip [data-photo-id='{photo}'] .badge-pick")).to_be_visible()
    expect(page.locator(".overlay-stars [aria-pressed=true]")).to_have_count(4)
    expect(page.locator("#toast")).to_contain_text("4 stars")      # said once both are stored
    card = libraries.named(library, libraries.LARGE_NAME)
    assert (card["flag"], card["stars"]) == ("picked", 4)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(f".filmstrip [data-photo-id='{photo}'] .badge-pick")).to_have_count(0)

    def marks() -> tuple[str, int | None]:
        card = libraries.named(library, libraries.LARGE_NAME)
        return card["flag"], card["stars"]

    eventually(page, marks, ("unflagged", None))


def test_c_compares_what_is_selected_or_stands_side_by_side_else_the_view(library, page):
    photos = [card["id"] for card in libraries.cards(library)]
    open_loupe(page, library, photos[1], f"{OLDEST_FIRST}&flag=unflagged")
    page.keyboard.press("c")
    page.wait_for_url(f"{library.url}/compare?flag=unflagged")
    page.go_back()
    ready(page, "loupe")
    page.goto(f"{library.url}/library/photo/{photos[1]}{OLDEST_FIRST}&survey={photos[1]},{photos[2]}")
    page.wait_for_selector("#loupe[data-survey]")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(rf"/compare\?ids={photos[1]}(,|%2C){photos[2]}$"))
    open_library(page, library)
    view_index(page, 0).click()
    view_index(page, 1).click(modifiers=["Control"])
    page.keyboard.press("Enter")
    ready(page, "loupe")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(rf"/compare\?ids={photos[0]}(,|%2C){photos[1]}$"))


def test_escape_returns_to_the_library_also_when_opened_by_address(library, page):
    photo = large(library)
    open_loupe(page, library, photo)
    page.keyboard.press("Escape")
    ready(page, "library")
    expect(page).to_have_url(re.compile("sort=date_taken_asc"))
    expect(page.locator(f"#grid [data-photo-id='{photo}']")).to_be_in_viewport()


def test_details_name_camera_exposure_size_and_files(library, page):
    open_loupe(page, library, large(library))
    side = page.locator(".loupe-side")
    expect(side).to_contain_text("Canon EOS R5")
    expect(side).to_contain_text("1/250 s · f/2.8 · ISO 400 · 50 mm")
    expect(side).to_contain_text("3000 × 2000")
    expect(side.locator(".info-path")).to_contain_text(libraries.LARGE_NAME)
    expect(side.locator("canvas")).to_be_visible()
    side.get_by_role("button", name="All tags").click()
    expect(page.get_by_role("dialog")).to_contain_text("Canon")


def test_the_histogram_is_drawn_from_the_picture(library, page):
    open_loupe(page, library, large(library))
    until(page, """(() => {
        const canvas = document.querySelector('.info-histogram canvas');
        if (!canvas?.width) return false;
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        return data.some(value => value > 0);
    })()""")


def test_the_clipping_overlay_is_switched_by_key(library, page):
    open_loupe(page, library, large(library))
    page.wait_for_selector("#loupe[data-tier=full]")
    overlay = page.locator(".stage-clipping")
    expect(overlay).to_be_hidden()
    page.keyboard.press("j")
    expect(overlay).to_be_visible()
    page.keyboard.press("j")
    expect(overlay).to_be_hidden()


def test_f_leaves_only_the_photo_and_escape_brings_everything_back(library, page):
    open_loupe(page, library, large(library))
    page.keyboard.press("f")
    expect(page.locator("#top")).to_be_hidden()
    expect(page.locator(".filmstrip")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#top")).to_be_visible()
    expect(page.locator("#loupe")).to_be_visible()


def test_the_controls_fade_and_come_back(library, page):
    open_loupe(page, library, large(library))
    overlay = page.locator("pa-loupe-overlay")
    page.mouse.move(500, 400)
    page.evaluate("document.activeElement.blur()")
    expect(overlay).to_have_class(re.compile("is-faded"))
    page.mouse.move(520, 420)
    expect(overlay).not_to_have_class(re.compile("is-faded"))


def test_a_video_plays_and_steps_by_single_frames(library, page):
    clip = libraries.named(library, libraries.VIDEO_NAME)
    open_loupe(page, library, clip["id"])
    until(page, "document.querySelector('.loupe-video video').readyState >= 1")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(".")
    until(page, "document.querySelector('video').currentTime > 0")
    first = page.evaluate("document.querySelector('video').currentTime")
    page.keyboard.press(".")
    until(page, f"document.querySelector('video').currentTime > {first}")
    page.keyboard.press(",")
    until(page, f"Math.abs(document.querySelector('video').currentTime - {first}) < 0.02")


def test_a_video_that_browsers_cannot_play_shows_its_still_and_says_so(library, page):
    clip = libraries.named(library, libraries.UNPLAYABLE_NAME)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_loupe(page, library, clip["id"])
    expect(page.locator(".loupe-video-message")).to_contain_text("Browsers cannot play MPEG-4 Part 2 video.")
    expect(page.locator(".loupe-video video")).to_have_attribute("poster", f"/api/thumb/md/{clip['id']}")
    page.keyboard.press("Space")
    page.keyboard.press(".")
    assert not [url for url in asked if re.search(r"/api/video/\d+($|\?)", url)]


def test_flag_and_stars_do_not_lie_on_the_controls_of_a_video(library, page):
    open_loupe(page, library, libraries.named(library, libraries.VIDEO_NAME)["id"])
    until(page, """(() => {
        const [film, marks] = ['.loupe-video video', '.overlay-marks'].map(one => document.querySelector(one));
        return film && marks && film.getBoundingClientRect().height > 0
            && film.getBoundingClientRect().bottom <= marks.getBoundingClientRect().top;
    })()""")


def test_an_unreadable_photo_says_why_and_the_walk_goes_on(library, page):
    order = [card["id"] for card in libraries.cards(library, "?sort=filename_asc")]
    broken = libraries.named(library, libraries.BROKEN_NAME)["id"]
    open_loupe(page, library, broken, "?sort=filename_asc")
    expect(page.locator(".loupe-message")).to_contain_text(f"{libraries.BROKEN_NAME} cannot be read")
    expect(page.locator("#loupe .photo-people")).to_contain_text("No picture to look for faces in.")
    expect(page.locator("#loupe pa-look-alikes")).to_contain_text("cannot be read")
    expect(page.get_by_role("button", name="Add a face")).to_have_count(0)      # nor is there one to draw on
    expect(page.get_by_role("button", name="Search an area")).to_have_count(0)
    at = order.index(broken)
    page.keyboard.press("ArrowLeft" if at else "ArrowRight")
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    expect(page.locator(".loupe-message")).to_be_hidden()


def test_an_unknown_photo_gets_a_sentence(library, page):
    page.goto(f"{library.url}/library/photo/999999{OLDEST_FIRST}")
    ready(page, "loupe")
    expect(page.locator(".loupe-message")).to_contain_text("no such photo")


def test_own_stars_are_given_up_for_the_suggested_ones_by_key_and_in_the_details(library, page):
    """Key D and a control in the details; both can be undone, and the help names the key."""
    ids = [int(card["id"]) for card in libraries.cards(library)][:2]
    library.post("/api/mosaic/pick", {"winner_id": ids[0], "loser_ids": [ids[1]]}, window="elsewhere")
    open_loupe(page, library, ids[0])
    stars = page.locator("pa-info-panel .info-stars")
    expect(stars).to_contain_text("suggested")
    expect(stars.get_by_role("img", name="5 stars")).to_be_visible()
    for give_up in (lambda: page.keyboard.press("d"), lambda: stars.get_by_role("button", name="As suggested").click()):
        page.keyboard.press("2")
        expect(stars.get_by_role("img", name="2 stars")).to_be_visible()
        expect(stars.get_by_text("suggested", exact=True)).to_have_count(0)
        give_up()
        expect(page.locator("#toast")).to_contain_text("Stars as suggested: 1 photo.")
        expect(stars.get_by_role("img", name="5 stars")).to_be_visible()
        expect(stars.get_by_text("suggested", exact=True)).to_be_visible()
        assert library.get(f"/api/image/{ids[0]}")["stars"] is None
    page.keyboard.press("Control+z")
    expect(stars.get_by_role("img", name="2 stars")).to_be_visible()
    page.keyboard.press("d")
    expect(stars.get_by_text("suggested", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("Stars as suggested", exact=True).first).to_be_visible()
    library.post("/api/compare/undo", {}, window="elsewhere")
