"""What browser tests share: a watch over pages, waiting until they are drawn, and axe."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response

AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
AXE_NAME = "axe"        # its probing of style sheets runs into our content policy; that is not the page's doing
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


def accessibility_problems(page: Page, scope: str | None = None) -> list[str]:
    """What axe finds on the page (or the part of it), one line each. A skip where axe is not installed."""
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("axe-core is not installed (npm install)")
        pytest.skip("axe-core is not installed (npm install)")
    page.evaluate(AXE.read_text("utf-8") + f"\n//# sourceURL={AXE_NAME}")
    found = page.evaluate(
        "([scope, tags]) => axe.run(scope ?? document, {runOnly: tags, resultTypes: ['violations']})", [scope, WCAG])
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"] for node in one["nodes"]
    ]
