"""What browser tests share: a watch over pages, waiting until they show or the server knows something, and axe."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response

AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
AXE_NAME = "axe"        # its probing of style sheets runs into our content policy; that is not the page's doing
PATIENCE_SECONDS = 20.0
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watch:
    """Collects what must not happen on a page. `allow` names answers a test provokes on purpose."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._allowed: list[tuple[int, str]] = []
        self._expected: list[str] = []

    def allow(self, status: int, path: str) -> None:
        """From now on answers of this status are fine for paths that match the pattern."""
        self._allowed.append((status, path))

    def expect_problem(self, words: str) -> None:
        """A problem with these words is what the test is about."""
        self._expected.append(words)

    @property
    def unexpected(self) -> list[str]:
        """The problems that no test provoked."""
        return [problem for problem in self.problems if not any(words in problem for words in self._expected)]

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
        if "GL Driver Message" in message.text:       # software rendering of a map: not the page's doing
            return
        status = re.search(r"status of (\d+)", message.text)
        if path == AXE_NAME or (status and self._is_allowed(int(status[1]), path)):
            return
        self.problems.append(f"console {message.type}: {message.text} ({path})")

    def _is_allowed(self, status: int, path: str) -> bool:
        return any(status == code and re.search(pattern, path) for code, pattern in self._allowed)


def ready(page: Page, name: str | None = None) -> None:
    """Wait until a page (or the named one) has drawn its first content."""
    page.wait_for_selector(f"body[data-ready]{f'[data-page={name}]' if name else ''}")


def eventually(page: Page, read: Callable[[], Any], wanted: Any) -> Any:
    """Wait until read() gives what is wanted (a value, or a function that says whether it is right), and return it.

    Between the tries the page's own events and routes go on, which time.sleep would hold back.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = read()
        if wanted(found) if callable(wanted) else found == wanted:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"it stayed {found!r}{'' if callable(wanted) else f', wanted was {wanted!r}'}")
        page.wait_for_timeout(50)


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds in the page (wait_for_function needs eval, which our content policy forbids)."""
    eventually(page, lambda: page.evaluate(expression), bool)


def steady(page: Page, read: Callable[[], Any]) -> Any:
    """What read() gives once it gives the same twice in a row: where something has come to rest."""
    before: list[Any] = []

    def rests(found: Any) -> bool:
        before.append(found)
        return found is not None and len(before) > 1 and found == before[-2]

    at_rest(page)
    return eventually(page, read, rests)


def hearing(page: Page) -> None:
    """Wait until the page hears the server's news: a change made elsewhere before that would not reach it."""
    page.evaluate("import('pa/core/events.js').then(events => new Promise(done => events.onServer('hello', done)))")


def at_rest(page: Page) -> None:
    """Wait until nothing fades or glides any more (what turns for ever, such as a spinner, is let turn)."""
    page.evaluate("""async () => {
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);   // what was asked for begins
        await Promise.all(document.getAnimations().map(one =>
            one.effect?.getComputedTiming().endTime === Infinity ? null : one.finished.catch(() => null)));
    }""")


def accessibility_problems(page: Page, scope: str | None = None) -> list[str]:
    """What axe finds on the page (or the part of it), one line each. A skip where axe is not installed.

    A finding counts when it is still there in a second look: what was half drawn has been completed by then.
    """
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("axe-core is not installed (npm install)")
        pytest.skip("axe-core is not installed (npm install)")
    at_rest(page)
    page.evaluate(AXE.read_text("utf-8") + f"\n//# sourceURL={AXE_NAME}")
    found = _axe(page, scope)
    if found:
        page.wait_for_timeout(1000)
        at_rest(page)
        found = _axe(page, scope)
    return found


def _axe(page: Page, scope: str | None) -> list[str]:
    found = page.evaluate(
        "([scope, tags]) => axe.run(scope ?? document, {runOnly: tags, resultTypes: ['violations']})", [scope, WCAG])
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"] for node in one["nodes"]
    ]
