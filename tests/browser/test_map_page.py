"""The map with the network cut: everything on it comes from this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import accessibility_problems, eventually, ready, steady, until
from conftest import LiveServer, start_server
from photoarchive.demo.build import build_demo

DEMO_PHOTOS = 1200
WINDOW = {"width": 1200, "height": 680}      # the map is drawn without a graphics card here: every pixel costs
PHONE = {"width": 390, "height": 844}
MARKERS = "[...document.querySelectorAll('.map-marker')].map((one) => one.dataset.photoId).join()"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server on a synthetic library whose places have been looked up."""
    home: Path = tmp_path_factory.mktemp("map-home")
    build_demo(home, DEMO_PHOTOS, rows_only=True)
    server = start_server(home)
    server.settle(("places",))
    yield server
    server.stop()


@pytest.fixture
def cut_page(page: Page) -> Page:
    """A watched page from which no request to another host can get out, failing the test if one tries."""
    page.set_viewport_size(WINDOW)
    page.route(lambda url: "//127.0.0.1" not in url, lambda route: route.abort())
    return page


def open_map(page: Page, server: LiveServer, query: str = "") -> None:
    page.goto(f"{server.url}/map{query}")
    ready(page, "map")
    expect(page.locator(".map-marker").first).to_be_visible()


def counts_on(page: Page) -> int:
    """Photos of all markers together."""
    return int(page.locator(".map-marker").evaluate_all("all => all.reduce((sum, one) => sum + +one.dataset.count, 0)"))


def test_clusters_zoom_into_photos_that_open_in_the_loupe(cut_page: Page, demo: LiveServer) -> None:
    """From the whole world by clicks to a thumbnail, and from there to the photo and back to the same spot."""
    page = cut_page
    page.emulate_media(reduced_motion="reduce")             # the map jumps where it would fly
    open_map(page, demo)
    located = demo.get("/api/map/markers?limit=1")["gps_count"]
    eventually(page, lambda: counts_on(page), located)
    expect(page.locator(".map-attribution")).to_contain_text("GeoNames")
    expect(page.locator("#map canvas")).to_be_visible()
    for _ in range(12):
        if page.locator(".map-picture[data-count='1']").count():
            break
        before = steady(page, lambda: page.evaluate(MARKERS))
        page.locator(".map-marker").last.click()
        eventually(page, lambda: page.evaluate(MARKERS), lambda now, before=before: now != before)
        steady(page, lambda: page.evaluate(MARKERS))
    single = page.locator(".map-picture[data-count='1']").first
    photo = single.get_attribute("data-photo-id")
    single.focus()
    page.keyboard.press("Enter")
    ready(page, "loupe")
    expect(page.locator("#loupe")).to_have_attribute("data-photo-id", photo or "")
    page.go_back()
    ready(page, "map")
    expect(page.locator(f".map-marker[data-photo-id='{photo}']")).to_be_visible()


def test_an_area_becomes_a_filter_of_map_and_library(cut_page: Page, demo: LiveServer) -> None:
    page = cut_page
    open_map(page, demo)
    box = steady(page, page.locator("#map").bounding_box)
    assert box is not None
    page.keyboard.press("b")
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    expect(page.locator("[data-filter-chip=bbox]")).to_be_visible()
    expect(page.locator(".map-area")).not_to_have_attribute("data-loading", "")
    query = page.evaluate("location.search.slice(1)")
    inside = int(demo.get(f"/api/rankings?limit=1&{query}")["visible_images"])
    assert 0 < inside < DEMO_PHOTOS
    expect(page.locator("pa-map-head .head-count")).to_have_text(f"{inside:,} photo{'s' * (inside != 1)}")
    page.get_by_role("link", name="Open in Library").click()
    ready(page, "library")
    expect(page.locator("[data-filter-chip=bbox]")).to_be_visible()


def test_the_timeline_shows_a_year_and_the_strip_follows(cut_page: Page, demo: LiveServer) -> None:
    page = cut_page
    open_map(page, demo)
    shown, ends = page.locator(".timeline-year"), page.locator(".timeline-ends span")
    page.get_by_role("slider", name="Year").press("End")
    expect(ends.last).to_have_text(re.compile(r"^\d{4}$"))
    expect(shown).to_contain_text(ends.last.text_content() or "-")
    page.get_by_role("slider", name="Year").press("Home")
    page.get_by_role("slider", name="Year").press("ArrowRight")
    expect(ends.first).to_have_text(re.compile(r"^\d{4}$"))
    expect(shown).to_contain_text(ends.first.text_content() or "-")
    year = (shown.text_content() or "").strip()[:4]
    expected = demo.get(f"/api/rankings?limit=1&has=gps&date_taken={year}")["visible_images"]
    expect(page.locator(".strip-title")).to_have_text(f"{expected:,} photo{'s' * (expected != 1)} in this area")
    eventually(page, lambda: counts_on(page), expected)
    page.get_by_role("button", name="Play through the years").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(shown).not_to_have_text(re.compile(rf"^\s*{year}"))
    page.get_by_role("slider", name="Year").press("Home")
    expect(page.get_by_role("button", name="Play through the years")).to_be_visible()


def test_places_are_a_list_that_needs_no_map(cut_page: Page, demo: LiveServer) -> None:
    """The accessible way: by country with counts, into the Library with the place as its filter; axe finds nothing."""
    page = cut_page
    open_map(page, demo)
    assert accessibility_problems(page) == []
    page.keyboard.press("v")
    rows = page.locator(".place-row")
    expect(rows.first).to_be_visible()
    assert accessibility_problems(page) == []
    most = demo.get("/api/places")["places"][0]
    row = rows.filter(has_text=most["label"]).filter(has_text=most["region"]).first
    expect(row.locator(".place-count")).to_have_text(f"{most['count']:,}")
    row.click()
    ready(page, "library")
    expect(page.locator("[data-filter-chip=place]")).to_contain_text(most["label"])
    expect(page.locator("pa-library-head .head-count")).to_contain_text(f"{most['count']:,}")
    page.goto(f"{demo.url}/library?sort=date_taken_desc&place={most['value'].partition('|')[0]}")
    ready(page, "library")
    expect(page.locator(".grid-day-place").filter(has_text=", ").first).to_be_visible()


def test_without_webgl_there_is_the_list_with_the_reason(cut_page: Page, demo: LiveServer) -> None:
    page = cut_page
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{demo.url}/map")
    ready(page, "map")
    expect(page.locator(".place-note").first).to_contain_text("WebGL")
    expect(page.locator(".place-row").first).to_be_visible()


def test_the_page_fits_a_phone_and_says_what_has_no_location(cut_page: Page, demo: LiveServer) -> None:
    page = cut_page
    page.set_viewport_size(PHONE)
    open_map(page, demo)
    until(page, "document.documentElement.scrollWidth <= innerWidth")
    modes = page.get_by_role("group", name="Show as")       # where their words have no room they have their names
    for role, name in (("link", "Show as a grid"), ("button", "Map"), ("button", "Places")):
        expect(modes.get_by_role(role, name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("no location"))).to_be_visible()
    page.goto(f"{demo.url}/map?has=-gps")
    ready(page, "map")
    expect(page.locator(".map-card")).to_contain_text("None of these photos has a location")
    page.goto(f"{demo.url}/map")
    ready(page, "map")
    page.locator(".map-without").click()
    ready(page, "library")
    expect(page.locator("[data-filter-chip=has]")).to_be_visible()


def test_a_place_is_picked_with_the_keyboard_and_by_typing(cut_page: Page, demo: LiveServer) -> None:
    page = cut_page
    open_map(page, demo)
    page.evaluate("""() => { import('pa/ui/place-picker.js').then(({ openPlacePicker }) =>
        openPlacePicker({ lat: 67.9, lng: 13.1 }).then((spot) => { window.picked = spot; })); }""")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".place-picker-pin")).to_be_visible()
    assert accessibility_problems(page, "dialog") == []
    field = dialog.get_by_label("Latitude, longitude")
    field.fill("somewhere")
    field.press("Tab")
    expect(dialog.get_by_role("status")).to_contain_text("Type a latitude")
    field.fill("-17.5, 179.99")
    field.press("Tab")
    expect(dialog.get_by_role("status")).to_contain_text("Click the map")
    dialog.locator("canvas").focus()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Set location").click()
    until(page, "window.picked !== undefined")
    picked = page.evaluate("window.picked")
    assert abs(picked["lat"] + 17.5) < 0.01
    assert abs(picked["lng"] - 179.99) < 0.01
