"""Scans that are killed, cancelled, or led over hostile trees."""

from __future__ import annotations

import ctypes
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import trees
from child_python import child_environment
from photoarchive.core.errors import Conflict
from source_lab import BUDGET, SourceLab, list_but_die_at_deadly

TESTS = Path(__file__).resolve().parents[1]
SHARED_TOOLS = Path(os.environ.get("PHOTOARCHIVE_TEST_MEDIA", TESTS.parents[1] / "shared/media")).parent / "tools"


def many_files(root: Path, count: int, folders: int = 20) -> None:
    """count small distinct photos."""
    photo = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    for number in range(count):
        path = root / f"{number % folders:02d}" / f"{number:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo + number.to_bytes(4, "little"))


def count_files(home: Path, copy: Path) -> int:
    """Rows of `files` in what a killed process left: looked at in a copy, so that the next start mends it itself."""
    copy.mkdir()
    for left in home.glob("photoarchive.db*"):
        shutil.copy(left, copy)
    connection = sqlite3.connect(copy / "photoarchive.db")
    try:
        known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'files'").fetchone()[0]
        return int(connection.execute("SELECT count(*) FROM files").fetchone()[0]) if known else 0
    finally:
        connection.close()


def test_a_scan_killed_again_and_again_ends_complete_with_nothing_twice(home: Path, tmp_path: Path):
    """kill -9 at five random moments; then the scan is run to its end."""
    tree = tmp_path / "tree"
    many_files(tree, 4_000)
    command = [sys.executable, str(TESTS / "faults/scan_process.py"), str(home), str(tree)]
    environment = child_environment(TESTS)
    rng, killed_with = random.Random(), []
    database = home / "photoarchive.db"
    for _ in range(5):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        deadline = time.monotonic() + rng.uniform(0.5, 2.0)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if database.exists():
            killed_with.append(count_files(home, tmp_path / f"left {len(killed_with)}"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "complete" in done.stdout, done.stderr
    assert killed_with == sorted(killed_with), "a kill must not undo what was there"
    connection = sqlite3.connect(database)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*), count(DISTINCT photo_id) FROM files").fetchone() == (4_000, 4_000)
        assert connection.execute("SELECT count(*), sum(state) FROM photos").fetchone() == (4_000, 0)
        assert connection.execute("SELECT count(*) FROM scans WHERE state IN ('running', 'queued')").fetchone() == (0,)
    finally:
        connection.close()


def test_an_unfinished_scan_goes_on_at_the_next_start(lab: SourceLab, tmp_path: Path):
    many_files(tmp_path / "tree", 1_500)
    source = lab.service.add(str(tmp_path / "tree"), "test").source.id
    half = lab.job._start_next()
    assert half is not None
    while len(lab.ids()) < 300:
        half.advance(0.0)
    before = lab.ids()
    fresh = type(lab.job)(lab.job._tools, lab.scans, lab.bus)      # the job of the next start
    while fresh.pending():
        fresh.step(BUDGET)
    status = fresh.status()
    assert before.items() <= lab.ids().items()
    assert len(lab.ids()) == 1_500
    assert status.counts.new == 1_500 - len(before)
    assert lab.sources.get(source).last_scan["found"] == 1_500


def test_a_cancelled_scan_stops_and_marks_nothing_missing(lab: SourceLab, tmp_path: Path):
    many_files(tmp_path / "tree", 1_500)
    source = lab.add(tmp_path / "tree")
    for path in sorted((tmp_path / "tree").rglob("*.jpg"))[:30]:
        path.unlink()
    lab.service.rescan(source)
    lab.job._start_next()
    assert lab.service.cancel(source) is True
    lab.work()
    assert set(lab.states().values()) == {0}
    assert lab.sql("SELECT state FROM scans ORDER BY id DESC LIMIT 1") == [("cancelled",)]
    assert lab.service.cancel(source) is False


def test_a_subfolder_scan_looks_nowhere_else(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    (photos / "Roll 1/IMG_0002.jpg").unlink()
    (photos / "2019 Lofoten/IMG_0001.jpg").unlink()
    (photos / "Roll 1/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=501)))
    (photos / "2019 Lofoten/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=502)))
    status = lab.scan(source, "Roll 1")
    assert (status.counts.new, status.counts.missing) == (1, 1)
    assert "Roll 1/new.jpg" in lab.ids()
    assert "2019 Lofoten/new.jpg" not in lab.ids()


def test_links_are_not_followed_and_special_files_not_opened(lab: SourceLab, photos: Path, tmp_path: Path):
    secret = tmp_path / "secret"
    trees.make_tree(secret, 3)
    (photos / "outside").symlink_to(secret)
    (photos / "outside.jpg").symlink_to(next(secret.rglob("*.jpg")))
    (photos / "loop").symlink_to(photos)
    (photos / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(photos / "fifo.jpg")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(photos)        # the path of a socket has at most 107 bytes
    try:
        server.bind("socket.jpg")
    finally:
        os.chdir(here)
        server.close()
    lab.add(photos)
    assert len(lab.ids()) == 24


def test_a_link_swapped_in_during_the_scan_leads_nowhere(lab: SourceLab, tmp_path: Path):
    """A thread swaps a folder and a file for links to outside, as fast as it can, while scans go over them."""
    tree, secret = tmp_path / "tree", tmp_path / "secret"
    many_files(tree, 300, folders=3)
    many_files(secret, 300, folders=3)
    for number, path in enumerate(sorted(secret.rglob("*.jpg"))):
        path.write_bytes(b"\xff\xd8\xff secret" + number.to_bytes(4, "little"))
    stop = threading.Event()

    def swap() -> None:
        folder, aside = tree / "00", tmp_path / "aside"
        while not stop.is_set():
            folder.rename(aside)
            folder.symlink_to(secret / "00")
            folder.unlink()
            aside.rename(folder)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        source = lab.service.add(str(tree), "test").source.id
        lab.work()
        for _ in range(5):
            lab.scan(source)
            if lab.sources.get(source).question:
                lab.service.answer(source, "keep")
    finally:
        stop.set()
        swapper.join()
    lab.scan(source)
    sizes = {path.stat().st_size for path in tree.rglob("*.jpg")}
    assert {row[0] for row in lab.sql("SELECT size FROM files WHERE state = 'present'")} <= sizes
    assert len(lab.ids()) == 300


def test_names_that_are_not_text_survive(lab: SourceLab, tmp_path: Path):
    tree = os.fsencode(tmp_path / "tree")
    names = [b"new\nline.jpg", b"invalid_\xff\xfe.jpg", b"x" * 251 + b".jpg", b"dir_\xff/inside.jpg",
             b"back\\slash.jpg",
             b"a" * 200 + b"/" + b"b" * 200 + b"/deep.jpg", b" leading.jpg", b"UPPER.JPG", b"..jpg.jpg"]
    for number, name in enumerate(names):
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(trees.jpeg(trees.Shot(size=(32, 24), seed=number, thumbnail=False)))
    source = lab.add(tmp_path / "tree")
    expected = {os.fsdecode(name) for name in names if not name.startswith(b"..")}
    assert set(lab.ids()) == expected
    before = lab.ids()
    assert lab.scan(source).counts.new == 0
    assert lab.ids() == before


def test_what_other_programs_keep_is_passed_by(lab: SourceLab, tmp_path: Path):
    photo = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    skipped = ["@eaDir/a.jpg", "#recycle/b.jpg", "$RECYCLE.BIN/c.jpg", ".Trash-1000/files/d.jpg", ".hidden.jpg",
               ".thumbnails/e.jpg", "Catalog Previews.lrdata/f.jpg", "P.photoslibrary/resources/g.jpg",
               "__MACOSX/h.jpg", "cache/i.jpg", "skip me/j.jpg", "deep/skip me/k.jpg", "raw/export/l.jpg"]
    kept = ["P.photoslibrary/originals/0/m.jpg", "n.jpg", "raw/o.jpg", "Thumbs/p.jpg"]
    for number, name in enumerate(skipped + kept):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo + bytes([number]))
    (tmp_path / "tree/cache/CACHEDIR.TAG").write_bytes(b"Signature: 8a477f597d28d172789f06886806bc55")
    source = lab.service.add(str(tmp_path / "tree"), "test", scan=False).source.id
    lab.service.change_settings(source, "test", exclude=["skip me", "raw/export"])
    lab.work()
    assert set(lab.ids()) == set(kept)


def without_root_rights() -> None:
    """Give up what lets root read everything (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH), for good."""
    system = ctypes.CDLL(None)
    for capability in (1, 2):
        system.prctl(24, capability, 0, 0, 0)       # PR_CAPBSET_DROP


def test_an_unreadable_folder_is_an_error_and_its_photos_are_not_missing(lab: SourceLab, home: Path, photos: Path):
    source = lab.add(photos)
    locked, unreadable = photos / "Roll 1", photos / "2019 Lofoten/IMG_0001.jpg"
    (photos / "Roll 2/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=55)))
    unreadable.write_bytes(trees.jpeg(trees.Shot(seed=56)))
    locked.chmod(0)
    unreadable.chmod(0)
    lab.close()
    done = subprocess.run(
        [sys.executable, str(TESTS / "faults/scan_process.py"), str(home), str(photos)], capture_output=True, text=True,
        env=child_environment(TESTS), timeout=60, check=False,
        preexec_fn=without_root_rights if os.geteuid() == 0 else None)
    locked.chmod(0o755)
    assert "complete" in done.stdout, done.stderr
    connection = sqlite3.connect(home / "photoarchive.db")
    try:
        rows = connection.execute("SELECT relpath, reason FROM scan_errors WHERE source_id = ?", (source,)).fetchall()
        assert rows == [(b"Roll 1", "There is no permission to read this folder.")]
        assert connection.execute("SELECT count(*) FROM photos WHERE state <> 0").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM photos").fetchone() == (25,)
        assert connection.execute("SELECT error FROM files WHERE name = ?", (b"IMG_0001.jpg",)).fetchall() == [
            ("There is no permission to read this file.",)]
    finally:
        connection.close()


def test_a_folder_that_ends_its_worker_costs_only_itself(lab: SourceLab, tmp_path: Path, monkeypatch):
    """Everything else is found; what lies in the folder is unknown, not missing, and the scan says so."""
    names = ("a", "b", "deadly", "z")
    for seed, name in enumerate(names):
        (tmp_path / "many" / name).mkdir(parents=True)
        (tmp_path / "many" / name / f"{name}.jpg").write_bytes(trees.jpeg(trees.Shot(seed=seed)))
    source = lab.add(tmp_path / "many")
    monkeypatch.setattr("photoarchive.features.sources.scan_run.list_tree", list_but_die_at_deadly)
    (tmp_path / "many/z/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=77)))
    status = lab.scan(source)
    assert (status.done, status.error) == (True, None)
    assert set(lab.ids()) == {*(f"{name}/{name}.jpg" for name in names), "z/new.jpg"}
    assert lab.sql("SELECT relpath FROM scan_errors") == [(b"deadly",)]


def test_the_hostile_tree_is_scanned_without_a_crash(lab: SourceLab, tmp_path: Path):
    """Everything that is to be indexed is, what is to be ignored is not, empty files have their reason."""
    script = SHARED_TOOLS / "make_hostile.py"
    if not script.is_file():
        pytest.skip("the maker of hostile trees is not on this machine")
    tree = tmp_path / "hostile"
    subprocess.run([sys.executable, str(script), "--out", str(tree)], check=True, capture_output=True)
    source = lab.add(tree)
    truth = [json.loads(line) for line in (tmp_path / "hostile.expected.jsonl").read_text().splitlines()]
    indexed = {os.fsencode(path) for path in lab.ids()}
    expected = {bytes.fromhex(row["name_hex"]) for row in truth if row["expect"] in ("ok", "error", "dup")}
    ignored = {bytes.fromhex(row["name_hex"]) for row in truth if row["expect"] == "ignore"}
    hidden = {name for name in expected if any(part.startswith(b".") for part in name.split(b"/"))}
    assert expected - indexed - hidden == set()
    assert indexed & ignored == set()
    ids = lab.ids()
    assert ids["links/hardlink.jpg"] == ids["links/real/a.jpg"]
    errors, _ = lab.scans.errors(source, 500, 0)
    assert ("content/empty.jpg", "The file is empty.") in {(path, reason) for path, reason, _ in errors}
    before = lab.ids()
    status = lab.scan(source)
    assert (status.counts.new, status.counts.changed, status.counts.missing) == (0, 0, 0)
    assert lab.ids() == before


def test_sources_are_left_exactly_as_they_were(lab: SourceLab, photos: Path):
    before = trees.fingerprint(photos)
    access = {path: path.stat().st_atime_ns for path in photos.rglob("*")}
    source = lab.add(photos)
    lab.scan(source)
    lab.check_all()
    assert trees.fingerprint(photos) == before
    assert {path for path, at in access.items() if path.is_file() and path.stat().st_atime_ns < at} == set()


def test_several_sources_wait_their_turn(lab: SourceLab, tmp_path: Path):
    for name in "abc":
        many_files(tmp_path / name, 40, folders=2)
        for path in (tmp_path / name).rglob("*.jpg"):
            path.write_bytes(path.read_bytes() + name.encode())
    ids = [lab.service.add(str(tmp_path / name), "test").source.id for name in "abc"]
    lab.job.step(BUDGET)
    assert lab.view.scan_status().scanning
    lab.work()
    assert [lab.sources.get(source).last_scan["new"] for source in ids] == [40, 40, 40]
    with pytest.raises(Conflict, match="already a source"):
        lab.service.add(str(tmp_path / "a"), "test")
