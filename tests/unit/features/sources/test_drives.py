"""The mount table, the disk below a path, and whether the drive at a path is the right one."""

from __future__ import annotations

import errno
import os

import pytest

from photoarchive.catalog.sources import Source
from photoarchive.core.mounts import (
    Mount,
    disk_of,
    is_rotational,
    mount_of,
    path_at_mount,
    path_in_file_system,
    read_mounts,
)
from photoarchive.features.sources.drives import Look, Problem, drive_of, is_same_drive, judge, places_elsewhere

TABLE = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 8:17 / /media/ann/My\040Drive rw,nosuid shared:5 - ext4 /dev/sdb1 rw
41 27 0:50 /@photos /srv/photos rw - btrfs /dev/sdc1 rw,subvol=/@photos
42 27 0:60 / /mnt/nas rw - nfs4 nas:/export/photos rw
43 27 0:61 / /mnt/share rw - cifs //server/photos rw
44 27 8:33 / /media/ann/My\040Drive rw - vfat /dev/sdd1 rw
"""
MOUNTS = read_mounts(TABLE)


def source(path: bytes, **values: object) -> Source:
    """A source as the table has it."""
    fields = {"id": 1, "path": path, "display_name": "Archive", "state": "active", "online": True, "fs_uuid": None,
              "fs_path": None, "rotational": None} | values
    return Source(**fields)


def test_the_mount_of_a_path_is_the_innermost_and_the_last_one_there():
    assert mount_of(b"/home/ann", MOUNTS).device == "254:0"
    assert mount_of(b"/media/ann/My Drive/2019", MOUNTS).kind == "vfat"
    assert mount_of(b"/media/ann/My Drive2", MOUNTS).device == "254:0"
    assert mount_of(b"/mnt/nas", MOUNTS).network


def test_a_path_is_found_again_under_another_mount_of_its_file_system():
    inner = path_in_file_system(b"/srv/photos/2019", mount_of(b"/srv/photos/2019", MOUNTS))
    assert inner == b"/@photos/2019"
    whole = Mount(b"/run/disk", b"/", "btrfs", "/dev/sdc1", "0:50")
    assert path_at_mount(inner, whole) == b"/run/disk/@photos/2019"
    other = Mount(b"/run/other", b"/@home", "btrfs", "/dev/sdc1", "0:50")
    assert path_at_mount(inner, other) is None


def test_network_mounts_are_known_by_their_share_and_counted_by_their_server():
    drive = drive_of(b"/mnt/nas/2019", None, MOUNTS)
    assert (drive.identity, drive.inner_path) == ("share:nfs4:nas:/export/photos", b"/2019")
    assert disk_of(mount_of(b"/mnt/nas", MOUNTS)) == "net:nas"
    assert disk_of(mount_of(b"/mnt/share", MOUNTS)) == "net:server"
    assert is_rotational(mount_of(b"/mnt/share", MOUNTS)) is None


def test_the_disk_below_this_test_has_a_name():
    mount = mount_of(os.fsencode(os.path.realpath(__file__)), read_mounts())
    assert mount is not None
    assert disk_of(mount)


@pytest.mark.parametrize("number,words", [
    (errno.ENOENT, "not there"), (errno.EIO, "does not answer"), (errno.ESTALE, "does not answer"),
    (errno.ENOTCONN, "does not answer"), (errno.EACCES, "no permission"),
])
def test_a_root_that_cannot_be_opened_means_the_drive_is_away(number: int, words: str):
    finding = judge(source(b"/srv/photos"), Look(number), MOUNTS)
    assert finding.problem is Problem.AWAY
    assert words in finding.sentence


def test_an_empty_root_is_suspicious_only_if_photos_were_known():
    assert judge(source(b"/srv/photos"), Look(empty=True, looked=3), MOUNTS).problem is Problem.EMPTY
    assert judge(source(b"/srv/photos"), Look(empty=True, looked=0), MOUNTS).problem is None


@pytest.mark.parametrize("stored,now,looked,matched,same", [
    ("uuid:a", "uuid:a", 32, 0, True),          # everything was moved about on the same drive
    ("uuid:a", "uuid:b", 32, 32, False),        # a clone: the user decides
    ("uuid:a", "share:nfs:b", 32, 32, False),
    (None, "uuid:b", 32, 1, True), (None, "uuid:b", 32, 0, False), (None, "uuid:b", 3, 0, True),
    ("device:x:8:1", "device:y:8:17", 32, 30, True),     # after a restart: the files tell
    ("device:x:8:1", "device:y:8:17", 32, 0, False),
    ("device:x:8:1", "device:x:8:1", 32, 0, True),
    ("device:x:8:1", "uuid:b", 32, 30, True),
])
def test_a_drive_is_the_same_by_its_identity_or_by_its_files(
    stored: str | None, now: str, looked: int, matched: int, same: bool
):
    assert is_same_drive(stored, now, Look(looked=looked, matched=matched)) is same


def test_an_absent_drive_is_looked_for_under_every_other_mount():
    away = source(b"/media/ann/Old/2019", online=False, fs_uuid="uuid:a", fs_path=b"/2019")
    assert b"/media/ann/My Drive/2019" in places_elsewhere(away, MOUNTS)
    assert b"/mnt/nas/2019" in places_elsewhere(away, MOUNTS)
    assert places_elsewhere(source(b"/x", fs_uuid="device:b:8:1", fs_path=b"/2019"), MOUNTS) == []
