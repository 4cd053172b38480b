"""Functions for worker processes: well-behaved ones, and every way of misbehaving that a decoder might find."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np

from photoarchive.core.errors import Unavailable


def add(one: int, other: int) -> int:
    return one + other


def pid() -> int:
    return os.getpid()


def sleep(seconds: float, answer: str = "") -> str:
    time.sleep(seconds)
    return answer


def array() -> Any:
    return np.arange(6, dtype=np.float32).reshape(2, 3)


def read_null() -> None:
    ctypes.string_at(0)


def kill_itself(number: int) -> None:
    os.kill(os.getpid(), number)


def leave() -> None:
    os._exit(3)


def signal_process(other: int) -> None:
    os.kill(other, signal.SIGTERM)


def swallow(gigabytes: int) -> int:
    return len(bytearray(gigabytes << 30))


def swallow_in_c(gigabytes: int) -> bool:
    """Whether C's malloc gives this much."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    return libc.malloc(ctypes.c_size_t(gigabytes << 30)) is not None


def drive_is_away() -> None:
    raise Unavailable("The drive is away.", offline=True)


def fail() -> None:
    raise KeyError("no such thing")


class Trap:
    """Runs a function of the reader's process when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def set_trap(path: str) -> Trap:
    return Trap(path)


def unpicklable() -> Any:
    return lambda: None


def write(path: str) -> None:
    Path(path).write_text("planted")


def write_in_c(path: str) -> int:
    """open(2) for writing past all of Python's hooks: the error number, 0 if it was allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.open(path.encode(), os.O_WRONLY | os.O_CREAT, 0o600)
    return 0 if descriptor >= 0 else ctypes.get_errno()


def change_in_c(name: str, *arguments: Any) -> int:
    """Any call of the C library that returns −1 on failure: the error number, 0 if it was allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    packed = [value.encode() if isinstance(value, str) else value for value in arguments]
    return 0 if getattr(libc, name)(*packed) == 0 else ctypes.get_errno()


def connect(port: int) -> int:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port))


def read_text(path: str) -> str:
    return Path(path).read_text()


def environment(name: str) -> str | None:
    return os.environ.get(name)


def wait_for(path: str) -> None:
    """Run until a file appears."""
    while not Path(path).exists():
        time.sleep(0.02)
