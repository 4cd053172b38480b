"""Adding, removing, restoring and setting up sources: what is allowed, what is said, what can be undone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import trees
from photoarchive.catalog import trash
from photoarchive.core.errors import Conflict, Invalid, NotFound
from photoarchive.features.sources.trash_job import TrashJob
from source_lab import BUDGET, SourceLab

pytestmark = pytest.mark.slow


def test_a_source_has_its_real_path_and_the_name_of_its_folder(lab: SourceLab, photos: Path, tmp_path: Path):
    (tmp_path / "link").symlink_to(photos)
    added = lab.service.add(f"  {tmp_path}/link/../photos/ ", "test")
    assert added.source.path == os.fsencode(photos)
    assert added.source.display_name == "photos"
    assert added.source.fs_uuid is not None
    assert added.scan_started


@pytest.mark.parametrize("path,error,words", [
    ("", Invalid, "Type the path"), ("relative/path", Invalid, "not a full path"), ("/a\0b", Invalid, "zero byte"),
    ("/no/such/folder", NotFound, "There is no folder /no/such/folder"),
    ("{photos}/Roll 1/IMG_0002.jpg", Invalid, "is a file"),
    ("/proc", Invalid, "belongs to the operating system"), ("/dev/shm", Invalid, "belongs to the operating system"),
])
def test_a_path_that_cannot_be_a_source_is_refused_with_a_sentence(
    lab: SourceLab, photos: Path, path: str, error: type[Exception], words: str
):
    with pytest.raises(error, match=words):
        lab.service.add(path.format(photos=photos), "test")
    assert lab.sources.all() == []


def test_a_folder_in_or_around_a_source_is_refused_and_both_are_named(lab: SourceLab, photos: Path):
    lab.service.add(str(photos / "Roll 1"), "test")
    with pytest.raises(Conflict) as around:
        lab.service.add(str(photos), "test")
    assert str(photos) in around.value.sentence
    assert str(photos / "Roll 1") in around.value.sentence
    (photos / "Roll 1/inner").mkdir()
    with pytest.raises(Conflict, match="lies inside the source .*Roll 1"):
        lab.service.add(str(photos / "Roll 1/inner"), "test")
    (photos / "Roll 10").mkdir()
    lab.service.add(str(photos / "Roll 10"), "test")        # the same beginning is not the same folder


def test_our_own_folders_cannot_be_in_or_around_a_source(lab: SourceLab, home: Path):
    for folder, words in ((home, "data folder"), (home.parent, "contains photoArchive's data folder"),
                          (home / ".run", "lies in photoArchive's data folder")):
        with pytest.raises(Conflict, match=words) as refused:
            lab.service.add(str(folder), "test")
        assert str(folder) in refused.value.sentence
        assert str(home) in refused.value.sentence


def test_a_removed_source_is_hidden_and_comes_back_with_everything(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    lab.pick(*before.values())
    lab.service.remove(source, "keep", "test")
    assert set(lab.states().values()) == {2}
    assert lab.sources.active() == []
    with pytest.raises(Conflict, match="was removed"):
        lab.service.rescan(source)
    again = lab.service.add(str(photos), "test").source
    lab.work()
    assert again.id == source
    assert lab.ids() == before
    assert set(lab.states().values()) == {0}
    assert lab.picked() == set(before.values())


def test_removing_restoring_and_adding_can_be_undone(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    lab.service.remove(source, "delete", "w")
    assert set(lab.states().values()) == {3}
    undone = lab.actions.undo("w")
    assert undone.action.label == "Deleted the catalog data of photos"
    assert undone.changed == 24
    assert set(lab.states().values()) == {0}
    lab.actions.redo("w")
    assert set(lab.states().values()) == {3}
    lab.service.restore(source, "w")
    assert lab.sources.get(source).state == "active"
    lab.actions.undo("test")        # the adding, in its own window
    assert lab.sources.get(source).state == "removed"


def test_undo_leaves_a_source_that_was_changed_meanwhile(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    lab.service.remove(source, "keep", "one")
    lab.service.restore(source, "two")
    assert lab.actions.undo("one").skipped == 1
    assert lab.sources.get(source).state == "active"


def test_a_bad_mode_of_removal_changes_nothing(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    with pytest.raises(Invalid, match="mode must be"):
        lab.service.remove(source, "burn", "w")
    with pytest.raises(NotFound, match="There is no source 99"):
        lab.service.remove(99, "keep", "w")
    assert lab.sources.get(source).state == "active"


def test_a_folder_around_a_removed_source_recognises_its_photos(lab: SourceLab, photos: Path):
    first = lab.add(photos / "Roll 1")
    lab.pick(*lab.ids().values())
    lab.service.remove(first, "keep", "w")
    before = lab.picked()
    second = lab.add(photos)
    assert {photo for path, photo in lab.ids().items() if path.startswith("Roll 1/")} == before
    assert len(lab.states()) == 24
    assert set(lab.states().values()) == {0}
    with pytest.raises(Conflict, match="lies inside the source"):
        lab.service.restore(first, "w")
    assert lab.sources.get(second).last_scan["moved"] == 8


def test_the_trash_is_emptied_after_thirty_days_and_not_before(
    lab: SourceLab, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = lab.add(photos)
    shutil.copytree(photos / "Roll 1", tmp_path / "backup")
    backup = lab.add(tmp_path / "backup")
    copies = {row[0] for row in lab.sql(
        "SELECT f.photo_id FROM files f JOIN folders d ON d.id = f.folder_id WHERE d.source_id = ?", backup)}
    lab.service.remove(source, "delete", "w")
    assert TrashJob(lab.db, lab.sources).pending() == 0
    later = trash.now() + 31 * 86_400
    monkeypatch.setattr(trash, "now", lambda: later)
    job = TrashJob(lab.db, lab.sources)
    while job.pending():
        job.step(BUDGET)
    assert [known.id for known in lab.sources.all()] == [backup]
    assert set(lab.states()) == copies
    assert set(lab.states().values()) == {0}
    assert lab.sql("SELECT count(*) FROM folders WHERE source_id = ?", source) == [(0,)]
    assert len(list(photos.rglob("*.jpg"))) == 24


def test_settings_of_a_source_are_checked_applied_and_undone(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    lab.service.change_settings(source, "w", exclude=[" Roll 2 ", "Roll 2", ""], display_name="Archive", watch=True)
    lab.work()
    changed = lab.sources.get(source)
    assert (changed.exclude, changed.display_name, changed.watch) == (("Roll 2",), "Archive", True)
    assert not any(path.startswith("Roll 2") for path in lab.ids())
    lab.actions.undo("w")
    restored = lab.sources.get(source)
    assert (restored.exclude, restored.display_name, restored.watch) == ((), "photos", False)
    for bad in ({"exclude": ["*"]}, {"exclude": ["x" * 201]}, {"exclude": ["a"] * 2 + [f"b{n}" for n in range(101)]},
                {"display_name": " "}, {"display_name": "x" * 121}):
        with pytest.raises(Invalid):
            lab.service.change_settings(source, "w", **bad)


def test_excluded_photos_leave_and_return_with_their_marks(lab: SourceLab, tmp_path: Path):
    for index in range(60):
        path = tmp_path / "tree" / ("drafts" if index == 0 else "best") / f"{index}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(trees.jpeg(trees.Shot(size=(32, 24), seed=index, thumbnail=False)))
    source = lab.add(tmp_path / "tree")
    photo = lab.ids()["drafts/0.jpg"]
    lab.pick(photo)
    lab.service.change_settings(source, "w", exclude=["drafts"])
    lab.work()
    assert lab.states()[photo] == 1
    lab.service.change_settings(source, "w", exclude=[])
    lab.work()
    assert lab.states()[photo] == 0
    assert lab.picked() == {photo}


def test_scan_folder_finds_the_source_a_folder_lies_in(lab: SourceLab, photos: Path):
    source, folder = lab.service.scan_folder(str(photos), "w")
    lab.work()
    assert folder == str(photos)
    inner, folder = lab.service.scan_folder(str(photos / "Roll 1"), "w")
    assert inner.id == source.id
    assert lab.sql("SELECT subfolder FROM scans ORDER BY id DESC LIMIT 1") == [(b"Roll 1",)]
    assert lab.work().counts.found == 8


def test_a_subfolder_must_lie_in_its_source(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    for path in ("../elsewhere", "/etc", "Roll 1/../../x"):
        with pytest.raises(Invalid, match="does not lie in"):
            lab.service.rescan(source, path)
    with pytest.raises(NotFound, match="There is no folder"):
        lab.service.rescan(source, "Roll 77")


def test_sidecars_that_change_have_their_photos_read_again(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    lab.db.write(lambda tx: tx.execute("UPDATE files SET inspected = 1"))
    (photos / "Roll 1/IMG_0002.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    (photos / "Roll 1/IMG_0005.jpg.json").write_text("{}")
    lab.scan(source)
    unread = lab.sql("SELECT name FROM files WHERE inspected = 0 ORDER BY name")
    assert unread == [(b"IMG_0002.jpg",), (b"IMG_0005.jpg",)]
    lab.db.write(lambda tx: tx.execute("UPDATE files SET inspected = 1"))
    assert lab.scan(source).counts.changed == 0
    assert lab.sql("SELECT count(*) FROM files WHERE inspected = 0") == [(0,)]
    (photos / "Roll 1/IMG_0002.xmp").unlink()
    lab.scan(source)
    assert lab.sql("SELECT name FROM files WHERE inspected = 0") == [(b"IMG_0002.jpg",)]
