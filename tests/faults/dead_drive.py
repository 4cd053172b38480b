"""A drive that dies: a file system of our own (FUSE, spoken directly) whose files open and whose reads never return.

A process in such a read cannot be killed, not even by SIGKILL: what happens with NFS servers and USB disks that vanish.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

LOOKUP, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, OPENDIR, RELEASEDIR, INTERRUPT, FORGET = (
    1, 3, 14, 15, 18, 25, 26, 27, 29, 36, 2
)
IN_HEADER = struct.Struct("<IIQQIIIHH")
DIRECT_IO = 1          # reads bypass the page cache: a process that waits for such a read is unkillable
FILE_SIZE = 100_000


class DeadDrive:
    """Serves the kernel's questions about the mounted folder until it is closed."""

    def __init__(self, at: Path, device: int) -> None:
        self.path, self._device = at, device
        self._unanswered: list[int] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def let_reads_fail(self) -> None:
        """The drive is given up: all reads that hang end with an I/O error."""
        for unique in self._unanswered:
            self._answer(unique, b"", -errno.EIO)
        self._unanswered.clear()

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, 1 << 20)
            except OSError:
                return
            _, operation, unique, node, *_ = IN_HEADER.unpack_from(request)
            if operation == READ:
                self._unanswered.append(unique)
            elif operation not in (INTERRUPT, FORGET):
                self._reply(operation, unique, node, request[IN_HEADER.size:])

    def _reply(self, operation: int, unique: int, node: int, body: bytes) -> None:
        if operation == INIT:
            self._answer(unique, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 12, 9, 65536, 1, 16, 0, 0))
        elif operation == LOOKUP:
            self._answer(unique, struct.pack("<QQQQII", 2 + sum(body), 0, 60, 60, 0, 0) + self._facts(2 + sum(body)))
        elif operation == GETATTR:
            self._answer(unique, struct.pack("<QII", 60, 0, 0) + self._facts(node))
        elif operation in (OPEN, OPENDIR):
            self._answer(unique, struct.pack("<QII", 1, DIRECT_IO if operation == OPEN else 0, 0))
        elif operation in (RELEASE, RELEASEDIR, FLUSH):
            self._answer(unique, b"")
        else:
            self._answer(unique, b"", -errno.ENOSYS)

    @staticmethod
    def _facts(node: int) -> bytes:
        mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | 0o644
        return struct.pack("<QQQQQQIIIIIIIIII", node, FILE_SIZE, 200, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _answer(self, unique: int, body: bytes, error: int = 0) -> None:
        with contextlib.suppress(OSError):      # the kernel has forgotten an interrupted question
            os.write(self._device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


@contextlib.contextmanager
def dead_drive(at: Path) -> Iterator[DeadDrive]:
    """Mount a dead drive at a folder; skips with the reason where that is not possible."""
    at.mkdir(parents=True, exist_ok=True)
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no FUSE here: {error.strerror}")
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"dead", bytes(at), b"fuse", ctypes.c_ulong(0), options) != 0:
        os.close(device)
        pytest.skip(f"a dead drive cannot be mounted here: {os.strerror(ctypes.get_errno())}")
    drive = DeadDrive(at, device)
    try:
        yield drive
    finally:
        drive.let_reads_fail()
        libc.umount2(bytes(at), 2)
        os.close(device)
