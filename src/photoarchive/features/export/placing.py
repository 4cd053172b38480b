"""Where copies go in a target: their names, and giving a finished file its name without ever overwriting another."""

# Names of files are bytes here, which pathlib cannot hold.
# ruff: noqa: PTH103, PTH104, PTH108, PTH119, PTH120

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from photoarchive.catalog.files import Location
from photoarchive.core.facts import Kind
from photoarchive.core.paths import split_name
from photoarchive.features.export.target import folder_name

MOST_NUMBERS = 10_000       # of one name in one folder
# What file systems without hard links (FAT, exFAT, some network shares) answer to link().
NO_LINKS = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL))


def name_in_target(location: Location, source_name: str, structure: str) -> bytes:
    """The path beneath the target: the source's name and folders, or the bare file name."""
    if structure == "flat":
        return os.path.basename(location.original.relpath)
    return os.path.join(folder_name(source_name), location.original.relpath)


def numbered(name: bytes) -> Iterator[bytes]:
    """b"a/IMG_1.jpg", b"a/IMG_1 (2).jpg", b"a/IMG_1 (3).jpg" …"""
    yield name
    folder, file_name = os.path.split(name)
    stem, extension = os.path.splitext(file_name)
    for number in range(2, MOST_NUMBERS):
        yield os.path.join(folder, b"%s (%d)%s" % (stem, number, extension))


def sidecar_name(name: bytes, kind: Kind, *, shared_stem: bool) -> bytes:
    """RAW files: IMG_1.xmp, which Lightroom and others look for; all others IMG_1.jpg.xmp, which no pair can share."""
    stem, _ = split_name(name)
    return (stem if kind is Kind.RAW and not shared_stem else name) + b".xmp"


def regular_file(path: bytes) -> os.stat_result | None:
    """What is at a path if it is a regular file. Raises FileNotFoundError when nothing is there."""
    found = os.lstat(path)
    return found if stat.S_ISREG(found.st_mode) else None


def give_name(staged: bytes, path: bytes) -> None:
    """Let a finished file appear at its place, whole. Raises FileExistsError when something is there already."""
    try:
        os.link(staged, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _reserve_and_rename(staged, path)
        return
    os.unlink(staged)


def _reserve_and_rename(staged: bytes, path: bytes) -> None:
    """Without hard links: an empty file takes the place first, so that nobody else's file is ever replaced."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666))
    try:
        os.rename(staged, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def make_folders(path: bytes) -> None:
    """The folder of a path and those above it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)


def sync_folder_of(path: bytes) -> None:
    """Bring the names in the folder of a path to the disk."""
    handle = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
