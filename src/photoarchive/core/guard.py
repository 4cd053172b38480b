"""The promise that originals are never changed, enforced. Owns the check; sources tell it their folders.

In the server an audit hook sees every file operation that Python code starts and refuses those that would change
anything under a source. C libraries are not seen by it: they run in workers, which have no right to write at all.
"""

# Names of files are bytes here, which pathlib cannot hold.
# ruff: noqa: PTH109, PTH115, PTH117

from __future__ import annotations

import fcntl
import functools
import os
import sys
import threading
import urllib.parse
from collections.abc import Callable
from typing import Any

from photoarchive.core import landlock, seccomp
from photoarchive.core.paths import display_path

WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Roots = Callable[[], tuple[bytes, ...]]
Place = tuple[Any, Any, bool]           # path or descriptor, folder descriptor or None, is a final link followed?


class GuardError(PermissionError):
    """Something tried to change an original or to write into a source. It is a bug in the program, not the user's."""


def _opened(args: tuple[Any, ...]) -> list[Place]:
    path, _, flags = args
    return [(path, None, True)] if flags & WRITING_FLAGS and not isinstance(path, int) else []


def _database(args: tuple[Any, ...]) -> list[Place]:
    name = args[0]
    text = os.fsdecode(name) if isinstance(name, (bytes, str, os.PathLike)) else ""
    if text in ("", ":memory:"):
        return []
    if text.startswith("file:"):
        text = urllib.parse.unquote(text[5:].split("?")[0].split("#")[0], errors="surrogateescape")
        if text.startswith("//"):
            text = "/" + text[2:].partition("/")[2]
    return [(text, None, True)] if text and text != ":memory:" else []


# What each audit event would change: see "Audit events table" in Python's documentation for the arguments.
CHANGES: dict[str, Callable[[tuple[Any, ...]], list[Place]]] = {
    "open": _opened,
    "os.rename": lambda a: [(a[0], a[2], False), (a[1], a[3], False)],
    "os.remove": lambda a: [(a[0], a[1], False)],
    "os.mkdir": lambda a: [(a[0], a[2], False)],
    "os.rmdir": lambda a: [(a[0], a[1], False)],
    "os.link": lambda a: [(a[0], a[2], True), (a[0], a[2], False), (a[1], a[3], False)],
    "os.symlink": lambda a: [(a[1], a[2], False)],
    "os.chmod": lambda a: [(a[0], a[2], True)],
    "os.chown": lambda a: [(a[0], a[3], True)],
    "os.utime": lambda a: [(a[0], a[3], True)],
    "os.truncate": lambda a: [(a[0], None, True)],
    "os.setxattr": lambda a: [(a[0], None, True)],
    "os.removexattr": lambda a: [(a[0], None, True)],
    "os.chflags": lambda a: [(a[0], None, True)],
    "shutil.rmtree": lambda a: [(a[0], a[1] if len(a) > 1 else None, False)],
    "sqlite3.connect": _database,
}


class Guard:
    """Refuses changes under the roots. One per process: an audit hook cannot be taken out again."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._vouched = threading.local()

    def on_event(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook. Called for every event of the process, so the common ones must leave at once."""
        places = CHANGES.get(event)
        if places is None or getattr(self._vouched, "now", False):
            return
        changed = places(args)
        if changed:
            self.check(event, changed)

    def check(self, event: str, places: list[Place]) -> None:
        """Raise GuardError if one of the places lies under a root."""
        roots = self._roots()
        if not roots:
            return
        for path, folder, followed in places:
            for place in _meanings(path, folder, followed):
                for root in roots:
                    if _is_under(place, root):
                        raise GuardError(f"Refused {event} on {display_path(place)}: it lies in the source "
                                         f"{display_path(root)}, and originals are never changed.")

    def wrap(self) -> None:
        """Let os.open, os.mkfifo and os.mknod tell the folder descriptor, which their audit events leave out."""
        os.open = self._wrapped_open(os.open)
        for name in ("mkfifo", "mknod"):
            if hasattr(os, name):
                setattr(os, name, self._wrapped_make(getattr(os, name)))

    def _wrapped_open(self, real: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(real)
        def open_(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if dir_fd is None or not flags & WRITING_FLAGS:
                return real(path, flags, mode, dir_fd=dir_fd)
            self.check("os.open", [(path, dir_fd, True), (path, dir_fd, False)])
            self._vouched.now = True
            try:
                return real(path, flags, mode, dir_fd=dir_fd)
            finally:
                self._vouched.now = False

        os.supports_dir_fd.add(open_)
        return open_

    def _wrapped_make(self, real: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(real)
        def make(path: Any, *args: Any, dir_fd: int | None = None, **named: Any) -> None:
            self.check("os." + real.__name__, [(path, dir_fd, False)])
            real(path, *args, dir_fd=dir_fd, **named)

        os.supports_dir_fd.add(make)
        return make


_installed: list[Guard] = []


def install_guard(roots: Roots) -> None:
    """Refuse, from now on and for the life of the process, every change under the roots that Python code tries.

    roots: the canonical folders of the sources; asked at each change, so it must be quick and may answer differently
    later. A second call adds a second set of roots.
    """
    guard = Guard(roots)
    if not _installed:
        guard.wrap()
    _installed.append(guard)
    sys.addaudithook(guard.on_event)


def confine_worker() -> None:
    """Give up every right to write in this process: by the kernel where it can, and in Python everywhere."""
    landlock.deny_writing()
    seccomp.deny_changes()
    install_guard(lambda: (b"/",))


def landlock_state() -> str:
    """One sentence for `doctor`: what keeps workers from writing on this machine."""
    version = landlock.abi_version()
    changes = " and seccomp refuses changes of rights and times" if seccomp.available() else ""
    if version:
        return f"Workers cannot write: the kernel enforces it (Landlock version {version}){changes}."
    return f"This kernel has no Landlock: workers are kept from writing by Python's audit hook only{changes}."


def _meanings(path: Any, folder: Any, followed: bool) -> list[bytes]:
    """The absolute places an operation on this path can touch: without links, and where a final link leads."""
    if isinstance(path, int):
        return _place_of(path)
    name = os.fsencode(path)
    bases = [b""] if os.path.isabs(name) or folder in (None, -1) else _place_of(folder)
    places = []
    for base in bases:
        full = os.path.join(base or os.getcwdb(), name)
        parent, last = os.path.split(full.rstrip(b"/"))
        if last in (b"", b".", b".."):
            places.append(os.path.realpath(full))
            continue
        places.append(os.path.join(os.path.realpath(parent), last))
        if followed:
            places.append(os.path.realpath(full))
    return places


def _place_of(descriptor: int) -> list[bytes]:
    """Where an open descriptor lies, for fchmod and the like; nothing for pipes and sockets."""
    try:
        if hasattr(fcntl, "F_GETPATH"):      # macOS
            place = fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")
        else:
            place = os.readlink(f"/proc/self/fd/{descriptor}".encode())
    except OSError:
        return []
    return [place.removesuffix(b" (deleted)")] if place.startswith(b"/") else []


def _is_under(place: bytes, root: bytes) -> bool:
    root = root.rstrip(b"/")
    return place == root or place.startswith(root + b"/")
