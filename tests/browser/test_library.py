"""The library page: every photo in the grid, filters, sorts, Back and reload, scrubber, saved views, empty states."""

from __future__ import annotations

import re

from playwright.sync_api import expect

import libraries
import trees
from browsing import at_rest, eventually, hearing, ready, steady, until
from libraries import NEWEST_FIRST, OLDEST_FIRST, SHOWN_TILES, open_library, view_index


def test_every_photo_of_the_catalog_is_reached_by_scrolling(library, page):
    open_library(page, library)
    wanted = {str(card["id"]) for card in libraries.cards(library)}
    page.set_viewport_size({"width": 1280, "height": 500})
    seen: set[str] = set()

    def look() -> set[str]:
        page.mouse.wheel(0, 300)
        tiles = "[...document.querySelectorAll('#grid [data-photo-id]')]"     # in one step: they are used again
        seen.update(page.evaluate(f"{tiles}.map((tile) => tile.dataset.photoId)"))
        return seen

    page.mouse.move(640, 300)
    eventually(page, look, wanted)


def test_tiles_show_pictures_and_never_move_while_they_load(library, page):
    open_library(page, library)
    boxes = "tiles => tiles.map(t => [t.dataset.photoId, ...Object.values(t.getBoundingClientRect().toJSON())])"
    first = page.eval_on_selector_all(SHOWN_TILES, boxes)
    until(page, "document.querySelectorAll('.tile-picture.is-shown').length > 15")
    assert page.eval_on_selector_all(SHOWN_TILES, boxes) == first


def test_the_photos_are_asked_for_once_and_before_the_code_of_the_page(library, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_library(page, library, "?flag=unflagged&sort=date_taken_desc")
    feeds = [place for place, url in enumerate(asked) if "/api/library/feed" in url]
    assert len(feeds) == 1
    assert feeds[0] < next(place for place, url in enumerate(asked) if url.endswith(".js"))


def test_what_the_page_asks_ahead_is_asked_for_once_in_every_way_to_it(library, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def requests(path: str) -> int:
        return sum(path in url for url in asked)

    open_library(page, library, "?flag=unflagged,picked&sort=filename_asc")
    for come in (page.reload, lambda: (page.goto(f"{library.url}/settings"), asked.clear(), page.go_back())):
        asked.clear()
        come()
        ready(page, "library")
        hearing(page)
        assert requests("/api/library/feed") == 1, asked
    for path, name, wanted in (("/settings", "settings", 0), ("/", "library", 1)):
        asked.clear()
        page.goto(library.url + path)
        ready(page, name)
        assert requests("/api/library/feed") == wanted, path


def test_albums_are_asked_for_once_when_the_page_starts(library, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_library(page, library)
    eventually(page, lambda: any(url.endswith("/api/albums") for url in asked), True)
    hearing(page)
    page.wait_for_timeout(1500)         # longer than news are gathered before albums are read again
    assert sum(url.endswith("/api/albums") for url in asked) == 1


def test_rows_fill_the_width_of_the_grid(library, page):
    open_library(page, library, "?sort=filename_asc")
    eventually(page, lambda: page.eval_on_selector_all("#grid .grid-row:not([hidden])", """rows => rows.map(row => {
        const last = row.lastElementChild.getBoundingClientRect(), box = row.getBoundingClientRect();
        return Math.abs(last.right - box.right);
    })"""), lambda edges: len(edges) > 2 and all(edge <= 1 for edge in edges[:-1]))


def test_days_and_months_head_the_photos_of_date_views(library, page):
    open_library(page, library)
    expect(page.locator(".grid-month:visible")).to_have_text([f"{trees.EPOCH:%B %Y}"])
    expect(page.locator(".grid-heading:visible h3").nth(1)).to_be_visible()
    expect(page.locator("h1")).to_have_text(f"{trees.EPOCH:%B %Y}")


def test_a_filter_narrows_the_grid_and_back_brings_everything_again(library, page):
    open_library(page, library, "?sort=filename_asc")
    total = len(libraries.cards(library))
    page.locator("[data-filter=folder]").get_by_role("button", name=re.compile("2019 Lofoten")).click()
    expect(page.locator(".head-count")).to_contain_text("20 photos")
    expect(page).to_have_url(re.compile("folder="))
    expect(page.locator("[data-filter-chip=folder]")).to_contain_text("2019 Lofoten")
    page.go_back()
    expect(page.locator(".head-count")).to_have_text(f"{total} photos")
    page.go_forward()
    expect(page.locator(".head-count")).to_contain_text("20 photos")
    page.reload()
    ready(page, "library")
    expect(page.locator(".head-count")).to_contain_text("20 photos")
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".head-count")).to_have_text(f"{total} photos")


def test_counts_of_a_filter_follow_the_other_filters(library, page):
    open_library(page, library)
    row = page.locator("[data-filter=flag] .facet[data-value=unflagged] .facet-count")
    expect(row).to_have_text(str(len(libraries.cards(library))))
    page.locator("[data-filter=folder]").get_by_role("button", name=re.compile("2019 Lofoten")).click()
    expect(row).to_have_text("20")


def test_years_open_into_months(library, page):
    open_library(page, library)
    dates = page.locator("[data-filter=date]")
    dates.get_by_role("button", name=f"Months of {trees.EPOCH.year}").click()
    dates.get_by_role("button", name=re.compile(f"^{trees.EPOCH:%B}")).click()
    expect(page.locator("[data-filter-chip=date_taken]")).to_contain_text(f"{trees.EPOCH:%B %Y}")
    expect(page.locator(".head-count")).to_contain_text("60 photos")


def test_an_empty_result_says_which_filter_to_remove(library, page):
    page.goto(library.url + "/library?flag=picked&orientation=portrait")
    ready(page, "library")
    notice = page.locator(".library-empty")
    expect(notice).to_contain_text("No photo fits all of these filters")
    notice.get_by_role("button", name=re.compile("^Without Picked")).click()
    expect(page.locator(".head-count")).to_contain_text("15 photos")


def test_sorts_turn_both_ways(library, page):
    open_library(page, library, "?sort=filename_asc")
    first = page.locator(SHOWN_TILES).first
    by_name = [str(card["id"]) for card in libraries.cards(library, "?sort=filename_asc")]
    expect(first).to_have_attribute("data-photo-id", by_name[0])
    page.get_by_role("button", name=re.compile("Turn the order round")).click()
    expect(page).to_have_url(re.compile("filename_desc"))
    expect(first).to_have_attribute("data-photo-id", by_name[-1])
    page.locator(".head-sort").click()
    page.get_by_role("menuitemradio", name=re.compile("File size")).click()
    expect(page).to_have_url(re.compile("file_size_desc"))
    sizes = [card["file_size"] for card in libraries.cards(library, "?sort=file_size_desc")]
    assert sizes == sorted(sizes, reverse=True)
    expect(first).to_have_attribute("data-photo-id", str(libraries.cards(library, "?sort=file_size_desc")[0]["id"]))


def test_the_position_survives_loupe_back_and_reload(library, page):
    open_library(page, library, "?sort=filename_asc")
    tile = view_index(page, 45)
    tile.dblclick()
    ready(page, "loupe")
    page.wait_for_selector("#loupe[data-tier]:not([data-tier=''])")
    page.go_back()
    ready(page, "library")
    expect(tile).to_be_in_viewport()
    expect(tile).to_be_focused()
    place = steady(page, tile.bounding_box)["y"]
    photo = tile.get_attribute("data-photo-id")
    until(page, f"history.state?.library?.focus === {photo}")       # written down when the page rests
    page.reload()
    ready(page, "library")
    expect(tile).to_be_in_viewport()
    eventually(page, tile.bounding_box, lambda box: box and abs(box["y"] - place) <= 2)


def test_file_names_that_look_like_markup_are_text(library, page):
    open_library(page, library, NEWEST_FIRST)
    photo = libraries.named(library, libraries.HOSTILE_NAME)["id"]
    tile = page.locator(f"#grid [data-photo-id='{photo}']")
    expect(tile).to_have_attribute("aria-label", re.compile(re.escape(libraries.HOSTILE_NAME)))
    tile.click()
    expect(page.locator(".library-right .info-name")).to_have_text(libraries.HOSTILE_NAME)
    expect(page.locator("img[src='x']")).to_have_count(0)
    page.keyboard.press("Enter")
    ready(page, "loupe")
    expect(page.locator(".overlay-name")).to_have_text(libraries.HOSTILE_NAME)


def test_an_unreadable_file_says_why(library, page):
    page.goto(f"{library.url}/library?is=unreadable&sort=filename_asc")
    ready(page, "library")
    tile = page.locator("#grid .tile").first
    expect(tile).to_have_class(re.compile("is-unreadable"))
    expect(tile.locator(".tile-name")).to_contain_text(libraries.BROKEN_NAME)
    expect(tile.locator(".tile-name")).not_to_have_text(f"{libraries.BROKEN_NAME}: cannot be read")


def test_videos_carry_their_length(library, page):
    page.goto(f"{library.url}/library?file_type=video&sort=filename_asc")
    ready(page, "library")
    expect(page.locator("#grid .badge-video")).to_contain_text("0:02")


def test_the_scrubber_goes_through_the_months_by_keyboard(library, page):
    page.set_viewport_size({"width": 900, "height": 500})
    open_library(page, library)
    slider = page.get_by_role("slider", name="Date")
    expect(slider).to_have_attribute("aria-valuetext", f"{trees.EPOCH:%B %Y}")
    slider.focus()
    page.keyboard.press("End")
    until(page, "(() => { const g = document.getElementById('grid').gridView; return g.top === g.maxTop; })()")
    expect(page.locator(".head-title h1")).to_have_text(slider.get_attribute("aria-valuetext"))
    page.keyboard.press("Home")
    until(page, "document.getElementById('grid').gridView.top === 0")
    expect(slider).to_have_attribute("aria-valuenow", "0")


def test_dragging_the_scrubber_shows_the_month(library, page):
    page.set_viewport_size({"width": 900, "height": 500})
    open_library(page, library)
    box = steady(page, page.get_by_role("slider", name="Date").bounding_box)
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 5)
    page.mouse.down()
    for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] * share, steps=5)
        at_rest(page)
        expect(page.locator(".scrubber-bubble")).to_be_visible()
        assert page.locator(".scrubber-bubble").text_content() == page.locator(".head-title h1").text_content()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] - 5, steps=5)
    page.mouse.up()
    expect(page.locator(".scrubber-bubble")).to_be_hidden()
    until(page, "document.getElementById('grid').gridView.top > 200")


def test_the_size_slider_keeps_the_photo_in_place(library, page):
    open_library(page, library, "?sort=filename_asc")
    tile = view_index(page, 30)
    tile.click()
    expect(page.locator("#selection-bar")).to_contain_text("1 photo selected")
    before = steady(page, tile.bounding_box)
    page.keyboard.press("+")
    until(page, "document.getElementById('grid').gridView.layout.options.target === 224")
    eventually(page, tile.bounding_box,
               lambda now: now and abs(now["y"] - before["y"]) <= 3 and now["height"] > before["height"] * 0.9)


def test_new_photos_arrive_as_a_pill_and_move_nothing(library_server, photos, page):
    open_library(page, library_server, "?sort=filename_asc")
    hearing(page)
    first = page.locator(SHOWN_TILES).first.get_attribute("data-photo-id")
    (photos / "0 first of all.jpg").write_bytes(trees.jpeg(trees.Shot(seed=777)))
    library_server.post("/api/scan", {"folder": str(photos)})
    pill = page.locator(".library-pill")
    expect(pill).to_contain_text("1 new photo", timeout=60_000)
    expect(page.locator(SHOWN_TILES).first).to_have_attribute("data-photo-id", first)
    pill.click()
    expect(page.locator(".head-count")).to_have_text("25 photos")
    expect(pill).to_be_hidden()


def test_an_empty_catalog_offers_to_add_a_folder(visit):
    page = visit("/library")
    link = page.get_by_role("link", name="Add a folder of photos")
    expect(link).to_be_visible()
    expect(page.locator(".library-empty")).to_contain_text("Originals are never changed")
    link.click()
    ready(page, "catalog")


def test_saved_views_are_kept_opened_and_deleted(library, page):
    open_library(page, library, OLDEST_FIRST)
    page.locator("[data-filter=folder]").get_by_role("button", name=re.compile("2019 Lofoten")).click()
    expect(page.locator(".head-count")).to_contain_text("20 photos")
    saved = page.get_by_role("button", name="Saved views")
    saved.click()
    page.get_by_role("menuitem", name=re.compile("Save this view")).click()
    page.get_by_label("Name").fill("Lofoten <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("Lofoten <b>")
    page.get_by_role("button", name="Clear all").click()
    saved.click()
    page.get_by_role("menuitemradio", name="Lofoten <b>").click()
    expect(page.locator(".head-count")).to_contain_text("20 photos")
    saved.click()
    page.get_by_role("menuitem", name=re.compile("Delete a saved view")).click()
    page.get_by_role("dialog").get_by_role("button", name="Lofoten <b>").click()
    expect(page.locator("#toast")).to_contain_text("deleted")
    eventually(page, lambda: library.get("/api/views")["views"], [])
    page.locator("#toast").get_by_role("button", name="Undo").click()
    eventually(page, lambda: [view["name"] for view in library.get("/api/views")["views"]], ["Lofoten <b>"])
    page.keyboard.press("Control+Shift+z")
    eventually(page, lambda: library.get("/api/views")["views"], [])


def test_a_saved_view_is_replaced_when_one_says_so(library, page, watch):
    watch.allow(409, "/api/views")
    library.post("/api/views", {"name": "Best", "query": "flag=picked"}, window="elsewhere")

    def query() -> str:
        return library.get("/api/views")["views"][0]["query"]

    def save(answer: str) -> None:
        page.get_by_role("button", name="Saved views").click()
        page.get_by_role("menuitem", name=re.compile("Save this view")).click()
        page.get_by_label("Name").fill("Best")
        page.keyboard.press("Enter")
        question = page.get_by_role("dialog", name="Replace “Best”?")
        question.get_by_role("button", name=answer, exact=True).click()
        expect(question).to_be_hidden()

    before = query()
    open_library(page, library, "?sort=filename_asc")
    save("Cancel")
    assert query() == before
    save("Replace")
    expect(page.locator("#toast")).to_contain_text("“Best” is replaced.")
    assert query() == "sort=filename_asc"
    page.locator("#toast").get_by_role("button", name="Undo").click()
    eventually(page, query, before)
    library.call("DELETE", f"/api/views/{library.get('/api/views')['views'][0]['id']}")


