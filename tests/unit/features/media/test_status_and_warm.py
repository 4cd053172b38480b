"""What is cached of which photo, and warming what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

import trees
from photoarchive.core.errors import Invalid
from photoarchive.core.tiers import Tier
from picture_catalog import eventually, picture_catalog


@pytest.fixture
def shown(tmp_path: Path):
    """A catalog with six photos: (catalog, ids)."""
    with picture_catalog(tmp_path / "home") as catalog:
        source = catalog.add_source(tmp_path / "photos")
        ids = []
        for n in range(6):
            path = tmp_path / "photos" / f"{n}.jpg"
            path.write_bytes(trees.jpeg(trees.Shot(seed=n)))
            ids.append(catalog.add_photo(source, path, extension=".jpg"))
        yield catalog, ids


def test_the_best_cached_tier_is_known(shown):
    catalog, ids = shown
    assert catalog.media.status(ids[:1])[0].best_cached is None
    catalog.get(f"/api/thumb/md/{ids[0]}")
    assert eventually(lambda: catalog.cache.index.has(ids[0], Tier.MD))
    status = catalog.media.status(ids[:1])[0]
    assert status.best_cached == "md"
    assert status.tiers["sm"].cached
    assert not status.tiers["full"].cached
    assert status.tiers["lg"].cached_url == f"/api/thumb/lg/{ids[0]}?cached=1"
    assert status.tiers["full"].url == f"/api/full/{ids[0]}"


def test_unknown_photos_are_left_out_and_the_order_is_kept(shown):
    catalog, ids = shown
    assert [one.id for one in catalog.media.status([ids[3], 999, ids[1]])] == [ids[3], ids[1]]


def test_warming_makes_what_is_missing(shown):
    catalog, ids = shown
    answer = catalog.media.warm({"md": ids[:2], "full": ids[2:3]})
    assert answer.scheduled == 3
    assert eventually(lambda: all(catalog.cache.index.has(photo, Tier.MD) for photo in ids[:2]))
    assert eventually(lambda: catalog.cache.index.has(ids[2], Tier.FULL))
    assert catalog.media.warm({"md": ids[:2], "full": ids[2:3]}).scheduled == 0


@pytest.mark.parametrize("tiers", [{"md": list(range(97))}, {"full": list(range(13))}, {"huge": [1]}])
def test_more_than_a_screen_is_refused(shown, tiers):
    catalog, _ = shown
    with pytest.raises(Invalid):
        catalog.media.warm(tiers)


def test_a_broken_photo_is_not_warmed_again(shown, tmp_path):
    catalog, _ = shown
    source = catalog.sources.all()[0].id
    path = tmp_path / "photos" / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff nothing")
    photo = catalog.add_photo(source, path)
    assert catalog.get(f"/api/thumb/md/{photo}").status == 415
    assert catalog.media.warm({"md": [photo]}).scheduled == 0
