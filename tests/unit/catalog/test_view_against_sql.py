"""Views over the columns give what plain SQL gives, for any filters and sort, before and after changes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import ScoredSet
from photoarchive.core.errors import Gone, Invalid
from small_catalog import CAMERAS, LENSES, SmallCatalog, fill, insert_photo, open_catalog

PHOTOS = 160

# The oracle: `photo` is what may be shown; `part` sees a photo and everything hidden behind it.
VISIBLE = "p.ready = 1 AND p.leader_id IS NULL AND p.state {states}"
FROM = """FROM photos p LEFT JOIN marks m ON m.photo_id = p.id LEFT JOIN ratings r ON r.photo_id = p.id
LEFT JOIN files f ON f.id = p.file_id LEFT JOIN cameras c ON c.id = p.camera_id
LEFT JOIN lenses l ON l.id = p.lens_id"""
ANY_PART = """EXISTS (SELECT 1 FROM photos q WHERE (q.id = p.id OR (q.leader_id = p.id AND q.state <= 1)) AND {})"""
IN_FOLDERS = """EXISTS (SELECT 1 FROM photos q LEFT JOIN files x ON x.photo_id = q.id AND x.state = 'present'
 JOIN folders d ON d.id = q.folder_id OR d.id = x.folder_id JOIN sources s ON s.id = d.source_id
 WHERE (q.id = p.id OR (q.leader_id = p.id AND q.state <= 1)) AND {})"""
KEYWORDED = ANY_PART.format(
    "EXISTS (SELECT 1 FROM photo_keywords k JOIN keywords w ON w.id = k.keyword_id "
    "WHERE k.photo_id = q.id AND k.origin != 2 AND {})"
)
CHOICES, STARS = "coalesce(r.comparisons, 0)", "m.stars"

FILTERS: dict[str, list[tuple[object, str]]] = {
    "flag": [("picked", "coalesce(m.flag, 0) = 1"), ("unflagged,rejected", "coalesce(m.flag, 0) IN (0, 2)")],
    "stars": [
        ("none", f"{STARS} IS NULL"),
        (">=3", f"{STARS} >= 3"),
        ("=3,none", f"({STARS} = 3 OR {STARS} IS NULL)"),
        ("0", f"{STARS} = 0"),
    ],
    "label": [("1", "coalesce(m.label, 0) = 1"), ("0,2", "coalesce(m.label, 0) IN (0, 2)")],
    "orientation": [("landscape", "p.width > p.height"), ("portrait,square", "p.width <= p.height")],
    "compared": [("compared", f"{CHOICES} > 0"), ("uncompared", f"{CHOICES} = 0"), ("confident", f"{CHOICES} >= 10")],
    "date_taken": [
        ("2019", "strftime('%Y', p.taken_local / 1000, 'unixepoch') = '2019'"),
        ("undated", "p.taken_local IS NULL"),
        (
            "1970-07,undated",
            "(p.taken_local IS NULL OR strftime('%Y-%m', p.taken_local / 1000, 'unixepoch') = '1970-07')",
        ),
    ],
    "date_from": [("1975-06-01", "date(p.taken_local / 1000, 'unixepoch') >= '1975-06-01'")],
    "date_to": [("1978-01-01", "date(p.taken_local / 1000, 'unixepoch') <= '1978-01-01'")],
    "camera": [
        (CAMERAS[0][1], "c.model = 'Canon EOS R5'"),
        ("SONY ILCE-7RM4", "c.model = 'ILCE-7RM4'"),
        ("iPhone 8,ILCE-7RM4", "c.model IN ('iPhone 8', 'ILCE-7RM4')"),
        ("no such camera", "0"),
    ],
    "lens": [(LENSES[1], "p.lens_id = 2")],
    "keyword": [
        ("Nature", KEYWORDED.format("w.name IN ('Nature', 'Nature|Birds')")),
        ("Trip, Norway", KEYWORDED.format("w.name = 'Trip, Norway'")),
    ],
    "folder": [
        (
            "/drive/Photos/2019",
            IN_FOLDERS.format(
                "d.source_id = 1 AND (d.relpath = x'32303139' OR d.relpath = CAST('2019/Lofoten' AS BLOB))"
            ),
        ),
        ("/drive/Photos/", IN_FOLDERS.format("d.source_id = 1")),
    ],
    "source": [("2", IN_FOLDERS.format("d.source_id = 2")), ("1,2", "1")],
    "file_type": [
        ("raw", ANY_PART.format("q.kind = 1")),
        ("jpg", ANY_PART.format("q.format_id IN (1, 2)")),
        (".jpeg,video", ANY_PART.format("(q.format_id = 2 OR q.kind = 2)")),
    ],
    "has": [
        ("gps", "p.lat IS NOT NULL"),
        ("-gps", "p.lat IS NULL"),
        ("raw", ANY_PART.format("q.kind = 1")),
        ("pair", "EXISTS (SELECT 1 FROM photos q WHERE q.leader_id = p.id AND q.state <= 1)"),
        ("keywords,-video", KEYWORDED.format("1") + " AND NOT " + ANY_PART.format("q.kind = 2")),
    ],
    "is": [
        ("offline", "p.source_id = 2"),
        ("missing", "p.state = 1"),
        ("unreadable,estimated", "(p.unreadable IS NOT NULL OR p.taken_origin = 5)"),
        ("missing,offline", "(p.state = 1 OR p.source_id = 2)"),
    ],
}
DATED = "p.taken_local IS NULL, p.taken_local {d}, p.taken_local - coalesce(p.taken_offset, 0) * 60000 {d}"
ORDERS = {
    "elo": "coalesce(r.elo, 1200) {d}, coalesce(floor(p.taken_local / 86400000.0), -50000) {d}",
    "comparisons": f"{CHOICES} {{d}}",
    "date_taken": DATED,
    "added": "p.created_at {d}",
    "date_modified": "p.modified_at IS NULL, p.modified_at {d}",
    "file_size": "p.file_size {d}",
    "resolution": "p.width IS NULL, p.width * p.height {d}",
    "lens": "p.lens_id IS NULL, lower(l.name) {d}",
    "camera": "p.camera_id IS NULL, lower(CASE WHEN c.id = 1 THEN c.model ELSE c.make || ' ' || c.model END) {d}",
    "filename": "lower(CAST(f.name AS TEXT)) {d}",
    "duration": "p.duration IS NULL, p.duration {d}",
    "confidence": f"{CHOICES} = 0, {CHOICES} {{d}}, CASE WHEN {CHOICES} > 0 THEN coalesce(r.interval, 1e9) END {{r}}",
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCatalog]:
    """A catalog that the examples change as they go."""
    opened = open_catalog(tmp_path_factory.mktemp("home"))
    fill(opened, PHOTOS)
    yield opened
    opened.close()


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, str], str, str]:
    """(parameters, WHERE, ORDER BY)"""
    chosen = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=4, unique=True))
    params, conditions = {}, []
    for name in chosen:
        value, condition = draw(st.sampled_from(FILTERS[name]))
        params[name] = str(value)
        conditions.append(condition)
    key, direction = draw(st.sampled_from(sorted(ORDERS))), draw(st.sampled_from(("asc", "desc")))
    params["sort"] = f"{key}_{direction}"
    states = "<= 1" if "missing" in params.get("is", "") else "= 0"
    where = " AND ".join([VISIBLE.format(states=states), *conditions])
    turned = "asc" if direction == "desc" else "desc"
    return params, where, ORDERS[key].format(d=direction, r=turned) + ", p.id"


def by_sql(catalog: SmallCatalog, where: str, order: str) -> list[int]:
    return [row[0] for row in catalog.db.read().execute(f"SELECT p.id {FROM} WHERE {where} ORDER BY {order}")]


@settings(max_examples=250, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=questions(), change=st.one_of(st.none(), st.integers(0, 10**6)))
def test_any_view_is_what_plain_sql_gives(
    catalog: SmallCatalog, question: tuple[dict[str, str], str, str], change: int | None
) -> None:
    """Filters and sorts agree with SQL, also right after rows changed, arrived and went."""
    if change is not None:
        catalog.db.write(lambda tx: change_something(tx, random.Random(change)))
    params, where, order = question
    query = Query.from_params(params)
    view = catalog.views.glance(query)
    assert view.ids.tolist() == by_sql(catalog, where, order)
    whole = Query(sort=query.sort)  # the kept order of everything is repaired, not only small views sorted
    assert catalog.views.glance(whole).ids.tolist() == by_sql(catalog, VISIBLE.format(states="= 0"), order)


def change_something(tx: Transaction, chance: random.Random) -> None:
    newest = tx.execute("SELECT max(id) FROM photos").fetchone()[0]
    what = chance.randint(0, 5)
    ids = chance.sample(range(1, newest + 1), 3)
    if what == 0:
        tx.executemany(
            "INSERT INTO marks (photo_id, flag) VALUES (?, 1) ON CONFLICT DO UPDATE SET flag = 1, stars = 3",
            [(i,) for i in ids if tx.execute("SELECT 1 FROM photos WHERE id = ?", (i,)).fetchone()],
        )
        tx.changes.touch("marks", ids)
    elif what == 1:
        tx.executemany(
            "UPDATE ratings SET elo = ?, comparisons = comparisons + 1 WHERE photo_id = ?",
            [(chance.randint(1000, 1400), i) for i in ids],
        )
        tx.changes.touch("ratings", ids)
    elif what == 2:
        tx.executemany(
            "UPDATE photos SET taken_local = ?, file_size = ? WHERE id = ?",
            [(chance.randint(0, 10**12), chance.randint(0, 9), i) for i in ids],
        )
        tx.changes.touch("photos", ids)
    elif what == 3:
        tx.executemany(
            "UPDATE files SET name = ? WHERE id = ?",
            [(f"{chance.choice('abcxyz')}{chance.randint(0, 10**9)}".encode(), i) for i in ids],
        )
        tx.changes.touch("photos", ids)
        tx.changes.touch("text", ids)
    elif what == 4 and newest < PHOTOS * 2:
        insert_photo(tx, newest + 1, chance)
        for group in ("photos", "marks", "ratings", "keywords", "text"):
            tx.changes.touch(group, [newest + 1])
    else:
        tx.execute("UPDATE photos SET leader_id = NULL WHERE leader_id = ?", (ids[0],))
        tx.execute("DELETE FROM photos WHERE id = ?", (ids[0],))
        orphans = list(range(1, newest + 1))
        for group in ("photos", "marks", "ratings", "keywords", "text"):
            tx.changes.touch(group, orphans)


def test_every_sort_runs_both_ways_with_missing_values_last(catalog: SmallCatalog) -> None:
    """Turning a sort round keeps undated photos at the end."""
    for sort in ("date_taken_asc", "date_taken_desc"):
        ids = catalog.views.glance(Query.from_params({"sort": sort})).ids
        taken = catalog.columns["taken"][ids] == -(2**62)
        assert taken.any()
        assert np.array_equal(np.sort(taken), taken)


def test_random_order_is_the_same_for_the_same_seed_and_holds_every_photo(catalog: SmallCatalog) -> None:
    """A seed names one shuffle; another seed gives another."""
    one, again, other = (catalog.views.glance(Query.from_params({"sort": "random", "seed": s})).ids for s in (5, 5, 6))
    assert one.tolist() == again.tolist() != other.tolist()
    assert sorted(one.tolist()) == sorted(other.tolist())


def test_a_pinned_view_keeps_its_photos_while_they_change_and_expires_at_last(catalog: SmallCatalog) -> None:
    """Flagging in a view of unflagged photos leaves them in place until the view is opened again."""
    query = Query.from_params({"flag": "unflagged", "sort": "added"})
    view = catalog.views.open(query)
    assert catalog.views.open(query).token == view.token
    first = view.ids[:2]
    catalog.marks.set_flag(first, "picked")
    assert catalog.views.get(view.token).ids.tolist()[:2] == first.tolist()
    fresh = catalog.views.open(query)
    assert fresh.token != view.token
    assert not set(first.tolist()) & set(fresh.ids.tolist())
    for seed in range(1, 20):
        catalog.views.open(Query.from_params({"sort": "random", "seed": seed}))
    with pytest.raises(Gone, match="expired"):
        catalog.views.get(view.token)


def test_scores_of_a_search_give_the_order_and_are_limited_by_filters(catalog: SmallCatalog) -> None:
    """A scored set is masked by the filters and sorted by score, ties by id."""
    ids = catalog.views.glance(Query()).ids[:6]
    scores = np.array([0.5, 0.9, 0.5, 0.1, 0.7, 0.2], np.float32)
    query = Query.from_params({"sort": "similarity"})
    found = catalog.views.glance(query, ScoredSet(ids, scores, "test")).ids.tolist()
    expected = [i for _, i in sorted(zip((-scores).tolist(), ids.tolist(), strict=True))]
    assert found == expected
    with pytest.raises(Invalid, match="needs words"):
        catalog.views.glance(query)


def test_a_filter_that_no_part_answers_is_refused_by_name(catalog: SmallCatalog) -> None:
    """Without a people provider `people=3` is an unknown filter; `is=duplicate` says that it is not available."""
    with pytest.raises(Invalid, match="people"):
        catalog.views.query({"people": "3"})
    with pytest.raises(Invalid, match="duplicate is not available"):
        catalog.views.glance(catalog.views.query({"is": "duplicate"}))


class Even:
    """A filter of another part: photos with an even id."""

    def __init__(self) -> None:
        self.version = 0

    def mask(self, values: tuple[str, ...], columns: object) -> np.ndarray:
        del columns
        mask = np.zeros(int(values[0]), bool)
        mask[::2] = True
        return mask

    def revision(self) -> int:
        return self.version


def test_a_registered_filter_works_with_every_other(catalog: SmallCatalog) -> None:
    """Providers join in the mask, in parameters and back."""
    catalog.views.register_filter("album", Even())
    query = catalog.views.query({"album": str(catalog.columns.rows), "flag": "picked"})
    assert catalog.views.query(query.to_params()) == query
    even = catalog.views.glance(query).ids
    assert (even % 2 == 0).all()
    assert sorted(even) == sorted(i for i in catalog.views.glance(query.without("album")).ids if i % 2 == 0)
