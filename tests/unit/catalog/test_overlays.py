"""Corrections win over what is read, survive reading again, and are taken back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.cards import Cards
from photoarchive.catalog.overlays import Overlays
from photoarchive.catalog.photo_facts import PhotoFacts
from photoarchive.catalog.photos import store_inspections
from photoarchive.core.errors import Invalid
from photoarchive.core.facts import Facts, Inspection
from small_catalog import SmallCatalog, fill, open_catalog


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    opened = open_catalog(home)
    fill(opened, 40)
    yield opened
    opened.close()


@pytest.fixture
def overlays(catalog: SmallCatalog) -> Overlays:
    return Overlays(catalog.db, catalog.columns, catalog.actions)


def view(catalog: SmallCatalog, **params: str) -> list[int]:
    return catalog.views.glance(catalog.views.query(params)).ids.tolist()


def plain(catalog: SmallCatalog) -> int:
    """A photo that stands for itself."""
    return view(catalog, sort="added_asc")[0]


def facts(catalog: SmallCatalog, photo_id: int) -> dict:
    return PhotoFacts(catalog.views, Cards(catalog.views)).of(photo_id)


def read(catalog: SmallCatalog, photo_id: int, **values: object) -> None:
    """Read the photo's file: it says these facts."""
    one = Inspection(photo_id, 0, ".jpg", Facts(width=600, height=400, **values), stamp=1)
    catalog.db.write(lambda tx: store_inspections(tx, [one], 1))


def test_a_title_and_a_caption_win_over_the_file_and_are_found(catalog: SmallCatalog, overlays: Overlays) -> None:
    """They stay when the file is read again; search knows the user's words and no longer the file's."""
    photo = plain(catalog)
    read(catalog, photo, title="DSC title", caption="from the camera")
    overlays.set_texts(np.array([photo]), {"title": "  Reine  by night ", "caption": "Aurora\r\nover the bay"}, "w")
    read(catalog, photo, title="DSC other", caption="from the camera again")
    found = facts(catalog, photo)
    assert (found["title"], found["caption"]) == ("Reine by night", "Aurora\nover the bay")
    assert photo in view(catalog, q="reine aurora")
    assert photo not in view(catalog, q="camera")
    catalog.actions.undo("w")
    assert facts(catalog, photo)["caption"] == "from the camera again"
    assert photo in view(catalog, q="camera")
    catalog.actions.redo("w")
    assert facts(catalog, photo)["title"] == "Reine by night"


def test_an_emptied_caption_stays_empty_and_can_be_given_back_to_the_file(
    catalog: SmallCatalog, overlays: Overlays
) -> None:
    """"" is the user's word too; null takes the correction away."""
    photo = plain(catalog)
    read(catalog, photo, caption="from the camera")
    overlays.set_texts(np.array([photo]), {"caption": ""})
    read(catalog, photo, caption="from the camera")
    assert facts(catalog, photo)["caption"] == ""
    assert photo not in view(catalog, q="camera")
    overlays.set_texts(np.array([photo]), {"caption": None})
    assert facts(catalog, photo)["caption"] == "from the camera"
    assert overlays.set_texts(np.array([photo]), {"caption": None}).action_id is None


def test_many_photos_get_one_caption_and_undo_gives_each_its_own_back(
    catalog: SmallCatalog, overlays: Overlays
) -> None:
    """One action; those changed since are left."""
    ids = view(catalog)[:5]
    overlays.set_texts(np.array(ids[:1]), {"title": "first"})
    overlays.set_texts(np.array(ids), {"title": "all"}, "w")
    overlays.set_texts(np.array(ids[4:]), {"title": "last"}, "other")
    done = catalog.actions.undo("w")
    assert (done.changed, done.skipped) == (4, 1)
    assert [facts(catalog, photo)["title"] for photo in ids] == ["first", None, None, None, "last"]


def test_a_correction_of_a_part_is_kept_on_the_photo_it_stands_behind(
    catalog: SmallCatalog, overlays: Overlays
) -> None:
    """As marks are."""
    leader = catalog.columns["leader"]
    part = next(i for i in range(1, len(leader)) if leader[i] in view(catalog) and catalog.columns["state"][i] <= 1)
    overlays.set_texts(np.array([part, leader[part]]), {"title": "both"})
    assert catalog.db.read().execute("SELECT photo_id, value FROM overlays").fetchall() == [(leader[part], "both")]


def test_bad_texts_are_refused(catalog: SmallCatalog, overlays: Overlays) -> None:
    """Too long, control characters, nothing, fields that cannot be corrected."""
    ids = np.array([plain(catalog)])
    for texts in ({"title": "x" * 501}, {"caption": "x" * 20_001}, {"title": "a\x00"}, {}):
        with pytest.raises(Invalid):
            overlays.set_texts(ids, texts)
    with pytest.raises(Invalid, match="iso"):
        overlays.correct(ids, {"iso": [100]}, str)
