"""Watched sources: what happens in a folder is scanned soon, and only there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trees
from photoarchive.features.sources import watcher as watching
from photoarchive.features.sources.watcher import Watcher
from source_lab import SourceLab

pytestmark = pytest.mark.slow


@pytest.fixture
def watched(lab: SourceLab, photos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SourceLab, Path, int]]:
    """A watched source, scanned once, with its watcher running."""
    monkeypatch.setattr(watching, "SETTLE_MS", 200)
    source = lab.add(photos)
    lab.service.change_settings(source, "w", watch=True)
    watcher = Watcher(lab.db, lab.sources, lab.bus, lab.service.queue_folders)
    watcher.start()
    wait_for(lambda: lab.job.pending() > 0)     # it looks once at what happened before
    lab.work()
    time.sleep(0.5)
    yield lab, photos, source
    watcher.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something is true, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_new_photo_is_found_by_a_scan_of_its_folder_only(watched: tuple[SourceLab, Path, int]):
    lab, photos, _ = watched
    (photos / "Roll 1/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=800)))
    wait_for(lambda: lab.job.pending() > 0)
    assert lab.sql("SELECT subfolder FROM scans WHERE state = 'queued'") == [(b"Roll 1",)]
    lab.work()
    assert "Roll 1/new.jpg" in lab.ids()


def test_photos_in_a_new_folder_are_found_and_the_folder_is_watched_from_then_on(
    watched: tuple[SourceLab, Path, int]
):
    lab, photos, _ = watched
    (photos / "Roll 9").mkdir()
    (photos / "Roll 9/first.jpg").write_bytes(trees.jpeg(trees.Shot(seed=801)))
    wait_for(lambda: bool(lab.work()) and "Roll 9/first.jpg" in lab.ids())
    time.sleep(1.5)
    lab.work()
    (photos / "Roll 9/second.jpg").write_bytes(trees.jpeg(trees.Shot(seed=802)))
    wait_for(lambda: bool(lab.work()) and "Roll 9/second.jpg" in lab.ids())


def test_nothing_is_scanned_while_a_question_is_open_or_watching_is_off(watched: tuple[SourceLab, Path, int]):
    lab, photos, source = watched
    lab.service.change_settings(source, "w", watch=False)
    lab.work()
    time.sleep(0.5)
    (photos / "Roll 1/unseen.jpg").write_bytes(trees.jpeg(trees.Shot(seed=803)))
    time.sleep(1.0)
    assert lab.job.pending() == 0
    lab.sources.update(source, question={"kind": "missing", "sentence": "?", "options": []})
    lab.service.queue_folders(source, [b""])
    assert lab.job.pending() == 0
