"""Visits every page of a running photoArchive in Chromium and does one real action on each (see the script beside)."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]
READY_MS = 45_000      # a map drawn without a graphics card on a busy machine takes its time


@dataclass
class Visit:
    """One page: its address and the action done there, which says in words what it saw."""

    name: str
    address: str
    act: Callable[[Page], str]
    problems: list[str] = field(default_factory=list)
    seen: str = ""
    seconds: float = 0.0


def library(page: Page) -> str:
    """Select the first photo and flag it, then take that back; an empty library offers to add a folder."""
    if not page.locator("#grid [data-photo-id]").count():
        return "empty: " + (page.locator("main a, main button").first.inner_text() or "no way on")
    tile = page.locator("#grid [data-photo-id]").first
    tile.click()
    page.keyboard.press("u" if tile.locator(".badge-pick").count() else "p")      # a change in any case: it is to be undone
    page.locator("#toast").get_by_role("button", name="Undo").wait_for(timeout=READY_MS)
    page.keyboard.press("Control+z")
    page.locator("#toast").get_by_text("Undone").wait_for(timeout=READY_MS)
    return f"{page.locator('#grid [data-photo-id]').count()} tiles, one flagged and undone"


def loupe(page: Page) -> str:
    """Open the first photo, go to the next, zoom, come back."""
    tile = page.locator("#grid [data-photo-id]").first
    if not tile.count():
        return "no photo to open"
    tile.dblclick()
    stage = page.locator("#loupe[data-photo-id]")
    stage.wait_for(timeout=READY_MS)
    first = stage.get_attribute("data-photo-id")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("z")
    page.keyboard.press("z")
    page.keyboard.press("Escape")
    page.locator("#grid").wait_for(timeout=READY_MS)
    return f"photo {first} opened, zoomed, closed"


def filtered(page: Page) -> str:
    """Search by words and clear the search again."""
    page.keyboard.press("/")
    page.locator("#search").fill("img")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=img**", timeout=READY_MS)
    return "searched for “img”"


def compare(page: Page) -> str:
    """Choose one photo of a board by its key and take the choice back; too few photos for a board are explained."""
    board = page.locator(".mosaic-tile")
    page.locator(".mosaic-tile, main .empty").first.wait_for(timeout=READY_MS)
    if not board.count():
        return "no board: " + page.locator("main .empty").first.inner_text().splitlines()[0]
    photos = board.count()
    with page.expect_response("**/api/mosaic/pick", timeout=READY_MS):
        page.keyboard.press("1")
    page.keyboard.press("Control+z")
    page.locator("#toast").wait_for(timeout=READY_MS)
    return f"chose one of {photos} photos, taken back"


def people(page: Page) -> str:
    """Walk through the sections."""
    tabs = page.locator(".people-tab")
    names = tabs.all_inner_texts()
    for index in range(len(names)):
        tabs.nth(index).click()
        page.locator(".people-tab[aria-current=page]").nth(0).wait_for(timeout=READY_MS)
    return ", ".join(" ".join(name.split()) for name in names)


def duplicates(page: Page) -> str:
    """Move to the next group by key; a library without any says so."""
    groups = page.locator(".dup-group")
    page.locator(".dup-group, .dup-empty").first.wait_for(timeout=READY_MS)
    if not groups.count():
        return "no groups: " + page.locator(".dup-empty").inner_text()
    page.keyboard.press("ArrowDown")
    return f"{groups.count()} groups"


def places(page: Page) -> str:
    """Zoom the map in, then open the list of places."""
    page.locator("#map").wait_for(timeout=READY_MS)
    page.get_by_role("button", name="Zoom in", exact=True).first.click()
    page.get_by_text("Places", exact=True).first.click()
    page.wait_for_timeout(300)
    return page.locator("pa-map-head .head-count").inner_text() + " on the map, places opened"


def catalog(page: Page) -> str:
    """Open the folder browser and close it."""
    page.get_by_role("button", name="Browse").first.click()
    page.locator("dialog[open]").wait_for(timeout=READY_MS)
    page.keyboard.press("Escape")
    return f"{page.locator('[data-source-id]').count()} sources, folder browser opened"


def settings(page: Page) -> str:
    """Walk through the sections."""
    links = page.locator("main nav a")
    names = links.all_inner_texts()
    for index in range(links.count()):
        page.locator("main nav a").nth(index).click()
        page.wait_for_timeout(100)
        if "/settings" not in page.url:
            page.go_back()
    return f"{len(names)} sections"


def history(page: Page) -> str:
    """Count what the history shows."""
    return f"{page.locator('main li, main tbody tr').count()} actions"


def work_bar(page: Page) -> str:
    """Open the Work panel and close it."""
    page.locator("#work-bar button").first.click()
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    return f"{page.locator('[data-job]').count()} meters"


def help_overlay(page: Page) -> str:
    """Open the keyboard overlay and close it."""
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for(timeout=READY_MS)
    keys = page.locator("dialog[open] kbd").count()
    page.keyboard.press("Escape")
    return f"{keys} keys shown"


VISITS = (
    ("library", "/library", library), ("loupe", "/library", loupe), ("search", "/library", filtered),
    ("compare", "/compare", compare), ("people", "/people", people), ("duplicates", "/duplicates", duplicates),
    ("map", "/map", places), ("catalog", "/catalog", catalog), ("settings", "/settings", settings), ("history", "/history", history),
    ("work", "/catalog", work_bar), ("help", "/library", help_overlay),
)


def visit(page: Page, base: str, one: Visit, shots: Path) -> None:
    """Go there, act, take a picture; everything that went wrong is noted on the visit."""
    own = urlsplit(base).netloc

    def request(url: str) -> None:
        if url.startswith("http") and urlsplit(url).netloc != own:
            one.problems.append(f"request to another host: {url}")

    page.on("request", lambda sent: request(sent.url))
    page.on("console", lambda said: one.problems.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: one.problems.append(f"script: {error}"))
    page.on("response", lambda got: one.problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    began = time.monotonic()
    try:
        page.goto(base + one.address)
        page.locator("body[data-ready]").wait_for(timeout=READY_MS)
        one.seen = one.act(page)
    except Error as error:
        one.problems.append(str(error).splitlines()[0])
    one.seconds = time.monotonic() - began
    page.screenshot(path=shots / f"{one.name}.png")


def main() -> int:
    """Visit all, print the table. 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description="Visit every page of a running photoArchive in Chromium.")
    parser.add_argument("--base-url", required=True, help="for example http://127.0.0.1:8000")
    parser.add_argument("--screenshots", type=Path, default=Path("screenshots"), help="folder for the pictures")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed.", file=sys.stderr)
        return 2
    options.screenshots.mkdir(parents=True, exist_ok=True)
    visits = [Visit(*row) for row in VISITS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for one in visits:
            context = browser.new_context(viewport={"width": 1600, "height": 960})
            visit(context.new_page(), options.base_url.rstrip("/"), one, options.screenshots)
            context.close()
        browser.close()
    if options.json:
        print(json.dumps([{"page": v.name, "seen": v.seen, "seconds": round(v.seconds, 2), "problems": v.problems}
                          for v in visits], indent=1))
    else:
        for one in visits:
            print(f"{'FAILED' if one.problems else 'ok':7}{one.name:10}{one.seconds:6.1f} s  {one.seen}")
            for problem in one.problems:
                print(f"        {problem}")
    return int(any(one.problems for one in visits))


if __name__ == "__main__":
    raise SystemExit(main())
