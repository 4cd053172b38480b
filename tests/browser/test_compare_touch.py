"""Comparing with a finger, and on small screens: messages leave what can be pressed alone; holding is explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import Watch, accessibility_problems, at_rest, ready
from conftest import LiveServer

COVERED = """() => {
    const box = one => one.getBoundingClientRect(), toast = box(document.querySelector('#toast'));
    const meets = ({ left, right, top, bottom }) =>
        left < toast.right - 1 && right > toast.left + 1 && top < toast.bottom - 1 && bottom > toast.top + 1;
    return [...document.querySelectorAll('a[href], button, input, summary')]
        .filter(one => !one.closest('#toast') && one.checkVisibility() && meets(box(one)))
        .map(one => one.textContent.trim() || one.getAttribute('aria-label'));
}"""


@pytest.fixture
def phone(browser: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A touch screen, 390 wide or as the test says."""
    width, height = getattr(request, "param", (390, 844))
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, locale="en-GB")
    context.set_default_timeout(20_000)
    page = context.new_page()
    watch.follow(page)
    yield page
    context.close()


def open_mosaic(page: Page, server: LiveServer) -> list[str]:
    page.goto(f"{server.url}/compare")
    ready(page, "compare")
    page.wait_for_selector("#mosaic .mosaic-tile")
    return board(page)


def board(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("#mosaic .mosaic-tile", "all => all.map(one => one.dataset.photoId)")
    return found


@pytest.mark.parametrize("phone", [(320, 640), (390, 844), (800, 600), (1024, 768)], indirect=True)
def test_the_message_of_an_undo_hides_nothing_that_can_be_pressed(small_server: LiveServer, phone: Page) -> None:
    first = open_mosaic(phone, small_server)
    phone.locator("#mosaic .mosaic-tile").nth(1).tap()
    expect(phone.locator(f"#mosaic [data-photo-id='{first[0]}']")).to_have_count(0)
    phone.get_by_role("button", name="Undo").tap()
    expect(phone.locator("#toast")).to_contain_text("The choice is undone.")
    assert board(phone) == first
    at_rest(phone)
    assert phone.evaluate(COVERED) == []
    assert phone.locator("#toast").bounding_box()["x"] >= 0
    phone.evaluate("""import('pa/ui/toast.js').then(({ showToast }) => showToast('This choice isn’t saved yet. '
        + 'It can be undone when the server answers again.'))""")
    expect(phone.locator("#toast")).to_contain_text("isn’t saved yet")
    at_rest(phone)
    in_page = [what for what in phone.evaluate(COVERED) if what != "Work" and not str(what).startswith("Pause")]
    assert in_page == []


def test_a_finger_is_told_how_the_second_and_third_are_chosen(small_server: LiveServer, phone: Page) -> None:
    open_mosaic(phone, small_server)
    hint = phone.locator(".compare-hold")
    expect(hint).to_be_visible()
    expect(hint).to_have_text("Hold a photo to choose a second and third too")
    tile = phone.locator("#mosaic .mosaic-tile").first
    spot = tile.bounding_box()
    touch = phone.context.new_cdp_session(phone)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [
        {"x": spot["x"] + spot["width"] / 2, "y": spot["y"] + spot["height"] / 2}]})
    expect(tile.locator(".mosaic-rank")).to_contain_text("1")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(hint).to_have_text("Tap the second best, or Done")
    assert accessibility_problems(phone) == []
    phone.keyboard.press("Escape")
    expect(hint).to_contain_text("Hold a photo")
    phone.get_by_role("link", name="A/B").tap()
    expect(phone.locator("pa-pair")).to_be_visible()
    expect(hint).to_have_count(0)


def test_keys_need_no_word_about_fingers(small_server: LiveServer, page: Page) -> None:
    open_mosaic(page, small_server)
    expect(page.locator(".mosaic-key").first).to_be_visible()
    expect(page.locator(".compare-hold")).to_be_hidden()
