"""A catalog of 60,000 rows behaves as a small one: nothing is cut, lost or counted roughly. Nothing here is timed."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.column_layout import COLUMNS
from photoarchive.catalog.facets import FacetCounter
from photoarchive.catalog.feed import Feed
from photoarchive.catalog.query import Query
from photoarchive.demo.build import build_demo
from photoarchive.features.export.service import ExportService
from small_catalog import SmallCatalog, open_catalog

PHOTOS = 60_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with 60,000 synthetic rows."""
    folder = tmp_path_factory.mktemp("large")
    build_demo(folder, PHOTOS, rows_only=True)
    return folder


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    opened = open_catalog(home)
    yield opened
    opened.close()


def test_the_whole_view_is_marked_and_undone_as_one_action(catalog: SmallCatalog) -> None:
    """Every photo, in SQL too; undo leaves no trace."""
    ids = catalog.views.open(Query()).ids
    before = catalog.columns["stars"].copy()
    done = catalog.marks.set_stars(ids, 2, "w")
    assert done.count == len(ids) > PHOTOS * 0.99
    stored = catalog.db.read().execute("SELECT count(*) FROM marks WHERE stars = 2").fetchone()[0]
    assert stored == len(ids) + int(((before == 2) & ~np.isin(np.arange(len(before)), ids)).sum())
    assert catalog.actions.undo("w").skipped == 0
    assert np.array_equal(catalog.columns["stars"], before)


def test_a_view_is_exported_whole(catalog: SmallCatalog) -> None:
    """As many lines as photos, in the order of the view."""
    view = catalog.views.glance(Query.from_params({"sort": "filename", "date_from": "2015-01-01"}))
    service = ExportService(catalog.views)
    text = b"".join(service.csv(view.ids)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["id"]) for row in rows] == view.ids.tolist()
    assert len(rows) > 20_000


def test_the_feed_takes_nine_bytes_a_photo(catalog: SmallCatalog) -> None:
    """All columns for all photos; days with date sorts."""
    view = catalog.views.open(Query.from_params({"sort": "date_taken"}))
    data = Feed(catalog.views).encode(view)
    _, n, s, m = struct.unpack_from("<4sIII", data)
    assert n == view.count
    assert len(data) == 16 + m + 8 * s + 9 * n
    ids = np.frombuffer(data, "<u4", n, 16 + m + 8 * s)
    assert np.array_equal(ids, view.ids)


def test_facet_counts_add_up(catalog: SmallCatalog) -> None:
    """Flags, stars, kinds and shapes each part the whole view."""
    found = FacetCounter(catalog.views).count(Query.from_params({"has": "gps"}))
    for facet in ("flag", "stars", "label", "orientation"):
        assert sum(value.count for value in found.facets[facet]) == found.count, facet


def test_a_snapshot_equals_a_fresh_read(home: Path, catalog: SmallCatalog) -> None:
    """After changes in every group, a rebuild from SQL gives the same arrays."""
    ids = catalog.views.glance(Query()).ids
    catalog.marks.set_flag(ids[::3], "rejected", "x")
    catalog.columns.write_snapshot()
    catalog.marks.set_label(ids[::7], 4, "x")
    kept = {column.name: catalog.columns[column.name].copy() for column in COLUMNS}
    catalog.close()
    mapped = open_catalog(home)
    assert not mapped.columns["size"].flags.owndata
    for name, values in kept.items():
        assert np.array_equal(mapped.columns[name], values), name
    mapped.close()
    for file in (home / ".run").glob("columns-*"):
        file.unlink()
    fresh = open_catalog(home)
    for name, values in kept.items():
        assert np.array_equal(fresh.columns[name], values), name
    fresh.close()
