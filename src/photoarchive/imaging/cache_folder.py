"""The cache folder on the disk: whether it is ours and there, and how a file gets into it whole or not at all.

Knows nothing of budgets or the manifest (`imaging.disk_cache`). Layout: `<folder>/<tier>/<id // 1000>/<id><suffix>`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from photoarchive.core import mounts
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable
from photoarchive.core.tiers import Tier

MARKER = "photoarchive-cache"
TAG = "CACHEDIR.TAG"
TAG_TEXT = ("Signature: 8a477f597d28d172789f06886806bc55\n"
            "# Previews made by photoArchive. They can be made again: back-ups need not hold them.\n")
LOOK_AGAIN_SECONDS = 5.0            # how long an answer about the folder is good
FULL_DISK = frozenset((errno.ENOSPC, errno.EDQUOT))
NO_TMPFILE = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL))

Writer = Callable[[int], None]
"""Writes the whole content into a file descriptor."""


class CacheFolder:
    """One folder, claimed for one catalog. Its methods raise Unavailable with a sentence when the folder is away."""

    def __init__(self, path: Path, owner: str, mount: bytes | None = None) -> None:
        self.path, self._owner, self._mount = path, owner, mount
        self._checked = (-LOOK_AGAIN_SECONDS, "")

    def claim(self) -> None:
        """Make the folder ours: create and mark it. Raises Unavailable if it is another catalog's or cannot be used."""
        trouble = self._look() and self._make()
        self._checked = (monotonic(), trouble)
        if trouble:
            raise Unavailable(trouble)

    def trouble(self) -> str:
        """Why the folder cannot be used now, as a sentence; "" if it can. Looks at the disk every few seconds."""
        when, answer = self._checked
        if monotonic() - when > LOOK_AGAIN_SECONDS:
            answer = self._look()
            self._checked = (monotonic(), answer)
        return answer

    def look_again(self) -> None:
        """Something failed: the next question looks at the disk."""
        self._checked = (-LOOK_AGAIN_SECONDS, "")

    def _look(self) -> str:
        try:
            owner = (self.path / MARKER).read_text("ascii").split()[-1:]
        except FileNotFoundError:
            if self._mount is not None and mount_point(self.path) != self._mount:
                return f"The drive with the cache folder {self.path} is not connected."
            return f"The cache folder {self.path} is not there."
        except (OSError, UnicodeDecodeError) as error:
            return f"The cache folder {self.path} cannot be read: {_words(error)}."
        if owner != [self._owner]:
            return f"The cache folder {self.path} belongs to another catalog of photoArchive and was left untouched."
        return ""

    def _make(self) -> str:
        """Create and mark the folder, unless its drive is away or it is marked already."""
        if (self.path / MARKER).exists() or (self._mount is not None and mount_point(self.path) != self._mount):
            return self._look()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            _put_small(self.path, TAG, TAG_TEXT)
            _put_small(self.path, MARKER, f"catalog {self._owner}\n")
        except OSError as error:
            return f"The cache folder {self.path} cannot be used: {_words(error)}."
        return ""

    # ------------------------------------------------------------------ files

    def place(self, photo_id: int, tier: Tier, suffix: str) -> tuple[Path, str]:
        """The folder and the name of a cache file."""
        return self.path / tier.value / str(photo_id // 1000), f"{photo_id}{suffix}"

    def stage(self, photo_id: int, tier: Tier, suffix: str, write: Writer, *, sync: bool = False) -> Staged:
        """Write a file that has no place yet; `appear` gives it its place. Raises OSError."""
        folder, name = self.place(photo_id, tier, suffix)
        try:
            return Staged(folder, name, write, sync=sync)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            return Staged(folder, name, write, sync=sync)

    def open(self, photo_id: int, tier: Tier, suffix: str) -> int:
        """A descriptor for reading. Raises OSError."""
        folder, name = self.place(photo_id, tier, suffix)
        return os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)

    def remove(self, photo_id: int, tier: Tier, suffix: str) -> None:
        """Delete one file of ours, if it is there. Raises OSError if it cannot be deleted."""
        folder, name = self.place(photo_id, tier, suffix)
        for victim in (folder / name, folder / part_name(name)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                victim.unlink()
        with contextlib.suppress(OSError):
            folder.rmdir()              # only if it is empty now


class Staged:
    """A file written completely that has not appeared yet: a kill at any moment leaves the old one or the new one.

    Where the file system can (ext4, xfs, btrfs, tmpfs), the new file has no name at all until it appears, so a kill
    leaves nothing behind. Elsewhere it has a name that the next attempt uses again. sync: also survive a power cut;
    without it a cut may leave a short file, which reading notices.
    """

    def __init__(self, folder: Path, name: str, write: Writer, *, sync: bool = False) -> None:
        self._name, self._sync = name, sync
        self._directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._descriptor, self._named = -1, False
        try:
            self._descriptor, self._named = _open_new(self._directory, name)
            write(self._descriptor)
            if sync:
                os.fsync(self._descriptor)
        except BaseException:
            self.close()
            raise

    def appear(self) -> None:
        """Take the place of an older file, in one step."""
        if not self._named and _link(self._directory, self._descriptor, self._name):
            return
        self._named = True
        os.rename(part_name(self._name), self._name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        self._named = False
        if self._sync:
            os.fsync(self._directory)

    def close(self) -> None:
        """Let go; a file that has not appeared is gone."""
        if self._named:
            with contextlib.suppress(OSError):
                os.unlink(part_name(self._name), dir_fd=self._directory)
        self._named = False
        for descriptor in (self._descriptor, self._directory):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._directory = -1


def _put_small(folder: Path, name: str, text: str) -> None:
    stage = Staged(folder, name, bytes_writer(text.encode()))
    try:
        stage.appear()
    finally:
        stage.close()


def part_name(name: str) -> str:
    """What an unfinished file is called where it must have a name."""
    return f".{name}.part"


def _open_new(directory: int, name: str) -> tuple[int, bool]:
    """A new file without a name, or with the unfinished name; which of the two."""
    if hasattr(os, "O_TMPFILE"):
        try:
            path = f"/proc/self/fd/{directory}"
            return os.open(path, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o644), False
        except OSError as error:
            if error.errno not in NO_TMPFILE:
                raise
    flags = os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(part_name(name), flags, 0o644, dir_fd=directory), True


def _link(directory: int, descriptor: int, name: str) -> bool:
    """Give a nameless file its name. False: the name is taken, so it has the unfinished name now, to be renamed."""
    origin = f"/proc/self/fd/{descriptor}"
    try:
        os.link(origin, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=True)
    except FileExistsError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part_name(name), dir_fd=directory)
        os.link(origin, part_name(name), src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=True)
        return False
    return True


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def bytes_writer(data: bytes) -> Writer:
    """A writer of these bytes."""
    return lambda descriptor: _write_all(descriptor, data)


def mount_point(path: Path) -> bytes:
    """Where the file system of a path (or of what will be its parent) is mounted."""
    mount = mounts.mount_of(os.fsencode(path), mounts.read_mounts())
    return mount.point if mount else b"/"


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return "the disk is full" if error.errno in FULL_DISK else (error.strerror or str(error)).lower()
    return "its marker file is damaged"
