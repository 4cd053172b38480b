"""The survey: two to four photos side by side, zoom and pan locked, marks for the active one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import libraries
from browsing import accessibility_problems, eventually, ready, steady, until
from libraries import open_library

BY_NAME = "?sort=filename_asc"


@pytest.fixture
def surveyed(small_server, page) -> tuple[Page, Any, list[int]]:
    """Three selected photos in the survey."""
    open_library(page, small_server, BY_NAME)
    tiles = page.locator("#grid .tile[data-photo-id]")
    tiles.nth(0).click()
    tiles.nth(2).click(modifiers=["Shift"])
    page.keyboard.press("n")
    ready(page, "loupe")
    expect(page.locator(".survey-pane")).to_have_count(3)
    until(page, "[...document.querySelectorAll('.survey-pane .stage-frame')].every(one => one.clientWidth > 0)")
    ids = [int(pane.get_attribute("data-photo-id")) for pane in page.locator(".survey-pane").all()]
    return page, small_server, ids


def shown_parts(page: Page) -> list[list[float]]:
    """For each pane: zoom over fit, and which point of the picture is in the middle."""
    return page.eval_on_selector_all(".survey-pane", """panes => panes.map(pane => {
        const picture = pane.querySelector('.stage-frame'), frame = picture.getBoundingClientRect();
        const stage = pane.querySelector('.stage').getBoundingClientRect();
        return [
            frame.width / parseFloat(picture.style.inlineSize),
            (stage.x + stage.width / 2 - frame.x) / frame.width, (stage.y + stage.height / 2 - frame.y) / frame.height,
        ];
    })""")


def settled(page: Page, right: Callable[[list[list[float]]], bool]) -> list[list[float]]:
    """The shown parts once they have come to rest where they should."""
    return eventually(page, lambda: shown_parts(page), right)


def test_zoom_is_locked_between_the_photos(surveyed):
    page, _, _ = surveyed
    box = steady(page, page.locator(".survey-pane .stage").first.bounding_box)
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    for _ in range(6):
        page.mouse.wheel(0, -120)
    parts = settled(page, lambda found: found[0][0] > 1.5 and all(abs(part[0] - found[0][0]) < 0.03 for part in found))
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4 + 30, box["y"] + box["height"] * 0.5, steps=3)
    page.mouse.up()
    settled(page, lambda moved: moved[0][1] < parts[0][1] and moved[1][1] < parts[1][1])


def test_marks_go_to_the_active_photo(surveyed):
    page, server, ids = surveyed
    page.keyboard.press("ArrowRight")
    expect(page.locator(".survey-pane.is-active")).to_have_attribute("data-photo-id", str(ids[1]))

    def marks(mark: str) -> list[Any]:
        found = {card["id"]: card[mark] for card in libraries.cards(server, BY_NAME)}
        return [found[photo] for photo in ids]

    page.keyboard.press("p")
    pick = page.locator(".survey-pane").nth(1).get_by_role("button", name="Pick")
    expect(pick).to_have_attribute("aria-pressed", "true")
    eventually(page, lambda: marks("flag"), ["unflagged", "picked", "unflagged"])
    page.locator(".survey-pane").nth(2).get_by_role("button", name="4 stars").click()
    expect(page.locator(".survey-pane").nth(2).locator("[aria-pressed=true]")).to_have_count(4)
    eventually(page, lambda: marks("stars"), [None, None, 4])
    page.keyboard.press("Control+z")
    eventually(page, lambda: marks("stars"), [None, None, None])
    page.keyboard.press("Control+z")
    eventually(page, lambda: marks("flag"), ["unflagged"] * 3)


def test_name_and_details_are_of_the_active_photo(surveyed):
    page, server, ids = surveyed
    names = [server.get(f"/api/image/{photo}")["filename"] for photo in ids]
    expect(page.locator(".overlay-name")).to_have_text(names[0])
    page.keyboard.press("ArrowRight")
    expect(page.locator(".overlay-name")).to_have_text(names[1])
    expect(page.locator(".loupe-side .info-name")).to_have_text(names[1])


def test_photos_leave_the_survey_one_by_one(surveyed):
    page, _, ids = surveyed
    page.locator(".survey-pane").nth(2).get_by_role("button", name="Take out of the survey").click()
    expect(page.locator(".survey-pane")).to_have_count(2)
    page.keyboard.press("n")
    expect(page.locator(".survey")).to_be_hidden()
    expect(page.locator("#loupe")).to_have_attribute("data-photo-id", str(ids[0]))


def test_the_survey_is_accessible_survives_a_reload_and_escape_leads_back(surveyed):
    page, _, _ = surveyed
    page.reload()
    ready(page, "loupe")
    expect(page.locator(".survey-pane")).to_have_count(3)
    assert accessibility_problems(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".survey")).to_be_hidden()
    page.keyboard.press("Escape")
    ready(page, "library")
    expect(page).to_have_url(re.compile("/library"))
