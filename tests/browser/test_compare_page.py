"""Comparing in a real browser: choosing by keyboard, taking back, pairs, results, small pools, a lost connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

import libraries
import trees
from browsing import accessibility_problems, eventually, ready, until
from conftest import serving

PHOTOS = 90
KEYS = "123456789abc"
LOST = "**/api/{mosaic/pick,mosaic/next*,compare/*}"        # what a choice needs of the server


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with small photos, one of them with a name that looks like markup."""
    root = tmp_path_factory.mktemp("compare")
    (root / "home").mkdir()
    trees.make_tree(root / "photos", PHOTOS - 1)
    (root / "photos" / libraries.HOSTILE_NAME).write_bytes(trees.jpeg(trees.Shot(seed=901)))
    with serving(root / "home", root / "photos") as server:
        yield server


def open_compare(page: Page, server: Any, query: str = "") -> Page:
    page.goto(f"{server.url}/compare{query}")
    ready(page, "compare")
    return page


def board(page: Page) -> list[str]:
    """Photo ids of the mosaic on screen."""
    page.wait_for_selector("#mosaic .mosaic-tile")
    found: list[str] = page.eval_on_selector_all("#mosaic .mosaic-tile", "all => all.map(one => one.dataset.photoId)")
    return found


def press_and_wait(page: Page, key: str, where: str = "#mosaic") -> None:
    """Press a key that leads to another board."""
    place = page.locator(where if where == "#mosaic" else "pa-pair")
    expect(place).to_have_attribute("data-board", re.compile("."))
    before = place.get_attribute("data-board") or ""
    page.keyboard.press(key)
    expect(place).to_have_attribute("data-board", re.compile(f"^(?!{re.escape(before)}$)."))


def open_with_boards_ahead(page: Page, server: Any) -> None:
    """The mosaic once the pictures of its board and of the next two are there."""
    came: set[str] = set()
    page.on("requestfinished", lambda request: came.add(request.url) if "/api/thumb/sm/" in request.url else None)
    open_compare(page, server)
    board(page)
    eventually(page, lambda: len(came) >= 3 * 12, True)


def choose_two_without_a_connection(page: Page, server: Any) -> None:
    """Two choices from boards that were there before the connection was lost; lost until page.unroute(LOST)."""
    open_with_boards_ahead(page, server)
    page.route(LOST, lambda route: route.abort())
    press_and_wait(page, "2")
    press_and_wait(page, "4")


def all_stored(page: Page) -> None:
    """Wait until no choice is on its way: the page keeps each until the server has confirmed it."""
    until(page, "!Object.keys(localStorage).some(key => key.startsWith('photoarchive.choice.'))")


def choices(server: Any) -> int:
    """Choices in force."""
    return int(server.get("/api/compare/progress")["total_comparisons"])


def settled_choices(page: Page, server: Any, wanted: int) -> None:
    """Wait until so many are in force, and until nothing could change that."""
    eventually(page, lambda: choices(server), wanted)
    all_stored(page)
    assert choices(server) == wanted


def test_thirty_choices_by_keyboard_five_undone_bring_their_boards_back(library, page):
    before = choices(library)
    open_compare(page, library)
    boards = []
    for number in range(30):
        boards.append(board(page))
        assert len(set(boards[-1])) == 12
        press_and_wait(page, KEYS[number % 12])
    settled_choices(page, library, before + 30)
    expect(page.locator("[data-fact='choices']")).to_contain_text(str(before + 30))
    for wanted in reversed(boards[-5:]):
        press_and_wait(page, "u")
        assert board(page) == wanted
    settled_choices(page, library, before + 25)
    page.keyboard.press("Control+Shift+Z")
    settled_choices(page, library, before + 26)


def test_the_next_board_is_there_before_it_is_asked_for(library, page):
    """Two boards are decoded ahead: a choice shows the next one without a request for its pictures."""
    open_with_boards_ahead(page, library)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/thumb/sm/" in request.url else None)
    for _ in range(2):
        press_and_wait(page, "3")
        assert {url.rpartition("/")[2] for url in asked}.isdisjoint(board(page))


def test_photos_are_chosen_by_click_arrows_and_as_second_and_third(library, page):
    before = choices(library)
    open_compare(page, library)
    first = board(page)
    page.locator("#mosaic .mosaic-tile").nth(4).click()
    expect(page.locator(f"#mosaic [data-photo-id='{first[0]}']")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#mosaic .mosaic-tile").nth(1)).to_be_focused()
    press_and_wait(page, "Enter")
    second = board(page)
    page.keyboard.press("Shift+Digit3")
    expect(page.locator("#mosaic .mosaic-rank")).to_have_count(1)
    press_and_wait(page, "5")
    settled_choices(page, library, before + 3)
    taken_back = page.evaluate("""async () => (await fetch('/api/compare/undo', {method: 'POST', body: '{}', headers:
        {'Content-Type': 'application/json', 'X-Window': sessionStorage.getItem('photoarchive.window')}})).json()""")
    assert [str(photo) for photo in taken_back["winner_ids"]] == [second[2], second[4]]


def test_a_finger_that_rests_on_a_photo_names_the_best_of_several(library, context: BrowserContext):
    """Hold one, tap another: the best two; a plain tap is a whole choice."""
    before, page = choices(library), context.new_page()
    open_compare(page, library)
    shown = board(page)
    touch = "(tile, type) => tile.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerType: 'touch'}))"
    tiles, lift = page.locator("#mosaic .mosaic-tile"), "tile => tile.click()"      # the click comes on lifting
    tiles.nth(2).evaluate(touch, "pointerdown")
    expect(page.locator("#mosaic .mosaic-rank")).to_have_text("1 of your choice")
    tiles.nth(2).evaluate(lift)
    expect(page.locator("#mosaic .mosaic-rank")).to_have_count(1)
    tiles.nth(4).evaluate(touch, "pointerdown")
    tiles.nth(4).evaluate(touch, "pointerup")
    tiles.nth(4).evaluate(lift)
    settled_choices(page, library, before + 1)
    page.keyboard.press("u")
    expect(page.locator("#mosaic")).to_have_attribute("data-board", re.compile("^choice-"))
    assert board(page) == shown


def test_space_skips_and_reshuffle_shows_others_without_a_choice(library, page):
    before = choices(library)
    open_compare(page, library)
    first = board(page)
    press_and_wait(page, "Space")
    assert not set(first) & set(board(page))
    press_and_wait(page, "r")
    press_and_wait(page, "Space")
    settled_choices(page, library, before)


def test_nothing_on_a_tile_hints_at_what_is_known_of_it(library, page):
    for card in libraries.cards(library)[:30]:
        library.post("/api/images/stars", {"image_ids": [card["id"]], "stars": 5})
        library.post("/api/images/flag", {"image_ids": [card["id"]], "flag": "picked"})
    open_compare(page, library, "?flag=picked")
    expect(page.locator("#mosaic .mosaic-tile")).to_have_text([key.upper() for key in KEYS])
    expect(page.locator("#mosaic svg")).to_have_count(0)


def test_pairs_are_chosen_with_the_arrows_and_look_closer_together(library, page):
    before = choices(library)
    open_compare(page, library, "?tab=ab")
    page.wait_for_selector("#compare-right[data-photo-id]")
    measure = "all => all.map(one => one.clientWidth * one.clientHeight)"
    eventually(page, lambda: page.eval_on_selector_all(".pair-photo", measure),
               lambda areas: len(areas) == 2 and all(areas) and abs(areas[0] / areas[1] - 1) < 0.03)
    page.keyboard.down("z")
    expect(page.locator(".pair-full")).to_have_count(2)
    page.keyboard.up("z")
    expect(page.locator(".pair-full")).to_have_count(0)
    for key in ("ArrowLeft", "ArrowRight", "ArrowLeft"):
        press_and_wait(page, key, "pair")
    page.get_by_role("link", name="Top 50").click()
    expect(page.locator(".compare-tab[aria-current=page]")).to_have_text("Top 50")
    page.wait_for_selector("#compare-left[data-photo-id]")
    press_and_wait(page, "ArrowRight", "pair")
    settled_choices(page, library, before + 4)
    press_and_wait(page, "u", "pair")
    settled_choices(page, library, before + 3)


def test_filters_limit_the_photos_and_can_be_left(library, page):
    some = [str(card["id"]) for card in libraries.cards(library)[:20]]
    open_compare(page, library, f"?ids={','.join(some)}")
    assert set(board(page)) <= set(some)
    expect(page.locator(".compare-scope")).to_contain_text("20 chosen photos")
    page.get_by_role("link", name="Compare all photos").click()
    expect(page.locator(".compare-scope")).to_contain_text("All photos")
    page.get_by_role("button", name="Boards:").click()
    page.get_by_role("menuitemradio", name="Random").click()
    expect(page.get_by_role("button", name="Boards:")).to_contain_text("Random")
    expect(page.locator("#mosaic .mosaic-tile")).to_have_count(12)


def test_a_search_and_the_filters_of_the_library_come_along(library, page):
    """From the Library by the page's link, and a search typed here stays here."""
    page.goto(f"{library.url}/library?orientation=landscape&sort=filename_asc")
    ready(page, "library")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Compare").click()
    expect(page).to_have_url(f"{library.url}/compare?orientation=landscape")
    expect(page.locator(".compare-scope")).to_contain_text("Landscape")
    name = libraries.cards(library)[0]["filename"]
    page.get_by_role("combobox", name="Search photos").fill(name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/compare.*q="))
    expect(page.locator(".compare-scope")).to_contain_text(name)


def test_pools_of_none_one_and_two_photos_say_what_to_do(library, page):
    ids = [card["id"] for card in libraries.cards(library)[:2]]
    open_compare(page, library, "?camera=Nobody+has+this")
    expect(page.get_by_role("heading", name="No photos to compare here")).to_be_visible()
    link = page.get_by_role("link", name="Change the filters")
    expect(link).to_have_attribute("href", "/library?camera=Nobody+has+this")
    open_compare(page, library, f"?ids={ids[0]}")
    expect(page.get_by_role("heading", name="Only one photo here")).to_be_visible()
    open_compare(page, library, f"?ids={ids[0]},{ids[1]}")
    expect(page.locator(".compare-hint")).to_contain_text("Only two photos here")
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="That settles these two photos")).to_be_visible()
    assert accessibility_problems(page) == []


def test_a_board_that_comes_late_waits_behind_one_brought_back(library, page):
    """Undo is faster than the next board of a pool that has no second one ahead."""
    ids = [str(card["id"]) for card in libraries.cards(library)[:14]]
    open_compare(page, library, f"?ids={','.join(ids)}")
    first = board(page)
    held: list[Route] = []
    page.route("**/api/mosaic/next*", lambda route: held.append(route))      # noqa: PLW0108 – playwright marks its handlers
    page.keyboard.press("1")
    until(page, "document.querySelectorAll('#mosaic .is-ranked').length === 1")
    eventually(page, lambda: bool(held), True)
    page.keyboard.press("u")
    expect(page.locator("#mosaic")).to_have_attribute("data-board", re.compile("^choice-"))
    with page.expect_response("**/api/mosaic/next*"):
        for one in held:
            one.continue_()
    page.unroute("**/api/mosaic/next*")
    page.wait_for_timeout(300)      # now it could come, if it did not wait
    assert board(page) == first
    press_and_wait(page, "Space")
    expect(page.locator("#mosaic .mosaic-tile")).to_have_count(12)
    assert board(page) != first     # what was chosen from does not come twice


def test_an_empty_library_leads_to_adding_a_folder(visit):
    page = visit("/compare")
    expect(page.get_by_role("link", name="Add a folder of photos")).to_be_visible()


def test_results_list_the_best_first_with_their_intervals(library, page):
    open_compare(page, library, "?tab=results")
    wanted = [card["id"] for card in library.get("/api/compare/results?limit=100")["images"]]
    shown = "all => all.map(one => Number(one.dataset.photoId))"
    eventually(page, lambda: page.eval_on_selector_all(".results-row", shown), wanted)
    expect(page.locator(".results-around").first).to_contain_text("±")
    assert accessibility_problems(page) == []


def test_choices_without_a_connection_are_kept_and_stored_once(library, context: BrowserContext):
    """An unwatched page: failed requests are what this is about."""
    page, before = context.new_page(), choices(library)
    choose_two_without_a_connection(page, library)
    expect(page.locator(".compare-unsaved")).to_contain_text("2 choices not saved yet")
    assert choices(library) == before
    page.reload()
    expect(page.locator(".compare-unsaved")).to_contain_text("2 choices not saved yet")
    page.unroute(LOST)
    settled_choices(page, library, before + 2)
    expect(page.locator(".compare-unsaved")).to_be_empty()


def test_without_a_connection_and_boards_the_page_says_so_and_undo_still_works(library, context: BrowserContext):
    """What was chosen from leaves the screen; taken back it comes once, and the next board after it."""
    page, before = context.new_page(), choices(library)
    choose_two_without_a_connection(page, library)
    last = board(page)
    page.keyboard.press("5")
    expect(page.get_by_role("heading", name="The connection is lost")).to_be_visible()
    expect(page.locator("#mosaic .mosaic-tile")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#mosaic .mosaic-tile")).to_have_count(12)
    assert board(page) == last
    page.unroute(LOST)
    settled_choices(page, library, before + 2)
    press_and_wait(page, "6")
    assert board(page) != last
    settled_choices(page, library, before + 3)


def test_a_choice_whose_answer_is_lost_is_stored_once(library, context: BrowserContext):
    page = context.new_page()
    open_compare(page, library)
    board(page)
    before, sent = choices(library), []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data_json["key"])
        answer = route.fetch()
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/api/mosaic/pick", lose_the_first)
    press_and_wait(page, "1")
    expect(page.locator(".compare-unsaved")).to_contain_text("1 choice not saved yet")
    expect(page.locator(".compare-unsaved")).to_be_empty()
    settled_choices(page, library, before + 1)
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_the_mosaic_fits_every_window(library, page):
    open_compare(page, library)
    board(page)
    for width, height in [(1024, 768), (390, 844), (320, 640)]:
        page.set_viewport_size({"width": width, "height": height})
        eventually(page, lambda: page.evaluate("""() => {
            const area = document.getElementById('mosaic').getBoundingClientRect(), outside = [];
            for (const tile of document.querySelectorAll('.mosaic-tile')) {
                const box = tile.getBoundingClientRect();
                if (box.left < area.left - 1 || box.right > area.right + 1) outside.push(tile);
                if (box.top < area.top - 1 || box.bottom > area.bottom + 1) outside.push(tile);
            }
            for (const button of document.querySelectorAll('.compare-verbs .btn')) {
                const box = button.getBoundingClientRect();
                if (box.left < 0 || box.right > innerWidth) outside.push(button);
            }
            return [outside.length, Math.max(0, document.documentElement.scrollWidth - innerWidth)];
        }"""), [0, 0])


def test_the_page_is_accessible_and_its_keys_are_listed(library, page):
    open_compare(page, library)
    board(page)
    assert accessibility_problems(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Reshuffle")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Zoom").click()
    expect(page.locator(".mosaic-close")).to_be_visible()
    assert accessibility_problems(page) == []


def test_a_name_that_looks_like_markup_stays_a_name(library, page):
    hostile = libraries.named(library, libraries.HOSTILE_NAME)["id"]
    others = [card["id"] for card in libraries.cards(library) if card["id"] != hostile][:5]
    open_compare(page, library, f"?ids={hostile},{','.join(map(str, others))}")
    until(page, "document.querySelectorAll('#mosaic .mosaic-tile').length === 6")
    label = re.compile(r"^Photo \d, " + re.escape(libraries.HOSTILE_NAME) + "$")
    expect(page.locator(f"#mosaic [data-photo-id='{hostile}']")).to_have_attribute("aria-label", label)
    expect(page.locator("img[onerror]")).to_have_count(0)
