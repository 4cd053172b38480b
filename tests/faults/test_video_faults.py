"""Copies of videos under real faults: kill -9 of the server, of the worker, a full disk, a hanging decoder."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import films
from conftest import LiveServer, start_server
from faults.disks import small_disk
from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging import video_making
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.video_making import ProxyProcess

ROOM = 1 << 30


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose copy takes a few seconds and some megabytes."""
    return films.film(tmp_path_factory.mktemp("films") / "noise.avi", size=(640, 480), seconds=6.0, noise=True)


def proxy_of(server: LiveServer) -> dict[str, Any]:
    film = server.get("/api/rankings?limit=1")["images"][0]["id"]
    return server.get(f"/api/video/{film}/playback")["proxy"]


def until(question: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers_of(process: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(process).children(recursive=True)
            if "video_proxy" in " ".join(child.cmdline())]


def test_kill_9_while_a_copy_is_made_loses_nothing_and_leaves_nothing(tmp_path: Path, noise: Path) -> None:
    """The worker goes with the server, no file is left, and the next start makes the copy that was asked for."""
    home = tmp_path / "home"
    home.mkdir()
    server = start_server(home)
    try:
        server.add_folder(noise.parent)
        film = server.get("/api/rankings?limit=1")["images"][0]["id"]
        server.post(f"/api/video/{film}/proxy")
        until(lambda: (proxy_of(server)["fraction"] or 0) > 0.1)
        workers = workers_of(server.process.pid)
        assert workers
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        until(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers), 30)
        full = home / ".thumbcache" / "full"
        assert not full.exists() or not [path for path in full.rglob("*") if path.is_file()]
        assert not [path for path in (home / ".thumbcache").iterdir() if path.name.startswith("tmp")]
        server = start_server(home)
        until(lambda: proxy_of(server)["state"] == "ready", 60)
        made = [path for path in full.rglob("*") if path.is_file()]
        assert [path.suffix for path in made] == [".mp4"]
        assert films.seen(made[0].read_bytes())[0]["frames"] == 150
    finally:
        server.stop()


def started(noise: Path, folder: Path, most: int = ROOM) -> ProxyProcess:
    with open_original(Original(bytes(noise.parent), noise.name.encode())) as opened:
        return ProxyProcess(opened, folder, most)


def work(process: ProxyProcess, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not process.finished:
        assert time.monotonic() < deadline
        process.work(0.3)


def test_a_killed_worker_is_a_reason_and_a_finished_one_a_copy(tmp_path: Path, noise: Path) -> None:
    process = started(noise, tmp_path)
    until(lambda: process.work(0.2) or process.at > 0)
    process._process.send_signal(signal.SIGSEGV)
    with pytest.raises(Unreadable, match="crashed"):
        work(process)
    process.close()
    process = started(noise, tmp_path)
    work(process)
    assert process.size > 10_000
    process.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_a_copy_with_a_sentence_and_gives_its_room_back(tmp_path: Path, noise: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        process = started(noise, disk)
        with pytest.raises(Unreadable, match="is full"):
            work(process)
        process.close()
        assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > 900_000


def test_a_copy_that_would_be_too_large_ends_with_a_sentence(tmp_path: Path, noise: Path) -> None:
    process = started(noise, tmp_path, 300_000)
    with pytest.raises(Unreadable, match="larger than the cache"):
        work(process)
    process.close()


def test_a_decoder_that_hangs_is_given_up_and_rests_cost_nothing(
    tmp_path: Path, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held still it neither works nor counts as hanging; silent while it may work it is ended."""
    process = started(noise, tmp_path)
    until(lambda: process.work(0.2) or process.at > 0)
    at = process.at
    time.sleep(0.5)
    assert process.at == at
    assert psutil.Process(process._process.pid).status() == psutil.STATUS_STOPPED
    monkeypatch.setattr(video_making, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(ProxyProcess, "_signal", lambda *_: None)         # it never goes on
    with pytest.raises(Unreadable, match="does not get on"):
        work(process, 5)
    monkeypatch.undo()
    process.close()
