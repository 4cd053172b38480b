"""What the media paths answer, on real files through the real pool."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

import trees
from photoarchive.core.tiers import Tier
from photoarchive.features.media.delivery import MediaPaths
from photoarchive.features.media.renders import Rank
from picture_catalog import PictureCatalog, _nothing_else, ask, eventually, picture_catalog


@pytest.fixture
def catalog(tmp_path: Path):
    with picture_catalog(tmp_path / "home") as found:
        yield found


@pytest.fixture
def source(catalog: PictureCatalog, tmp_path: Path) -> int:
    return catalog.add_source(tmp_path / "photos")


def add(catalog: PictureCatalog, source: int, tmp_path: Path, name: str = "a.jpg", **shot) -> int:
    path = tmp_path / "photos" / name
    path.write_bytes(trees.jpeg(trees.Shot(**{"size": (1200, 800), "seed": 5} | shot)))
    return catalog.add_photo(source, path, extension=".jpg")


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def test_a_photo_without_previews_shows_the_cameras_thumbnail_at_once_and_sm_soon(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    first = catalog.get(f"/api/thumb/sm/{photo}")
    assert (first.status, first.headers["x-instant"], first.headers["cache-control"]) == (200, "1", "no-store")
    assert max(size_of(first.body)) == 160
    assert "etag" not in first.headers
    assert eventually(lambda: catalog.cache.index.has(photo, Tier.SM))
    second = catalog.get(f"/api/thumb/sm/{photo}")
    assert second.status == 200
    assert "x-instant" not in second.headers
    assert second.headers["cache-control"] == "private, max-age=86400, stale-while-revalidate=604800"
    assert size_of(second.body) == (400, 267)


def test_one_read_makes_md_along_with_sm(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    catalog.get(f"/api/thumb/sm/{photo}")
    assert eventually(lambda: catalog.cache.index.has(photo, Tier.MD))
    assert not catalog.cache.index.has(photo, Tier.LG)


def test_without_a_thumbnail_the_grid_waits_for_the_preview(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path, thumbnail=False)
    reply = catalog.get(f"/api/thumb/sm/{photo}")
    assert reply.status == 200
    assert "x-instant" not in reply.headers
    assert size_of(reply.body) == (400, 267)


@pytest.mark.parametrize(("tier", "size"), [("md", (1920, 1280)), ("lg", (2400, 1600))])
def test_large_previews_are_waited_for_and_never_enlarged(catalog, source, tmp_path, tier, size):
    photo = add(catalog, source, tmp_path, size=(2400, 1600))
    reply = catalog.get(f"/api/thumb/{tier}/{photo}")
    assert reply.status == 200
    assert size_of(reply.body) == size


def test_cached_only_never_makes_anything(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    for path in (f"/api/thumb/sm/{photo}?cached=1", f"/api/thumb/lg/{photo}?cached=1", f"/api/full/{photo}?cached=1"):
        assert catalog.get(path).status == 204
    assert catalog.cache.previews.files(photo) == {}


def test_an_etag_is_answered_with_304(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    etag = catalog.get(f"/api/thumb/md/{photo}").headers["etag"]
    again = catalog.get(f"/api/thumb/md/{photo}", if_none_match=f'"other", W/{etag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)


def test_changed_content_gets_a_new_picture_and_a_new_etag(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    before = catalog.get(f"/api/thumb/md/{photo}")
    path = tmp_path / "photos" / "a.jpg"
    path.write_bytes(trees.jpeg(trees.Shot(size=(800, 1200), seed=6)))
    catalog.file_changed(photo, path)
    after = catalog.get(f"/api/thumb/md/{photo}")
    assert size_of(after.body) == (800, 1200)
    assert after.headers["etag"] != before.headers["etag"]


def test_an_unknown_photo_is_404_and_a_bad_address_too(catalog):
    for path in ("/api/thumb/sm/999", "/api/thumb/sm/abc", "/api/thumb/xl/1", "/api/full/999", "/api/video/1x",
                 "/api/thumb/sm/99999999999999999999"):
        reply = catalog.get(path)
        assert reply.status == 404
        assert b"error" in reply.body


def test_only_get_and_head_are_answered(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    app = MediaPaths(_nothing_else, catalog.media)
    assert asyncio.run(ask(app, f"/api/full/{photo}", {}, "DELETE")).status == 405
    head = asyncio.run(ask(app, f"/api/full/{photo}", {}, "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == (tmp_path / "photos" / "a.jpg").stat().st_size


def test_a_broken_file_says_why_once_and_for_all_until_it_changes(catalog, source, tmp_path):
    path = tmp_path / "photos" / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    photo = catalog.add_photo(source, path, extension=".jpg")
    reply = catalog.get(f"/api/thumb/md/{photo}")
    assert reply.status == 415
    failures, count = catalog.cache.previews.failures(10, 0)
    assert count == 1
    assert failures[0].reason.encode() in reply.body.replace(b'\\"', b'"')
    assert catalog.db.read().execute("SELECT unreadable FROM photos").fetchone()[0] == failures[0].reason
    assert catalog.get(f"/api/thumb/sm/{photo}").status == 415

    path.write_bytes(trees.jpeg(trees.Shot()))
    catalog.file_changed(photo, path)
    assert catalog.get(f"/api/thumb/md/{photo}").status == 200
    assert eventually(lambda: catalog.cache.previews.failure_count() == 0)
    assert catalog.db.read().execute("SELECT unreadable FROM photos").fetchone()[0] is None


def test_an_offline_photo_is_served_from_the_cache_and_else_named(catalog, source, tmp_path):
    photo, other = add(catalog, source, tmp_path), add(catalog, source, tmp_path, "b.jpg", seed=9)
    catalog.get(f"/api/thumb/md/{photo}")
    assert eventually(lambda: catalog.cache.index.has(photo, Tier.MD))
    catalog.sources.set_online(source, False)
    assert catalog.get(f"/api/thumb/md/{photo}").status == 200
    larger = catalog.get(f"/api/thumb/lg/{photo}")
    assert (larger.status, larger.headers["cache-control"]) == (200, "no-store"), "the next best, not for long"
    assert catalog.get(f"/api/full/{photo}").headers["x-tier"] == "md"
    missing = catalog.get(f"/api/thumb/md/{other}")
    assert missing.status == 503
    assert b"photos is not connected" in missing.body


def test_the_drive_that_went_unnoticed_is_noticed_now(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    (tmp_path / "photos").rename(tmp_path / "unplugged")
    reply = catalog.get(f"/api/thumb/md/{photo}")
    assert reply.status == 503
    assert not catalog.sources.is_online(source)
    assert catalog.cache.previews.failure_count() == 0, "the photo is not at fault"


def test_a_photo_on_two_drives_is_read_from_the_one_that_is_there(catalog, source, tmp_path):
    """The first place is gone without notice; the second still has the photo."""
    photo = add(catalog, source, tmp_path)
    second = catalog.add_source(tmp_path / "copy")
    copy = tmp_path / "copy" / "a.jpg"
    copy.write_bytes((tmp_path / "photos" / "a.jpg").read_bytes())
    twin = catalog.add_photo(second, copy)
    catalog.db.write(lambda tx: tx.execute("UPDATE files SET photo_id = ? WHERE photo_id = ?", (photo, twin)) and None)
    (tmp_path / "photos" / "a.jpg").unlink()
    assert catalog.get(f"/api/thumb/md/{photo}").status == 200
    assert catalog.get(f"/api/full/{photo}").status == 200


def readings(catalog) -> list[int]:
    """One entry for each task the pool is given from now on."""
    begun: list[int] = []
    real = catalog.pool.submit

    def counting(function, *args, **kwargs):
        begun.append(1)
        return real(function, *args, **kwargs)

    catalog.pool.submit = counting
    return begun


def test_many_requests_for_one_photo_read_it_once(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path, thumbnail=False)
    begun = readings(catalog)
    app = MediaPaths(_nothing_else, catalog.media)

    async def storm():
        return await asyncio.gather(*(ask(app, f"/api/thumb/md/{photo}", {}) for _ in range(20)))

    replies = asyncio.run(storm())
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert len(begun) == 1


def test_a_request_that_looked_before_the_picture_was_made_takes_what_was_made(catalog, source, tmp_path):
    """Its order comes when the one that made the picture is past."""
    photo = add(catalog, source, tmp_path, thumbnail=False)
    begun = readings(catalog)
    orders = []
    for _ in range(2):
        order = catalog.media.renders.order(photo, [Tier.MD], Rank.WAITED)
        orders.append(order.done.result(timeout=20))
        catalog.media.renders.leave(order)
    assert orders[0].pictures[Tier.MD].data == orders[1].pictures[Tier.MD].data
    assert len(begun) == 1


def test_a_browser_that_went_away_leaves_no_work_behind(catalog, source, tmp_path):
    """With the pool busy, an order nobody waits for any more is dropped before it begins."""
    photos = [add(catalog, source, tmp_path, f"{n}.jpg", seed=n, thumbnail=False) for n in range(12)]
    orders = [catalog.media.renders.order(photo, [Tier.MD], Rank.WAITED) for photo in photos]
    for order in orders[4:]:
        catalog.media.renders.leave(order)
    for order in orders[:4]:
        assert order.done.result(20).error is None
    assert eventually(lambda: all(catalog.cache.index.has(photo, Tier.MD) for photo in photos[:4]))
    assert not any(catalog.cache.index.has(photo, Tier.MD) for photo in photos[5:]), "one may have begun already"


@pytest.mark.slow
def test_what_a_person_waits_for_overtakes_stock(catalog, source, tmp_path):
    photos = [add(catalog, source, tmp_path, f"{n}.jpg", seed=n, size=(2000, 1500)) for n in range(16)]
    stock = [catalog.media.renders.order(photo, [Tier.MD], Rank.STOCK) for photo in photos[:15]]
    assert catalog.get(f"/api/thumb/md/{photos[15]}").status == 200
    assert sum(order.done.done() for order in stock) < 10
    for order in stock:
        assert order.done.result(30).error is None


def test_looking_is_remembered_so_that_it_stays(catalog, source, tmp_path):
    photo = add(catalog, source, tmp_path)
    catalog.media.renders.order(photo, [Tier.MD], Rank.STOCK).done.result(20)
    assert catalog.cache.previews.oldest(Tier.MD, 9, looked=True) == []
    catalog.get(f"/api/thumb/md/{photo}")
    catalog.cache.maintain()
    assert [file.photo_id for file in catalog.cache.previews.oldest(Tier.MD, 9, looked=True)] == [photo]


def test_the_average_colour_is_learnt_from_the_preview(catalog, source, tmp_path):
    path = tmp_path / "photos" / "red.jpg"
    Image.new("RGB", (600, 400), (255, 0, 0)).save(path, quality=95)
    photo = catalog.add_photo(source, path)
    catalog.get(f"/api/thumb/md/{photo}")
    assert eventually(lambda: catalog.db.read().execute("SELECT colour FROM photos").fetchone()[0] is not None)
    colour = catalog.db.read().execute("SELECT colour FROM photos").fetchone()[0]
    assert colour >> 11 >= 30
    assert colour & 0x1F <= 1


def test_a_rows_only_demo_shows_drawn_placeholders(tmp_path):
    home = tmp_path / "demo"
    with picture_catalog(home) as first:
        source = first.add_source(tmp_path / "nowhere")
        first.db.write(lambda tx: tx.execute("INSERT INTO meta VALUES ('demo_rows_only', 1)") and None)
        first.db.write(lambda tx: tx.execute(
            "INSERT INTO photos (id, created_at, source_id, folder_id, width, height) VALUES (7, 0, ?, 1, 6000, 4000)",
            (source,)) and None)
    with picture_catalog(home) as catalog:
        reply = catalog.get("/api/thumb/sm/7")
        assert reply.status == 200
        assert size_of(reply.body) == (400, 267)
        assert catalog.get("/api/thumb/sm/7", if_none_match=reply.headers["etag"]).status == 304
        assert catalog.media.status([7])[0].best_cached == "lg"
        assert catalog.job.pending() == 0
