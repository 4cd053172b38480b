"""Refuse the system calls that change files and that Landlock does not know: rights, owner, times, attributes.

A seccomp filter over the system call's number; the calls below answer EPERM, everything else is untouched.
Owns the numbers of the two architectures our wheels exist for; elsewhere it does nothing and says so.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

from photoarchive.core.landlock import forbid_new_privileges

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD_WORD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NUMBER_OFFSET, ARCHITECTURE_OFFSET = 0, 4     # in struct seccomp_data
X32_BIT = 0x40000000                          # the same calls under other numbers

# chmod fchmod chown fchown lchown utime mknod · setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr ·
# utimes mknodat fchownat futimesat fchmodat utimensat ptrace kexec bpf io_uring fchmodat2 setxattrat removexattrat
# file_setattr
X86_64 = (0xC000003E, (
    90, 91, 92, 93, 94, 132, 133, 188, 189, 190, 197, 198, 199, 235, 259, 260, 261, 268, 280, 101, 246, 321,
    425, 426, 427, 452, 463, 466, 469,
))
AARCH64 = (0xC00000B7, (
    52, 53, 54, 55, 33, 5, 6, 7, 14, 15, 16, 88, 117, 104, 280, 425, 426, 427, 452, 463, 466, 469,
))
KNOWN = {"x86_64": X86_64, "aarch64": AARCH64}


def available() -> bool:
    """True where this kind of machine is known."""
    return sys.platform.startswith("linux") and platform.machine() in KNOWN


def deny_changes() -> bool:
    """Install the filter in this thread and its later children. False where it is not known or not allowed."""
    if not available():
        return False
    architecture, calls = KNOWN[platform.machine()]
    program = _program(architecture, calls)
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HL", len(program) // 8, ctypes.addressof(code)))
    forbid_new_privileges()
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(
        ctypes.c_int(PR_SET_SECCOMP), ctypes.c_ulong(MODE_FILTER), header, ctypes.c_ulong(0), ctypes.c_ulong(0)
    ) == 0)


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """BPF: refuse foreign architectures and the listed numbers, allow the rest."""
    steps = [(LOAD_WORD, 0, 0, ARCHITECTURE_OFFSET), (JUMP_IF_EQUAL, 1, 0, architecture), (RETURN, 0, 0, REFUSE),
             (LOAD_WORD, 0, 0, NUMBER_OFFSET), (JUMP_IF_AT_LEAST, len(calls) + 1, 0, X32_BIT)]
    steps += [(JUMP_IF_EQUAL, len(calls) - index, 0, number) for index, number in enumerate(calls)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
