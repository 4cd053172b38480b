"""Which drive a source lies on, and whether the one there now is the same. Pure but for the mount table and /dev."""

from __future__ import annotations

import errno
import os
from enum import StrEnum
from pathlib import Path

import msgspec

from photoarchive.catalog.sources import Source
from photoarchive.core import mounts

ENOUGH_FILES = 4            # fewer known files say nothing about which drive it is
BY_UUID = Path("/dev/disk/by-uuid")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Problem(StrEnum):
    """What is wrong with a source. The value is the kind of the question asked."""

    AWAY = "away"               # not there, or it does not answer
    EMPTY = "empty"             # the folder is there with nothing in it: probably a mount point without its drive
    OTHER_DRIVE = "other_drive"


class Drive(msgspec.Struct, frozen=True):
    """What identifies the drive below a path."""

    identity: str | None        # "uuid:…", "share:…", or "device:boot:8:1", which holds until the next boot
    inner_path: bytes | None    # where the path lies within the file system
    rotational: bool | None


class Finding(msgspec.Struct, frozen=True):
    """What a probe of a source found. problem None: it is there and it is the right one."""

    problem: Problem | None
    sentence: str = ""
    drive: Drive | None = None
    looked: int = 0             # known files looked for
    matched: int = 0            # of those, found as known


class Look(msgspec.Struct, frozen=True):
    """What the probe child saw; number: the error at the root, 0 if there was none."""

    number: int = 0
    empty: bool = False
    uuid: str | None = None
    looked: int = 0
    matched: int = 0


def drive_of(path: bytes, uuid: str | None, table: list[mounts.Mount]) -> Drive:
    """The drive below a path. uuid: what the kernel says of the file system, if it says anything."""
    mount = mounts.mount_of(path, table)
    if mount is None:
        return Drive(f"uuid:{uuid}" if uuid else None, None, None)
    inner = mounts.path_in_file_system(path, mount)
    if mount.network:
        return Drive(f"share:{mount.kind}:{mount.origin}", inner, None)
    named = uuid_by_name(mount) or uuid
    identity = f"uuid:{named}" if named else f"device:{_boot()}:{mount.device}"
    return Drive(identity, inner, mounts.is_rotational(mount))


def uuid_by_name(mount: mounts.Mount) -> str | None:
    """The UUID (or the serial number of FAT and NTFS) that udev found on a mount's block device."""
    try:
        wanted = Path(mount.origin).stat().st_rdev
        for link in BY_UUID.iterdir():
            if wanted and link.stat().st_rdev == wanted:
                return link.name.lower()
    except OSError:
        return None
    return None


def judge(source: Source, look: Look | None, table: list[mounts.Mount]) -> Finding:
    """What a look at a source means. look None: it did not answer in time."""
    name = source.display_name
    if look is None:
        return Finding(Problem.AWAY, f"The drive of {name} does not answer.")
    if look.number:
        return Finding(Problem.AWAY, _why_not_opened(source, look.number))
    drive = drive_of(source.path, look.uuid, table)
    if look.empty and look.looked:
        return Finding(Problem.EMPTY, f"{source.shown_path} is empty, although it held photos. "
                       "It may be a mount point without its drive.", drive)
    if not is_same_drive(source.fs_uuid, drive.identity, look):
        return Finding(Problem.OTHER_DRIVE, f"The drive at {source.shown_path} is not the one {name} was on.", drive)
    return Finding(None, "", drive, look.looked, look.matched)


def _why_not_opened(source: Source, number: int) -> str:
    if number == errno.EACCES:
        return f"There is no permission to read {source.shown_path}."
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        return f"{source.shown_path} is not there. Is the drive of {source.display_name} connected?"
    return f"The drive of {source.display_name} does not answer: {os.strerror(number)}."


def is_same_drive(stored: str | None, now: str | None, look: Look) -> bool:
    """Whether the drive is the one known: by a lasting identity where both have one, else by known files.

    A device number lasts until the next boot and may change when the same drive comes back, so it can only confirm.
    """
    if stored and now and stored == now:
        return True
    if _lasts(stored) and _lasts(now):
        return False
    return look.looked < ENOUGH_FILES or look.matched > 0


def places_elsewhere(source: Source, table: list[mounts.Mount]) -> list[bytes]:
    """Paths at which an absent source would lie if its file system were mounted elsewhere; to be looked at."""
    if not _lasts(source.fs_uuid) or source.fs_path is None:
        return []
    found: dict[bytes, None] = {}
    for mount in table:
        path = mounts.path_at_mount(source.fs_path, mount)
        if path is not None and path != source.path and (mount.network or mount.origin.startswith("/dev/")):
            found[path] = None
    return list(found)


def _lasts(identity: str | None) -> bool:
    return identity is not None and not identity.startswith("device:")


def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
