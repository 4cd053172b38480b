"""Runs the application under uvicorn: its address, its log, its note for this user's own programs, its quick end."""

from __future__ import annotations

import logging
import logging.handlers
import os
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import msgspec
import uvicorn
from starlette.types import ASGIApp

from photoarchive.core import clock
from photoarchive.core.atomic import write_atomically
from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Invalid

GRACE_SECONDS = 2              # for answers under way; streams and jobs are told to end before
KEEP_ALIVE_SECONDS = 65
BACKLOG = 512

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
    listener = _listen(config)
    port = listener.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none", lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS, timeout_keep_alive=KEEP_ALIVE_SECONDS, backlog=BACKLOG,
        ),
        on_stop,
    )
    note = ServerNote(os.getpid(), address(config.host, port), local_token, clock.now())
    write_atomically(note_path(config), msgspec.json.encode(note))
    log.info("photoArchive listens at %s, data in %s", note.address, config.home)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        note_path(config).unlink(missing_ok=True)


def address(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", "*"} else host.strip("[]")   # noqa: S104 – only shown
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _listen(config: Config) -> socket.socket:
    host = "0.0.0.0" if config.host == "*" else config.host.strip("[]")   # noqa: S104 – security.check_bind allowed it
    try:
        family, _, _, _, where = socket.getaddrinfo(host, config.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Invalid(f"PHOTOARCHIVE_HOST: {config.host} is not a name or address of this machine.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
    except OSError as error:
        listener.close()
        raise Conflict(f"{config.host}:{config.port} cannot be used ({error.strerror}). Choose another port with "
                       "PHOTOARCHIVE_PORT.") from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn that says when it begins to stop: streams would otherwise hold it until the grace is over."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# ---------------------------------------------------------------------- the log


def set_up_log(config: Config) -> None:
    """Log to `.run/server.log`, and to the terminal when there is one; never more than the bytes the user allows.

    Two files share the allowance: the present one and the one before it.
    """
    config.run_dir.mkdir(parents=True, exist_ok=True)
    shape = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(config.log_path, maxBytes=config.max_log_bytes // 2, backupCount=1,
                                             encoding="utf-8"),
    ]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(shape)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.captureWarnings(True)
