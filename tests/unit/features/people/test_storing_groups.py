"""A grouping from scratch is stored in pieces: whatever happens between two of them, nothing is lost or half true."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from people_lab import PeopleLab, looks, open_people, seen
from photoarchive.features.people import grouping

PEOPLE, EACH = 6, 5


@pytest.fixture(autouse=True)
def a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of three faces: a group takes several."""
    monkeypatch.setattr(grouping, "STORED_AT_ONCE", 3)


@pytest.fixture(scope="module")
def muddled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose groups are quite wrong, but for Ana: two people in one, and one that has faces of three."""
    home = tmp_path_factory.mktemp("muddled") / "home"
    lab = open_people(home)
    for person in range(PEOPLE):
        lab.add_person(person + 1, EACH)
    lab.people.name(lab.person_of(1), "Ana")
    lab.settle()
    known = sorted(set(lab.people_of(faces())))

    def write(tx):
        for face in range(EACH + 1, PEOPLE * EACH + 1):
            person, place = divmod(face - 1, EACH)
            one = person // 2 + 1 if person < 4 else person if place < 3 else 1       # 4 and 5: two faces left her
            tx.execute("UPDATE faces SET group_id = ?, person_id = ? WHERE id = ?", (100 + one, known[one], face))

    lab.catalog.db.write(write)
    check(lab)
    lab.close()
    return home


def faces() -> list[int]:
    return list(range(1, PEOPLE * EACH + 1))


def copy_of(muddled: Path, folder: Path) -> PeopleLab:
    shutil.copytree(muddled, folder)
    return open_people(folder)


def check(lab: PeopleLab) -> None:
    """Each group is one person who is there; who was said to be Ana is."""
    connection = lab.catalog.db.read()
    assert not connection.execute("SELECT group_id FROM faces WHERE group_id IS NOT NULL GROUP BY group_id "
                                  "HAVING count(DISTINCT person_id) != 1 OR count(person_id) != count(*)").fetchall()
    assert not connection.execute("SELECT 1 FROM faces WHERE person_id IS NOT NULL AND person_id NOT IN "
                                  "(SELECT id FROM people WHERE merged_into IS NULL)").fetchall()
    for face, person in connection.execute("SELECT face_id, person_id FROM face_facts WHERE answer > 0").fetchall():
        assert lab.person_of(face) == lab.faces.resolve(person)


def is_right(lab: PeopleLab) -> bool:
    """Whether everybody is one person, and nobody two."""
    people = lab.people_of(faces())
    return people == [people[face // EACH * EACH] for face in range(len(people))] and len(set(people)) == PEOPLE


def test_killed_between_any_two_pieces_the_next_grouping_completes_it(muddled: Path, tmp_path: Path) -> None:
    """After each piece the groups are whole in themselves; a start from there ends where an undisturbed one ends."""
    lab = copy_of(muddled, tmp_path / "whole")
    assert not is_right(lab)
    pieces = sum(1 for _ in lab.grouping.regroup())
    assert is_right(lab) and not lab.grouping.due()
    lab.close()
    half_way = 0
    for stop in range(1, pieces + 1):
        lab = copy_of(muddled, tmp_path / f"stopped{stop}")
        before, under_way = lab.people_of(faces()), lab.grouping.regroup()
        for _ in range(stop):
            next(under_way)
        check(lab)
        half_way += lab.people_of(faces()) != before and not is_right(lab)
        lab.close()
        lab = open_people(tmp_path / f"stopped{stop}")
        assert lab.grouping.due()
        lab.regroup()
        check(lab)
        assert is_right(lab) and not lab.grouping.due()
        lab.close()
    assert half_way >= 3


def test_a_no_between_any_two_pieces_holds(muddled: Path, tmp_path: Path) -> None:
    """What is left of the grouping is not stored, for it does not know; the next one does."""
    lab = copy_of(muddled, tmp_path / "whole")
    pieces = sum(1 for _ in lab.grouping.regroup())
    lab.close()
    for stop in range(1, pieces):
        lab = copy_of(muddled, tmp_path / f"said{stop}")
        ana, under_way = lab.person_of(1), lab.grouping.regroup()
        for _ in range(stop):
            next(under_way)
        lab.people.reject([2])
        lab.settle()
        for _ in under_way:
            pass
        check(lab)
        assert lab.person_of(2) != ana
        lab.regroup()
        check(lab)
        assert lab.person_of(2) != ana and lab.people_of([1, 3, 4, 5]) == [ana] * 4 and not lab.grouping.due()
        lab.close()


def test_a_face_found_between_any_two_pieces_finds_its_place(muddled: Path, tmp_path: Path) -> None:
    """It joins whatever stands at that moment, and no group becomes two people by it."""
    (late,) = looks(3, 1, seed=9)
    lab = copy_of(muddled, tmp_path / "whole")
    pieces = sum(1 for _ in lab.grouping.regroup())
    lab.close()
    for stop in range(1, pieces + 1):
        lab = copy_of(muddled, tmp_path / f"found{stop}")
        under_way = lab.grouping.regroup()
        for _ in range(stop):
            next(under_way)
        lab.scan(lab.add_photos(1)[0], [seen(late)])
        check(lab)
        for _ in under_way:
            check(lab)
        lab.regroup()
        check(lab)
        assert is_right(lab) and lab.person_of(PEOPLE * EACH + 1) == lab.person_of(2 * EACH + 1)
        lab.close()


def test_what_is_right_is_not_written_again(muddled: Path, tmp_path: Path) -> None:
    """A second grouping finds the same: no row changes, and pages are told once, for the questions."""
    lab = copy_of(muddled, tmp_path / "home")
    lab.regroup()
    rows = lambda: lab.catalog.db.read().execute("SELECT * FROM faces ORDER BY id").fetchall()   # noqa: E731
    before, told = rows(), []
    lab.catalog.db.after_commit(lambda tx: told.append(tx.changes) if tx.changes else None)
    lab.regroup()
    assert rows() == before
    assert [(changes.photos, changes.whole) for changes in told] == [({}, {"people"})]
    lab.close()


def test_one_who_leaves_a_large_group_does_not_move_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two strangers were taken for Ana: they go, and her group keeps its id."""
    monkeypatch.setattr(grouping, "STORED_AT_ONCE", 5_000)
    lab = open_people(tmp_path / "home")
    ana, others = lab.add_person(1, 8), lab.add_person(2, 2)
    where = lambda: lab.catalog.db.read().execute("SELECT id, group_id, person_id FROM faces WHERE id <= 8").fetchall()   # noqa: E731
    before = where()
    _, group, person = before[0]
    lab.catalog.db.write(lambda tx: tx.executemany(
        "UPDATE faces SET group_id = ?, person_id = ? WHERE id = ?", [(group, person, face) for face in others]))
    lab.regroup()
    assert where() == before and [row[0] for row in before] == ana
    assert len(set(lab.people_of(others)) | {person}) == 2
    lab.close()
