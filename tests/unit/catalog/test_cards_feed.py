"""Cards and the feed's bits say what the rows say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.cards import Cards, colour_text, local_time
from photoarchive.catalog.column_layout import NO_TIME
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.feed import Feed
from photoarchive.catalog.query import Query
from photoarchive.catalog.stars import stars_by_rank, top_share
from small_catalog import SmallCatalog, fill, open_catalog


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    """A catalog of 120 photos of every kind."""
    opened = open_catalog(home)
    fill(opened, 120)
    yield opened
    opened.close()


def feed_bits(catalog: SmallCatalog, query: Query) -> dict[int, int]:
    """Id → bits, decoded from the bytes."""
    data = Feed(catalog.views).encode(catalog.views.open(query))
    _, n, s, m = struct.unpack_from("<4sIII", data)
    at = 16 + m + 8 * s
    ids = struct.unpack_from(f"<{n}I", data, at)
    return dict(zip(ids, struct.unpack_from(f"<{n}H", data, at + 6 * n), strict=True))


def test_the_bits_of_every_photo_agree_with_its_card(catalog: SmallCatalog) -> None:
    """Flag, own or suggested stars, kind, pair, live, offline, missing, unreadable, label."""
    query = Query.from_params({"is": "missing,offline,unreadable,estimated"})
    bits = feed_bits(catalog, Query()) | feed_bits(catalog, query)
    cards = Cards(catalog.views).of(np.array(list(bits), np.uint32))
    assert len(cards) == len(bits)
    seen = set()
    for card in cards:
        b = bits[card.id]
        assert ("unflagged", "picked", "rejected")[b & 3] == card.flag
        stars, hollow = (b >> 2) & 7, bool(b >> 5 & 1)
        assert (None if stars == 7 else stars) == (card.suggested_stars if hollow else card.stars)
        assert not (card.stars is not None and card.suggested_stars is not None)
        assert ("image", "raw", "video")[b >> 6 & 3] == card.kind
        assert bool(b >> 8 & 1) == (card.pair is not None)
        assert bool(b >> 15 & 1) == (card.pair == "live")
        assert (bool(b >> 9 & 1), bool(b >> 10 & 1)) == (card.offline, card.missing)
        assert bool(b >> 11 & 1) == (card.unreadable is not None)
        assert (b >> 12) & 7 == card.label
        seen |= {("flag", card.flag), ("pair", card.pair), ("missing", card.missing), ("kind", card.kind)}
        seen |= {("hollow", hollow), ("offline", card.offline), ("unreadable", card.unreadable)}
    assert len(seen) == 3 + 3 + 2 + 3 + 2 + 2 + 2


def test_the_etag_changes_with_what_the_grid_shows_and_with_nothing_else(catalog: SmallCatalog) -> None:
    """A flag, a drive that goes: new. A caption, a keyword, asking again: the same."""
    feed, query = Feed(catalog.views), Query.from_params({"sort": "date_taken"})

    def etag() -> str:
        return feed.etag(catalog.views.open(query))

    def change(sql: str, group: str) -> None:
        def write(tx: Transaction) -> None:
            tx.execute(sql)
            tx.changes.touch_all(group)

        catalog.db.write(write)

    first = etag()
    change("INSERT INTO overlays (photo_id, field, value) VALUES (1, 'caption', 'x')", "text")
    change("UPDATE photo_keywords SET origin = 1", "keywords")
    assert etag() == first
    catalog.marks.set_flag(catalog.views.open(query).ids[:1], "picked")
    catalog.marks.set_flag(catalog.views.open(query).ids[:1], "rejected")
    second = etag()
    assert second != first
    change("UPDATE sources SET online = 1 - online", "sources")
    assert etag() != second


def test_sections_of_a_date_view_cover_it_by_local_day(catalog: SmallCatalog) -> None:
    """Counts add up, days never repeat, undated photos come last."""
    view = catalog.views.open(Query.from_params({"sort": "date_taken_desc"}))
    data = Feed(catalog.views).encode(view)
    _, n, s, m = struct.unpack_from("<4sIII", data)
    counts = struct.unpack_from(f"<{s}I", data, 16 + m)
    days = struct.unpack_from(f"<{s}i", data, 16 + m + 4 * s)
    assert sum(counts) == n == view.count
    assert len(set(days)) == s
    assert list(days[:-1]) == sorted(days[:-1], reverse=True)
    assert days[-1] == -(2**31)
    assert counts[-1] == int((catalog.columns["taken"][view.ids] == NO_TIME).sum())


def test_an_empty_view_is_a_feed_of_nothing(catalog: SmallCatalog) -> None:
    """No sections, no photos, still a token."""
    view = catalog.views.open(Query.from_params({"camera": "no such camera", "sort": "date_taken"}))
    data = Feed(catalog.views).encode(view)
    assert struct.unpack_from("<II", data, 4) == (0, 0)
    assert len(data) == 16 + struct.unpack_from("<I", data, 12)[0]


def test_suggested_stars_follow_the_percentiles_of_ranked_photos() -> None:
    """Of 100 distinct ratings: 2 get five stars, 8 four, 20 three, 30 two, 40 one; equal ratings get equal stars."""
    ratings = np.arange(100, dtype=np.float32)
    assert np.bincount(stars_by_rank(ratings), minlength=6).tolist() == [0, 40, 30, 20, 8, 2]
    assert set(stars_by_rank(np.full(7, 1300, np.float32)).tolist()) == {5}
    assert stars_by_rank(np.zeros(0, np.float32)).tolist() == []
    assert top_share(ratings, 0.1) == 90.0
    assert top_share(ratings, 1.0) == 0.0


def test_only_ranked_photos_get_suggestions_and_min_stars_uses_them(catalog: SmallCatalog) -> None:
    """A photo without a choice has none; the user's own stars win over the suggestion."""
    cards = Cards(catalog.views).of(catalog.views.glance(Query()).ids)
    for card in cards:
        assert (card.suggested_stars is not None) == (card.comparisons > 0 and card.stars is None)
    shown = {card.id for card in cards if (card.stars if card.stars is not None else card.suggested_stars or -1) >= 3}
    assert set(catalog.views.glance(Query.from_params({"min_stars": "3"})).ids.tolist()) == shown


def test_a_rating_filter_takes_the_best_share_of_the_ranked(catalog: SmallCatalog) -> None:
    """top10% of the ranked photos, ties included, never an unranked one."""
    ranked = Cards(catalog.views).of(catalog.views.glance(Query.from_params({"compared": "compared"})).ids)
    best = catalog.views.glance(Query.from_params({"rating": "top10%"})).ids.tolist()
    elos = sorted((card.elo for card in ranked), reverse=True)
    limit = elos[-(-len(elos) // 10) - 1]
    assert sorted(best) == sorted(card.id for card in ranked if card.elo >= limit)


@pytest.mark.parametrize(
    ("taken", "text"),
    [
        (NO_TIME, None),
        (0, "1970-01-01 00:00:00"),
        (-1, "1969-12-31 23:59:59"),
        (1_563_108_345_678, "2019-07-14 12:45:45"),
    ],
)
def test_local_times_are_written_as_the_contract_says(taken: int, text: str | None) -> None:
    """YYYY-MM-DD HH:MM:SS, also before 1970."""
    assert local_time(taken) == text


def test_colours_are_written_for_css() -> None:
    """Ends of the scale and the neutral grey."""
    assert [colour_text(c) for c in (0, 0xFFFF, 0xF800, 0x39E7)] == ["#000000", "#ffffff", "#ff0000", "#393c39"]
