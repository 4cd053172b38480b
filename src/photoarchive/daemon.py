"""Start, stop and look at the server as a background process of this user.

Owns the process and its id file; the server itself (photoarchive.cli serve) writes the log and answers health checks.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from photoarchive.core.config import Config, read_config
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.web.server import address as server_address
from photoarchive.web.server import read_note

START_SECONDS = 30.0
STOP_SECONDS = 10.0
LOG_LINES = 60


def main(arguments: list[str] | None = None) -> int:
    """Run one verb: start, stop, restart, status or logs. Returns the exit status."""
    verb = (arguments if arguments is not None else sys.argv[1:])[:1]
    try:
        config = read_config()
        return {"start": start, "stop": stop, "restart": restart, "status": status, "logs": logs}[verb[0]](config)
    except (IndexError, KeyError):
        print("usage: photoarchive-server start|stop|restart|status|logs", file=sys.stderr)
        return 2
    except PhotoArchiveError as error:
        print(error.sentence, file=sys.stderr)
        return 1


def start(config: Config) -> int:
    """Start the server unless it runs; wait until it answers; print its address."""
    if (process := running(config)) is not None:
        print(f"photoArchive is already running at {address(config)} (process {process.pid}).")
        return 0
    if _health(config) is not None:
        print(f"Port {config.port} is taken by another program or another photoArchive. Choose one with "
              "PHOTOARCHIVE_PORT.", file=sys.stderr)
        return 1
    config.run_dir.mkdir(parents=True, exist_ok=True)
    with config.log_path.open("ab") as log:
        process_handle = subprocess.Popen(
            [sys.executable, "-m", "photoarchive.cli", "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, env=os.environ | {"PHOTOARCHIVE_HOME": str(config.home)},
        )
    _pid_path(config).write_text(str(process_handle.pid))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process_handle.poll() is not None:
            print("photoArchive did not start. The end of its log:\n", file=sys.stderr)
            print(_tail(config.log_path, 15), file=sys.stderr)
            return 1
        health = _health(config)
        if health is not None and health.get("pid") == process_handle.pid:
            print(f"photoArchive is running at {address(config)}")
            return 0
        time.sleep(0.1)
    print(f"photoArchive did not answer within {START_SECONDS:.0f} s; see {config.log_path}.", file=sys.stderr)
    return 1


def stop(config: Config) -> int:
    """Ask the server to end and wait for it; end it hard only if it does not."""
    process = running(config)
    if process is None:
        print("photoArchive is not running.")
        return 0
    process.send_signal(signal.SIGTERM)
    if not _ends(process):
        process.kill()
        if not _ends(process):
            print(f"Process {process.pid} hangs on a drive that does not answer; it ends when that returns.",
                  file=sys.stderr)
            return 1
    _pid_path(config).unlink(missing_ok=True)
    print("photoArchive has stopped.")
    return 0


def _ends(process: psutil.Process) -> bool:
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        return False
    return True


def restart(config: Config) -> int:
    """Stop it if it runs, then start it."""
    return stop(config) or start(config) if running(config) else start(config)


def status(config: Config) -> int:
    """Say whether it runs, where, and since when. Exit status 3 when it does not."""
    process = running(config)
    if process is None:
        print("photoArchive is not running.")
        return 3
    health = _health(config) or {}
    uptime = int(time.time() - process.create_time())
    print(f"photoArchive {health.get('version', '')} is running at {address(config)} "
          f"(process {process.pid}, up {uptime} s, data in {config.home}).")
    return 0


def logs(config: Config) -> int:
    """Print the end of the log."""
    print(_tail(config.log_path, LOG_LINES))
    return 0


def address(config: Config) -> str:
    """The address to open in a browser."""
    return server_address(config.host, config.port)


def running(config: Config) -> psutil.Process | None:
    """The server process of this home, told by its id file and its command line."""
    try:
        process = psutil.Process(int(_pid_path(config).read_text()))
        if process.status() != psutil.STATUS_ZOMBIE and "photoarchive.cli" in process.cmdline():
            return process
    except (OSError, ValueError, psutil.Error):
        return None
    return None


def _pid_path(config: Config) -> Path:
    return config.run_dir / "daemon.pid"


def _health(config: Config) -> dict[str, object] | None:
    request = urllib.request.Request(f"{address(config)}/api/dev/status")
    note = read_note(config)
    if note is not None:
        request.add_header("Authorization", f"Bearer {note.token}")
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            found = json.load(answer)
            return found if isinstance(found, dict) else {}
    except urllib.error.HTTPError:
        return {}
    except (OSError, ValueError):
        return None


def _tail(path: Path, lines: int) -> str:
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError as error:
        return f"There is no log at {path} ({error.strerror})."


if __name__ == "__main__":
    raise SystemExit(main())
