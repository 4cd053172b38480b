"""Looks at one source from a child process, which may hang on a dead drive without costing the server anything.

Reads one JSON question from standard input and writes one JSON answer. Opens no file of the source: it looks at the
root folder, asks the file system for its UUID, and compares size and mtime of some known files.
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


def examine(question: dict[str, Any]) -> dict[str, Any]:
    """What is at the root now: {errno} if it cannot be opened, else {empty, uuid, looked, matched, device}."""
    root = bytes.fromhex(question["root"])
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return {"errno": error.errno}
    try:
        with os.scandir(folder) as entries:
            empty = all(entry.name == "lost+found" for entry in entries)
        device = os.fstat(folder).st_dev
        files = question.get("files", [])
        matched = sum(_matches(folder, bytes.fromhex(path), size, mtime_ns) for path, size, mtime_ns in files)
        return {"empty": empty, "uuid": _uuid(folder), "looked": len(files), "matched": matched,
                "device": f"{os.major(device)}:{os.minor(device)}"}
    except OSError as error:
        return {"errno": error.errno}
    finally:
        os.close(folder)


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
    answer = bytearray(17)
    try:
        fcntl.ioctl(folder, GET_FS_UUID, answer)
    except OSError:
        return None
    raw = bytes(answer[1:17])
    return str(uuid.UUID(bytes=raw)) if answer[0] == 16 and any(raw) else None


if __name__ == "__main__":
    json.dump(examine(json.load(sys.stdin)), sys.stdout)
