"""Give up rights for good: the kernel's Landlock, called directly. Owns the system calls; who calls them is not here.

Handled rights without a rule are denied everywhere, so a ruleset of all writing rights and no rule leaves reading only.
Landlock does not know chmod, chown, utime and xattr; `core.seccomp` takes those away.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys

SYS_CREATE_RULESET = 444      # the same number on every architecture
SYS_RESTRICT_SELF = 446
ASK_VERSION = 1
PR_SET_NO_NEW_PRIVS = 38

WRITE_FILE = 1 << 1
CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))      # REMOVE_DIR … MAKE_SYM
RIGHTS_BY_ABI = {1: WRITE_FILE | CHANGE_FOLDERS, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}   # + REFER, TRUNCATE, IOCTL_DEV
NETWORK_ABI, TCP_RIGHTS = 4, 0b11                           # bind, connect
SCOPE_ABI, SCOPES = 6, 0b11                                 # abstract unix sockets, signals to other processes


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@functools.cache
def abi_version() -> int:
    """Landlock's version in this kernel; 0 where there is none or it is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    version = int(_libc().syscall(SYS_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION)))
    return max(0, version)


def deny_writing() -> bool:
    """Take every writing right in the file system, TCP and signalling others from this thread and its later children.

    Returns False where the kernel has no Landlock. Descriptors that are already open keep working.
    """
    version = abi_version()
    if version == 0:
        return False
    rules = _Ruleset(fs=sum(rights for since, rights in RIGHTS_BY_ABI.items() if version >= since))
    size = 8
    if version >= NETWORK_ABI:
        rules.net, size = TCP_RIGHTS, 16
    if version >= SCOPE_ABI:
        rules.scoped, size = SCOPES, 24
    ruleset = _checked(
        _libc().syscall(SYS_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    )
    try:
        forbid_new_privileges()
        _checked(_libc().syscall(SYS_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)
    return True


def forbid_new_privileges() -> None:
    """No set-user-id program started from here gains rights. The kernel demands it before giving up rights."""
    one, none = ctypes.c_ulong(1), ctypes.c_ulong(0)
    _checked(_libc().prctl(ctypes.c_int(PR_SET_NO_NEW_PRIVS), one, none, none, none))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno() or errno.EINVAL
        raise OSError(number, os.strerror(number))
    return result
