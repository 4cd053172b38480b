"""Copies of originals when things go wrong: the server is killed, the target is full, the target drive goes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import trees
from conftest import LiveServer, start_server
from copying import copy_of, files_below, finished, start_copy, wait_until
from faults.disks import small_disk

LARGE = 24 << 20            # bytes behind the picture of a file that takes several pieces


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """40 small photos and three of 24 MB."""
    folder = tmp_path / "Photos"
    trees.make_tree(folder, 40, folders=2)
    for number in range(3):
        picture = trees.jpeg(trees.Shot(seed=700 + number))
        (folder / f"large {number}.jpg").write_bytes(picture + os.urandom(1 << 20) * (LARGE >> 20))
    return folder


@pytest.fixture
def server(home: Path, source: Path) -> Iterator[LiveServer]:
    running = start_server(home)
    running.add_folder(source)
    yield running
    running.stop()


def originals(source: Path) -> dict[str, bytes]:
    return {f"Photos/{name}": data for name, data in files_below(source).items()}


@pytest.mark.parametrize("stage", ["in the middle of a file", "between files"])
def test_a_killed_copy_goes_on_where_it_was(
    home: Path, source: Path, server: LiveServer, tmp_path: Path, stage: str
) -> None:
    """kill -9: after the next start every file is there once, whole, and nothing unfinished is left."""
    target = tmp_path / "Export"
    before = trees.fingerprint(source)
    copy = start_copy(server, target, sidecars=stage == "between files")
    part = target / f".photoarchive-{copy['id']}" / "part"
    if stage == "between files":
        wait_until(lambda: copy_of(server, copy["id"])["copied"] >= 3)
    else:
        wait_until(lambda: part.exists() and part.stat().st_size > 1 << 20)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(10)
    whole = originals(source)
    for name, data in files_below(target / "Photos").items() if (target / "Photos").exists() else ():
        if name.endswith(".jpg"):
            assert data == whole[f"Photos/{name}"], "a file under its name must be whole"
    again = start_server(home)
    try:
        done = finished(again, copy["id"])
    finally:
        again.stop()
    found = files_below(target)
    assert {name: data for name, data in found.items() if name.endswith(".jpg")} == whole
    assert len(found) == len(whole) * (2 if stage == "between files" else 1)
    assert (done["failed"], done["offline"], done["copied"] + done["present"]) == (0, 0, len(whole))
    assert os.listdir(target) == ["Photos"]
    assert trees.fingerprint(source) == before


def test_a_target_without_room_is_refused_before_anything_is_written(
    server: LiveServer, source: Path, tmp_path: Path
) -> None:
    """The sentence says how much there is and how much is needed."""
    with small_disk(tmp_path / "stick", "16m") as disk:
        status, answer = server.call("POST", "/api/export/copy", {"target": str(disk / "x"), "view": {}})
        assert status == 409
        assert "free" in answer["error"]
        assert answer["needed_bytes"] > answer["free_bytes"]
        assert list(disk.iterdir()) == []
        assert server.get("/api/export/copies")["copies"] == []


def test_a_target_that_fills_up_waits_and_goes_on_when_there_is_room(
    server: LiveServer, source: Path, tmp_path: Path
) -> None:
    """Another program takes the room: the job says so, no half file stays under a name, and it ends well."""
    with small_disk(tmp_path / "stick", "100m") as disk:
        server.post("/api/work/export/pause")
        copy = start_copy(server, disk / "Export", sidecars=False)
        (disk / "others").write_bytes(bytes(60 << 20))
        server.post("/api/work/export/resume")

        def job() -> dict:
            return next(one for one in server.get("/api/work")["jobs"] if one["name"] == "export")

        wait_until(lambda: job()["state"] == "blocked")
        assert "is full" in job()["reason"]
        whole = originals(source)
        for name, data in files_below(disk / "Export" / "Photos").items():
            assert data == whole[f"Photos/{name}"]
        (disk / "others").unlink()
        server.post("/api/work/export/run")
        done = finished(server, copy["id"])
        assert (done["copied"] + done["present"], done["failed"]) == (len(whole), 0)
        assert files_below(disk / "Export") == whole


def test_a_target_drive_that_goes_away_is_waited_for(server: LiveServer, source: Path, tmp_path: Path) -> None:
    """Its empty mount point is not written to; with the drive back the copy ends."""
    stick = tmp_path / "stick"
    with small_disk(stick, "200m"):
        copy = start_copy(server, stick / "Export", sidecars=False)
        wait_until(lambda: copy_of(server, copy["id"])["copied"] >= 2 or copy_of(server, copy["id"])["state"] == "done")
        server.post("/api/work/export/pause")
        time.sleep(1.0)                                     # the step under way ends
        moved = tmp_path / "elsewhere"
        moved.mkdir()
        subprocess.run(["mount", "--bind", str(stick), str(moved)], check=True)
        subprocess.run(["umount", "-l", str(stick)], check=True)
        try:
            server.post("/api/work/export/resume")
            wait_until(lambda: copy_of(server, copy["id"])["state"] != "running" or any(
                one["name"] == "export" and "is not there" in one["reason"] for one in server.get("/api/work")["jobs"]))
            assert list(stick.iterdir()) == []              # nothing was written into the empty mount point
        finally:
            subprocess.run(["mount", "--bind", str(moved), str(stick)], check=True)
            subprocess.run(["umount", "-l", str(moved)], check=True)
        server.post("/api/work/export/run")
        done = finished(server, copy["id"])
        assert (done["copied"] + done["present"], done["failed"]) == (len(originals(source)), 0)
        assert files_below(stick / "Export") == originals(source)


def test_a_changed_original_is_not_copied_half_old_half_new(server: LiveServer, source: Path, tmp_path: Path) -> None:
    """The file grows while it is copied: the copy is whole or the file is listed, never a mixture."""
    changing = source / "large 1.jpg"
    first = changing.read_bytes()
    copy = start_copy(server, tmp_path / "Export", structure="flat", sidecars=False)
    deadline = time.monotonic() + 20
    while copy_of(server, copy["id"])["state"] == "running" and time.monotonic() < deadline:
        with contextlib.suppress(OSError), changing.open("ab") as file:
            file.write(b"more")
        time.sleep(0.01)
    done = finished(server, copy["id"])
    last = changing.read_bytes()
    copied = tmp_path / "Export" / "large 1.jpg"
    if copied.exists():
        data = copied.read_bytes()
        assert first == data[:len(first)]
        assert last.startswith(data)
        assert done["failed"] == 0
    else:
        assert done["failed"] == 1
        reason = server.get(f"/api/export/copies/{done['id']}/errors")["errors"][0]["reason"]
        assert "changed while it was copied" in reason
