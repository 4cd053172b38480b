"""Flags, stars and labels as undoable actions, for a few photos and for very many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog import marks as marks_module
from photoarchive.catalog.actions import Direction, Outcome
from photoarchive.catalog.database import Transaction
from photoarchive.core.errors import Invalid, NotFound
from small_catalog import SmallCatalog, fill, open_catalog


@pytest.fixture(params=["row by row", "in one statement"])
def catalog(home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallCatalog]:
    """A catalog of 80 photos; both ways of writing marks."""
    monkeypatch.setattr(marks_module, "FEW", 1000 if request.param == "row by row" else 0)
    opened = open_catalog(home)
    fill(opened, 80)
    yield opened
    opened.close()


def visible(catalog: SmallCatalog) -> np.ndarray:
    """Photos of the library."""
    return catalog.views.glance(catalog.views.query({})).ids


def stored(catalog: SmallCatalog, column: str) -> dict[int, object]:
    """The column as SQL has it, and proof that the array says the same."""
    rows = catalog.db.read().execute(f"SELECT photo_id, {column} FROM marks").fetchall()
    found = dict(rows)
    unknown = {"stars": -1}.get(column, 0)
    for photo_id in range(1, catalog.columns.rows):
        if catalog.columns["state"][photo_id] != 255:
            value = found.get(photo_id)
            assert catalog.columns[column][photo_id] == (unknown if value is None else value), photo_id
    return {photo_id: value for photo_id, value in found.items() if value not in (None, 0)}


@pytest.mark.parametrize(
    ("column", "value", "verb"),
    [
        ("flag", "picked", "set_flag"),
        ("stars", 4, "set_stars"),
        ("label", 2, "set_label"),
        ("stars", None, "set_stars"),
    ],
)
def test_a_mark_is_set_for_all_and_undone_for_all(catalog: SmallCatalog, column: str, value: object, verb: str) -> None:
    """Undo brings every old value back, unknown stars too; redo sets them again."""
    ids = visible(catalog)
    before = stored(catalog, column)
    done = getattr(catalog.marks, verb)(ids, value, "w")
    after = stored(catalog, column)
    number = {"picked": 1, None: -1}.get(value, value)
    assert (catalog.columns[column][ids] == number).all()
    assert done.count == len(ids) >= done.changed > 0
    undone = catalog.actions.undo("w")
    assert (undone.changed, undone.skipped) == (done.changed, 0)
    assert stored(catalog, column) == before
    assert catalog.actions.redo("w").changed == done.changed
    assert stored(catalog, column) == after


def test_undo_touches_only_what_still_holds_the_actions_value(catalog: SmallCatalog) -> None:
    """Photos flagged otherwise since, in another window, keep that flag and are reported."""
    ids = visible(catalog)
    catalog.marks.set_flag(ids, "unflagged", "a")
    catalog.marks.set_flag(ids, "picked", "a")
    catalog.marks.set_flag(ids[:3], "rejected", "b")
    undone = catalog.actions.undo("a")
    assert (undone.changed, undone.skipped) == (len(ids) - 3, 3)
    assert (catalog.columns["flag"][ids[:3]] == 2).all()
    assert (catalog.columns["flag"][ids[3:]] == 0).all()
    redone = catalog.actions.redo("a")
    assert (redone.changed, redone.skipped) == (len(ids) - 3, 3)


def test_windows_undo_their_own_actions_only(catalog: SmallCatalog) -> None:
    """Window b has nothing to undo after window a flagged."""
    catalog.marks.set_flag(visible(catalog)[:2], "picked", "a")
    with pytest.raises(Invalid, match="nothing to undo in this window"):
        catalog.actions.undo("b")


def test_redo_takes_what_was_undone_last_whatever_its_kind(catalog: SmallCatalog) -> None:
    """A part that undoes its own kind only (a comparison) may undo an older action before a newer one."""
    ids = visible(catalog)[:1]
    catalog.marks.set_flag(ids, "rejected", "w")
    catalog.marks.set_label(ids, 3, "w")
    first = catalog.actions.undo("w", catalog.actions.history(2, 0)[0][1].kind).action
    second = catalog.actions.undo("w").action
    assert (first.label[:8], second.id) == ("Rejected", first.id + 1)
    assert [catalog.actions.redo("w").action.id for _ in range(2)] == [second.id, first.id]


def test_a_new_action_ends_redo_for_good(catalog: SmallCatalog) -> None:
    """Undo, do something else, undo that: only that can be redone."""
    one, two = visible(catalog)[:1], visible(catalog)[1:2]
    catalog.marks.set_label(one, 5, "w")
    catalog.marks.set_label(one, 6, "w")
    catalog.actions.undo("w")
    catalog.actions.undo("w")
    assert catalog.actions.redo("w").action.label == "Gave 1 photo the purple label"
    catalog.marks.set_label(two, 7, "w")
    with pytest.raises(Invalid, match="nothing to redo"):
        catalog.actions.redo("w")
    assert catalog.actions.undo("w").action.label == "Gave 1 photo the grey label"
    assert catalog.actions.redo("w").action.label == "Gave 1 photo the grey label"
    with pytest.raises(Invalid, match="nothing to redo"):
        catalog.actions.redo("w")


def test_a_star_that_came_from_the_file_becomes_the_users_and_undo_gives_it_back(catalog: SmallCatalog) -> None:
    """The same stars set by hand are an action: a later scan must not change them."""
    photo = int(visible(catalog)[0])

    def import_stars(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO marks (photo_id, stars, imported) VALUES (?, 3, 1) ON CONFLICT DO UPDATE SET stars = 3, "
            "imported = 1",
            (photo,),
        )
        tx.changes.touch("marks", [photo])

    catalog.db.write(import_stars)
    assert catalog.marks.set_stars(np.array([photo]), 3, "w").changed == 1
    assert catalog.columns["imported"][photo] == 0
    catalog.actions.undo("w")
    assert catalog.columns["imported"][photo] == 1
    assert stored(catalog, "imported")[photo] == 1


def test_marking_a_part_marks_its_leader(catalog: SmallCatalog) -> None:
    """The RAW file behind a JPEG has no flag of its own while they are a pair."""
    part, leader = (
        catalog.db.read()
        .execute(
            "SELECT p.id, p.leader_id FROM photos p JOIN photos q ON q.id = p.leader_id "
            "WHERE p.state = 0 AND q.state = 0"
        )
        .fetchone()
    )
    catalog.marks.set_flag(np.array([part]), "rejected", "w")
    assert catalog.columns["flag"][leader] == 2
    assert catalog.columns["flag"][part] != 2


def test_nothing_to_change_is_no_action(catalog: SmallCatalog) -> None:
    """Picking picked photos leaves the history as it is."""
    ids = visible(catalog)
    catalog.marks.set_flag(ids, "picked", "w")
    total = catalog.actions.history(10, 0)[1]
    again = catalog.marks.set_flag(ids, "picked", "w")
    assert (again.count, again.changed, again.action_id) == (len(ids), 0, None)
    assert catalog.actions.history(10, 0)[1] == total


def test_bad_marks_are_refused_with_a_sentence(catalog: SmallCatalog) -> None:
    """Unknown flags, too many stars, unknown and removed photos, no photos."""
    ids = visible(catalog)[:1]
    with pytest.raises(Invalid, match="flag cannot be “liked”"):
        catalog.marks.set_flag(ids, "liked")
    with pytest.raises(Invalid, match="stars must be 0 to 5"):
        catalog.marks.set_stars(ids, 6)
    with pytest.raises(Invalid, match="No photo was chosen"):
        catalog.marks.set_flag(ids[:0], "picked")
    for missing in (4_000_000_000, int(np.flatnonzero(catalog.columns["state"] == 3)[0])):
        with pytest.raises(NotFound, match=f"no photo with the id {missing}"):
            catalog.marks.set_flag(np.array([int(ids[0]), missing]), "picked")
    assert (
        catalog.columns["flag"][ids[0]]
        == catalog.db.read()
        .execute("SELECT coalesce((SELECT flag FROM marks WHERE photo_id = ?), 0)", (int(ids[0]),))
        .fetchone()[0]
    )


def test_undo_survives_a_restart_and_deleted_photos(home: Path) -> None:
    """Old values lie in the catalog; photos that are gone are skipped."""
    catalog = open_catalog(home)
    fill(catalog, 40)
    ids = visible(catalog)
    before = stored(catalog, "flag")
    done = catalog.marks.set_flag(ids, "rejected", "w")
    gone = int(ids[-1])

    def delete(tx: Transaction) -> None:
        tx.execute("DELETE FROM photos WHERE id = ?", (gone,))
        tx.changes.touch("photos", [gone])
        tx.changes.touch("marks", [gone])

    catalog.db.write(delete)
    catalog.close()
    again = open_catalog(home)
    undone = again.actions.undo("w")
    changed_before = gone not in before or before[gone] != 2
    assert (undone.changed, undone.skipped) == (done.changed - changed_before, int(changed_before))
    before.pop(gone, None)
    assert stored(again, "flag") == before
    again.close()


def test_history_lists_all_windows_newest_first(catalog: SmallCatalog) -> None:
    """Sentences, counts, and whether an action is undone."""
    ids = visible(catalog)
    catalog.marks.set_stars(ids[:1], 1, "a")
    catalog.marks.set_flag(ids, "rejected", "b")
    catalog.actions.undo("a")
    actions, total = catalog.actions.history(10, 0)
    assert total == 2
    assert [a.window for a in actions] == ["b", "a"]
    assert [a.undone for a in actions] == [False, True]
    assert actions[0].label == f"Rejected {actions[0].count} photos"
    assert actions[1].label == "Gave 1 photo 1 star"
    assert [a.window for a in catalog.actions.history(1, 1)[0]] == ["a"]


def test_other_parts_undo_through_the_same_log(catalog: SmallCatalog) -> None:
    """A kind registers how it is taken back; a failing revert leaves the action in force."""
    seen: list[tuple[object, Direction]] = []

    def revert(tx: Transaction, payload: object, direction: Direction) -> Outcome:
        seen.append((payload, direction))
        if len(seen) == 1:
            raise Invalid("not now")
        return Outcome(1)

    catalog.actions.register("test", revert)
    catalog.db.write(lambda tx: catalog.actions.record(tx, "test", "Did a test", "w", 1, {"x": b"y"}))
    with pytest.raises(Invalid, match="not now"):
        catalog.actions.undo("w")
    assert catalog.actions.undo("w").action.label == "Did a test"
    assert seen == [({"x": b"y"}, Direction.UNDO)] * 2
