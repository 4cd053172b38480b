"""Browser tests: real Chromium, and a page that fails its test on any console error, failed or foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import libraries
import trees
from browsing import PATIENCE_SECONDS, Watch, ready
from conftest import LiveServer, serving, start_server

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]
DESKTOP = {"width": 1600, "height": 960}

expect.set_options(timeout=PATIENCE_SECONDS * 1000)      # what comes late on a crowded machine comes all the same


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
    assert watching.unexpected == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile with a desktop window."""
    fresh = browser.new_context(viewport=DESKTOP, locale="en-GB")
    fresh.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """An empty watched page."""
    opened = context.new_page()
    watch.follow(opened)
    return opened


@pytest.fixture(scope="session")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server without a single photo, for all tests that only look."""
    server = start_server(tmp_path_factory.mktemp("empty"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server with 24 small photos whose previews are made, for all tests that leave it as they found it."""
    root = tmp_path_factory.mktemp("small")
    (root / "home").mkdir()
    trees.make_tree(root / "photos")
    server = start_server(root / "home")
    server.add_folder(root / "photos", settle=False)
    server.settle(("scan", "metadata", "previews"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server with the mixed library for the tests of a module; they leave marks as they found them."""
    root = tmp_path_factory.mktemp("library")
    (root / "home").mkdir()
    libraries.make_library(root / "photos")
    with serving(root / "home", root / "photos") as server:
        yield server


def state_of(server: LiveServer) -> dict[str, Any]:
    """What a test could leave behind in a server that others use after it."""
    work, catalog = server.get("/api/work"), server.get("/api/catalog")
    return {
        "settings": server.get("/api/settings")["settings"],
        "sources": [(source["id"], source["state"], source["active_image_count"]) for source in catalog["sources"]],
        "paused": [work["paused_all"], *(job["name"] for job in work["jobs"] if job["state"] == "paused")],
        "flags": server.get("/api/facets")["facets"]["flag"],
    }


@pytest.fixture
def empty_server(empty_archive: LiveServer) -> Iterator[LiveServer]:
    """The shared server without photos; a test that leaves something in it fails."""
    before = state_of(empty_archive)
    yield empty_archive
    assert state_of(empty_archive) == before


@pytest.fixture
def small_server(small_archive: LiveServer) -> Iterator[LiveServer]:
    """The shared server with 24 photos; a test that leaves a change in it fails."""
    before = state_of(small_archive)
    yield small_archive
    assert state_of(small_archive) == before


@pytest.fixture
def visit(page: Page, request: pytest.FixtureRequest) -> Callable[..., Page]:
    """Open an address of `server`, of the test's own or the empty one; wait until its first content is drawn."""
    own = "live_server" if "live_server" in request.fixturenames else "empty_server"

    def go(path: str, server: Any = None) -> Page:
        page.goto((server or request.getfixturevalue(own)).url + path)
        ready(page)
        return page

    return go
