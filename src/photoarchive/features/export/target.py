"""Whether originals may be copied into a folder, and making it. Decides on canonical paths; both folders are named."""

# Names of files are bytes here, which pathlib cannot hold.
# ruff: noqa: PTH103, PTH112, PTH120

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from photoarchive.core.errors import Conflict, Invalid, Unavailable
from photoarchive.core.mounts import is_within
from photoarchive.core.paths import display_path, typed_path

# Looks at a path in a child process: {real, is_dir}, {errno}, or None when its drive does not answer.
Resolve = Callable[[bytes], dict[str, Any] | None]


class Protected(msgspec.Struct, frozen=True):
    """A folder into which nothing is copied. name: “the source”, “photoArchive's cache folder”."""

    path: bytes
    name: str
    is_source: bool


def canonical_target(resolve: Resolve, text: str) -> bytes:
    """The canonical path of a typed folder, which need not exist yet. Raises Invalid, Unavailable."""
    path = os.path.normpath(typed_path(text))
    missing: list[bytes] = []
    while True:
        said = resolve(path)
        if said is None:
            raise Unavailable(f"{display_path(path)} does not answer. Is the drive all right?")
        number = said.get("errno")
        if not number:
            break
        if number != errno.ENOENT or path == b"/":
            raise Invalid(f"{display_path(path)} cannot be opened: {os.strerror(number)}.", field="target")
        path, _, name = path.rpartition(b"/")
        path = path or b"/"
        missing.insert(0, name)
    if not said["is_dir"]:
        raise Invalid(f"{display_path(path)} is a file. Choose a folder.", field="target")
    return os.path.join(bytes.fromhex(said["real"]), *missing)


def check_target(target: bytes, protected: Iterable[Protected]) -> None:
    """Raise Conflict if a canonical folder lies in a source or in one of our own folders, or holds a source."""
    shown = display_path(target)
    for folder in protected:
        if is_within(target, folder.path):
            raise Conflict(f"{shown} lies in {folder.name} {display_path(folder.path)}. "
                           "Nothing is ever written there; choose a folder elsewhere.", field="target")
        if folder.is_source and is_within(folder.path, target):
            raise Conflict(f"{shown} holds {folder.name} {display_path(folder.path)}. "
                           "Choose a folder apart from it, such as a new one beside it.", field="target")


def check_room(target: bytes, needed: int, already_there: Callable[[], int]) -> None:
    """Raise Conflict if the files do not fit. already_there: asked only then, how many bytes need not be copied."""
    existing = target
    while not os.path.isdir(existing):
        existing = os.path.dirname(existing)
    free = shutil.disk_usage(existing).free
    if needed > free and needed - already_there() > free:
        raise Conflict(f"The drive of {display_path(target)} has {size_text(free)} free; the copies need "
                       f"{size_text(needed)}.", field="target", free_bytes=free, needed_bytes=needed)


def make_folder(target: bytes) -> None:
    """Make the folder and those above it. Raises Invalid when it cannot be written."""
    shown = display_path(target)
    try:
        os.makedirs(target, exist_ok=True)
    except OSError as error:
        raise Invalid(f"The folder {shown} cannot be made: {error.strerror or error}.", field="target") from error
    if not os.access(target, os.W_OK | os.X_OK):
        raise Invalid(f"{shown} cannot be written by the user photoArchive runs as.", field="target")


def protected_folders(sources: Sequence[bytes], own: Iterable[tuple[bytes, str]]) -> list[Protected]:
    """All folders of the archive. own: path and name of our own ones."""
    found = [Protected(path, "the source", is_source=True) for path in sources]
    return found + [Protected(os.path.realpath(path), f"photoArchive's {name}", is_source=False) for path, name in own]


def size_text(count: int) -> str:
    """“3.1 GB”; steps of 1,000, as the pages, drives and the settings count them."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(1, round(count / 1000))} kB" if count else "no space"


def folder_name(name: str) -> bytes:
    """A source's display name as the name of one folder."""
    clean = "".join("_" if character in "/\\\0" else character for character in name).strip().strip(".")
    return os.fsencode(clean or "photos")
