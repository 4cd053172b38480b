"""Shared fixtures: a home of its own for every test, an archive in it, a live server on a free loopback port."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import trees
from bundled_models import bring_models
from new_catalog import bring_catalog

# The same examples in every run, however slow the machine: a run tells about the code, not about chance or the hour.
settings.register_profile("steady", deadline=None, derandomize=True, database=None,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

START_SECONDS = 60.0
SETTLE_SECONDS = 90.0


def shared_media() -> Path:
    """The folder of real test media, or a skip with the reason."""
    found = Path(os.environ.get("PHOTOARCHIVE_TEST_MEDIA") or Path(__file__).resolve().parents[2] / "shared" / "media")
    if not found.is_dir():
        pytest.skip("the collection of real media is not on this machine (set PHOTOARCHIVE_TEST_MEDIA)")
    return found


@pytest.fixture
def media() -> Path:
    """1,600 real files with known facts, where they are at hand."""
    return shared_media()


@pytest.fixture
def bare_home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def home(bare_home: Path) -> Path:
    """A home folder with a catalog without photos."""
    bring_catalog(bare_home)
    return bare_home


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with 24 small real photos."""
    folder = tmp_path / "photos"
    trees.make_tree(folder)
    return folder


@dataclass
class LiveServer:
    """A real server process and the few calls tests need."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and answer (decoded JSON, or bytes for anything else)."""
        request = urllib.request.Request(self.url + path, method=method, headers=headers or {})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _decoded(answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _decoded(error.headers.get_content_type(), error.read())

    def get(self, path: str) -> Any:
        """The answer of a GET that must succeed."""
        status, answer = self.call("GET", path)
        assert status == 200, (path, status, answer)
        return answer

    def post(self, path: str, body: Any = None, window: str = "test") -> Any:
        """The answer of a POST that must succeed."""
        status, answer = self.call("POST", path, {} if body is None else body, {"X-Window": window})
        assert status == 200, (path, status, answer)
        return answer

    def add_folder(self, folder: Path, *, settle: bool = True) -> int:
        """Add a source, scan it, and wait until its photos are in the grid. Returns the source's id."""
        source = self.post("/api/catalog/sources", {"path": str(folder), "scan": True})["source"]["id"]
        if settle:
            self.settle()
        return int(source)

    def settle(self, jobs: tuple[str, ...] = ("scan", "metadata")) -> None:
        """Wait until these jobs have nothing left to do."""
        deadline = time.monotonic() + SETTLE_SECONDS
        quiet = 0
        while time.monotonic() < deadline:
            status = self.get("/api/scan/status")
            waited = [job for job in self.get("/api/work")["jobs"] if job["name"] in jobs]
            busy = [job for job in waited if job["state"] == "running" or job["done"] + job["failed"] < job["total"]]
            quiet = 0 if busy or status["scanning"] else quiet + 1
            if quiet >= 2:
                return
            time.sleep(0.1)
        raise AssertionError(f"not settled after {SETTLE_SECONDS} s: {self.get('/api/work')['jobs']}")

    def stop(self) -> None:
        """End it as a user would; kill only if that fails."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def _decoded(kind: str, data: bytes) -> Any:
    return json.loads(data) if kind == "application/json" else data


_ports = itertools.count(os.getpid() * 997)     # processes that test side by side begin at different places


def free_port() -> int:
    """A loopback port nobody listens on, of those that no outgoing connection gets before the server begins."""
    while True:
        port = 10_240 + next(_ports) % 20_000
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


LOOKING = ("embed", "faces", "duplicates")      # jobs that look at pictures with networks: seconds of two cores


def start_server(home: Path, *, looking: bool = False, **environment: str) -> LiveServer:
    """Start `photoarchive serve` on a free port and wait until it answers. looking: with the jobs of LOOKING.

    They rest otherwise, as if the user had paused them: a test of albums must not wait for the faces of its photos.
    """
    port = free_port()
    if looking:
        bring_models(home)
    log = (home / "test-server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "photoarchive.cli", "serve"], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        env=os.environ | {"PHOTOARCHIVE_HOME": str(home), "PHOTOARCHIVE_PORT": str(port)} | environment,
    )
    log.close()
    server = LiveServer(f"http://127.0.0.1:{port}", home, process)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            status, answer = server.call("GET", "/api/dev/status")
            if status == 200 and answer["pid"] == process.pid:
                for job in () if looking else LOOKING:
                    server.call("POST", f"/api/work/{job}/pause")
                return server
        except OSError:
            time.sleep(0.05)
    server.stop()
    words = (home / "test-server.log").read_text("utf-8", "replace")[-4000:]
    raise AssertionError(f"the server did not start:\n{words}")


@contextlib.contextmanager
def serving(home: Path, photos: Path) -> Iterator[LiveServer]:
    """A running server whose catalog holds the photos of a folder, as long as the block lasts."""
    server = start_server(home)
    try:
        server.add_folder(photos)
        yield server
    finally:
        server.stop()


@pytest.fixture
def live_server(home: Path) -> Iterator[LiveServer]:
    """A running server with an empty catalog."""
    server = start_server(home)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def still_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with an empty catalog, for all tests of a file that leave it as they find it."""
    server = start_server(tmp_path_factory.mktemp("home"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def still_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `still_library`."""
    folder = tmp_path_factory.mktemp("photos")
    trees.make_tree(folder)
    return folder


@pytest.fixture(scope="module")
def still_library(tmp_path_factory: pytest.TempPathFactory, still_photos: Path) -> Iterator[LiveServer]:
    """The same with the 24 small photos in its catalog."""
    with serving(tmp_path_factory.mktemp("home"), still_photos) as server:
        yield server


@pytest.fixture
def library_server(live_server: LiveServer, photos: Path) -> LiveServer:
    """A running server whose catalog holds the 24 small photos."""
    live_server.add_folder(photos)
    return live_server
