"""The only door to originals: opens and lists them, read-only, and never through a link. Owns no decoding.

Everything is opened relative to the source's own folder, so a link swapped in between looking and opening leads
nowhere; non-blocking, so a FIFO cannot hold us; and only regular files get through.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

import msgspec

from photoarchive.core import openat2
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.paths import Original, display_path

DRIVE_IS_AWAY = frozenset(
    getattr(errno, name) for name in (
        "EIO", "ESTALE", "ENOTCONN", "ENODEV", "EHOSTDOWN", "EHOSTUNREACH", "ETIMEDOUT", "EREMOTEIO",
        "ENOMEDIUM", "ESHUTDOWN",
    ) if hasattr(errno, name)
)
NO_ATIME = getattr(os, "O_NOATIME", 0)        # reading must not even change the time of last access
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
READ_LIMIT = 1 << 30         # Linux reads less than 2 GB at a time


class Entry(NamedTuple):
    """One thing in a folder of a source. Links, FIFOs, sockets and devices are never listed."""

    name: bytes
    is_dir: bool
    size: int
    mtime_ns: int
    inode: int
    device: int


class OpenedOriginal(msgspec.Struct, frozen=True):
    """An original that is open for reading. Use it in a with statement; `fd` is closed at its end."""

    original: Original
    fd: int
    size: int
    mtime_ns: int
    inode: int
    device: int
    start: int = 0              # where it begins in the file: a clip inside a photo is an original of its own

    def part(self, start: int, size: int) -> OpenedOriginal:
        """A part of it, through the same descriptor."""
        return msgspec.structs.replace(self, start=self.start + start, size=size)

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to count bytes from offset; fewer only at the end of the file."""
        parts = []
        if self.start:
            count = min(count, self.size - offset)
            offset += self.start
        try:
            while count > 0 and (part := os.pread(self.fd, min(count, READ_LIMIT), offset)):
                parts.append(part)
                offset, count = offset + len(part), count - len(part)
        except OSError as error:
            raise trouble(error, self.original) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_all(self, limit: int) -> bytes:
        """The whole file. Raises Unreadable if it is larger than limit bytes."""
        if self.size > limit:
            raise Unreadable(f"The file is too large to be read at once ({self.size:,} bytes).")
        return self.read_at(0, self.size)

    def file(self) -> BinaryIO:
        """A seekable file object of its own, at the beginning. Closing it leaves `fd` open."""
        return io.BufferedReader(_RawOriginal(self), 64 << 10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.fd)


class _RawOriginal(io.RawIOBase):
    """Positioned reads of an opened original, so that several file objects do not share one position."""

    def __init__(self, opened: OpenedOriginal) -> None:
        super().__init__()
        self._opened = opened
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._opened.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "a position before the beginning")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        opened = self._opened
        if opened.start:
            buffer = buffer[: max(0, opened.size - self._position)]
        count = os.preadv(opened.fd, [buffer], opened.start + self._position)
        self._position += count
        return count

    def fileno(self) -> int:
        return self._opened.fd


def open_original(original: Original) -> OpenedOriginal:
    """Open an original for reading.

    Raises NotFound when it is gone, Unavailable(offline=True) when its drive is, Unreadable when it may not be read, is
    reached through a link, or is no regular file.
    """
    try:
        descriptor = _open_beneath(original.root, original.relpath, FILE)
    except OSError as error:
        raise trouble(error, original) from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("This is not a regular file.")
        return OpenedOriginal(
            original, descriptor, facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_dev
        )
    except BaseException:
        os.close(descriptor)
        raise


def list_folder(root: bytes, relpath: bytes = b"") -> Iterator[Entry]:
    """The files and folders directly in a folder of a source, in the order of the disk.

    What disappears while we look is left out. Raises like open_original.
    """
    folder = Original(root, relpath)
    try:
        descriptor = _open_beneath(root, relpath, FOLDER)
    except OSError as error:
        raise trouble(error, folder) from error
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                try:
                    facts = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                is_dir = stat.S_ISDIR(facts.st_mode)
                if is_dir or stat.S_ISREG(facts.st_mode):
                    yield Entry(os.fsencode(entry.name), is_dir, facts.st_size, facts.st_mtime_ns,
                                facts.st_ino, facts.st_dev)
    except OSError as error:
        raise trouble(error, folder) from error
    finally:
        os.close(descriptor)


def trouble(error: OSError, original: Original) -> PhotoArchiveError:
    """What a failed system call on an original means to a person."""
    name = original.display()
    number = error.errno
    if number in DRIVE_IS_AWAY:
        return Unavailable(f"The drive of {name} does not answer: {error.strerror}.", offline=True)
    if number in (errno.ENOENT, errno.ENOTDIR):
        if not _root_is_there(original.root):
            return Unavailable(f"{display_path(original.root)} is not there: the drive is not connected.", offline=True)
        return NotFound(f"{name} is gone.")
    if number in (errno.ELOOP, errno.EXDEV):
        return Unreadable("This is a link, or lies behind one. Links are not followed.")
    if number in (errno.EACCES, errno.EPERM):
        return Unreadable("There is no permission to read this file.")
    return Unreadable(f"The file cannot be opened: {error.strerror or error}.")


def _root_is_there(root: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(root).st_mode)
    except OSError:
        return False


def _open_beneath(root: bytes, relpath: bytes, flags: int) -> int:
    parts = [part for part in relpath.split(b"/") if part not in (b"", b".")]
    if b".." in parts or relpath.startswith(b"/"):
        raise OSError(errno.EXDEV, "a path that leads out of its source")
    source = _open_quietly(root, FOLDER, None)
    if not parts:
        return source
    try:
        if openat2.available() and len(relpath) < 4000:      # PATH_MAX is 4096; longer ones go part by part
            return _beneath_at_once(source, b"/".join(parts), flags)
        return _beneath_by_parts(source, parts, flags)
    finally:
        os.close(source)


def _beneath_at_once(source: int, path: bytes, flags: int) -> int:
    flags &= ~os.O_NOFOLLOW      # the kernel refuses every link here; with this flag it would call one "no folder"
    try:
        return openat2.open_beneath(source, path, flags | NO_ATIME)
    except PermissionError:
        return openat2.open_beneath(source, path, flags)


def _beneath_by_parts(source: int, parts: list[bytes], flags: int) -> int:
    """The same promise without openat2: every part is opened in the folder before it, and is not a link."""
    folder = os.dup(source)
    try:
        for part in parts[:-1]:
            inner = _part(part, FOLDER, folder)
            os.close(folder)
            folder = inner
        return _part(parts[-1], flags, folder)
    finally:
        os.close(folder)


def _part(name: bytes, flags: int, folder: int) -> int:
    try:
        return _open_quietly(name, flags, folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode):      # O_DIRECTORY hides that it is a link
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise


def _open_quietly(path: bytes, flags: int, folder: int | None) -> int:
    """Open without touching the time of last access where we may: only the owner is allowed to ask for it."""
    try:
        return os.open(path, flags | NO_ATIME, dir_fd=folder)
    except PermissionError:
        return os.open(path, flags, dir_fd=folder)
