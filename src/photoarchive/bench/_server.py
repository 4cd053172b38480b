"""A real server process on a free port for benchmarks, with its security in front, and a few calls to it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from photoarchive.core.errors import Unavailable

START_SECONDS = 60.0
CALL_SECONDS = 60.0


class BenchServer(msgspec.Struct, frozen=True):
    """A running server."""

    address: str

    def get(self, path: str) -> Any:
        """JSON, or bytes of anything else."""
        with urllib.request.urlopen(self.address + path, timeout=CALL_SECONDS) as answer:
            data = answer.read()
            return json.loads(data) if answer.headers.get_content_type() == "application/json" else data

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST of JSON."""
        request = urllib.request.Request(self.address + path, json.dumps(body or {}).encode(),
                                         {"Content-Type": "application/json", "X-Window": "bench"})
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
            return json.loads(answer.read())

    def wait_until(self, question: Callable[[], bool], seconds: float, what: str) -> None:
        """Ask twice a second. Raises Unavailable when the time is over."""
        deadline = time.monotonic() + seconds
        while not question():
            if time.monotonic() > deadline:
                raise Unavailable(f"After {seconds:.0f} seconds still waiting for {what}.")
            time.sleep(0.5)


@contextlib.contextmanager
def launched(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process over a home that has just been started, as a user starts it, and its address; ended as the
    system ends it."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"PHOTOARCHIVE_HOME": str(home), "PHOTOARCHIVE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "photoarchive.cli", "serve"], env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def running(home: Path) -> Iterator[BenchServer]:
    """A server over a home that answers."""
    with launched(home) as (process, address):
        server = BenchServer(address)
        _wait_until_up(server, process)
        yield server


def _wait_until_up(server: BenchServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.get("/api/dev/status")
            return
        except OSError:
            time.sleep(0.02)
    raise Unavailable("The server did not start; its log says why.")


def wrk() -> str:
    """The load generator. Raises Unavailable where it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise Unavailable("This benchmark needs the load generator wrk (Debian: apt install wrk).")
    return found
