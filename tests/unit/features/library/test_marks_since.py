"""What marks changed since a revision: named while they are few, of every kind that pages show."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.query import Query
from photoarchive.features.library import service as service_module
from photoarchive.features.library.service import LibraryService
from small_catalog import SmallCatalog, fill, open_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SmallCatalog]:
    """A catalog of 60 photos, opened again after it was filled."""
    opened = open_catalog(tmp_path)
    fill(opened, 60, seed=5)
    opened.close()
    opened = open_catalog(tmp_path)
    yield opened
    opened.close()


def library(catalog: SmallCatalog) -> LibraryService:
    return LibraryService(catalog.views, catalog.marks, catalog.actions)


def feed_bits(catalog: SmallCatalog, service: LibraryService) -> dict[int, int]:
    """The bits of every photo as the feed has them."""
    data = service.feed.encode(catalog.views.open(Query()))
    _, n, s, m = struct.unpack_from("<4sIII", data)
    at = 16 + m + 8 * s
    ids = struct.unpack_from(f"<{n}I", data, at)
    return dict(zip(ids, struct.unpack_from(f"<{n}H", data, at + 6 * n), strict=True))


def test_the_bits_are_those_of_the_feed(catalog: SmallCatalog) -> None:
    """Named once each, however often they changed."""
    service = library(catalog)
    shown = catalog.views.open(Query()).ids[:4].astype(np.int64)
    since = catalog.columns.revision_now
    catalog.marks.set_flag(shown[:3], "rejected", "w")
    catalog.marks.set_stars(shown[1:], 3, "w")
    answer = service.marks_since(since)
    assert answer.ids is not None
    assert set(answer.ids) <= set(shown.tolist())
    assert shown[3] in answer.ids or catalog.columns["stars"][shown[3]] == 3
    now = feed_bits(catalog, service)
    assert dict(zip(answer.ids, answer.bits, strict=True)) == {photo: now[photo] for photo in answer.ids}
    assert service.marks_since(answer.revision).ids == []


def test_what_is_too_much_or_too_long_ago_is_not_named(catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the page reads its view again."""
    service, since = library(catalog), catalog.columns.revision_now
    every = catalog.views.open(Query()).ids.astype(np.int64)
    catalog.marks.set_label(every, 6, "w")
    assert service.marks_since(since - 1).ids is None           # before this start
    assert len(service.marks_since(since).ids or []) > 5
    monkeypatch.setattr(service_module, "MAX_CHANGED", 5)
    assert service.marks_since(since).ids is None
