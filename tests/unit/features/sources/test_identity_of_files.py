"""Moves, renames, copies, swaps, changes and deletions: which photo a file is after the next scan."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

import trees
from source_lab import SourceLab

pytestmark = pytest.mark.slow

WHOLE = 192 << 10       # files up to here are read whole; larger ones are known by head, middle and tail


def large(path: Path, seed: int, size: int = 400_000) -> Path:
    """A file with a picture's name, large enough that the scan reads only parts of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(size - 4))
    os.utime(path, (1_500_000_000 + seed, 1_500_000_000 + seed))
    return path


def test_a_first_scan_finds_every_photo_once(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    assert len(lab.ids()) == 24
    assert len(set(lab.ids().values())) == 24
    assert lab.sources.get(source).last_scan["new"] == 24


def test_a_second_scan_of_an_unchanged_tree_changes_nothing(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before, revision = lab.ids(), lab.columns.revision("photos")
    status = lab.scan(source)
    assert (status.counts.found, status.counts.new, status.counts.changed, status.counts.moved) == (24, 0, 0, 0)
    assert lab.ids() == before
    assert lab.columns.revision("photos") == revision


def test_a_renamed_file_keeps_its_photo(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    lab.pick(before["Roll 1/IMG_0002.jpg"])
    (photos / "Roll 1/IMG_0002.jpg").rename(photos / "Roll 1/sunset.jpg")
    status = lab.scan(source)
    assert lab.ids()["Roll 1/sunset.jpg"] == before["Roll 1/IMG_0002.jpg"]
    assert (status.counts.moved, status.counts.new, status.counts.missing) == (1, 0, 0)
    assert lab.picked() == {before["Roll 1/IMG_0002.jpg"]}


def test_a_renamed_folder_of_2000_photos_keeps_ids_flags_and_stars(lab: SourceLab, tmp_path: Path):
    base = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    folder = tmp_path / "tree" / "2019 Lofoten"
    folder.mkdir(parents=True)
    for number in range(2_000):
        (folder / f"IMG_{number:04d}.jpg").write_bytes(base + number.to_bytes(4, "little"))
    source = lab.add(tmp_path / "tree")
    before = lab.ids()
    lab.pick(*before.values())

    (tmp_path / "tree" / "Norway").mkdir()
    folder.rename(tmp_path / "tree" / "Norway" / "Lofoten")
    status = lab.scan(source)

    after = lab.ids()
    assert status.error is None
    assert {f"Norway/Lofoten/{Path(path).name}": photo for path, photo in before.items()} == after
    assert lab.picked() == set(before.values())
    assert status.counts.moved == 2_000
    assert set(lab.states().values()) == {0}


def test_a_folder_moved_between_sources_keeps_its_photos(lab: SourceLab, tmp_path: Path):
    trees.make_tree(tmp_path / "a", 6)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/other.jpg").write_bytes(trees.jpeg(trees.Shot(seed=900)))
    lab.add(tmp_path / "a")
    second = lab.add(tmp_path / "b")
    before = lab.ids()
    shutil.move(tmp_path / "a/Roll 1", tmp_path / "b/From A")
    status = lab.scan(second)
    photo = before["Roll 1/IMG_0002.jpg"]
    assert lab.ids()["From A/IMG_0002.jpg"] == photo
    assert (status.counts.moved, status.counts.new) == (2, 0)
    assert lab.sql("SELECT source_id FROM photos WHERE id = ?", photo) == [(second,)]


def test_two_swapped_names_swap_their_photos(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    one, two, aside = photos / "Roll 1/IMG_0002.jpg", photos / "Roll 1/IMG_0005.jpg", photos / "aside"
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    status = lab.scan(source)
    after = lab.ids()
    assert after["Roll 1/IMG_0002.jpg"] == before["Roll 1/IMG_0005.jpg"]
    assert after["Roll 1/IMG_0005.jpg"] == before["Roll 1/IMG_0002.jpg"]
    assert set(lab.states().values()) == {0}
    assert status.counts.new == 0


def test_names_that_move_up_by_one_keep_their_photos(lab: SourceLab, photos: Path):
    """IMG_2 is deleted, IMG_5 becomes IMG_2, IMG_8 becomes IMG_5: a chain, not two swaps."""
    source = lab.add(photos)
    before = lab.ids()
    roll = photos / "Roll 1"
    (roll / "IMG_0002.jpg").unlink()
    (roll / "IMG_0005.jpg").rename(roll / "IMG_0002.jpg")
    (roll / "IMG_0008.jpg").rename(roll / "IMG_0005.jpg")
    lab.scan(source)
    after = lab.ids()
    assert after["Roll 1/IMG_0002.jpg"] == before["Roll 1/IMG_0005.jpg"]
    assert after["Roll 1/IMG_0005.jpg"] == before["Roll 1/IMG_0008.jpg"]
    assert lab.states()[before["Roll 1/IMG_0002.jpg"]] == 1


def test_a_copy_is_a_further_place_of_the_same_photo(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    (photos / "Backup").mkdir()
    shutil.copyfile(photos / "Roll 1/IMG_0002.jpg", photos / "Backup/copy of 2.jpg")
    status = lab.scan(source)
    photo = before["Roll 1/IMG_0002.jpg"]
    assert lab.places(photo) == ["Roll 1/IMG_0002.jpg", "Backup/copy of 2.jpg"]
    assert (status.counts.copies, status.counts.new) == (1, 0)


def test_a_folder_of_copies_counts_the_photos_it_holds(lab: SourceLab, photos: Path, tmp_path: Path):
    """As a filter by it shows them; the whole counts each photo once, and copies within a folder do not count."""
    lab.add(photos)
    (tmp_path / "More").mkdir()
    for number, path in enumerate(sorted(photos.rglob("*.jpg"))[:5]):
        shutil.copyfile(path, tmp_path / f"More/{number}.jpg")
    shutil.copyfile(tmp_path / "More/0.jpg", tmp_path / "More/0 again.jpg")
    shutil.copyfile(tmp_path / "More/0.jpg", photos / "beside.jpg")
    lab.add(tmp_path / "More")
    lab.scan(lab.sources.active()[0].id)
    catalog = lab.view.catalog()
    assert [(one.display_name, one.image_count, one.active_image_count) for one in catalog.sources] == [
        ("photos", 24, 24), ("More", 5, 5)]
    assert (catalog.stats.total_images, catalog.stats.active_images) == (24, 24)


def test_a_copy_of_a_large_file_is_known_by_its_full_hash(lab: SourceLab, tmp_path: Path):
    original = large(tmp_path / "tree/a.jpg", 1)
    source = lab.add(tmp_path / "tree")
    shutil.copyfile(original, tmp_path / "tree/b.jpg")
    lab.scan(source)
    assert len(set(lab.ids().values())) == 1
    assert len(lab.ids()) == 2
    assert len({row[0] for row in lab.sql("SELECT full_hash FROM files")}) == 1


def test_copies_within_the_first_scan_become_one_photo(lab: SourceLab, tmp_path: Path):
    for name in ("a/x.jpg", "b/x.jpg", "b/y.jpg"):
        large(tmp_path / "tree" / name, 7)
    small = trees.jpeg(trees.Shot(seed=3))
    for name in ("a/s.jpg", "b/s.jpg"):
        (tmp_path / "tree" / name).write_bytes(small)
    lab.add(tmp_path / "tree")
    ids = lab.ids()
    assert len({ids["a/x.jpg"], ids["b/x.jpg"], ids["b/y.jpg"]}) == 1
    assert ids["a/s.jpg"] == ids["b/s.jpg"]
    assert len(lab.states()) == 2


def test_equal_size_head_middle_and_tail_do_not_make_one_photo(lab: SourceLab, tmp_path: Path):
    """The quick key reads parts only; what lies between decides."""
    first = large(tmp_path / "tree/a.jpg", 5, 1_000_000)
    data = bytearray(first.read_bytes())
    data[300_000:300_100] = b"\0" * 100
    second = tmp_path / "tree/b.jpg"
    second.write_bytes(data)
    os.utime(second, (1_500_000_005, 1_500_000_005))
    lab.add(tmp_path / "tree")
    assert len({row[0] for row in lab.sql("SELECT content_key FROM files")}) == 1
    assert len(set(lab.ids().values())) == 2


def test_a_wrong_match_of_the_quick_key_is_parted_by_the_integrity_job(lab: SourceLab, tmp_path: Path):
    """The old file is gone, another with the same key and mtime is there: taken for a move until it is read whole."""
    first = large(tmp_path / "tree/a.jpg", 5, 1_000_000)
    large(tmp_path / "tree/other.jpg", 6)
    source = lab.add(tmp_path / "tree")
    lab.check_all()
    photo = lab.ids()["a.jpg"]
    lab.pick(photo)
    data = bytearray(first.read_bytes())
    data[300_000:300_100] = b"\0" * 100
    first.unlink()
    (tmp_path / "tree/b.jpg").write_bytes(data)
    os.utime(tmp_path / "tree/b.jpg", (1_500_000_005, 1_500_000_005))
    lab.scan(source)
    assert lab.ids()["b.jpg"] == photo
    lab.check_all()
    assert lab.ids()["b.jpg"] != photo
    assert lab.states()[photo] == 1
    assert lab.picked() == {photo}


def test_a_changed_file_keeps_its_id_and_is_read_again(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    lab.pick(photo)
    lab.db.write(lambda tx: tx.execute("UPDATE files SET inspected = 1"))
    key = lab.sql("SELECT content_key FROM files WHERE photo_id = ?", photo)
    (photos / "Roll 1/IMG_0002.jpg").write_bytes(trees.jpeg(trees.Shot(seed=777)))
    status = lab.scan(source)
    assert lab.ids()["Roll 1/IMG_0002.jpg"] == photo
    assert status.counts.changed == 1
    assert lab.sql("SELECT photo_id FROM files WHERE inspected = 0") == [(photo,)]
    assert lab.sql("SELECT content_key FROM files WHERE photo_id = ?", photo) != key
    assert lab.picked() == {photo}


def test_an_edited_file_parts_from_its_copy_and_both_keep_the_marks(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    (photos / "Backup").mkdir()
    shutil.copyfile(photos / "Roll 1/IMG_0002.jpg", photos / "Backup/x.jpg")
    lab.scan(source)
    lab.pick(photo)
    (photos / "Roll 1/IMG_0002.jpg").write_bytes(trees.jpeg(trees.Shot(seed=778)))
    lab.scan(source)
    ids = lab.ids()
    assert ids["Roll 1/IMG_0002.jpg"] == photo
    assert ids["Backup/x.jpg"] != photo
    assert lab.picked() == {photo, ids["Backup/x.jpg"]}


def test_a_deleted_file_is_missing_and_comes_back_as_the_same_photo(lab: SourceLab, photos: Path, tmp_path: Path):
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    lab.pick(photo)
    shutil.move(photos / "Roll 1/IMG_0002.jpg", tmp_path / "kept.jpg")
    assert lab.scan(source).counts.missing == 1
    assert lab.states()[photo] == 1
    shutil.move(tmp_path / "kept.jpg", photos / "Roll 1/IMG_0002.jpg")
    assert lab.scan(source).counts.returned == 1
    assert lab.states()[photo] == 0
    assert lab.picked() == {photo}


def test_a_missing_photo_is_recognised_at_another_place(lab: SourceLab, photos: Path, tmp_path: Path):
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    shutil.move(photos / "Roll 1/IMG_0002.jpg", tmp_path / "IMG_0002.jpg")
    lab.scan(source)
    (photos / "Found again").mkdir()
    shutil.move(tmp_path / "IMG_0002.jpg", photos / "Found again/IMG_0002.jpg")
    lab.scan(source)
    assert lab.ids()["Found again/IMG_0002.jpg"] == photo
    assert lab.states()[photo] == 0


def test_a_touched_file_stays_the_same_photo(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    lab.db.write(lambda tx: tx.execute("UPDATE files SET inspected = 1"))
    lab.db.write(lambda tx: tx.execute("UPDATE photos SET taken_origin = 1"))
    os.utime(photos / "Roll 1/IMG_0002.jpg", (1_700_000_000, 1_700_000_000))
    status = lab.scan(source)
    assert lab.ids() == before
    assert status.counts.changed == 0
    assert lab.sql("SELECT count(*) FROM files WHERE inspected = 0") == [(0,)]


def test_empty_files_are_never_the_same_photo(lab: SourceLab, tmp_path: Path):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tree / name).write_bytes(b"")
        os.utime(tree / name, (1, 1))
    source = lab.add(tree)
    assert len(set(lab.ids().values())) == 2
    assert {row[0] for row in lab.sql("SELECT error FROM files")} == {"The file is empty."}
    (tree / "a.jpg").rename(tree / "c.jpg")
    lab.scan(source)
    assert len(lab.states()) == 3


def test_a_file_overwritten_by_a_copy_of_another_belongs_to_the_other(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    before = lab.ids()
    shutil.copyfile(photos / "Roll 1/IMG_0002.jpg", photos / "Roll 1/IMG_0005.jpg")
    lab.scan(source)
    assert lab.ids()["Roll 1/IMG_0005.jpg"] == before["Roll 1/IMG_0002.jpg"]
    assert lab.states()[before["Roll 1/IMG_0005.jpg"]] == 1


def test_a_new_file_at_the_place_of_a_missing_one_continues_its_photo(lab: SourceLab, photos: Path):
    """Editors save by deleting and writing anew; a scan may fall in between."""
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    (photos / "Roll 1/IMG_0002.jpg").unlink()
    lab.scan(source)
    (photos / "Roll 1/IMG_0002.jpg").write_bytes(trees.jpeg(trees.Shot(seed=4711)))
    lab.scan(source)
    assert lab.ids()["Roll 1/IMG_0002.jpg"] == photo
    assert lab.states()[photo] == 0


def test_silent_damage_is_found_and_the_other_copy_is_shown(lab: SourceLab, photos: Path):
    source = lab.add(photos)
    photo = lab.ids()["Roll 1/IMG_0002.jpg"]
    (photos / "Backup").mkdir()
    shutil.copyfile(photos / "Roll 1/IMG_0002.jpg", photos / "Backup/x.jpg")
    lab.scan(source)
    path = photos / "Roll 1/IMG_0002.jpg"
    facts, data = path.stat(), bytearray(path.read_bytes())
    data[-40] ^= 0xFF
    path.write_bytes(data)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert lab.scan(source).counts.changed == 0
    lab.db.write(lambda tx: tx.execute("UPDATE files SET hashed_at = 5"))
    lab.check_all()
    errors, total = lab.integrity.errors(10, 0)
    assert total == 1
    assert errors[0].path == str(path)
    assert "changed" in errors[0].reason
    assert lab.files.locate(photo)[0].relpath == b"Backup/x.jpg"
