"""Browser tests: real Chromium, and a page that fails its test on any console error, failed or foreign request."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP = {"width": 1600, "height": 960}


def chromium_path() -> str:
    """The browser of this machine, or a skip with the reason (a failure where CI=true)."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    path = chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Watch:
    """Collects what must not happen on a page. `allow` names answers a test provokes on purpose."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._allowed: list[tuple[int, str]] = []
        self._hosts: set[str] = set()

    def allow(self, status: int, path: str) -> None:
        """From now on answers of this status are fine for paths that match the pattern."""
        self._allowed.append((status, path))

    def follow(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("response", self._response)
        page.on("request", lambda request: self._request(request.url))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost"):
            self.problems.append(f"a request to another host: {url}")

    def _response(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.status >= 400 and not self._is_allowed(response.status, path):
            self.problems.append(f"{response.status} {response.request.method} {path}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        path = urlsplit(message.location.get("url", "")).path
        status = re.search(r"status of (\d+)", message.text)
        if status and self._is_allowed(int(status[1]), path):
            return
        self.problems.append(f"console {message.type}: {message.text} ({path})")

    def _is_allowed(self, status: int, path: str) -> bool:
        return any(status == code and re.search(pattern, path) for code, pattern in self._allowed)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the pages of this test must not do; checked at its end."""
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile with a desktop window."""
    fresh = browser.new_context(viewport=DESKTOP, locale="en-GB")
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """An empty watched page."""
    opened = context.new_page()
    watch.follow(opened)
    return opened


@pytest.fixture
def visit(page: Page, request: pytest.FixtureRequest) -> Callable[[str], Page]:
    """Open an address of the live server and wait until its first content is drawn."""

    def go(path: str, server: Any = None) -> Page:
        base = (server or request.getfixturevalue("live_server")).url
        page.goto(base + path)
        ready(page)
        return page

    return go


def ready(page: Page, name: str | None = None) -> None:
    """Wait until a page (or the named one) has drawn its first content."""
    page.wait_for_selector(f"body[data-ready]{f'[data-page={name}]' if name else ''}")


def accessibility_problems(page: Page, scope: str | None = None) -> list[str]:
    """What axe finds on the page (or the part of it), one line each. A skip where axe is not installed."""
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("axe-core is not installed (npm install)")
        pytest.skip("axe-core is not installed (npm install)")
    page.evaluate(AXE.read_text("utf-8") + "\n//# sourceURL=axe")
    found = page.evaluate(
        "([scope, tags]) => axe.run(scope ?? document, {runOnly: tags, resultTypes: ['violations']})", [scope, WCAG])
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"] for node in one["nodes"]
    ]
