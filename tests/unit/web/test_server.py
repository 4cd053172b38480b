"""Running the application: its address, its note, its log, waiting after wrong passwords."""

from __future__ import annotations

import logging
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Invalid
from photoarchive.web import sessions
from photoarchive.web.server import address, listen, note_path, read_note, serving, set_up_log
from photoarchive.web.sessions import Backoff, TooManyTries
from web_site import LOCAL_TOKEN, make_site


def test_a_program_serves_its_own_archive_while_a_block_runs(home: Path) -> None:
    config = Config(home=home)
    ended: list[bool] = []
    with serving(make_site(home), config, LOCAL_TOKEN, lambda: ended.append(True)) as note:
        assert read_note(config) == note
        assert note_path(config).stat().st_mode & 0o077 == 0
        with urllib.request.urlopen(f"{note.address}/api/thing", timeout=10) as answer:
            assert answer.status == 200
    assert ended == [True]
    assert read_note(config) is None


def test_a_note_of_a_dead_server_counts_nothing(home: Path) -> None:
    config = Config(home=home)
    note_path(config).parent.mkdir()
    note_path(config).write_text('{"pid": 4194300, "address": "http://127.0.0.1:1", "token": "x", "started_at": 0}')
    assert read_note(config) is None
    note_path(config).write_text("{half")
    assert read_note(config) is None


def test_a_taken_port_and_a_foreign_address_are_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Conflict, match="PHOTOARCHIVE_PORT"):
            listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises((Conflict, Invalid)):
        listen("203.0.113.7", 0)


@pytest.mark.parametrize(("host", "shown"), [
    ("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"),
    ("[::1]", "http://[::1]:8000"), ("photos.local", "http://photos.local:8000"),
])
def test_the_address_can_be_opened_in_a_browser(host: str, shown: str) -> None:
    assert address(host, 8000) == shown


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield root
    for handler in root.handlers:
        if handler not in before:
            handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def test_the_log_never_takes_more_than_it_may(home: Path, root_logger: logging.Logger) -> None:
    config = Config(home=home, max_log_bytes=20_000)
    set_up_log(config, to_terminal=False)
    for number in range(2000):
        logging.getLogger("photoarchive.test").warning("line %d of many", number)
    files = [path for path in config.run_dir.iterdir() if path.name.startswith("server.log")]
    assert 0 < sum(path.stat().st_size for path in files) <= 20_000
    assert "line 1999 of many" in config.log_path.read_text()


def test_waiting_after_wrong_passwords_grows_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(sessions.clock, "monotonic", lambda: now[0])
    backoff = Backoff()
    waits = []
    for _ in range(14):
        backoff.wrong("10.0.0.1")
        try:
            backoff.check("10.0.0.1")
            waits.append(0)
        except TooManyTries as error:
            waits.append(error.details["retry_after"])
            now[0] += error.details["retry_after"]
        backoff.check("10.0.0.1")
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert waits[-1] == 300
    backoff.right("10.0.0.1")
    backoff.wrong("10.0.0.1")
    backoff.check("10.0.0.1")
