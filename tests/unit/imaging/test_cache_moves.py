"""The cache folder and its files in motion: away and back, another folder or home, replaced while they are read."""

from __future__ import annotations

import os
import shutil

import pytest

from cache_shelf import Shelf, picture
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache_ledger import Limits


def test_rows_outlive_a_cache_folder_that_is_away_for_a_while(shelf, tmp_path):
    shelf.keep(1)
    shelf.folder.rename(tmp_path / "unplugged")
    shelf.cache = shelf.again()
    assert shelf.cache.read(shelf.row(1)) is None
    assert shelf.row(1) is not None
    (tmp_path / "unplugged").rename(shelf.folder)
    shelf.cache = shelf.again()
    assert shelf.cache.read(shelf.row(1)) == picture(100)


def test_a_deleted_cache_folder_is_simply_made_again(shelf):
    shelf.keep(1)
    for path in sorted(shelf.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    shelf.folder.rmdir()
    shelf.cache = shelf.again()
    assert shelf.keep(2)
    assert shelf.cache.read(shelf.row(2)) == picture(100)


def test_a_moved_cache_is_served_from_the_old_folder_and_carried_over(shelf, tmp_path):
    for photo_id in range(1, 6):
        shelf.keep(photo_id, size=100 + photo_id)
    old = shelf.folder
    shelf.folder = tmp_path / "elsewhere" / "cache"
    shelf.cache.set_limits(Limits(shelf.folder, 1.0, "balanced"))
    assert shelf.cache.read(shelf.row(1)) == picture(101), "still served"
    shelf.keep(6)
    assert shelf.path(6).exists()
    assert shelf.cache.carry_over(3) == 3
    assert shelf.cache.carry_over(30) == 2
    for photo_id in range(1, 6):
        assert shelf.path(photo_id).read_bytes() == picture(100 + photo_id)
        assert not (old / "lg" / "0" / f"{photo_id}.jpg").exists()
        assert shelf.cache.read(shelf.row(photo_id)) == picture(100 + photo_id)
    assert shelf.cache.ledger.held()[Tier.LG].files == 6
    assert (old / "CACHEDIR.TAG").exists()


def test_a_home_that_moved_takes_its_cache_along(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    shelf = Shelf(before)
    shelf.keep(3)
    shelf.db.close()
    before.rename(after)
    shelf.folder = after / "cache"
    shelf.reopen(after)
    assert shelf.cache.read(shelf.row(3)) == picture(100)
    assert shelf.cache.carry_over(10) == 0, "it lies where it belongs"
    shelf.db.close()


def test_a_copied_home_never_touches_the_cache_of_the_one_it_was_copied_from(tmp_path):
    first, copy = tmp_path / "first", tmp_path / "copy"
    first.mkdir()
    shelf = Shelf(first)
    shelf.keep(3)
    shelf.db.close()
    shutil.copytree(first, copy)
    before = shelf.files()
    shelf.folder = copy / "cache"
    shelf.reopen(copy)
    shelf.keep(4)
    shelf.cache.carry_over(10)
    shelf.cache.clear(list(Tier))
    assert shelf.files() == {"CACHEDIR.TAG", "photoarchive-cache"}
    shelf.folder = first / "cache"
    assert shelf.files() == before
    shelf.db.close()


def test_a_folder_noted_by_an_older_version_is_still_found_and_then_moves_with_its_home(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.keep(3)
    shelf.db.write(lambda tx: tx.execute("UPDATE cache_folders SET path = ?", (bytes(shelf.folder),)) and None)
    shelf.db.close()
    shelf.reopen(tmp_path)
    assert shelf.cache.read(shelf.row(3)) == picture(100)
    assert shelf.db.read().execute("SELECT path FROM cache_folders").fetchall() == [(b"cache",)]
    shelf.db.close()


@pytest.mark.parametrize("change", ["made anew", "moved"])
def test_a_file_that_is_replaced_or_moved_before_it_is_read_is_read_where_it_is_now(shelf, tmp_path, change):
    """Its photo need not wait, and nothing is made again; what shows another content is not taken for it."""
    shelf.keep(1)
    shelf.keep(2)
    known, other = shelf.row(1), shelf.row(2)
    if change == "moved":
        shelf.cache.set_limits(Limits(tmp_path / "new", 1.0, "balanced"))
        shelf.cache.prepare()
        assert shelf.cache.carry_over(10) == 2
    else:
        shelf.keep(1, size=150, mark=b"b")
        shelf.keep(2, size=150, mark=b"b", version=b"version2")
    assert shelf.cache.read(known) == (picture(100) if change == "moved" else picture(150, b"b"))
    assert shelf.row(1) is not None
    if change == "moved":
        descriptor = shelf.cache.open(other)
        assert descriptor is not None
        os.close(descriptor)
    else:
        assert shelf.cache.open(known) is None, "the size that is known is of another file"
        assert shelf.cache.read(other) is None
        assert shelf.row(2) is not None
