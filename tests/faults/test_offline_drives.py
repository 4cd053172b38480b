"""Drives that go away, come back elsewhere, or are replaced: nothing is called missing that is only away."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import trees
from faults.dead_drive import dead_drive
from photoarchive.core.errors import Conflict, Invalid, Unavailable
from source_lab import BUDGET, SourceLab

DISK_MB = 16


class Drive:
    """A real ext4 file system in a file, to be mounted and unmounted like a stick."""

    def __init__(self, image: Path) -> None:
        self.image, self.point = image, Path()
        image.write_bytes(b"")
        os.truncate(image, DISK_MB << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))

    def mount(self, point: Path) -> Path:
        """Plug it in at a mount point."""
        point.mkdir(parents=True, exist_ok=True)
        run("mount", "-o", "loop", str(self.image), str(point))
        self.point = point
        return point

    def unmount(self) -> None:
        """Pull it out; twice is no harm."""
        if self.point != Path() and os.path.ismount(self.point):
            run("umount", str(self.point))


def run(*command: str) -> None:
    """Run a system tool; a machine that lacks it or forbids it skips the test, with its words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"{command[0]} is not installed")
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command)}: {done.stderr.strip()}")


@pytest.fixture
def drives(tmp_path: Path) -> Iterator[list[Drive]]:
    """Two drives, unplugged at the end."""
    if os.geteuid() != 0:
        pytest.skip("mounting a drive needs root")
    found = [Drive(tmp_path / f"drive{number}.img") for number in range(2)]
    yield found
    for drive in found:
        with contextlib.suppress(pytest.skip.Exception):
            drive.unmount()


@pytest.fixture
def archive(lab: SourceLab, drives: list[Drive], tmp_path: Path) -> int:
    """A source on the first drive, with 24 photos."""
    point = drives[0].mount(tmp_path / "media/archive")
    trees.make_tree(point / "photos")
    return lab.add(point / "photos")


def nothing_missing(lab: SourceLab) -> bool:
    """Whether all photos are active."""
    return set(lab.states().values()) == {0}


def test_an_unplugged_drive_is_offline_and_its_photos_stay(lab: SourceLab, drives: list[Drive], archive: int):
    before = lab.states()
    drives[0].unmount()
    assert lab.drive_watch.check(archive) is False
    assert not lab.sources.is_online(archive)
    assert lab.states() == before
    with pytest.raises(Unavailable, match="not connected"):
        lab.service.rescan(archive)
    photo = next(iter(before))
    assert lab.files.locate(photo) == []
    assert len(lab.files.locations(photo)) == 1


def test_an_empty_mount_point_is_not_a_deletion(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    """The folder of the source exists on the disk below the mount point, and is empty."""
    drives[0].unmount()
    (tmp_path / "media/archive/photos").mkdir()
    lab.service.rescan(archive)
    lab.work()
    question = lab.sources.get(archive).question
    assert question is not None
    assert question["kind"] == "empty"
    assert nothing_missing(lab)
    assert not lab.sources.is_online(archive)


def test_another_drive_at_the_same_path_is_recognised(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    drives[0].unmount()
    drives[1].mount(tmp_path / "media/archive")
    (tmp_path / "media/archive/photos").mkdir()
    (tmp_path / "media/archive/photos/alien.jpg").write_bytes(trees.jpeg(trees.Shot(seed=99)))
    lab.service.rescan(archive)
    lab.work()
    question = lab.sources.get(archive).question
    assert question is not None
    assert question["kind"] == "other_drive"
    assert nothing_missing(lab)
    assert "alien.jpg" not in lab.ids()

    with pytest.raises(Invalid, match="keep_offline"):
        lab.service.answer(archive, "maybe")
    lab.service.answer(archive, "keep_offline")
    assert lab.sources.get(archive).question is None
    with pytest.raises(Conflict, match="no open question"):
        lab.service.answer(archive, "keep_offline")

    drives[1].unmount()
    drives[0].mount(tmp_path / "media/archive")
    assert lab.drive_watch.check(archive) is True
    assert lab.scan(archive).counts.missing == 0


def test_a_cloned_drive_is_taken_when_the_user_says_so(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    """The old disk was copied to a new one: same files, another file system."""
    before = lab.ids()
    shutil.copytree(drives[0].point / "photos", tmp_path / "clone")
    drives[0].unmount()
    shutil.copytree(tmp_path / "clone", drives[1].mount(tmp_path / "media/archive") / "photos")
    lab.service.rescan(archive)
    lab.work()
    assert lab.sources.get(archive).question["kind"] == "other_drive"
    lab.service.answer(archive, "proceed")
    status = lab.work()
    assert status.error is None
    assert lab.sources.is_online(archive)
    assert lab.ids() == before
    assert lab.drive_watch.check(archive) is True


def test_a_drive_that_comes_back_elsewhere_is_offered_and_relocated(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    before = lab.ids()
    drives[0].unmount()
    lab.drive_watch.check(archive)
    drives[0].mount(tmp_path / "media/archive1")
    lab.drive_watch.start()
    try:
        wait_for(lambda: lab.sources.get(archive).question is not None)
    finally:
        lab.drive_watch.stop()
    question = lab.sources.get(archive).question
    assert question["kind"] == "relocated"
    assert str(tmp_path / "media/archive1/photos") in question["sentence"]
    lab.service.answer(archive, "relocate")
    status = lab.work()
    assert lab.sources.get(archive).shown_path == str(tmp_path / "media/archive1/photos")
    assert lab.sources.is_online(archive)
    assert (status.counts.found, status.counts.new, status.counts.missing) == (24, 0, 0)
    assert lab.ids() == before


def test_a_drive_that_comes_back_is_noticed_by_itself(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    lab.drive_watch.start()
    try:
        drives[0].unmount()
        wait_for(lambda: not lab.sources.is_online(archive))
        drives[0].mount(tmp_path / "media/archive")
        wait_for(lambda: lab.sources.is_online(archive))
    finally:
        lab.drive_watch.stop()
    assert "scan" in lab.woken


def test_a_drive_pulled_out_in_the_middle_of_a_scan_loses_nothing(
    lab: SourceLab, drives: list[Drive], tmp_path: Path
):
    """The scan waits for the drive, and goes on when it is back, doing nothing twice."""
    point = drives[0].mount(tmp_path / "media/archive")
    photo = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    (point / "photos").mkdir()
    for number in range(1_500):
        (point / "photos" / f"{number:04d}.jpg").write_bytes(photo + number.to_bytes(4, "little"))
    source = lab.service.add(str(point / "photos"), "test").source.id
    run_ = lab.job._start_next()
    assert run_ is not None
    while not lab.ids():
        run_.advance(0.0)
    subprocess.run(["umount", "-l", str(point)], check=True)
    status = lab.work()
    assert status.error is not None
    assert not lab.sources.is_online(source)
    found = lab.ids()
    assert 0 < len(found) < 1_500
    assert nothing_missing(lab)

    time.sleep(0.3)         # a lazy unmount ends when the last reader has closed
    drives[0].mount(tmp_path / "media/archive")
    assert lab.drive_watch.check(source) is True
    lab.work()
    after = lab.ids()
    assert len(after) == 1_500
    assert len(set(after.values())) == 1_500
    assert found.items() <= after.items()


def test_more_than_a_twentieth_gone_is_asked_first(lab: SourceLab, tmp_path: Path):
    photo = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    tree = tmp_path / "tree"
    for number in range(400):
        path = tree / f"{number // 100}" / f"{number:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo + number.to_bytes(4, "little"))
    source = lab.add(tree)

    for number in range(20):
        (tree / "0" / f"{number:03d}.jpg").unlink()
    assert lab.scan(source).counts.missing == 20

    for number in range(20, 41):
        (tree / "0" / f"{number:03d}.jpg").unlink()
    lab.scan(source)
    question = lab.sources.get(source).question
    assert question["kind"] == "missing"
    assert "21 of 380" in question["sentence"]
    assert sum(state == 1 for state in lab.states().values()) == 20
    lab.service.answer(source, "keep")
    lab.work()
    assert sum(state == 1 for state in lab.states().values()) == 20
    assert lab.sources.is_online(source)

    lab.scan(source)
    lab.service.answer(source, "proceed")
    assert lab.work().counts.missing == 21
    assert sum(state == 1 for state in lab.states().values()) == 41


def test_moves_are_matched_before_anything_counts_as_gone(lab: SourceLab, tmp_path: Path):
    trees.make_tree(tmp_path / "tree", 24)
    source = lab.add(tmp_path / "tree")
    (tmp_path / "tree/new place").mkdir()
    for path in sorted((tmp_path / "tree").glob("*/IMG*.jpg")):
        path.rename(tmp_path / "tree/new place" / path.name)
    status = lab.scan(source)
    assert lab.sources.get(source).question is None
    assert (status.counts.moved, status.counts.missing) == (24, 0)


def test_everything_gone_is_asked_even_if_it_is_little(lab: SourceLab, tmp_path: Path):
    trees.make_tree(tmp_path / "tree", 2)
    (tmp_path / "tree/readme.txt").write_text("the folder is not empty")
    source = lab.add(tmp_path / "tree")
    for path in (tmp_path / "tree").glob("*/*.jpg"):
        path.unlink()
    lab.scan(source)
    assert lab.sources.get(source).question["kind"] == "missing"
    assert nothing_missing(lab)
    lab.service.answer(source, "proceed")
    lab.work()
    assert set(lab.states().values()) == {1}


def test_a_photo_with_a_copy_elsewhere_is_served_from_there(
    lab: SourceLab, drives: list[Drive], archive: int, tmp_path: Path
):
    shutil.copytree(drives[0].point / "photos", tmp_path / "backup")
    backup = lab.add(tmp_path / "backup")
    photo = next(iter(lab.ids().values()))
    assert len(lab.files.locate(photo)) == 2
    assert lab.sql("SELECT source_id FROM photos WHERE id = ?", photo) == [(archive,)]
    drives[0].unmount()
    lab.drive_watch.check(archive)
    assert lab.sql("SELECT source_id, state FROM photos WHERE id = ?", photo) == [(backup, 0)]
    assert [place.root for place in lab.files.locate(photo)] == [os.fsencode(tmp_path / "backup")]


def test_a_drive_that_answers_nothing_is_offline_after_two_seconds(lab: SourceLab, tmp_path: Path):
    """A real file system whose driver has stopped answering, mounted over the source."""
    trees.make_tree(tmp_path / "tree", 2)
    source = lab.add(tmp_path / "tree")
    before = lab.states()
    with dead_drive(tmp_path / "tree") as drive:
        os.listdir(tmp_path)                    # the mount is in place
        time.sleep(0.2)
        drive._reply = lambda operation, unique, node, body: drive._unanswered.append(unique)
        started = time.monotonic()
        assert lab.drive_watch.check(source) is False
        assert time.monotonic() - started < 10
        with pytest.raises(Unavailable, match="not connected"):
            lab.service.rescan(source)
        assert "does not answer" in lab.prober.examine(lab.sources.get(source)).sentence
    assert lab.states() == before
    wait_for(lambda: lab.drive_watch.check(source))     # a look that still hangs is not joined by another
    assert lab.scan(source).counts.missing == 0


def wait_for(condition, seconds: float = 15.0) -> None:
    """Wait until something is true, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_step_does_nothing_while_the_drive_is_away(lab: SourceLab, drives: list[Drive], archive: int):
    lab.scans.queue(archive)
    drives[0].unmount()
    lab.drive_watch.check(archive)
    assert lab.job.pending() == 0
    progress = lab.job.step(BUDGET)
    assert (progress.done, progress.reason) == (0, "waiting: the drive is not connected")
