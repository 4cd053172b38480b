"""The disk cache on a real folder and a real catalog: whole files only, order of eviction, clearing by the manifest."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache_shelf import GB, Shelf, picture
from photoarchive.core import clock
from photoarchive.core.tiers import Tier
from photoarchive.imaging import budgets
from photoarchive.imaging.cache_file import Wish
from photoarchive.imaging.cache_ledger import Limits
from photoarchive.imaging.disk_cache import DiskCache


def gigabytes_for(lg: int) -> float:
    """The setting that leaves `lg` bytes to the lg tier."""
    small = budgets.disk_budgets(10 * GB, "balanced", 0, {})
    return (small[Tier.SM] + small[Tier.MD] + lg / 0.55 + 2) / GB


def test_a_kept_file_lies_where_the_layout_says_and_reads_back(shelf):
    shelf.keep(12, Tier.SM)
    assert shelf.path(12, Tier.SM).read_bytes() == picture(100)
    assert shelf.cache.read(shelf.row(12, Tier.SM)) == picture(100)


def test_the_folder_is_marked_as_a_cache_and_as_ours(shelf):
    shelf.keep(1)
    assert (shelf.folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert shelf.db.meta("catalog_uuid") in (shelf.folder / "photoarchive-cache").read_text()


def test_the_folder_of_another_catalog_is_left_alone(shelf):
    shelf.folder.mkdir()
    (shelf.folder / "photoarchive-cache").write_text("catalog somebody-else\n")
    before = shelf.files()
    assert shelf.keep(1) == []
    assert "another catalog" in shelf.cache.trouble
    assert shelf.files() == before


@pytest.mark.parametrize("damage", [
    lambda path: path.unlink(),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(path.read_bytes()[:-20]),
    lambda path: path.write_bytes(path.read_bytes() + b"more"),
    lambda path: path.write_bytes(bytes(path.stat().st_size)),
    lambda path: path.write_bytes(path.read_bytes().replace(b"aaaa", b"aaab", 1)),
], ids=["deleted", "empty", "cut", "longer", "zeros", "one bit wrong"])
def test_a_damaged_file_is_noticed_and_forgotten_so_that_it_is_made_again(shelf, damage):
    shelf.keep(3)
    damage(shelf.path(3))
    assert shelf.cache.read(shelf.row(3)) is None
    assert shelf.row(3) is None
    assert not shelf.path(3).exists()
    assert shelf.cache.ledger.held()[Tier.LG].files == 0
    assert shelf.keep(3), "it can be kept again"
    assert shelf.cache.read(shelf.row(3)) == picture(100)


@pytest.mark.parametrize("read", [DiskCache.read, DiskCache.open])
@pytest.mark.parametrize("put", [lambda path: path.symlink_to("/etc/passwd"), lambda path: path.mkdir()],
                         ids=["link", "folder"])
def test_what_is_no_file_in_the_place_of_one_is_noticed_too(shelf, put, read):
    shelf.keep(3)
    row = shelf.row(3)
    shelf.path(3).unlink()
    put(shelf.path(3))
    before = os.listdir("/proc/self/fd")
    assert read(shelf.cache, row) is None
    assert shelf.row(3) is None
    assert len(os.listdir("/proc/self/fd")) == len(before), "nothing is left open"


def test_a_newer_picture_takes_the_place_of_the_older_one(shelf):
    shelf.keep(3, size=100)
    shelf.keep(3, size=150, mark=b"b")
    assert shelf.cache.read(shelf.row(3)) == picture(150, b"b")
    assert shelf.cache.ledger.held()[Tier.LG].bytes == 150
    assert shelf.files() >= {"lg/0/3.jpg"}
    assert not [name for name in shelf.files() if "part" in name]


def test_a_deleted_photo_takes_its_files_along(shelf):
    shelf.keep(3)
    shelf.db.write(lambda tx: tx.execute("DELETE FROM photos WHERE id = 3") and None)
    shelf.cache.sweep()
    assert not shelf.path(3).exists()


def test_a_picture_of_a_photo_deleted_meanwhile_is_not_left_behind(shelf):
    shelf.keep(1)
    shelf.db.write(lambda tx: tx.execute("DELETE FROM photos WHERE id = 3") and None)
    assert shelf.keep(3) == []
    assert not shelf.path(3).exists()
    assert shelf.cache.trouble == ""


def test_clearing_a_tier_leaves_the_others_and_whatever_somebody_else_put_there(shelf):
    shelf.keep(1, Tier.SM)
    shelf.keep(1, Tier.LG)
    shelf.keep(2, Tier.LG)
    foreign = shelf.folder / "lg" / "0" / "holiday.jpg"
    foreign.write_bytes(b"not ours")
    lookalike = shelf.folder / "lg" / "0" / "49.jpg"
    lookalike.write_bytes(b"named like ours, but no row names it")
    assert shelf.cache.clear([Tier.LG]) == 2
    assert foreign.exists()
    assert lookalike.exists()
    assert shelf.path(1, Tier.SM).exists()
    assert not shelf.path(1, Tier.LG).exists()
    assert shelf.cache.ledger.held()[Tier.LG].files == 0


def test_clearing_while_the_folder_is_away_deletes_the_files_when_it_is_back(shelf, tmp_path):
    shelf.keep(1)
    shelf.folder.rename(tmp_path / "unplugged")
    shelf.cache = shelf.again()
    assert shelf.cache.clear(list(Tier)) == 1
    (tmp_path / "unplugged").rename(shelf.folder)
    shelf.cache = shelf.again()
    shelf.cache.sweep()
    assert not shelf.path(1).exists()


def test_what_was_noted_before_a_kill_is_swept_at_the_next_start(shelf):
    """A kill between the appearing of a file and its row leaves the note that names it."""
    from photoarchive.catalog.previews import Leftover

    shelf.keep(1)
    here = shelf.row(1).folder_id
    shelf.previews.note_leftovers([Leftover(here, 9, Tier.LG, ".jpg"), Leftover(here, 1, Tier.LG, ".jpg")])
    shelf.path(9).write_bytes(picture(100))
    shelf.cache = shelf.again()
    shelf.cache.sweep()
    assert not shelf.path(9).exists()
    assert shelf.cache.read(shelf.row(1)) == picture(100), "a name that a row has again is not swept"


def test_a_file_that_cannot_be_deleted_holds_up_no_other_and_is_tried_again(shelf, monkeypatch):
    """Somebody made a folder in the place of one file: the others go, and it goes too once it can."""
    for photo_id in range(1, 5):
        shelf.keep(photo_id)
    here, at = shelf.row(1).folder_id, clock.monotonic()
    shelf.path(1).unlink()
    (shelf.path(1) / "holiday").mkdir(parents=True)
    shelf.cache.drop([shelf.row(photo_id) for photo_id in range(1, 4)])
    assert not shelf.path(2).exists() and not shelf.path(3).exists()
    assert [item.photo_id for item in shelf.previews.leftovers(here)] == [1]
    shelf.cache.drop([shelf.row(4)])
    assert [item.photo_id for item in shelf.previews.leftovers(here)] == [1]
    assert (shelf.path(1) / "holiday").exists()
    (shelf.path(1) / "holiday").rmdir()
    shelf.path(1).rmdir()
    shelf.path(1).write_bytes(picture(100))
    shelf.cache.sweep()
    assert shelf.path(1).exists(), "left alone for a while"
    monkeypatch.setattr(clock, "monotonic", lambda: at + 60)
    shelf.cache.sweep()
    assert not shelf.path(1).exists() and shelf.previews.leftovers(here) == []


def test_uses_reach_the_manifest_in_batches(shelf):
    shelf.keep(1)
    shelf.cache.ledger.used(1, Tier.LG, looked=True)
    assert shelf.previews.oldest(Tier.LG, 9, looked=True) == []
    shelf.cache.ledger.flush()
    assert [file.photo_id for file in shelf.previews.oldest(Tier.LG, 9, looked=True)] == [1]


def test_a_shrunk_budget_lets_the_least_recently_used_go(shelf):
    for photo_id in range(1, 11):
        shelf.keep(photo_id, size=10_000)
        shelf.cache.ledger.used(photo_id, Tier.LG, looked=photo_id % 2 == 0)
    shelf.cache.ledger.flush()
    shelf.cache.set_limits(Limits(shelf.folder, gigabytes_for(60_000), "balanced"))
    shelf.cache.trim()
    assert sorted(photo for photo in range(1, 11) if shelf.row(photo)) == [2, 4, 6, 8, 9, 10]


moves = st.lists(st.tuples(
    st.sampled_from(["stock", "looked", "look"]), st.integers(1, 12), st.integers(200, 4000)), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(moves)
def test_who_makes_room_for_whom(steps):
    """Random orders and looks: never over the budget; stock pushes nothing out; what nobody looked at goes first, and
    among equals the least recently used."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder), gigabytes=gigabytes_for(20_000), photos=12)
        try:
            _replay(shelf, steps, shelf.cache.ledger.budgets()[Tier.LG])
        finally:
            shelf.db.close()


def _replay(shelf: Shelf, steps, budget: int) -> None:
    model: dict[int, tuple[bool, int, int]] = {}         # photo → looked, last use, size
    moment = 1_000_000
    real = clock.now
    try:
        for verb, photo_id, size in steps:
            moment += 1
            clock.now = lambda at=moment: float(at)
            if verb == "look":
                if photo_id in model:
                    shelf.cache.ledger.used(photo_id, Tier.LG, looked=True)
                    shelf.cache.ledger.flush()
                    model[photo_id] = (True, moment, model[photo_id][2])
                continue
            kept = shelf.keep(photo_id, size=size, wish=Wish.LOOKED if verb == "looked" else Wish.STOCK)
            expected = _expected(model, budget, photo_id, size, looked=verb == "looked")
            assert bool(kept) == (expected is not None), (verb, photo_id, size)
            if expected is not None:
                model = expected
                was_looked = model.get(photo_id, (False, 0, 0))[0]
                model[photo_id] = (was_looked or verb == "looked", moment, size)
            held = {photo for photo in range(1, 13) if shelf.row(photo)}
            assert held == set(model)
            assert shelf.cache.ledger.held()[Tier.LG].bytes == sum(entry[2] for entry in model.values()) <= budget
    finally:
        clock.now = real


def _expected(model, budget: int, photo_id: int, size: int, *, looked: bool):
    """The model after making room, or None if the newcomer is refused."""
    after = dict(model)

    def over() -> int:
        others = sum(entry[2] for photo, entry in after.items() if photo != photo_id)
        return others + size - budget

    if over() <= 0:
        return after
    if not looked:
        return None
    for victim in sorted((p for p in model if p != photo_id), key=lambda p: (model[p][0], model[p][1])):
        if over() <= 0:
            break
        del after[victim]
    return after if over() <= 0 else None


def test_a_folder_that_cannot_be_written_is_said_left_alone_for_a_while_and_used_again(shelf):
    shelf.keep(1)
    obstacle = shelf.folder / "md"
    obstacle.write_text("a file where a folder must be")
    assert shelf.keep(2, Tier.MD) == []
    assert "cannot be written" in shelf.cache.trouble
    obstacle.unlink()
    assert shelf.keep(2, Tier.MD) == [], "no attempt at every picture"
    shelf.cache.set_limits(Limits(shelf.folder, 1.0, "balanced"))
    assert shelf.keep(2, Tier.MD)
    assert shelf.cache.trouble == ""
