"""People in a real browser: the review by keys, naming, merging and back, splitting, ignoring, filters, boxes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import people_files
from browsing import Watch, accessibility_problems, eventually, ready, steady, until
from people_lab import looks

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ana with eight faces, Ben with two; two unnamed people and a loose face that were Ben's, each asked about."""
    with people_files.served(tmp_path_factory.mktemp("people")) as server:
        server.ana, server.ben = (person(server, name)["id"] for name in ("Ana", "Ben"))
        bens = [face["id"] for face in server.get(f"/api/people/{server.ben}/faces")["faces"]]
        pair = server.post(f"/api/people/{server.ben}/split", {"face_ids": bens[:2]})["person"]["id"]
        single = server.post(f"/api/people/{server.ben}/split", {"face_ids": bens[2:3]})["person"]["id"]
        server.post(f"/api/people/faces/{bens[3]}/reject", {})
        asked = [(pair, server.ana, 0.4, 3), (-bens[3], server.ana, 0.4, 2), (single, server.ana, 0.4, 1)]
        with closing(sqlite3.connect(server.live.home / "photoarchive.db", timeout=20)) as catalog, catalog:
            catalog.executemany("INSERT INTO people_questions VALUES (?, ?, ?, ?)", asked)
        server.pair, server.loose = pair, bens[3]
        yield server


def person(server: Any, name: str) -> dict[str, Any]:
    """The card of a named person."""
    found: list[dict[str, Any]] = server.get("/api/people?section=named")["sections"]["named"]["people"]
    return next(card for card in found if card["name"] == name)


def go(page: Page, server: Any, path: str) -> Page:
    page.goto(server.live.url + path)
    ready(page)
    return page


def say_name(page: Page, name: str) -> None:
    field = page.locator("dialog[open] pa-suggest-field input")
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")


def toast(page: Page, text: str) -> None:
    expect(page.locator("#toast")).to_contain_text(text)


def test_questions_are_answered_by_keys_and_taken_back(people: Any, page: Page) -> None:
    """Yes, undo, no, ignore and another name; each does what it says, and the ignored face comes back."""
    go(page, people, "/people?section=review")
    question = page.locator(".question h2")
    expect(question).to_have_text("Are these Ana?")
    expect(page.locator(".question .photo-box .face-mark")).to_be_visible()
    assert accessibility_problems(page) == []
    page.locator(".question-group .face-tile").nth(1).click()
    expect(page.locator(".question-group [aria-pressed=true]")).to_contain_text("Not")
    page.keyboard.press("y")
    expect(question).to_have_text("Is this Ana?")
    eventually(page, lambda: person(people, "Ana")["face_count"], 9)
    page.keyboard.press("Control+z")
    toast(page, "Undone")
    expect(question).to_have_text("Are these Ana?")
    eventually(page, lambda: person(people, "Ana")["face_count"], 8)
    page.keyboard.press("n")
    expect(question).to_have_text("Is this Ana?")
    page.keyboard.press("i")
    toast(page, "Ignored")
    expect(page.locator(".question")).to_have_attribute("data-question-id", re.compile("^p"))
    page.keyboard.press("/")
    until(page, "document.activeElement.matches('.question-other input')")
    page.keyboard.type("Cara")
    page.keyboard.press("Enter")
    expect(page.locator(".people-empty")).to_contain_text("All questions are answered")
    assert person(people, "Cara")["face_count"] == 1

    page.locator("[data-section=ignored]").click()
    page.locator(f"[data-face-id='{people.loose}']").click()
    page.get_by_role("menuitem", name="Stop ignoring").click()
    expect(page.locator(f"[data-face-id='{people.loose}']")).to_have_count(0)
    eventually(page, lambda: people.get("/api/people/faces?state=ignored")["total"], 0)


def test_a_person_is_named_merged_and_split(people: Any, page: Page, watch: Watch) -> None:
    """A name like markup stays text; a taken name leads to merging, which is undone; faces are split off."""
    watch.allow(409, "/label$")        # the name is taken: the page asks whether to merge
    go(page, people, "/people?section=unnamed")
    page.locator(f".person[data-person-id='{people.pair}'] button").click()
    say_name(page, HOSTILE)
    expect(page.locator(f".person[data-person-id='{people.pair}']")).to_have_count(0)
    page.locator("[data-section=named]").click()
    card = page.locator(f".person[data-person-id='{people.pair}']")
    expect(card).to_contain_text(HOSTILE)
    assert accessibility_problems(page) == []
    page.keyboard.press("/")
    until(page, "document.activeElement.matches('input[type=search]')")
    page.keyboard.type("onerror")
    expect(page.locator(".person")).to_have_count(1)
    card.locator("a").click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    page.keyboard.press("r")
    say_name(page, "ben")
    sides = page.locator("dialog[open] .merge-side")
    expect(sides).to_have_count(2)
    expect(sides.nth(0).locator("img")).to_have_count(2)
    assert accessibility_problems(page, "dialog[open]") == []
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("h1")).to_have_text("Ben")
    expect(page).to_have_url(re.compile(f"/people/{people.ben}$"))
    expect(page.locator(".face-tile")).to_have_count(4)
    page.keyboard.press("Control+z")
    toast(page, "Undone")
    expect(page.locator(".face-tile")).to_have_count(2)

    page.locator(".face-tile").first.click()
    page.get_by_role("button", name="Use as cover").click()
    expect(page.get_by_role("button", name="Cover: the best face")).to_be_visible()
    page.locator(".face-tile").first.click()
    page.keyboard.press("t")
    page.locator("dialog[open]").get_by_role("button", name="Without a name").click()
    expect(page.locator(".face-tile")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".face-tile")).to_have_count(2)
    assert accessibility_problems(page) == []
    page.locator("[data-verb=ignore]").click()
    expect(page.locator("[data-verb=ignore]")).to_have_text("Stop ignoring")
    page.locator("[data-verb=ignore]").click()
    expect(page.locator("[data-verb=ignore]")).to_have_text("Ignore")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("No, and never ask again")


def resemble(server: Any, groups: list[list[int]]) -> None:
    """Let the faces of each group look like one person, and those of two groups like nobody in common."""
    with closing(sqlite3.connect(server.live.home / "photoarchive.db", timeout=20)) as catalog, catalog:
        (model,) = catalog.execute("SELECT id FROM face_models").fetchone()
        for number, faces in enumerate(groups):
            for face, vector in zip(faces, looks(500 + number, len(faces)), strict=True):
                catalog.execute("UPDATE faces SET good = 1, quality = 0.8 WHERE id = ?", (face,))
                catalog.execute("INSERT OR REPLACE INTO face_descriptors VALUES (?, ?, ?)",
                                (model, face, vector.astype("<f2").tobytes()))


def test_two_people_under_one_name_are_noticed_and_split(people: Any, page: Page) -> None:
    """Ana holds faces of somebody else: both are shown, split off by key, undone, and told to be one for good."""
    anas = [face["id"] for face in people.get(f"/api/people/{people.ana}/faces")["faces"]]
    resemble(people, [anas[:5], anas[5:]])
    people.post(f"/api/people/{people.ana}/label", {"name": "Ana B"})
    go(page, people, f"/people/{people.ana}")
    note = page.locator("[data-apart]")
    expect(note).to_contain_text("3 faces look like somebody else")
    expect(page.locator(".face-tile[data-odd]")).to_have_count(3)
    assert accessibility_problems(page) == []
    page.keyboard.press("t")
    sides = page.locator("dialog[open] .merge-side")
    expect(sides.nth(0).locator("img")).to_have_count(5)
    expect(sides.nth(1).locator("img")).to_have_count(3)
    assert accessibility_problems(page, "dialog[open]") == []
    page.get_by_role("button", name="Split off 3 faces").click()
    say_name(page, "Ann")
    expect(page.locator(".face-tile")).to_have_count(5)
    expect(note).to_have_count(0)
    assert person(people, "Ann")["face_count"] == 3
    page.keyboard.press("Control+z")
    expect(note).to_be_visible()
    note.get_by_role("button").click()
    page.get_by_role("button", name="One person").click()
    expect(note).to_have_count(0)
    expect(page.locator(".face-tile")).to_have_count(8)
    page.keyboard.press("Control+z")                        # so that the other tests find Ana as she was
    expect(note).to_be_visible()
    people.post("/api/undo", {})


def test_people_filter_the_library(people: Any, page: Page) -> None:
    """Any, none and the number of faces; chips say who; a person's page leads here and its photos to the loupe."""
    go(page, people, f"/people/{people.ana}?show=photos")
    expect(page.locator(".person-photos li")).to_have_count(8)
    page.locator("[data-verb=library]").click()
    ready(page, "library")
    chips = page.locator("[data-filter-chip]")
    expect(chips).to_have_text(["Ana"])
    section = page.locator("[data-filter=people]")
    expect(section.locator("[aria-pressed=true] .facet-count")).to_have_text("8")
    section.get_by_role("radio", name="None").check()
    section.get_by_role("button", name="Ben").click()
    expect(chips).to_have_text(["Ana", "Without Ben"])
    section.get_by_role("button", name="One face").click()
    expect(page).to_have_url(re.compile("faces=1"))
    expect(chips).to_have_count(3)
    ids = people.get(f"/api/rankings?people={people.ana}&people_none={people.ben}&faces=1")["images"]
    expect(page.locator("#grid [data-photo-id]")).to_have_count(len(ids))
    go(page, people, f"/map?people_all={people.ana},{people.ben}&faces=2")
    expect(chips).to_have_text(["With Ana", "With Ben", "Two faces"])
    go(page, people, f"/compare?people={people.ana}&people_none={people.ben}")
    expect(page.locator(".compare-scope")).to_contain_text("Ana · Without Ben")


def test_faces_have_boxes_in_the_loupe(people: Any, page: Page) -> None:
    """Boxes lie where the faces are and grow with the photo; a chip names; a drawn box gets a name and goes again."""
    photo = people.get(f"/api/rankings?people={people.ana}&faces=1")["images"][0]["id"]
    go(page, people, f"/library/photo/{photo}")
    chips, boxes = page.locator(".people-chip"), page.locator("#loupe .face-box")
    expect(chips).to_have_text(["Ana"])
    expect(boxes).to_have_count(0)
    page.keyboard.press("b")
    expect(boxes).to_have_count(1)
    small, frame = steady(page, lambda: (boxes.bounding_box(), page.locator(".stage-frame").bounding_box()))
    assert small and frame
    assert small["x"] == pytest.approx(frame["x"] + 0.1 * frame["width"], abs=3)
    assert small["height"] == pytest.approx(0.35 * frame["height"], abs=3)
    assert accessibility_problems(page) == []
    page.keyboard.press("+")
    eventually(page, boxes.bounding_box, lambda larger: larger and larger["width"] > 1.2 * small["width"])
    page.keyboard.press("z")
    eventually(page, boxes.bounding_box, lambda fitted: fitted and abs(fitted["width"] - small["width"]) < 1)
    page.keyboard.press("a")
    expect(page.locator("pa-box-pen")).to_be_visible()
    area = steady(page, page.locator("pa-box-pen").bounding_box)
    page.mouse.move(area["x"] + 0.7 * area["width"], area["y"] + 0.4 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.85 * area["width"], area["y"] + 0.6 * area["height"], steps=4)
    page.mouse.up()
    say_name(page, "Dora")
    expect(chips).to_have_text(["Ana", "Dora"])
    expect(boxes).to_have_count(2)
    drawn = next(face for face in people.get(f"/api/image/{photo}/faces")["faces"] if face["origin"] == "drawn")
    assert drawn["bbox"] == pytest.approx([0.7, 0.4, 0.15, 0.2], abs=0.02)
    page.locator(f".face-box[data-face-id='{drawn['id']}']").click()
    page.get_by_role("menuitem", name="Remove the box").click()
    expect(boxes).to_have_count(1)
    chips.get_by_role("button").click()
    page.get_by_role("menuitem", name="Ignore this face").click()
    expect(chips).to_have_count(0)
    expect(boxes).to_have_attribute("data-ignored", "")
    page.keyboard.press("Control+z")
    expect(chips).to_have_text(["Ana"])
