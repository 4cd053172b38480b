"""The cache under real faults: kill -9 while previews are written, a full disk, a drive that is pulled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import trees
from child_python import child_environment
from faults.disks import small_disk
from photoarchive.catalog.previews import Previews
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache_file import checksum_of
from picture_catalog import PictureCatalog, eventually, picture_catalog

PHOTOS = 120

MAKER = """
import sys
from pathlib import Path
from photoarchive.work.job import Budget
from picture_catalog import picture_catalog

if __name__ == "__main__":
    with picture_catalog(Path(sys.argv[1])) as catalog:
        print("ready", flush=True)
        while catalog.job.pending():
            catalog.job.step(Budget(items=16, workers=2))
        print("done", flush=True)
"""


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A home whose catalog knows 120 photos without previews."""
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        for path in trees.make_tree(tmp_path / "photos", PHOTOS):
            catalog.add_photo(source, path, extension=".jpg")
    return tmp_path / "home"


def start_maker(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", MAKER, str(home)], stdout=subprocess.PIPE, text=True,
                               env=child_environment(Path(trees.__file__).parent), start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def made(home: Path) -> int:
    return sum(1 for path in (home / ".thumbcache").glob("[sm][md]/*/*.jpg") if path.is_file())


def cache_files(home: Path) -> set[str]:
    root = home / ".thumbcache"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def named_files(catalog: PictureCatalog) -> dict[str, tuple[int, int]]:
    """Every file the manifest names → (size, checksum)."""
    rows = catalog.db.read().execute("SELECT photo_id, tier, bytes, checksum, suffix FROM previews")
    names = ("sm", "md", "lg", "full")
    return {f"{names[tier]}/{photo // 1000}/{photo}{suffix}": (size, checksum)
            for photo, tier, size, checksum, suffix in rows}


def test_kill_9_while_previews_are_written_leaves_whole_files_and_the_rest_is_made(filled):
    """Three kills at different moments: after each, what is named is whole; at the end nothing is missing or extra."""
    for target in (20, 90, 170):
        process = start_maker(filled)
        assert eventually(lambda aim=target: made(filled) >= aim, 60)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        with picture_catalog(filled) as catalog:
            assert catalog.db.read().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            catalog.cache.disk.sweep()
            named = named_files(catalog)
            assert cache_files(filled) == set(named) | {"CACHEDIR.TAG", "photoarchive-cache"}
            for name, (size, checksum) in named.items():
                data = (filled / ".thumbcache" / name).read_bytes()
                assert (len(data), checksum_of(data)) == (size, checksum)
            assert 0 < catalog.job.pending() < PHOTOS
    process = start_maker(filled)
    assert process.stdout is not None
    assert process.stdout.readline() == "done\n"
    assert process.wait(20) == 0
    process.stdout.close()
    assert made(filled) == 2 * PHOTOS


def test_a_full_cache_disk_is_said_and_pictures_are_still_shown(tmp_path):
    with small_disk(tmp_path / "disk", "8m") as disk, picture_catalog(tmp_path / "home") as catalog:
        catalog.settings.update({"ssd_cache_dir": str(disk / "cache")})
        source = catalog.add_source(tmp_path / "photos")
        ids = [catalog.add_photo(source, path, extension=".jpg") for path in trees.make_tree(tmp_path / "photos", 6)]
        assert catalog.get(f"/api/thumb/md/{ids[0]}").status == 200
        assert eventually(lambda: catalog.cache.index.has(ids[0], Tier.MD))
        catalog.cache.disk.ledger.look_at_disk()
        catalog.cache.disk.ledger.budget()                  # the free space is known, and then it goes
        fill(disk / "somebody elses film")

        reply = catalog.get(f"/api/thumb/md/{ids[1]}")
        assert (reply.status, reply.body[:2]) == (200, b"\xff\xd8")
        assert eventually(lambda: "is full" in catalog.cache.disk.trouble)
        status = catalog.cache.status()
        assert "free some space" in status["disk"]["trouble"]
        assert catalog.get(f"/api/thumb/md/{ids[0]}").status == 200, "what is cached is still there"
        assert catalog.get(f"/api/thumb/sm/{ids[2]}").headers["x-instant"] == "1"
        progress = step(catalog)
        assert progress.done == 0
        assert progress.reason

        (disk / "somebody elses film").unlink()
        catalog.cache.disk.set_limits(catalog.cache.disk.ledger.limits)
        assert step(catalog).done > 0
        assert catalog.cache.disk.trouble == ""


def step(catalog: PictureCatalog):
    from photoarchive.work.job import Budget

    return catalog.job.step(Budget(items=4, workers=2))


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_a_pulled_cache_drive_costs_the_cache_not_the_pictures(tmp_path):
    """The drive is unmounted under us: nothing is written into its empty mount point, and no row is forgotten."""
    disk = tmp_path / "disk"
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        ids = [catalog.add_photo(source, path, extension=".jpg") for path in trees.make_tree(tmp_path / "photos", 4)]
        with small_disk(disk):
            catalog.settings.update({"ssd_cache_dir": str(disk / "cache")})
            assert catalog.get(f"/api/thumb/md/{ids[0]}").status == 200
            assert eventually(lambda: catalog.cache.index.has(ids[0], Tier.MD))
        catalog.cache.memory.clear()
        catalog.cache.disk.ledger.flush()
        for photo in ids:
            assert catalog.get(f"/api/thumb/md/{photo}").status == 200
        assert eventually(lambda: "not connected" in catalog.cache.disk.trouble)
        assert list(disk.iterdir()) == [], "nothing was written where the drive was"
        assert catalog.cache.previews.files(ids[0])[Tier.MD]


@pytest.mark.parametrize("damage", ["cut", "gone", "zeros"])
def test_a_damaged_preview_is_made_again_when_it_is_asked_for(tmp_path, damage):
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        path = trees.make_tree(tmp_path / "photos", 1)[0]
        photo = catalog.add_photo(source, path, extension=".jpg")
        good = catalog.get(f"/api/thumb/md/{photo}").body
        assert eventually(lambda: catalog.cache.index.has(photo, Tier.MD))
        file = tmp_path / "home" / ".thumbcache" / "md" / "0" / f"{photo}.jpg"
        if damage == "cut":
            file.write_bytes(good[:-100])
        elif damage == "zeros":
            file.write_bytes(bytes(len(good)))
        else:
            file.unlink()
        catalog.cache.memory.clear()
        assert catalog.get(f"/api/thumb/md/{photo}").body == good
        assert eventually(lambda: file.exists() and file.read_bytes() == good)


def test_a_decoder_that_dies_costs_one_photo(tmp_path):
    """A file that makes the decoder exceed its limits is set aside; the others are made."""
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        ids = [catalog.add_photo(source, path, extension=".jpg") for path in trees.make_tree(tmp_path / "photos", 6)]
        bomb = tmp_path / "photos" / "bomb.png"
        bomb.write_bytes(png_bomb())
        catalog.add_photo(source, bomb, extension=".png")
        deadline = time.monotonic() + 60
        while catalog.job.pending() and time.monotonic() < deadline:
            step(catalog)
        assert all(catalog.cache.index.has(photo, Tier.SM) for photo in ids)
        failures, count = catalog.cache.previews.failures(10, 0)
        assert count == 1, json.dumps([failure.reason for failure in failures])
        assert failures[0].reason.endswith(".")


def png_bomb() -> bytes:
    """60,000 × 60,000 pixels in a few kilobytes."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(60_001) * 20)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_failures_outlive_a_restart(tmp_path):
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        path = tmp_path / "photos" / "a.jpg"
        path.write_bytes(b"\xff\xd8\xff nothing")
        catalog.add_photo(source, path)
        while catalog.job.pending():
            step(catalog)
    with picture_catalog(tmp_path / "home") as again:
        assert again.job.pending() == 0
        assert Previews(again.db).failure_count() == 1
