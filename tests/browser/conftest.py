"""Browser tests: real Chromium, and a page that fails its test on any console error, failed or foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browsing import Watch, ready

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]
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
