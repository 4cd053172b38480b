"""The frame of every page: navigation, search, keys, history of the browser, narrow windows, accessibility."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browsing import accessibility_problems, eventually, hearing, ready

SIZES = [(1600, 960), (1024, 768), (390, 844), (320, 700)]
TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter((element) => {
    const box = element.getBoundingClientRect();
    const scrolls = '.visually-hidden, .settings-nav, .work-jobs, thead, [popover]:not(:popover-open)';
    if (!box.width || element.closest(scrolls)) return false;
    return box.right > innerWidth + 1 || box.left < -1;
}).map((element) => element.outerHTML.slice(0, 120))"""


def test_a_fresh_archive_opens_on_the_catalog(visit):
    page = visit("/")
    expect(page).to_have_url(re.compile("/catalog$"))
    expect(page).to_have_title("Catalog · photoArchive")


def test_an_archive_with_photos_opens_on_the_library(small_server, visit):
    expect(visit("/", small_server)).to_have_url(re.compile("/library$"))


def test_links_change_the_page_without_a_reload_and_back_returns(visit):
    page = visit("/catalog")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Settings").click()
    ready(page, "settings")
    expect(page).to_have_url(re.compile("/settings$"))
    expect(page).to_have_title("Settings · photoArchive")
    expect(page.get_by_role("link", name="Settings", exact=True).first).to_have_attribute("aria-current", "page")
    page.go_back()
    ready(page, "catalog")
    assert page.evaluate("window.sameDocument") is True
    expect(page).to_have_title("Catalog · photoArchive")


def test_focus_goes_to_the_new_page(visit):
    page = visit("/settings")
    link = page.get_by_role("navigation", name="Settings").get_by_role("link", name="History")
    link.focus()
    page.keyboard.press("Enter")
    ready(page, "history")
    expect(page.locator("h1")).to_be_focused()


def test_who_types_while_a_page_loads_keeps_the_focus(visit, page):
    """The page that comes does not take the keys from the search field."""
    held = []
    page.route("**/history/page.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright asks it for its arguments
    visit("/catalog")
    page.keyboard.press("g")
    page.keyboard.press("h")
    eventually(page, lambda: len(held), 1)
    page.locator("#search").click()
    page.keyboard.type("red ")
    held[0].continue_()
    ready(page, "history")
    page.keyboard.type("kayak")
    expect(page.locator("#search")).to_have_value("red kayak")


def test_the_search_field_takes_slash_and_leads_to_the_library(visit):
    page = visit("/catalog")
    field = page.locator("#search")
    page.locator("h1").first.click()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("red kayak")
    page.keyboard.press("Enter")
    ready(page, "library")
    expect(page).to_have_url(re.compile(r"/library\?q=red\+kayak$"))
    expect(field).to_have_value("red kayak")


def test_escape_leaves_the_search_field(visit):
    page = visit("/catalog")
    field = page.locator("#search")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("g s ?")
    expect(field).to_have_value("g s ?")
    expect(page.locator("#search-options")).to_have_count(0)     # of an empty field there may have been some
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    expect(field).not_to_be_focused()


def test_g_and_a_letter_go_to_a_page(visit):
    page = visit("/catalog")
    page.keyboard.press("g")
    page.keyboard.press("s")
    ready(page, "settings")
    page.keyboard.press("g")
    page.keyboard.press("h")
    ready(page, "history")


def test_the_help_lists_the_keys_and_gives_the_focus_back(visit):
    page = visit("/catalog")
    button = page.get_by_role("button", name="Keyboard shortcuts")
    button.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Go to Settings")
    assert accessibility_problems(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_undo_says_when_there_is_nothing_to_undo(visit, watch):
    watch.allow(400, "/api/undo")
    page = visit("/catalog")
    page.keyboard.press("Control+z")
    expect(page.locator("#toast")).to_contain_text("nothing to undo")


def test_undo_and_redo_work_from_the_keyboard_with_a_toast(small_server, visit):
    """A flag set in this window is undone by Ctrl+Z and set again by the toast's Redo."""
    page = visit("/history", small_server)
    photo = small_server.get("/api/rankings?limit=1")["images"][0]["id"]

    def flagged(wanted: str) -> None:
        eventually(page, lambda: small_server.get(f"/api/image/{photo}")["flag"], wanted)

    page.evaluate("id => PhotoArchive.setFlag(id, 'picked')", photo)
    flagged("picked")
    toast = page.locator("#toast")
    page.keyboard.press("Control+z")
    expect(toast).to_contain_text("Undone")
    flagged("unflagged")
    toast.get_by_role("button", name="Redo").click()
    expect(toast).to_contain_text("Done again")
    flagged("picked")
    page.keyboard.press("Control+z")
    expect(toast).to_contain_text("Undone")
    flagged("unflagged")


def test_two_windows_share_one_event_connection(small_server, context, visit, watch):
    """The second window hears news although only the first one holds the connection."""
    page = visit("/catalog", small_server)
    hearing(page)
    second = context.new_page()
    watch.follow(second)
    streams = []
    second.on("request", lambda request: streams.append(request.url) if request.url.endswith("/api/events") else None)
    second.goto(small_server.url + "/settings")
    ready(second, "settings")
    hearing(second)
    expect(second.locator(".work-count")).to_contain_text("24 photos")
    assert streams == []
    with second.expect_request("**/api/events"):
        page.close()


def test_without_web_locks_the_page_polls(small_server, page, visit):
    """Plain http from another machine has no Web Locks: numbers still come, without an event stream."""
    streams = []
    page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/api/events") else None)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})")
    visit("/catalog", small_server)
    expect(page.locator(".work-count")).to_contain_text("24 photos")
    source = small_server.get("/api/catalog")["sources"][0]["id"]
    small_server.post(f"/api/catalog/sources/{source}/remove", {"mode": "keep"})
    try:
        expect(page.locator(".work-count")).to_contain_text("0 photos")
    finally:
        small_server.post(f"/api/catalog/sources/{source}/restore")
        small_server.settle(("scan", "metadata", "previews"))
    assert streams == []


def test_an_unknown_page_module_says_so_and_offers_a_way_on(visit, watch, page):
    """A page whose module cannot be fetched is no blank screen."""
    watch.allow(503, r"history/page\.js")
    page.route("**/history/page.js", lambda route: route.fulfill(status=503, body=""))
    visit("/catalog")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    watch.expect_problem("dynamically imported module")


def test_axe_finds_nothing(small_server, visit):
    page = visit("/catalog", small_server)
    expect(page.locator("[data-source-id]")).to_be_visible()
    assert accessibility_problems(page) == []


@pytest.mark.parametrize("path", ["/catalog", "/settings/previews", "/settings/work", "/history"])
def test_nothing_is_wider_than_the_window(small_server, visit, path):
    page = visit(path, small_server)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        eventually(page, lambda: page.evaluate(TOO_WIDE), [])


@pytest.mark.parametrize("path", ["/catalog", "/settings/previews"])
def test_targets_are_large_enough_for_a_finger(small_server, browser, watch, path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    watch.follow(page)
    page.goto(small_server.url + path)
    ready(page)
    eventually(page, lambda: page.evaluate("""() => [...document.querySelectorAll('button, select, input, .nav a')]
        .filter((element) => {
            const box = (element.closest('label') ?? element).getBoundingClientRect();
            return box.width && !element.closest('.segments') && (box.width < 24 || box.height < 20);
        }).map((element) => element.outerHTML.slice(0, 120))"""), [])
    context.close()


@pytest.mark.parametrize("media", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}], ids=["still", "forced"])
def test_the_pages_work_with_reduced_motion_and_forced_colours(small_server, page, visit, media):
    page.emulate_media(**media)
    visit("/catalog", small_server)
    expect(page.locator("[data-source-id]")).to_be_visible()
    if "reduced_motion" in media:
        moving = page.evaluate("""() => [...document.querySelectorAll('*')].filter((element) => {
            const style = getComputedStyle(element);
            return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
        }).length""")
        assert moving == 0
    else:
        borders = page.evaluate("""() => [...document.querySelectorAll('.btn, .btn-icon')].map((button) =>
            getComputedStyle(button).borderTopStyle)""")
        assert set(borders) == {"solid"}


def test_at_200_percent_zoom_everything_can_be_reached(small_server, page, visit):
    """200 % on a 1280 px screen is a 640 px window."""
    page.set_viewport_size({"width": 640, "height": 400})
    visit("/settings/previews", small_server)
    last = page.locator("pa-setting").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_words_and_names_are_drawn_as_they_are_written(visit):
    """The font has other hyphens beside numbers in columns, and a multiplication sign for an x between digits."""
    page = visit("/settings")
    widths = page.evaluate("""async () => {
        await document.fonts.ready;
        const width = (text, style) => {
            const probe = document.createElement('span');
            probe.textContent = text;
            Object.assign(probe.style, { position: 'absolute', whiteSpace: 'nowrap' }, style);
            document.body.append(probe);
            const { width } = probe.getBoundingClientRect();
            probe.remove();
            return width;
        };
        const plain = { fontFeatureSettings: '"tnum" 0, "calt" 0, "cv11"' };
        return ['Look-alikes', 'IMG_128x128.png'].map((text) => [width(text, {}), width(text, plain)]);
    }""")
    assert all(drawn == written for drawn, written in widths)
