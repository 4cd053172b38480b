"""The synthetic catalog: whole, plausible, the same every time, refused where it would do harm."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photoarchive.catalog.demo_marker import demo_source_ids
from photoarchive.core.errors import Conflict, Invalid
from photoarchive.demo.build import build_demo
from photoarchive.imaging import scenery
from small_catalog import SmallCatalog, open_catalog

PHOTOS = 3_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with 3,000 synthetic rows."""
    home = tmp_path_factory.mktemp("home")
    said: list[str] = []
    build_demo(home, PHOTOS, rows_only=True, progress=lambda _done, _total, what: said.append(what))
    assert said[0] == "inventing"
    assert {"photos", "words", "columns"} <= set(said)
    return home


@pytest.fixture
def catalog(demo: Path) -> SmallCatalog:
    opened = open_catalog(demo)
    yield opened
    opened.close()


def count(catalog: SmallCatalog, **filters: str) -> int:
    return catalog.views.glance(catalog.views.query({name.rstrip("_"): value for name, value in filters.items()})).count


def test_rows_look_like_a_library(catalog: SmallCatalog) -> None:
    """Twenty years, several cameras, places, marks, ratings, videos, RAW pairs; every photo in the grid or missing."""
    assert count(catalog) + count(catalog, is_="missing") == PHOTOS
    years = np.unique(catalog.columns["taken"].astype("datetime64[ms]").astype("datetime64[Y]")[1:])
    assert len(years) >= 15
    for filters in (
        {"flag": "picked"},
        {"stars": ">=3"},
        {"label": "1"},
        {"compared": "confident"},
        {"has": "gps"},
        {"has": "keywords"},
        {"file_type": "video"},
        {"has": "pair"},
        {"orientation": "portrait"},
        {"q": "kyoto"},
        {"rating": "top10%"},
        {"date_taken": "undated"},
        {"source": "1"},
        {"source": "3"},
    ):
        assert 0 < count(catalog, **filters) < PHOTOS, filters
    assert catalog.db.read().execute("PRAGMA foreign_key_check").fetchall() == []
    files = catalog.db.read().execute("SELECT count(*) FROM files").fetchone()[0]
    assert files == catalog.db.read().execute("SELECT count(*) FROM photos").fetchone()[0] == catalog.columns.rows - 1


def test_the_demo_starts_from_its_snapshot(catalog: SmallCatalog) -> None:
    """The first start maps the columns and reads nothing anew."""
    assert not catalog.columns["taken"].flags.owndata
    assert catalog.columns.unsaved == 0
    assert demo_source_ids(catalog.db) == {1, 2, 3}


def test_the_same_size_gives_the_same_library(demo: Path, tmp_path: Path) -> None:
    """Screenshots and benchmarks can be compared."""
    again = tmp_path / "again"
    build_demo(again, PHOTOS, rows_only=True)
    first, second = open_catalog(demo), open_catalog(again)
    for name in ("taken", "camera", "flag", "elo", "size", "lat", "leader", "colour"):
        assert np.array_equal(first.columns[name], second.columns[name]), name
    first.close()
    second.close()


def test_a_home_with_photos_is_left_alone(demo: Path) -> None:
    """No demo into a real catalog."""
    with pytest.raises(Conflict, match="already has a catalog with photos"):
        build_demo(demo, 10, rows_only=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"photos": 0, "rows_only": True}, "from 1 to 5,000,000"),
        ({"photos": 30_000, "rows_only": False}, "from 1 to 20,000"),
        ({"photos": 5, "rows_only": True, "vectors": 8}, "from 16 to 4,096"),
        ({"photos": 5, "rows_only": False, "vectors": 512}, "--vectors is for --rows-only"),
        ({"photos": 5, "rows_only": False, "faces": True}, "--faces is for --rows-only"),
    ],
)
def test_impossible_demos_are_refused_with_a_sentence(bare_home: Path, options: dict[str, object], words: str) -> None:
    """Nothing is written then."""
    with pytest.raises(Invalid, match=words):
        build_demo(bare_home, **options)
    assert not (bare_home / "photoarchive.db").exists()


@pytest.mark.slow
def test_drawn_pictures_are_real_files_queued_for_a_scan(home: Path) -> None:
    """JPEG files with EXIF beside the home, one source, one queued scan; a filled folder is not touched."""
    build_demo(home, 6, rows_only=False)
    folder = home.parent / f"{home.name}-photos"
    files = sorted(folder.rglob("*.jpg"))
    assert len(files) == 6
    with Image.open(files[0]) as picture:
        assert max(picture.size) == 1600
        assert picture.getexif()[0x010F] in {"Canon", "Apple", "SONY", "FUJIFILM", "NIKON CORPORATION", "Google", "DJI"}
    catalog = open_catalog(home)
    assert catalog.db.read().execute("SELECT path FROM sources").fetchall() == [(str(folder).encode(),)]
    assert catalog.db.read().execute("SELECT state FROM scans").fetchall() == [("queued",)]
    catalog.close()
    with pytest.raises(Conflict, match="not empty"):
        build_demo(home, 6, rows_only=False)


def test_a_placeholder_is_always_the_same_small_jpeg() -> None:
    """By photo and size; its average colour is near the colour in the catalog."""
    one = scenery.placeholder(17, 120, 80)
    assert one == scenery.placeholder(17, 120, 80) != scenery.placeholder(18, 120, 80)
    with Image.open(io.BytesIO(one)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (120, 80))
        average = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    rgb565 = scenery.average_colour(scenery.palette_of(17))
    expected = (rgb565 >> 11 << 3, (rgb565 >> 5 & 63) << 2, (rgb565 & 31) << 3)
    assert max(abs(a - b) for a, b in zip(average, expected, strict=True)) < 40
    with Image.open(io.BytesIO(scenery.placeholder(1, 0, 99_999))) as picture:
        assert picture.size == (1, scenery.MAX_SIDE)
