"""The jobs that fill the caches: all that is missing, in path order, each original once, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

import trees
from photoarchive.core.tiers import Tier
from photoarchive.features.media.jobs_originals import OriginalsJob
from photoarchive.work.job import Budget
from picture_catalog import PictureCatalog, eventually, picture_catalog

BUDGET = Budget(items=16, workers=2)


@pytest.fixture
def tree(tmp_path: Path):
    """Twelve photos in three folders, their rows written in an order that is not that of the paths."""
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        paths = trees.make_tree(tmp_path / "photos", 12)
        shuffled = sorted(paths, key=lambda path: path.name[::-1])
        ids = {path: catalog.add_photo(source, path, extension=".jpg") for path in shuffled}
        yield catalog, source, ids


def work_off(catalog: PictureCatalog, job=None) -> tuple[int, int]:
    job = job or catalog.job
    done = failed = 0
    for _ in range(200):
        if not job.pending():
            return done, failed
        progress = job.step(BUDGET)
        done, failed = done + progress.done, failed + progress.failed
    raise AssertionError(f"the job never ends: {job.pending()} pending, last {progress}")


def test_everything_missing_is_made_once(tree):
    catalog, _, ids = tree
    assert (catalog.job.pending(), catalog.job.total()) == (12, 12)
    assert work_off(catalog) == (12, 0)
    assert all(catalog.cache.index.has(photo, tier) for photo in ids.values() for tier in (Tier.SM, Tier.MD))
    made = catalog.db.read().execute("SELECT count(*), sum(looked_at) FROM previews").fetchone()
    assert made == (24, 0)


def test_photos_are_taken_in_path_order(tree):
    catalog, _, _ = tree
    seen = []
    real = catalog.pool.submit
    catalog.pool.submit = lambda function, *args, **kw: (seen.append(args[0].relpath), real(function, *args, **kw))[1]
    for _ in range(12):
        catalog.job.step(Budget(items=1, workers=1))
    assert seen == sorted(seen)
    assert len(seen) == 12


def test_a_broken_file_is_set_aside_with_its_reason_and_not_tried_again(tree, tmp_path):
    catalog, source, _ = tree
    path = tmp_path / "photos" / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff no picture")
    photo = catalog.add_photo(source, path)
    assert work_off(catalog) == (12, 1)
    assert (catalog.job.pending(), catalog.job.total()) == (0, 13)
    errors, total = catalog.job.errors(10, 0)
    assert (total, errors[0].photo_id, errors[0].path) == (1, photo, str(path))
    assert errors[0].reason


def test_a_restart_finds_nothing_left_to_do(tree, tmp_path):
    catalog, _, _ = tree
    work_off(catalog)
    catalog.close()
    with picture_catalog(tmp_path / "home") as again:
        assert (again.job.pending(), again.job.total()) == (0, 12)
        assert again.cache.disk.ledger.held()[Tier.SM].files == 12
    catalog.__init__(tmp_path / "home")
    catalog.start()


def test_photos_of_a_drive_that_is_away_wait_without_counting(tree):
    catalog, source, _ = tree
    catalog.sources.set_online(source, False)
    assert catalog.job.pending() == 0
    catalog.sources.set_online(source, True)
    assert catalog.job.pending() == 12


def test_a_drive_that_goes_meanwhile_is_noticed_and_nothing_is_blamed(tree, tmp_path):
    catalog, _, _ = tree
    (tmp_path / "photos").rename(tmp_path / "unplugged")
    progress = catalog.job.step(BUDGET)
    assert (progress.done, progress.failed) == (0, 0)
    assert progress.reason
    assert catalog.job.pending() == 0
    assert catalog.cache.previews.failure_count() == 0


def test_switched_off_it_rests_until_the_user_asks(tree):
    catalog, _, _ = tree
    catalog.settings.update({"pregenerate_on_idle": False})
    assert catalog.job.pending() == 0
    catalog.job.asked_for = True
    assert catalog.job.pending() == 12


def test_without_room_it_says_so_and_makes_nothing(tree):
    catalog, _, _ = tree
    catalog.settings.update({"ssd_cache_gb": 0})
    progress = catalog.job.step(BUDGET)
    assert progress.done == 0
    assert "no room" in progress.reason
    assert catalog.get("/api/thumb/md/1").status == 200, "pictures are shown all the same"
    assert catalog.cache.disk.ledger.held()[Tier.MD].files == 0


def test_another_size_makes_previews_stale_and_the_user_decides(tree):
    catalog, _, ids = tree
    work_off(catalog)
    photo = next(iter(ids.values()))
    before = catalog.get(f"/api/thumb/sm/{photo}")
    catalog.settings.update({"thumb_size_sm": 200})
    assert eventually(lambda: catalog.cache.index.count(Tier.SM).stale == 12)
    assert catalog.job.pending() == 0, "kept by default"
    assert catalog.get(f"/api/thumb/sm/{photo}").headers["etag"] == before.headers["etag"]

    catalog.cache.set_stale_policy("refresh")
    assert catalog.job.pending() == 12
    assert catalog.get(f"/api/thumb/sm/{photo}").status == 200, "old ones stay usable"
    work_off(catalog)
    after = catalog.get(f"/api/thumb/sm/{photo}")
    assert after.headers["etag"] != before.headers["etag"]
    assert catalog.cache.index.count(Tier.SM).stale == 0
    assert catalog.cache.index.count(Tier.MD).stale == 0


def test_the_policy_survives_a_restart(tmp_path):
    with picture_catalog(tmp_path / "home") as catalog:
        catalog.cache.set_stale_policy("refresh")
    with picture_catalog(tmp_path / "home") as catalog:
        assert catalog.cache.stale_policy == "refresh"


def test_a_changed_file_is_made_again(tree):
    catalog, _, ids = tree
    work_off(catalog)
    path, photo = next(iter(ids.items()))
    path.write_bytes(trees.jpeg(trees.Shot(size=(500, 500), seed=99)))
    catalog.file_changed(photo, path)
    assert catalog.job.pending() == 1
    assert work_off(catalog) == (1, 0)


def test_originals_of_marked_photos_are_copied_and_no_others(tree):
    catalog, _, ids = tree
    photos = list(ids.values())
    catalog.db.write(lambda tx: tx.executemany(
        "INSERT INTO marks (photo_id, flag, stars) VALUES (?, ?, ?)",
        [(photos[0], 1, None), (photos[1], 0, 5), (photos[2], 2, 5), (photos[3], 0, 2)]) and None)
    job = OriginalsJob(catalog.db, catalog.media, catalog.settings)
    assert work_off(catalog, job)[0] == 4
    assert {photo for photo in photos if catalog.cache.index.has(photo, Tier.FULL)} == set(photos[:2])
    assert {photo for photo in photos if catalog.cache.index.has(photo, Tier.LG)} == set(photos[:2])
    for path, photo in ids.items():
        if photo == photos[0]:
            catalog.sources.set_online(1, False)
            assert catalog.get(f"/api/full/{photo}").body == path.read_bytes()
