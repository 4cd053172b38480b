"""photoarchive-server start, status, restart, stop: the background process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import free_port


def daemon(home: Path, port: int, verb: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one verb as the script does."""
    return subprocess.run(
        [sys.executable, "-m", "photoarchive.daemon", verb], capture_output=True, text=True, timeout=60,
        env=os.environ | {"PHOTOARCHIVE_HOME": str(home), "PHOTOARCHIVE_PORT": str(port)} | environment)


def test_start_waits_until_it_answers_and_stop_until_it_is_gone(home: Path) -> None:
    """The address is printed only when the server answers."""
    port = free_port()
    try:
        started = daemon(home, port, "start")
        assert (started.returncode, f"http://127.0.0.1:{port}" in started.stdout) == (0, True), started.stderr
        assert "already running" in daemon(home, port, "start").stdout
        assert daemon(home, port, "restart").returncode == 0
        status = daemon(home, port, "status")
        assert (status.returncode, str(home) in status.stdout) == (0, True)
        assert "listens at" in daemon(home, port, "logs").stdout
    finally:
        stopped = daemon(home, port, "stop")
    assert stopped.returncode == 0
    assert daemon(home, port, "status").returncode == 3


def test_a_server_with_a_password_starts_and_stops_as_well(home: Path) -> None:
    """It answers nobody without the password, and is known to run all the same."""
    port, password = free_port(), "correct horse battery"
    try:
        started = daemon(home, port, "start", PHOTOARCHIVE_PASSWORD=password)
        assert (started.returncode, f"http://127.0.0.1:{port}" in started.stdout) == (0, True), started.stderr
    finally:
        stopped = daemon(home, port, "stop", PHOTOARCHIVE_PASSWORD=password)
    assert stopped.returncode == 0


def test_a_bind_to_the_network_without_a_password_does_not_start(home: Path) -> None:
    """The end of the log says what to do."""
    started = daemon(home, free_port(), "start", PHOTOARCHIVE_HOST="0.0.0.0")
    assert started.returncode == 1
    assert "PHOTOARCHIVE_PASSWORD" in started.stderr
