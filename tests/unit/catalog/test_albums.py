"""Albums: order, filter, counts, sort, and every change undone and done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.album_view import AlbumFilter
from photoarchive.catalog.albums import Albums
from photoarchive.catalog.facets import FacetCounter
from photoarchive.catalog.query import Query
from photoarchive.core.errors import Conflict, Invalid, NotFound
from small_catalog import SmallCatalog, fill, open_catalog


class Shelf:
    """A small catalog with its albums."""

    def __init__(self, catalog: SmallCatalog) -> None:
        self.catalog = catalog
        self.albums = Albums(catalog.db, catalog.columns, catalog.actions)
        provider = AlbumFilter(self.albums.members)
        catalog.views.register_filter("album", provider)
        catalog.views.register_order("album", provider)

    def view(self, **params: str) -> list[int]:
        """The photos of a view."""
        return self.catalog.views.glance(self.catalog.views.query(params)).ids.tolist()

    def listed(self) -> dict[str, int]:
        """Album names and how many photos each shows."""
        visible = self.catalog.views.masks.base(Query())
        return {album.name: album.count for album in self.albums.all(visible)}

    def in_order(self, album_id: int) -> list[int]:
        """The album as its sort shows it."""
        return self.view(album=str(album_id), sort="album")


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    opened = open_catalog(home)
    fill(opened, 80)
    yield Shelf(opened)
    opened.close()


def some(shelf: Shelf, count: int) -> np.ndarray:
    """Photos of the library in an order that is none of the sorts'."""
    ids = shelf.catalog.views.glance(Query()).ids
    return ids[np.random.default_rng(3).permutation(len(ids))[:count]].astype(np.uint32)


def test_an_album_keeps_the_order_in_which_photos_came(shelf: Shelf) -> None:
    """Further photos go to the end, those in it already stay; the sort runs both ways; other sorts still work."""
    ids = some(shelf, 9)
    album = shelf.albums.create("Lofoten", ids[:5]).album_id
    assert shelf.albums.add(album, np.concatenate([ids[2:4], ids[5:]])).changed == 4
    assert shelf.in_order(album) == ids.tolist()
    assert shelf.view(album=str(album), sort="album_desc") == ids[::-1].tolist()
    assert sorted(shelf.view(album=str(album))) == sorted(ids.tolist())
    assert shelf.albums.add(album, ids).action_id is None
    assert shelf.listed() == {"Lofoten": 9}


def test_every_change_is_undone_and_done_again(shelf: Shelf) -> None:
    """Adding, taking out, renaming, deleting and making an album come back exactly, order included."""
    ids = some(shelf, 8)
    log = shelf.catalog.actions
    album = shelf.albums.create("Norway", ids[:4], "w").album_id
    shelf.albums.add(album, ids[4:], "w")
    shelf.albums.remove(album, ids[2:6], "w")
    shelf.albums.rename(album, "Lofoten", "w")
    shelf.albums.delete(album, "w")
    states = [({}, []), ({"Lofoten": 4}, [*ids[:2], *ids[6:]]), ({"Norway": 4}, [*ids[:2], *ids[6:]]),
              ({"Norway": 8}, ids.tolist()), ({"Norway": 4}, ids[:4].tolist()), ({}, [])]
    for names, members in states[1:]:
        log.undo("w")
        assert (shelf.listed(), shelf.in_order(album)) == (names, members)
    for names, members in reversed(states[:-1]):
        log.redo("w")
        assert (shelf.listed(), shelf.in_order(album)) == (names, members)


def test_undo_leaves_what_others_changed_since(shelf: Shelf) -> None:
    """A photo taken out and put in again elsewhere, a name given by another window: both stay."""
    ids = some(shelf, 4)
    album = shelf.albums.create("A", ids[:1]).album_id
    shelf.albums.add(album, ids[1:], "w")
    shelf.albums.remove(album, ids[1:2], "other")
    shelf.albums.add(album, ids[1:2], "other")
    done = shelf.catalog.actions.undo("w")
    assert (done.changed, done.skipped) == (2, 1)
    assert shelf.in_order(album) == [ids[0], ids[1]]
    shelf.albums.rename(album, "B", "w")
    shelf.albums.rename(album, "C", "other")
    assert shelf.catalog.actions.undo("w").skipped == 1
    assert list(shelf.listed()) == ["C"]


def test_an_album_that_comes_back_under_a_taken_name_gets_a_number(shelf: Shelf) -> None:
    """Nothing is lost and nothing is overwritten."""
    first = shelf.albums.create("Trip", some(shelf, 3)).album_id
    shelf.albums.delete(first, "w")
    shelf.albums.create("trip", None, "other")
    shelf.catalog.actions.undo("w")
    assert shelf.listed() == {"trip": 0, "Trip (2)": 3}


def test_parts_count_as_the_photo_they_stand_behind(shelf: Shelf) -> None:
    """Adding a part adds its leader; a part that was paired later shows as its leader."""
    leader = shelf.catalog.columns["leader"]
    part = next(i for i in range(1, len(leader)) if leader[i] and shelf.catalog.columns["state"][i] <= 1
                and leader[i] in shelf.view())
    album = shelf.albums.create("Pairs", np.array([part, leader[part]], np.uint32)).album_id
    assert shelf.albums.members.of(album).tolist() == [leader[part]]
    shelf.catalog.db.write(lambda tx: (tx.execute("UPDATE album_photos SET photo_id = ?", (part,)),
                                       tx.changes.touch_all("albums")))
    assert shelf.view(album=str(album)) == [leader[part]]
    assert shelf.albums.remove(album, np.array([leader[part]], np.uint32)).changed == 1


def test_counts_follow_the_other_filters_but_not_the_album(shelf: Shelf) -> None:
    """Each album says how many photos it would show."""
    ids = some(shelf, 30)
    one = shelf.albums.create("One", ids[:20]).album_id
    two = shelf.albums.create("Two", ids[10:]).album_id
    counter = FacetCounter(shelf.catalog.views)
    picked = set(shelf.view(flag="picked"))
    for album in ("", str(one), f"{one},{two}"):
        query = shelf.catalog.views.query({"flag": "picked"} | ({"album": album} if album else {}))
        facet = counter.count(query)
        assert [(value.value, value.label, value.count) for value in facet.facets["album"]] == [
            (str(one), "One", len(picked & set(ids[:20].tolist()))),
            (str(two), "Two", len(picked & set(ids[10:].tolist())))]
    shelf.albums.remove(two, ids[10:])
    assert counter.count(shelf.catalog.views.query({})).facets["album"][1].count == 0


def test_a_view_of_an_album_changes_with_it_and_nothing_else(shelf: Shelf) -> None:
    """The revision of a view, its ETag, tells the two apart."""
    album = shelf.albums.create("A", some(shelf, 3)).album_id
    views = shelf.catalog.views
    inside, outside = views.query({"album": str(album)}), views.query({})
    before = [views.glance(query).revision for query in (inside, outside)]
    shelf.albums.add(album, some(shelf, 6))
    after = [views.glance(query).revision for query in (inside, outside)]
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert len(shelf.view(album=str(album))) == 6


def test_bad_names_and_unknown_albums_are_refused(shelf: Shelf) -> None:
    """Sentences instead of rows."""
    album = shelf.albums.create("Best of", None).album_id
    other = shelf.albums.create("Others", None).album_id
    for name in ("", " ", "x" * 121, "a\x00b"):
        with pytest.raises(Invalid):
            shelf.albums.create(name, None)
    with pytest.raises(Conflict, match="best OF"):
        shelf.albums.create("best  OF", None)
    with pytest.raises(Conflict):
        shelf.albums.rename(other, "BEST of")
    assert shelf.albums.rename(album, "BEST OF").changed == 1
    with pytest.raises(NotFound):
        shelf.albums.add(999, some(shelf, 1))
    with pytest.raises(NotFound):
        shelf.albums.add(album, np.array([9999], np.uint32))
    with pytest.raises(Invalid):
        shelf.view(album="x")
    with pytest.raises(Invalid, match="exactly one album"):
        shelf.view(sort="album")
    assert shelf.view(album="999") == []
