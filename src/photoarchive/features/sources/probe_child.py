"""Looks at folders from a child process, which may hang on a dead drive without costing the server anything.

Reads one JSON question from standard input and writes one JSON answer. Opens no file: it looks at folders, asks the
file system for its UUID, and compares size and mtime of some known files. Uses the standard library only, so that it
starts in a few milliseconds.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import sys
import uuid
from typing import Any

GET_FS_UUID = 0x80111500        # FS_IOC_GETFSUUID = _IOR(0x15, 0, struct fsuuid2), Linux 6.9: length, then 16 bytes
TIME_SLACK_NS = 2_000_000_000   # FAT keeps even seconds
MAX_ENTRIES = 5_000             # folders shown at once by the folder browser
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question; {errno} if the folder cannot be opened."""
    path = bytes.fromhex(question["root"])
    try:
        if question["ask"] == "resolve":
            return resolve(path)
        return browse(path) if question["ask"] == "browse" else examine(path, question.get("files", []))
    except OSError as error:
        return {"errno": error.errno}


def examine(root: bytes, files: list[tuple[str, int, int]]) -> dict[str, Any]:
    """What is at the root of a source now. files: path beneath it in hex, size, mtime_ns."""
    folder = os.open(root, FOLDER)
    try:
        with os.scandir(folder) as entries:
            empty = all(entry.name == "lost+found" for entry in entries)
        matched = sum(_matches(folder, bytes.fromhex(path), size, mtime_ns) for path, size, mtime_ns in files)
        return {"empty": empty, "uuid": _uuid(folder), "looked": len(files), "matched": matched}
    finally:
        os.close(folder)


def resolve(path: bytes) -> dict[str, Any]:
    """The canonical path of what a person typed, and whether it is a folder that may be listed."""
    real = os.path.realpath(path)
    facts = os.lstat(real)      # realpath has followed all links
    if not stat.S_ISDIR(facts.st_mode):
        return {"real": real.hex(), "is_dir": False}
    folder = os.open(real, FOLDER)
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
        return {"real": real.hex(), "is_dir": True, "uuid": _uuid(folder)}
    finally:
        os.close(folder)


def browse(path: bytes) -> dict[str, Any]:
    """The folders in a folder: [name in hex, whether it may be listed]."""
    real = os.path.realpath(path)
    folder = os.open(real, FOLDER)
    found: list[tuple[str, bool]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = os.fsencode(entry.name)
                if not name.startswith(b".") and _is_dir(entry):
                    found.append((name.hex(), os.access(name, os.R_OK | os.X_OK, dir_fd=folder)))
    finally:
        os.close(folder)
    found.sort(key=lambda item: bytes.fromhex(item[0]).lower())
    return {"real": real.hex(), "folders": found[:MAX_ENTRIES], "more": len(found) > MAX_ENTRIES}


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError:
        return False


def _matches(folder: int, relpath: bytes, size: int, mtime_ns: int) -> bool:
    try:
        facts = os.stat(relpath, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ESTALE, errno.ENOTCONN):
            raise
        return False
    return (stat.S_ISREG(facts.st_mode) and facts.st_size == size
            and abs(facts.st_mtime_ns - mtime_ns) <= TIME_SLACK_NS)


def _uuid(folder: int) -> str | None:
    """The file system's UUID from the kernel, where it is new enough and the file system has one."""
    buffer = bytearray(17)
    try:
        fcntl.ioctl(folder, GET_FS_UUID, buffer)
    except OSError:
        return None
    raw = bytes(buffer[1:17])
    return str(uuid.UUID(bytes=raw)) if buffer[0] == 16 and any(raw) else None


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
