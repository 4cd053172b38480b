"""What lies where: the mount table, the disk below a path, whether it spins. Reads /proc and /sys only, never a drive.

So it answers at once even when the drive below a path is dead.
"""

from __future__ import annotations

import os
import select
from pathlib import Path
from typing import IO

import msgspec

MOUNT_TABLE = Path("/proc/self/mountinfo")
_NETWORK = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "davfs", "virtiofs"))
_NETWORK_FUSE = ("fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.gvfsd-fuse", "fuse.curlftpfs", "fuse.s3fs",
                 "fuse.glusterfs", "fuse.mergerfs")
_VIRTUAL_DISKS = ("vd", "xvd", "loop", "nbd", "zd")     # say "rotational" whatever they lie on


class Mount(msgspec.Struct, frozen=True):
    """One line of the mount table."""

    point: bytes        # where it is mounted
    inner: bytes        # which folder of the file system is mounted there, b"/" for all of it
    kind: str           # "ext4", "nfs4", "fuse.sshfs" …
    origin: str         # "/dev/sda1", "nas:/photos" …
    device: str         # "8:1"

    @property
    def network(self) -> bool:
        """Whether it lies on another machine: no file-system events, and it may hang."""
        return self.kind in _NETWORK or self.kind.startswith(_NETWORK_FUSE)


def mount_table_text() -> str:
    """The mount table as text; it changes when anything is mounted or unmounted. Empty where there is none."""
    try:
        return MOUNT_TABLE.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def read_mounts(text: str | None = None) -> list[Mount]:
    """The mounts, in the order of the table; later ones cover earlier ones at the same point."""
    mounts = []
    for line in (mount_table_text() if text is None else text).splitlines():
        left, _, right = line.partition(" - ")
        fields, rest = left.split(" "), right.split(" ")
        if len(fields) >= 6 and len(rest) >= 2:
            mounts.append(Mount(_unescape(fields[4]), _unescape(fields[3]), rest[0],
                                os.fsdecode(_unescape(rest[1])), fields[2]))
    return mounts


def mount_of(path: bytes, mounts: list[Mount]) -> Mount | None:
    """The mount a path lies on: the longest mount point that contains it, the last of equal ones."""
    best: Mount | None = None
    for mount in mounts:
        if is_within(path, mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def is_within(path: bytes, folder: bytes) -> bool:
    """Whether path is the folder or lies in it; both canonical."""
    return path == folder or path.startswith(folder if folder.endswith(b"/") else folder + b"/")


def path_in_file_system(path: bytes, mount: Mount) -> bytes:
    """Where a path lies within its file system, whatever the mount point: the part that stays when it moves."""
    beneath = path[len(mount.point):].strip(b"/")
    return b"/" + b"/".join(part for part in (mount.inner.strip(b"/"), beneath) if part)


def path_at_mount(inner_path: bytes, mount: Mount) -> bytes | None:
    """Where a path of the file system appears under this mount of it, or None if this mount does not show it."""
    if not is_within(inner_path, mount.inner):
        return None
    beneath = inner_path[len(mount.inner):].strip(b"/")
    return os.path.join(mount.point, beneath) if beneath else mount.point


def disk_of(mount: Mount) -> str:
    """The whole disk below a mount ("8:0"), so that its partitions share one queue; the server of a network mount."""
    if mount.network:
        return "net:" + mount.origin.split(":", 1)[0].strip("/").split("/", 1)[0]
    node = _block_node(mount)
    if node is None:
        return mount.device
    whole = node.parent if (node / "partition").exists() else node
    return _read(whole / "dev") or mount.device


def is_rotational(mount: Mount) -> bool | None:
    """Whether the disk spins; None where the kernel does not know (network, memory, overlay, virtual machines)."""
    node = None if mount.network else _block_node(mount)
    if node is None:
        return None
    whole = node.parent if (node / "partition").exists() else node
    text = _read(whole / "queue" / "rotational")
    if text is None or (text == "1" and whole.name.startswith(_VIRTUAL_DISKS)):
        return None
    return text == "1"


class MountEvents:
    """Tells that something was mounted or unmounted, also when the table looks the same afterwards."""

    def __init__(self) -> None:
        self._table: IO[bytes] | None = None
        self._reader, self._writer = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        try:
            self._table = MOUNT_TABLE.open("rb")
            self._poll.register(self._table, select.POLLPRI | select.POLLERR)
        except OSError:
            self._table = None

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; True as soon as the table has changed since the last wait."""
        return any(number != self._reader for number, _ in self._poll.poll(seconds * 1000))

    def interrupt(self) -> None:
        """End the waiting of another thread, now and from now on."""
        os.write(self._writer, b"!")

    def close(self) -> None:
        """Stop listening."""
        os.close(self._reader)
        os.close(self._writer)
        if self._table is not None:
            self._table.close()


def _block_node(mount: Mount) -> Path | None:
    """The /sys folder of a mount's block device; btrfs shows a device number of its own, so the name helps."""
    for node in (Path("/sys/dev/block") / mount.device, Path("/sys/class/block") / Path(mount.origin).name):
        if node.exists() and (node / "dev").exists():
            return node.resolve()
    return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _unescape(field: str) -> bytes:
    """The table writes blank, tab, newline and backslash as octal escapes."""
    for code, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, plain)
    return field.encode("utf-8", "surrogateescape")
