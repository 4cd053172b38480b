"""Whatever is said of people and in whatever order, undoing it all brings everything back, row by row."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people_lab import open_people
from photoarchive.catalog.people_answers import Whom
from photoarchive.core.errors import PhotoArchiveError

TRUTH = ("SELECT * FROM face_facts ORDER BY 1, 2", "SELECT * FROM people_apart ORDER BY 1, 2",
         "SELECT id, name, ignored, merged_into, cover_face_id FROM people WHERE name != '' OR ignored OR merged_into "
         "OR cover_face_id ORDER BY 1")

word = st.sampled_from(["merge", "split", "name", "assign", "reject", "ignore", "faces", "confirm", "apart", "draw",
                        "undo", "redo", "regroup"])
steps = st.lists(st.tuples(word, st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=9)


@pytest.fixture(scope="module")
def lab():
    with tempfile.TemporaryDirectory() as folder:
        lab = open_people(Path(folder) / "home")
        for person in (1, 2, 3):
            lab.add_person(person, 4)
        yield lab
        lab.close()


def say(lab, window, verb, one, other):
    """One thing a person may do; what makes no sense is refused and changes nothing."""
    faces = list(range(1, 13))
    person = {face: lab.person_of(face) or 1 for face in faces}
    mine, theirs = person[faces[one]], person[faces[other]]
    said = {
        "merge": lambda: lab.people.merge(mine, theirs, window),
        "split": lambda: lab.people.split(
            mine, [face for face in faces if person[face] == mine][:1 + other % 3], window=window),
        "name": lambda: lab.people.name(mine, f"Name {other % 4}", window),
        "assign": lambda: lab.people.assign([faces[one]], Whom(theirs), window),
        "reject": lambda: lab.people.reject([faces[one]], window=window),
        "ignore": lambda: lab.people.ignore(mine, other % 2 == 0, window),
        "faces": lambda: lab.people.ignore_faces([faces[one], faces[other]], other % 2 == 0, window),
        "confirm": lambda: lab.people.confirm(mine, [faces[other]] if person[faces[other]] == mine else [], window),
        "apart": lambda: lab.people.keep_apart(mine, theirs, window),
        "draw": lambda: lab.people.draw(1, (0.5, 0.5, 0.1 + one / 100, 0.1), Whom(theirs), window),
        "undo": lambda: lab.catalog.actions.undo(window), "redo": lambda: lab.catalog.actions.redo(window),
        "regroup": lab.regroup,
    }
    try:
        said[verb]()
    except PhotoArchiveError:
        return
    lab.settle()


def rows(lab, queries):
    connection = lab.catalog.db.read()
    return [connection.execute(sql).fetchall() for sql in queries]


@pytest.mark.slow
@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps)
def test_undoing_everything_brings_back_what_was_known(lab, steps):
    """merge → split → undo in any order: what was said before is what is known afterwards, and never two answers."""
    before, window = rows(lab, TRUTH), uuid.uuid4().hex
    for step in steps:
        say(lab, window, *step)
        check(lab)
    truth = rows(lab, TRUTH)
    undone = unwind(lab, window)
    assert rows(lab, TRUTH) == before
    for _ in range(undone):
        lab.catalog.actions.redo(window)
        lab.settle()
        check(lab)
    assert rows(lab, TRUTH) == truth
    unwind(lab, window)


def unwind(lab, window):
    """Undo all that was done in a window; how much that was."""
    undone = 0
    while newest(lab, window):
        lab.catalog.actions.undo(window)
        lab.settle()
        check(lab)
        undone += 1
    return undone


def newest(lab, window):
    """Whether an action of a window is in force."""
    return lab.catalog.db.read().execute(
        "SELECT 1 FROM actions WHERE undone_at IS NULL AND window = ?", (window,)).fetchone()


def check(lab):
    """Facts and where faces are agree: a yes wins, a no is kept, a group is one person, merged people hold nobody."""
    connection = lab.catalog.db.read()
    for face, person, answer in connection.execute("SELECT face_id, person_id, answer FROM face_facts").fetchall():
        shown, is_at = connection.execute("SELECT shown, person_id FROM faces WHERE id = ?", (face,)).fetchone()
        if answer > 0 and person and shown:
            assert is_at == lab.faces.resolve(person)
        elif answer > 0 and not person:
            assert is_at is None
        elif answer == 0 and is_at is not None and is_at == lab.faces.resolve(person):
            yes = connection.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND answer > 0", (face,)).fetchone()
            assert yes
    assert not connection.execute("SELECT group_id FROM faces WHERE group_id IS NOT NULL GROUP BY group_id "
                                  "HAVING count(DISTINCT person_id) > 1").fetchall()
    assert not connection.execute("SELECT 1 FROM faces f JOIN people p ON p.id = f.person_id "
                                  "WHERE p.merged_into IS NOT NULL").fetchall()
