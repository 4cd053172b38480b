"""The real server process against other sites, other hosts, wrong bodies and strangers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LiveServer, free_port, start_server

READS = ("/api/settings", "/api/catalog", "/api/work", "/api/rankings", "/api/backups", "/api/events",
         "/api/dev/status")
WRITES = (("/api/settings", {"thumb_quality": 50}), ("/api/backup", {}), ("/api/work/pause-all", {}), ("/api/undo", {}))


def raw_request(server: LiveServer, text: str) -> str:
    """Send bytes as they are; the first line of the answer."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.encode())
        return connection.recv(200).decode("latin-1").splitlines()[0]


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"},
])
def test_another_site_reads_and_writes_nothing(still_server: LiveServer, headers: dict[str, str]) -> None:
    for path in READS:
        assert still_server.call("GET", path, headers=headers)[0] == 403, path
    for path, body in WRITES:
        assert still_server.call("POST", path, body, headers)[0] == 403, path
    assert still_server.get("/api/settings")["settings"]["thumb_quality"] == 92
    assert still_server.get("/api/backups")["backups"] == []


def test_bodies_of_forms_and_broken_bodies_change_nothing(live_server: LiveServer) -> None:
    def post(kind: str | None, body: str) -> str:
        host = live_server.url.removeprefix("http://")
        kind_line = f"Content-Type: {kind}\r\n" if kind else ""
        return raw_request(live_server, f"POST /api/settings HTTP/1.1\r\nHost: {host}\r\n{kind_line}"
                                        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")

    good = '{"thumb_quality": 50}'
    assert " 415 " in post(None, good)
    assert " 415 " in post("text/plain", good)
    assert " 415 " in post("application/x-www-form-urlencoded", good)
    assert " 400 " in post("application/json", '{"thumb_quality": ')
    assert " 400 " in post("application/json", '[1]')
    assert live_server.get("/api/settings")["settings"]["thumb_quality"] == 92
    assert " 200 " in post("application/json", good)


def test_a_body_of_two_megabytes_is_refused(still_server: LiveServer) -> None:
    """By what it announces: nobody has to send it first."""
    with contextlib.closing(http.client.HTTPConnection(still_server.url.removeprefix("http://"), timeout=30)) as wire:
        wire.putrequest("POST", "/api/settings")
        for name, value in (("Content-Type", "application/json"), ("Content-Length", "2000000"), ("X-Window", "big")):
            wire.putheader(name, value)
        wire.endheaders(b"{")
        answer = wire.getresponse()
        assert (answer.status, json.loads(answer.read())) == (413, {"error": "The request is too large."})


def test_headers_of_every_kind_of_answer(library_server: LiveServer) -> None:
    image = library_server.get("/api/rankings?limit=1")["images"][0]
    for path in ("/", "/api/work", image["thumb_url"], f"/api/full/{image['id']}", "/nothing"):
        request = urllib.request.Request(library_server.url + path)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"] or \
                "sandbox" in answer.headers["Content-Security-Policy"], path


def test_a_bind_to_the_network_without_a_password_does_not_start(bare_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "photoarchive.cli", "serve"], capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PHOTOARCHIVE_HOME": str(bare_home), "PHOTOARCHIVE_HOST": "0.0.0.0",
                          "PHOTOARCHIVE_PORT": str(free_port())},
    )
    assert done.returncode == 1
    assert "PHOTOARCHIVE_PASSWORD" in done.stderr and "Traceback" not in done.stderr
    assert not (bare_home / "photoarchive.db").exists()


@pytest.fixture
def guarded_server(home: Path) -> Iterator[LiveServer]:
    server = _start_with_password(home)
    yield server
    server.stop()


def _start_with_password(home: Path) -> LiveServer:
    """conftest's start waits for a 200 that a stranger never gets, so the token of programs opens the door."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "photoarchive.cli", "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PHOTOARCHIVE_HOME": str(home), "PHOTOARCHIVE_HOST": "0.0.0.0",
                          "PHOTOARCHIVE_PORT": str(port), "PHOTOARCHIVE_PASSWORD": "correct horse",
                          "PHOTOARCHIVE_TOKEN": "token-of-programs"},
    )
    server = LiveServer(f"http://127.0.0.1:{port}", home, process)
    for _ in range(600):
        assert process.poll() is None
        try:
            if server.call("GET", "/login")[0] == 200:
                return server
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_a_server_with_a_password_lets_nobody_in_without_it(guarded_server: LiveServer) -> None:
    for path in READS:
        assert guarded_server.call("GET", path)[0] == 401, path
    for path, body in WRITES:
        assert guarded_server.call("POST", path, body)[0] == 401, path
    signed = {"Authorization": "Bearer token-of-programs"}
    assert guarded_server.call("GET", "/api/settings", headers=signed)[0] == 200


def test_the_note_lets_this_users_programs_in(guarded_server: LiveServer) -> None:
    path = guarded_server.home / ".run" / "server.json"
    assert path.stat().st_mode & 0o077 == 0
    note = json.loads(path.read_text())
    assert note["pid"] == guarded_server.process.pid
    status, answer = guarded_server.call("GET", "/api/dev/status", headers={"Authorization": f"Bearer {note['token']}"})
    assert (status, answer["pid"]) == (200, note["pid"])
    guarded_server.stop()
    assert guarded_server.process.returncode == 0
    assert not path.exists()


def test_a_session_of_another_machine_changes_no_folders(live_server: LiveServer) -> None:
    """A proxy's header is enough to count as another machine."""
    remote = {"X-Forwarded-For": "203.0.113.9"}
    status, answer = live_server.call("POST", "/api/settings", {"ssd_cache_dir": "/tmp/elsewhere"}, remote)
    assert (status, answer["field"]) == (403, "ssd_cache_dir")
    assert live_server.call("POST", "/api/settings", {"thumb_quality": 90}, remote)[0] == 200
    assert live_server.call("POST", "/api/catalog/sources", {"path": "/tmp", "scan": False}, remote)[0] == 403


def test_two_servers_do_not_share_a_home(still_server: LiveServer) -> None:
    with pytest.raises(AssertionError, match="already runs"):
        start_server(still_server.home)


def test_an_unknown_address_says_so_to_people_and_to_programs(still_server: LiveServer) -> None:
    """A person gets the pages' frame, which shows the way on; a program one sentence. Both with 404."""
    assert still_server.call("GET", "/old-link") == (404, {"error": "There is nothing at this address."})
    for path, kind in (("/old-link", "text/html"), ("/api/old-link", "application/json")):
        request = urllib.request.Request(still_server.url + path, headers={"Accept": "text/html,*/*;q=0.8"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        with refused.value as answer:
            assert (answer.code, answer.headers.get_content_type()) == (404, kind)
            assert answer.headers["Content-Security-Policy"]
