"""Keywords of the user: they follow at once everywhere, survive reading files again, and are undone exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.facets import FacetCounter
from photoarchive.catalog.keywords import replace_read_keywords
from photoarchive.catalog.user_keywords import UserKeywords
from photoarchive.core.errors import Invalid, NotFound
from small_catalog import SmallCatalog, fill, open_catalog


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    opened = open_catalog(home)
    fill(opened, 80)
    yield opened
    opened.close()


@pytest.fixture
def words(catalog: SmallCatalog) -> UserKeywords:
    return UserKeywords(catalog.db, catalog.columns, catalog.actions)


def view(catalog: SmallCatalog, **params: str) -> list[int]:
    return catalog.views.glance(catalog.views.query(params)).ids.tolist()


def rows(catalog: SmallCatalog) -> set[tuple[int, str, int]]:
    """Every keyword row: photo, name, origin."""
    return set(catalog.db.read().execute(
        "SELECT photo_id, name, origin FROM photo_keywords JOIN keywords ON keywords.id = keyword_id").fetchall())


def counted(catalog: SmallCatalog, name: str) -> int:
    facet = FacetCounter(catalog.views).count(catalog.views.query({})).facets["keyword"]
    return next((value.count for value in facet if value.value == name), 0)


def test_an_added_keyword_is_found_counted_and_undone(catalog: SmallCatalog, words: UserKeywords) -> None:
    """Filter, facet, hierarchy and text search follow at once, and go back with undo."""
    ids = np.array(view(catalog)[:12], np.uint32)
    before = rows(catalog)
    done = words.add(ids, [" Travel | Norway ", "aurora"], "w")
    assert (done.changed, done.keywords) == (12, ("Travel|Norway", "aurora"))
    for query in ({"keyword": "Travel|Norway"}, {"keyword": "Travel"}, {"q": "norway aurora"}):
        assert sorted(view(catalog, **query)) == sorted(ids.tolist())
    assert counted(catalog, "aurora") == 12
    after = rows(catalog)
    catalog.actions.undo("w")
    assert rows(catalog) == before
    assert view(catalog, keyword="aurora") == []
    assert view(catalog, q="aurora") == []
    catalog.actions.redo("w")
    assert rows(catalog) == after


def test_a_keyword_that_is_there_in_another_case_is_taken_as_it_is(catalog: SmallCatalog, words: UserKeywords) -> None:
    """No second “nature” beside “Nature”, and nothing to do for those that have it."""
    ids = np.array(view(catalog), np.uint32)
    have = {row[0] for row in rows(catalog) if row[1] == "Nature" and row[2] != 2}
    done = words.add(ids, ["nature"])
    assert done.keywords == ("Nature",)
    assert done.changed == len(set(ids.tolist()) - have)
    assert words.add(ids, ["NATURE"]).action_id is None
    assert "nature" not in {row[1] for row in rows(catalog)}


def test_a_removed_keyword_stays_away_when_the_file_is_read_again(catalog: SmallCatalog, words: UserKeywords) -> None:
    """And one the user added stays when the file does not have it."""
    photo = next(row[0] for row in sorted(rows(catalog)) if row[1:] == ("Nature", 0) and row[0] in view(catalog))
    ids = np.array([photo], np.uint32)
    words.remove(ids, ["Nature"])
    words.add(ids, ["mine"])

    def read_again(tx) -> None:
        tx.changes.touch("keywords", replace_read_keywords(tx, {photo: ("Nature", "Birds")}))
        tx.changes.touch("text", [photo])

    catalog.db.write(read_again)
    assert photo not in view(catalog, keyword="Nature")
    assert photo in view(catalog, keyword="mine")
    assert photo in view(catalog, keyword="Birds")
    assert photo in view(catalog, q="mine birds")


def test_undo_leaves_what_was_changed_since(catalog: SmallCatalog, words: UserKeywords) -> None:
    """Photos from which another window took the keyword again keep it away, and are reported."""
    ids = np.array(view(catalog)[:6], np.uint32)
    words.add(ids, ["x"], "a")
    words.remove(ids[:2], ["x"], "b")
    done = catalog.actions.undo("a")
    assert (done.changed, done.skipped) == (4, 2)
    assert catalog.actions.undo("b").changed == 2
    assert sorted(view(catalog, keyword="x")) == sorted(ids[:2].tolist())


def test_removing_reaches_the_parts_behind_a_photo(catalog: SmallCatalog, words: UserKeywords) -> None:
    """Else the photo would still be found by what its RAW says."""
    leader = catalog.columns["leader"]
    part = next(i for i in range(1, len(leader)) if leader[i] in view(catalog) and catalog.columns["state"][i] <= 1)
    catalog.db.write(lambda tx: (tx.execute("INSERT OR REPLACE INTO photo_keywords VALUES (?, 1, 0)", (part,)),
                                 tx.changes.touch("keywords", [part])))
    assert int(leader[part]) in view(catalog, keyword="Nature")
    words.remove(np.array([leader[part]], np.uint32), ["Nature"], "w")
    assert int(leader[part]) not in view(catalog, keyword="Nature")
    catalog.actions.undo("w")
    assert int(leader[part]) in view(catalog, keyword="Nature")


def test_completion_knows_levels_and_the_most_used_first(catalog: SmallCatalog, words: UserKeywords) -> None:
    """Beginnings of the name before beginnings of a level; keywords nobody has are not offered."""
    ids = np.array(view(catalog), np.uint32)
    words.add(ids[:3], ["Norway"])
    words.add(ids[:9], ["Places|Norway", "Northern lights"])
    words.remove(ids[:9], ["Northern lights"])
    assert [name for name, _ in words.suggest("nor", 10)] == ["Norway", "Places|Norway", "Trip, Norway"]
    assert dict(words.suggest("nor", 10))["Places|Norway"] == 9
    assert words.suggest("%", 10) == []


def test_bad_keywords_and_photos_are_refused(catalog: SmallCatalog, words: UserKeywords) -> None:
    """Empty, too long, unprintable; unknown photos; none."""
    ids = np.array(view(catalog)[:1], np.uint32)
    for bad in ([], [" | "], ["x" * 201], ["a\nb\x07"], [f"k{n}" for n in range(51)]):
        with pytest.raises(Invalid):
            words.add(ids, bad)
    with pytest.raises(NotFound):
        words.add(np.array([12345], np.uint32), ["a"])
    with pytest.raises(Invalid):
        words.add(np.zeros(0, np.uint32), ["a"])
    assert words.remove(ids, ["never heard of"]).action_id is None
