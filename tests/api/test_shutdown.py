"""The end of the server while threads of it hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from conftest import free_port

# A read that never returns, in the threads of requests: what a drive that died without a word does to them.
SERVER = """
import os
from photoarchive.cli import main
from photoarchive.web import http
reading, _ = os.pipe()
http._threads.submit(os.read, reading, 1)
main(["serve"])
"""


def test_a_thread_that_hangs_does_not_keep_the_server_from_ending(home: Path) -> None:
    """The end is orderly (the note is gone, the home is free), and the thread is left behind."""
    port = free_port()
    environment = os.environ | {"PHOTOARCHIVE_HOME": str(home), "PHOTOARCHIVE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-c", SERVER], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/api/dev/status")
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert process.wait(20) == 0
        assert time.monotonic() - started < 6, "it ends long before the last resort"
    finally:
        process.kill()
        process.wait()
    assert not (home / ".run" / "server.json").exists()
    assert "left behind" in (home / ".run" / "server.log").read_text()


def wait_for_answer(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
