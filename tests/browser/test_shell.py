"""The frame of every page: navigation, search, keys, history of the browser, narrow windows, accessibility."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browsing import accessibility_problems, ready

PAGES = ["/catalog", "/settings", "/history"]
SIZES = [(1600, 960), (1024, 768), (390, 844), (320, 700)]


def test_a_fresh_archive_opens_on_the_catalog(visit):
    page = visit("/")
    assert page.url.endswith("/catalog")
    assert page.title() == "Catalog · photoArchive"


def test_an_archive_with_photos_opens_on_the_library(library_server, visit):
    assert visit("/").url.endswith("/library")


def test_links_change_the_page_without_a_reload_and_back_returns(visit):
    page = visit("/catalog")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Settings").click()
    ready(page, "settings")
    assert page.url.endswith("/settings")
    assert page.title() == "Settings · photoArchive"
    assert page.get_by_role("link", name="Settings", exact=True).first.get_attribute("aria-current") == "page"
    page.go_back()
    ready(page, "catalog")
    assert page.evaluate("window.sameDocument") is True
    assert page.title() == "Catalog · photoArchive"


def test_focus_goes_to_the_new_page_and_comes_back_to_where_it_was(visit):
    page = visit("/settings")
    link = page.get_by_role("navigation", name="Settings").get_by_role("link", name="History")
    link.focus()
    page.keyboard.press("Enter")
    ready(page, "history")
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_the_search_field_takes_slash_and_leads_to_the_library(visit):
    page = visit("/catalog")
    page.locator("h1").first.click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("red kayak")
    page.keyboard.press("Enter")
    ready(page, "library")
    assert page.url.endswith("/library?q=red+kayak")
    assert page.locator("#search").input_value() == "red kayak"


def test_escape_leaves_the_search_field(visit):
    page = visit("/catalog")
    page.keyboard.press("/")
    page.keyboard.type("g s ?")
    assert page.locator("#search").input_value() == "g s ?"
    page.keyboard.press("Escape")
    assert page.locator("#search").input_value() == ""
    assert page.evaluate("document.activeElement.id") != "search"


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
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert "Go to Settings" in dialog.inner_text()
    assert accessibility_problems(page) == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Keyboard shortcuts"


def test_undo_says_when_there_is_nothing_to_undo(visit, watch):
    watch.allow(400, "/api/undo")
    page = visit("/catalog")
    page.keyboard.press("Control+z")
    page.locator("#toast").get_by_text("nothing to undo").wait_for()


def test_undo_and_redo_work_from_the_keyboard_with_a_toast(library_server, visit):
    """A flag set in this window is undone by Ctrl+Z and set again by the toast's Redo."""
    page = visit("/history", library_server)
    photo = library_server.get("/api/rankings?limit=1")["images"][0]["id"]
    page.evaluate("id => PhotoArchive.setFlag(id, 'picked')", photo)
    assert library_server.get(f"/api/image/{photo}")["flag"] == "picked"
    page.keyboard.press("Control+z")
    page.locator("#toast").get_by_text("Undone").wait_for()
    assert library_server.get(f"/api/image/{photo}")["flag"] == "unflagged"
    page.locator("#toast").get_by_role("button", name="Redo").click()
    page.locator("#toast").get_by_text("Done again").wait_for()
    assert library_server.get(f"/api/image/{photo}")["flag"] == "picked"


def test_two_windows_share_one_event_connection(library_server, context, visit, watch):
    """The second window hears news although only the first one holds the connection."""
    page = visit("/catalog", library_server)
    expect(page.locator(".work-count")).to_contain_text("photo")
    second = context.new_page()
    watch.follow(second)
    streams = []
    second.on("request", lambda request: streams.append(request.url) if request.url.endswith("/api/events") else None)
    second.goto(library_server.url + "/settings")
    ready(second, "settings")
    expect(second.locator(".work-count")).to_contain_text("photo")
    assert streams == []
    page.close()
    second.wait_for_event("request", lambda request: request.url.endswith("/api/events"))


def test_without_web_locks_the_page_polls(library_server, page, visit, photos):
    """Plain http from another machine has no Web Locks: numbers still come, without an event stream."""
    streams = []
    page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/api/events") else None)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})")
    visit("/catalog", library_server)
    library_server.post("/api/work/previews/pause")
    expect(page.locator(".work-count")).to_contain_text("24 photos")
    library_server.post("/api/catalog/sources/1/remove", {"mode": "keep"})
    expect(page.locator(".work-count")).to_contain_text("0 photos")
    assert streams == []


def test_an_unknown_page_module_says_so_and_offers_a_way_on(visit, watch, page, live_server):
    """A page whose module cannot be fetched is no blank screen."""
    watch.allow(503, r"history/page\.js")
    page.route("**/history/page.js", lambda route: route.fulfill(status=503, body=""))
    visit("/catalog")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.get_by_role("heading", name="This page could not be shown").wait_for()
    assert page.get_by_role("button", name="Try again").is_visible()
    watch.problems[:] = [one for one in watch.problems if "dynamically imported module" not in one]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(library_server, visit, path):
    page = visit(path, library_server)
    page.wait_for_timeout(200)
    assert accessibility_problems(page) == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
@pytest.mark.parametrize("path", ["/catalog", "/settings/previews", "/settings/work", "/history"])
def test_nothing_is_wider_than_the_window(library_server, visit, page, path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(path, library_server)
    too_wide = page.evaluate("""() => [...document.querySelectorAll('body *')].filter((element) => {
        const box = element.getBoundingClientRect();
        const scrolls = '.visually-hidden, .settings-nav, .work-jobs, thead, [popover]:not(:popover-open)';
        if (!box.width || element.closest(scrolls)) return false;
        return box.right > innerWidth + 1 || box.left < -1;
    }).map((element) => element.outerHTML.slice(0, 120))""")
    assert too_wide == []


@pytest.mark.parametrize("path", ["/catalog", "/settings/previews"])
def test_targets_are_large_enough_for_a_finger(library_server, browser, watch, path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    watch.follow(page)
    page.goto(library_server.url + path)
    ready(page)
    small = page.evaluate("""() => [...document.querySelectorAll('button, select, input, .nav a')].filter((element) => {
        const box = (element.closest('label') ?? element).getBoundingClientRect();
        return box.width && !element.closest('.segments') && (box.width < 24 || box.height < 20);
    }).map((element) => element.outerHTML.slice(0, 120))""")
    context.close()
    assert small == []


@pytest.mark.parametrize("media", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}], ids=["still", "forced"])
def test_the_pages_work_with_reduced_motion_and_forced_colours(library_server, page, visit, media):
    page.emulate_media(**media)
    visit("/catalog", library_server)
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


def test_at_200_percent_zoom_everything_can_be_reached(library_server, page, visit):
    """200 % on a 1280 px screen is a 640 px window."""
    page.set_viewport_size({"width": 640, "height": 400})
    visit("/settings/previews", library_server)
    last = page.locator("pa-setting").last
    last.scroll_into_view_if_needed()
    assert last.is_visible()
