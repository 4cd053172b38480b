"""Runs the application under uvicorn: its address, its log, its note for this user's own programs, its quick end."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import msgspec
import uvicorn
from starlette.types import ASGIApp

from photoarchive.core import clock
from photoarchive.core.atomic import write_atomically
from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Invalid, Unavailable

GRACE_SECONDS = 1              # for answers under way; streams and jobs are told to end before
KEEP_ALIVE_SECONDS = 65
BACKLOG = 512
LONGEST_END_SECONDS = 8.0      # from the signal on; an orderly end takes one or two
LEFT_SECONDS = 0.3             # after an orderly end: what still runs then hangs on a drive

log = logging.getLogger(__name__)


class ServerNote(msgspec.Struct, frozen=True):
    """`.run/server.json`: how this user's own programs reach the server that runs. Readable by this user only."""

    pid: int
    address: str
    token: str
    started_at: float


def new_local_token() -> str:
    """The token of this start, for the note."""
    return secrets.token_urlsafe(32)


def note_path(config: Config) -> Path:
    """Where the note lies."""
    return config.run_dir / "server.json"


def read_note(config: Config) -> ServerNote | None:
    """The note of the server that runs on this home, or None when there is none."""
    try:
        note = msgspec.json.decode(note_path(config).read_bytes(), type=ServerNote)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return note if _is_alive(note.pid) else None


def serve(app: ASGIApp, config: Config, local_token: str, on_stop: Callable[[], None]) -> None:
    """Serve until a signal ends it. on_stop: called in the moment the end begins, from the main thread.

    Raises Conflict when the address is taken, Invalid when it is not an address of this machine.
    """
    listener = listen(config.host, config.port)
    with _noted(config, listener, local_token) as note:
        log.info("photoArchive listens at %s, data in %s", note.address, config.home)
        server = _server(app, on_stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _already_heard)
        server.run(sockets=[listener])
        if not server.started:
            raise Unavailable("photoArchive could not start; the log says why.")
    threading.Thread(target=_leave_behind, args=(LEFT_SECONDS,), name="end", daemon=True).start()


def _already_heard(_number: int, _frame: FrameType | None) -> None:
    """uvicorn raises the signal that ended it once more when it is done; the end is orderly by then."""


@contextlib.contextmanager
def serving(
    app: ASGIApp, config: Config, local_token: str, on_stop: Callable[[], None]
) -> Iterator[ServerNote]:
    """Serve on a free loopback port from a thread while the block runs: for programs that bring their own archive."""
    listener = listen("127.0.0.1", 0)
    server = _server(app, on_stop)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except (Exception, SystemExit) as error:   # noqa: BLE001 – raised below, in the thread that waits
            failures.append(error)

    thread = threading.Thread(target=run, name="server", daemon=True)
    with _noted(config, listener, local_token) as note:
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        if not server.started:
            raise Unavailable("The archive could not be opened; the log says why.") from next(iter(failures), None)
        try:
            yield note
        finally:
            on_stop()
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def _noted(config: Config, listener: socket.socket, local_token: str) -> Iterator[ServerNote]:
    """Tell this user's programs where the server is, for as long as it is."""
    host, port = listener.getsockname()[:2]
    note = ServerNote(os.getpid(), address(host, port), local_token, clock.now())
    try:
        note_path(config).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(note_path(config), msgspec.json.encode(note))
    except OSError as error:
        listener.close()
        raise Unavailable(f"The data folder {config.home} cannot be written: {error.strerror}.") from error
    try:
        yield note
    finally:
        listener.close()
        note_path(config).unlink(missing_ok=True)


def _server(app: ASGIApp, on_stop: Callable[[], None]) -> _Server:
    return _Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none", lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS, timeout_keep_alive=KEEP_ALIVE_SECONDS, backlog=BACKLOG,
        ),
        on_stop,
    )


def address(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", "*"} else host.strip("[]")   # noqa: S104 – only shown
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address. Raises Conflict when it is taken, Invalid when it is not of this machine."""
    name = "0.0.0.0" if host == "*" else host.strip("[]")   # noqa: S104 – security.check_bind allowed it
    try:
        family, _, _, _, where = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Invalid(f"PHOTOARCHIVE_HOST: {host} is not a name or address of this machine.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
    except OSError as error:
        listener.close()
        raise Conflict(f"{host}:{port} cannot be used ({error.strerror}). Choose another port with "
                       "PHOTOARCHIVE_PORT.") from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn that says when it begins to stop: streams would otherwise hold it until the grace is over."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        threading.Thread(target=_leave_behind, args=(LONGEST_END_SECONDS,), name="end", daemon=True).start()
        self._on_stop()
        super().handle_exit(sig, frame)


def _leave_behind(seconds: float) -> None:
    """End the process when threads still hang on a dead drive after everything else has ended.

    Python would wait for them for ever. Nothing is lost: the catalog is closed by then, or as safe as in a crash.
    """
    time.sleep(seconds)
    log.warning("Threads that hang on a drive are left behind.")
    os._exit(0)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# ---------------------------------------------------------------------- the log


def set_up_log(config: Config, *, to_terminal: bool) -> None:
    """Log to `.run/server.log`, and to the terminal if there is one; never more than the bytes the user allows.

    Two files share the allowance: the present one and the one before it.
    """
    config.run_dir.mkdir(parents=True, exist_ok=True)
    shape = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(config.log_path, maxBytes=config.max_log_bytes // 2, backupCount=1,
                                             encoding="utf-8"),
    ]
    if to_terminal and sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(shape)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.captureWarnings(True)
