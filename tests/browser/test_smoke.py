"""The script that visits every page of a running program: it finds nothing wrong with ours, and much with a bad one."""

from __future__ import annotations

import http.server
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser

import trees
from conftest import LiveServer, serving

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "browser_smoke.py"
PHOTOS = 24
PAGE = b"""<!doctype html><body data-ready><img src=/missing.png><img src=http://elsewhere.invalid/>
<script>console.error('out of order'); nobody.knows()</script>"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LiveServer]:
    """A server with 24 small photos, whose history nobody else looks at."""
    (tmp_path / "home").mkdir()
    trees.make_tree(tmp_path / "photos", PHOTOS)
    with serving(tmp_path / "home", tmp_path / "photos") as server:
        yield server


@pytest.fixture
def smoke() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("browser_smoke", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module     # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bad_page() -> Iterator[str]:
    """The address of a page that asks for what is missing and for another host, complains and breaks."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(PAGE if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_every_page_is_visited_and_left_as_it_was(library: LiveServer, tmp_path: Path) -> None:
    shots = tmp_path / "shots"
    command = [sys.executable, str(SCRIPT), "--base-url", library.url, "--screenshots", str(shots), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    visits = {one["page"]: one for one in json.loads(done.stdout)}
    assert set(visits) == {path.stem for path in shots.glob("*.png") if path.stat().st_size > 5_000}
    assert len(visits) == 12
    assert visits["library"]["seen"] == f"{PHOTOS} tiles, one flagged and undone"
    assert visits["compare"]["seen"] == "chose one of 12 photos, taken back"
    assert all(one["seen"] and not one["problems"] for one in visits.values())
    assert {card["flag"] for card in library.get("/api/rankings?limit=500")["images"]} == {"unflagged"}
    assert library.get("/api/compare/progress")["total_comparisons"] == 0


def test_what_is_wrong_with_a_page_is_said(smoke: ModuleType, browser: Browser, bad_page: str, tmp_path: Path) -> None:
    visit, context = smoke.Visit("bad", "/", lambda _page: "seen"), browser.new_context()
    smoke.visit(context.new_page(), bad_page, visit, tmp_path)
    context.close()
    said = "\n".join(visit.problems)
    for problem in ("404 ", "request to another host: http://elsewhere.invalid/", "console: out of order", "script: "):
        assert problem in said, said
    assert (tmp_path / "bad.png").exists()
