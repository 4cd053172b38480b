"""The only door to originals: links lead nowhere, FIFOs do not block, what fails is said in a sentence."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from photoarchive.core import openat2
from photoarchive.core.errors import NotFound, Unavailable, Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging.originals import list_folder, open_original


@pytest.fixture(params=["openat2", "part by part"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of opening: the kernel's, and the one for kernels and systems without it."""
    if request.param == "part by part":
        monkeypatch.setattr(openat2, "available", lambda: False)
    elif not openat2.available():
        pytest.skip("this kernel has no openat2")
    return str(request.param)


@pytest.fixture
def source(tmp_path: Path, way: str) -> Path:
    source = tmp_path / "source"
    (source / "album").mkdir(parents=True)
    (source / "album" / "photo.jpg").write_bytes(b"0123456789")
    (tmp_path / "secret").write_bytes(b"secret")
    return source


def original(source: Path, relpath: str | bytes) -> Original:
    return Original(os.fsencode(source), os.fsencode(relpath))


def test_an_original_is_read_in_parts_and_whole(source):
    with open_original(original(source, "album/photo.jpg")) as opened:
        assert opened.size == 10
        assert opened.read_all(100) == b"0123456789"
        assert opened.read_at(7, 100) == b"789"
        assert opened.read_at(50, 5) == b""
        assert opened.mtime_ns == (source / "album/photo.jpg").stat().st_mtime_ns
        assert opened.inode == (source / "album/photo.jpg").stat().st_ino


def test_two_file_objects_of_one_original_do_not_disturb_each_other(source):
    with open_original(original(source, "album/photo.jpg")) as opened, opened.file() as one, opened.file() as other:
        assert one.read(4) == b"0123"
        other.seek(-2, os.SEEK_END)
        assert (other.read(), one.read(2)) == (b"89", b"45")


def test_reading_more_than_the_limit_is_refused(source):
    with open_original(original(source, "album/photo.jpg")) as opened, pytest.raises(Unreadable, match="too large"):
        opened.read_all(9)


def test_the_descriptor_is_closed_at_the_end(source):
    before = len(os.listdir("/dev/fd"))
    with open_original(original(source, "album/photo.jpg")):
        pass
    with pytest.raises(NotFound):
        open_original(original(source, "album/none.jpg"))
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("relpath", ["album/link.jpg", "linked/photo.jpg", "album/dangling.jpg", "outside/secret"])
def test_links_are_never_followed(source, relpath):
    (source / "album/link.jpg").symlink_to("photo.jpg")
    (source / "album/dangling.jpg").symlink_to("nowhere")
    (source / "linked").symlink_to("album")
    (source / "outside").symlink_to("..")
    with pytest.raises(Unreadable, match="Links are not followed"):
        open_original(original(source, relpath))


@pytest.mark.parametrize("relpath", ["../secret", "album/../../secret", "/etc/passwd", "album/.."])
def test_no_path_leads_out_of_the_source(source, relpath):
    with pytest.raises(Unreadable):
        open_original(original(source, relpath))


@pytest.mark.slow
def test_a_link_swapped_in_while_we_read_shows_nothing_from_outside(source, tmp_path):
    """A folder is exchanged for a link to a folder outside, as fast as possible, while the file is opened."""
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "photo.jpg").write_bytes(b"stolen")
    (tmp_path / "link").symlink_to(tmp_path / "evil")
    album, aside, link = source / "album", source / "aside", tmp_path / "link"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(album, aside)
            os.rename(link, album)
            os.rename(album, link)
            os.rename(aside, album)

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = {"read": 0, "refused": 0}
    try:
        enough, deadline = time.monotonic() + 1.5, time.monotonic() + 30
        while time.monotonic() < (deadline if not all(seen.values()) else enough):
            try:
                with open_original(original(source, "album/photo.jpg")) as opened:
                    assert opened.read_all(100) == b"0123456789"
                seen["read"] += 1
            except (NotFound, Unreadable):
                seen["refused"] += 1
            try:
                assert [entry.size for entry in list_folder(os.fsencode(source), b"album")] == [10]
            except (NotFound, Unreadable):
                seen["refused"] += 1
    finally:
        stop.set()
        swapper.join()
    assert seen["read"]
    assert seen["refused"]


def test_a_fifo_does_not_block(source):
    os.mkfifo(source / "pipe.jpg")
    start = time.monotonic()
    with pytest.raises(Unreadable, match="not a regular file"):
        open_original(original(source, "pipe.jpg"))
    assert time.monotonic() - start < 10, "an open that waits for a writer waits for ever"


def test_folders_and_sockets_are_no_originals(source, monkeypatch):
    monkeypatch.chdir(source)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")
        for relpath in ("album", "socket.jpg"):
            with pytest.raises(Unreadable):
                open_original(original(source, relpath))


def test_what_is_gone_is_not_found_and_a_missing_source_is_offline(source):
    with pytest.raises(NotFound, match=r"album/gone\.jpg is gone"):
        open_original(original(source, "album/gone.jpg"))
    with pytest.raises(NotFound):
        open_original(original(source, "album/photo.jpg/inside.jpg"))
    with pytest.raises(Unavailable, match="not connected") as caught:
        open_original(original(source / "away", "photo.jpg"))
    assert caught.value.details == {"offline": True}
    with pytest.raises(Unavailable):
        list(list_folder(os.fsencode(source / "away")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(source):
    (source / "album/photo.jpg").chmod(0)
    with pytest.raises(Unreadable, match="no permission"):
        open_original(original(source, "album/photo.jpg"))


def test_reading_leaves_the_time_of_last_access_alone(source):
    path = source / "album/photo.jpg"
    os.utime(path, ns=(1_000_000_000, path.stat().st_mtime_ns))
    with open_original(original(source, "album/photo.jpg")) as opened:
        opened.read_all(100)
    list(list_folder(os.fsencode(source), b"album"))
    assert path.stat().st_atime_ns == 1_000_000_000


def test_names_that_are_no_text_are_opened_and_listed(source):
    name = b"caf\xe9\xff\n.jpg"
    with open(os.path.join(os.fsencode(source), name), "wb") as file:
        file.write(b"abc")
    assert {entry.name for entry in list_folder(os.fsencode(source))} == {name, b"album"}
    with open_original(original(source, name)) as opened:
        assert opened.size == 3


def test_paths_longer_than_the_system_allows_at_once_are_opened(source):
    """A tree of 25 folders with names of 200 bytes: 5,000 bytes, more than PATH_MAX."""
    part = "y" * 200
    folder = os.open(source, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(part, dir_fd=folder)
        inner = os.open(part, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    with open(os.open("z.jpg", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as file:
        file.write(b"deep")
    os.close(folder)
    deep = "/".join([part] * 25)
    with open_original(original(source, deep + "/z.jpg")) as opened:
        assert opened.read_all(10) == b"deep"
    assert [entry.name for entry in list_folder(os.fsencode(source), os.fsencode(deep))] == [b"z.jpg"]


def test_a_listing_has_files_and_folders_with_their_facts_and_nothing_else(source):
    (source / "link").symlink_to("album")
    os.mkfifo(source / "pipe")
    (source / "b.jpg").write_bytes(b"12")
    listed = {entry.name: entry for entry in list_folder(os.fsencode(source))}
    facts = (source / "b.jpg").stat()
    assert set(listed) == {b"album", b"b.jpg"}
    assert listed[b"album"].is_dir
    assert not listed[b"b.jpg"].is_dir
    found = listed[b"b.jpg"]
    assert (found.size, found.mtime_ns, found.inode, found.device) == (
        2, facts.st_mtime_ns, facts.st_ino, facts.st_dev
    )


def test_a_folder_behind_a_link_is_not_listed(source):
    (source / "linked").symlink_to("album")
    with pytest.raises(Unreadable, match="Links are not followed"):
        list(list_folder(os.fsencode(source), b"linked"))
