"""A folder of real photos through everything a person can do: afterwards each file is as it was, to the nanosecond.

Once in a folder the user may write to, where only we refuse; once on a drive mounted read-only, where everything must
work all the same.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lookalikes
import trees
from conftest import LiveServer, shared_media, start_server
from copying import finished, start_copy

LARGEST = 400_000           # bytes of a file taken from the collection, so that the whole takes seconds
EACH = 2                    # files of each format
ALWAYS = ("takeout", "sidecars", "malformed/Pillow")
WORK = ("scan", "metadata", "previews", "frames", "integrity", "places", "faces", "embed", "duplicates")
GIVEN_UP = 415              # a broken file shows its reason


def real_files(folder: Path) -> None:
    """Two files of each format of the collection, and those with side files; nothing where it is not at hand."""
    with contextlib.suppress(pytest.skip.Exception):
        media, taken = shared_media(), dict[str, int]()
        for path in sorted(media.rglob("*")):
            kind, name = path.suffix.lower(), str(path.relative_to(media))
            if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
                continue
            if taken.get(kind, 0) < EACH or name.startswith(ALWAYS):
                taken[kind] = taken.get(kind, 0) + 1
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, folder / name)


def everything(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Names, times and rights of all files and folders, and the bytes of the files."""
    seen = {str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_mode)
            for path in [folder, *folder.rglob("*")]}
    return seen | trees.fingerprint(folder)


@contextlib.contextmanager
def mounted_read_only(folder: Path) -> Iterator[Path]:
    """The folder again, as it would be on a drive with its write protection on."""
    at = folder.with_name("protected")
    at.mkdir()
    bind = ["mount", "--bind", folder, at]
    if os.geteuid() != 0 or subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("a folder cannot be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", at], check=True)
        with pytest.raises(OSError, match="Read-only"):
            (at / "planted").touch()
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collection"
    trees.make_tree(folder / "made", 12)
    lookalikes.write_library(folder / "alike", scenes=2, others=2)
    real_files(folder)
    return folder


@pytest.mark.timeout(400)
@pytest.mark.parametrize("protected", [False, True], ids=["writable", "read-only"])
def test_whatever_is_done_leaves_originals_as_they_were(
    home: Path, tmp_path: Path, collection: Path, protected: bool
) -> None:
    before = everything(collection)
    with mounted_read_only(collection) if protected else contextlib.nullcontext(collection) as source:
        server = start_server(home, looking=True)
        try:
            server.post("/api/work/mode", {"mode": "max"})
            number = server.add_folder(source, settle=False)
            server.settle(WORK)
            ids = [card["id"] for card in server.get("/api/rankings?limit=500")["images"]]
            assert len(ids) > 20
            _look_at(server, ids)
            _edit(server, ids)
            _decide(server, ids)
            _write_elsewhere(server, ids, tmp_path)
            _change_the_archive(server, number)
        finally:
            server.stop()
    assert everything(collection) == before


def _look_at(server: LiveServer, ids: list[int]) -> None:
    for photo in ids:
        for path in ("thumb/sm", "thumb/md", "thumb/lg", "full"):
            assert server.call("GET", f"/api/{path}/{photo}")[0] in (200, GIVEN_UP), (path, photo)
        assert "exif" in server.get(f"/api/image/{photo}/exif")
    films = [card["id"] for card in server.get("/api/rankings?file_type=video&limit=2")["images"]]
    for film in films:
        server.call("POST", f"/api/video/{film}/proxy", {})
    seen = server.get("/api/rankings?q=IMG_0001")["images"][0]["id"]
    for path in ("search?q=dog", f"search?q=near:photo:{seen}", "library/feed", "facets", "date-groups", "map/markers",
                 "people", "collections?n_clusters=3", "duplicates", "cache/status"):
        assert server.call("GET", f"/api/{path}")[0] == 200, path


def _edit(server: LiveServer, ids: list[int]) -> None:
    for path, body in {
        "images/flag": {"flag": "picked"}, "images/stars": {"stars": 4}, "images/label": {"label": 2},
        "images/keywords": {"add": ["Nature|Birds"]}, "images/texts": {"title": "Title", "caption": "Caption"},
        "corrections/time": {"change": {"kind": "shift", "seconds": 3600}},
        "corrections/place": {"change": {"kind": "at", "latitude": 59.9, "longitude": 10.7}},
    }.items():
        server.post(f"/api/{path}", {"image_ids": ids} | body)
    server.post("/api/albums", {"name": "All", "image_ids": ids})
    assert len(server.get("/api/history")["actions"]) >= 8
    for _ in range(4):
        server.post("/api/undo")
    server.post("/api/redo")


def _decide(server: LiveServer, ids: list[int]) -> None:
    board = [card["id"] for card in server.get("/api/mosaic/next?n=6")["images"]]
    server.post("/api/mosaic/pick", {"winner_id": board[0], "loser_ids": board[1:]})
    group = server.get("/api/duplicates")["groups"][0]
    server.post("/api/duplicates/decide", {"photo_ids": group["image_ids"], "verdict": "keep",
                                           "keep": group["image_ids"][:1]})
    server.post(f"/api/image/{ids[0]}/faces", {"bbox": [0.2, 0.2, 0.4, 0.4], "name": "Anna"})


def _write_elsewhere(server: LiveServer, ids: list[int], tmp_path: Path) -> None:
    assert len(server.get("/api/export?format=json")) == len(ids)
    copy = start_copy(server, tmp_path / "copies", sidecars=True)
    assert finished(server, copy["id"])["state"] == "done"
    server.post("/api/backup")


def _change_the_archive(server: LiveServer, source: int) -> None:
    server.post("/api/settings", {"thumb_size_sm": 256, "thumb_quality": 60})
    server.post("/api/cache/clear")
    server.post(f"/api/catalog/sources/{source}/rescan")
    server.settle(("scan", "metadata", "previews"))
    server.post(f"/api/catalog/sources/{source}/remove", {"mode": "keep"})
    server.post(f"/api/catalog/sources/{source}/restore")
    server.post(f"/api/catalog/sources/{source}/remove", {"mode": "delete"})
