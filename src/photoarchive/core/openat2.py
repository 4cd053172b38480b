"""openat2(2): open a path beneath a folder without following any link, as one promise of the kernel (Linux ≥ 5.6)."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys

SYS_OPENAT2 = 437
RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH = 0x02, 0x04, 0x08
RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS
MAX_RACES = 16        # EAGAIN: something was renamed while the kernel walked the path


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@functools.cache
def available() -> bool:
    """True where the kernel has the call and no sandbox hides it."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        os.close(_call(-100, b".", os.O_PATH | os.O_CLOEXEC, 0))
    except OSError:
        return False
    return True


def open_beneath(folder: int, path: bytes, flags: int) -> int:
    """Open path beneath an open folder. Raises OSError: ELOOP for a link anywhere, EXDEV for a way out."""
    for attempt in range(MAX_RACES):
        try:
            return _call(folder, path, flags | os.O_CLOEXEC, RESOLVE)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR) or attempt == MAX_RACES - 1:
                raise
    raise AssertionError("unreachable")


def _call(folder: int, path: bytes, flags: int, resolve: int) -> int:
    how = _OpenHow(flags, 0, resolve)
    descriptor = int(_libc().syscall(
        SYS_OPENAT2, ctypes.c_int(folder), ctypes.c_char_p(path), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how))
    ))
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return descriptor
