"""Whether a folder may become a source, and what is wrong if not. Decides on canonical paths; touches no disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

import msgspec

from photoarchive.catalog.sources import Source
from photoarchive.core.errors import Conflict, Invalid, NotFound, Unavailable
from photoarchive.core.mounts import is_within
from photoarchive.core.paths import display_path, typed_path
from photoarchive.features.sources.probes import Prober

# Folders the kernel makes up. As a source they would also make the guard refuse what every program writes there:
# /dev/null, /proc/self/fd/7.
NOT_ON_A_DISK = (b"/proc", b"/sys", b"/dev")


class Reserved(msgspec.Struct, frozen=True):
    """A folder of photoArchive's own, which may neither hold a source nor lie in one."""

    path: bytes
    name: str       # "data folder", "cache folder"


def canonical_folder(prober: Prober, text: str) -> tuple[bytes, str | None]:
    """The canonical path of a typed folder and its file system's UUID, if the kernel tells it.

    Raises Invalid, NotFound or Unavailable with a sentence if it is no folder that may be read.
    """
    path = typed_path(text)
    said = prober.resolve(path)
    shown = display_path(path)
    if said is None:
        raise Unavailable(f"{shown} does not answer. Is the drive all right?")
    number = said.get("errno")
    if number in (errno.ENOENT, errno.ENOTDIR):
        raise NotFound(f"There is no folder {shown}.")
    if number in (errno.EACCES, errno.EPERM):
        raise Invalid(f"There is no permission to read {shown}.", field="path")
    if number:
        raise Invalid(f"{shown} cannot be opened: {os.strerror(number)}.", field="path")
    if not said["is_dir"]:
        raise Invalid(f"{shown} is a file. Choose the folder that holds it.", field="path")
    return bytes.fromhex(said["real"]), said.get("uuid")


def check_place(path: bytes, sources: Iterable[Source], reserved: Iterable[Reserved]) -> None:
    """Raise Conflict if a canonical path touches an active source or one of our own folders; both are named.

    Raises Invalid for a folder that is on no disk, or holds such a folder.
    """
    shown = display_path(path)
    for made_up in NOT_ON_A_DISK:
        if is_within(path, made_up):
            raise Invalid(f"{shown} belongs to the operating system and holds no photos.", field="path")
    for own in reserved:
        if is_within(path, own.path):
            raise Conflict(f"{shown} lies in photoArchive's {own.name} {display_path(own.path)}. "
                           "Photos there cannot be a source.")
        if is_within(own.path, path):
            raise Conflict(f"{shown} contains photoArchive's {own.name} {display_path(own.path)}. "
                           "Choose a folder without it, or move it elsewhere.")
    for source in sources:
        if source.state != "active":
            continue
        if source.path == path:
            raise Conflict(f"{shown} is already a source.", source_id=source.id)
        if is_within(path, source.path):
            raise Conflict(f"{shown} lies inside the source {source.shown_path}. Rescan that source instead.",
                           source_id=source.id)
        if is_within(source.path, path):
            raise Conflict(f"{shown} contains the source {source.shown_path}. Remove that source first, keeping its "
                           "catalog data: its photos are recognised again.", source_id=source.id)
