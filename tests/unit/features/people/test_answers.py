"""Answers that must hold for ever: who is not whom, through other names, merges, copies of photos and other models."""

from __future__ import annotations

import numpy as np
import pytest

from people_lab import looks, open_people, seen
from photoarchive.catalog.people_answers import Whom
from photoarchive.catalog.splitting import split_off


@pytest.fixture
def lab(tmp_path):
    lab = open_people(tmp_path / "home")
    yield lab
    lab.close()


def near(lab, count=4):
    """Two people who look related: the faces of each. One question stands about the two."""
    a, b = looks(31, 1)[0], looks(32, 1)[0]
    mixed = a * 0.53 + b * 0.47
    sides = []
    for turn, centre in enumerate((a, mixed / np.linalg.norm(mixed))):
        noise = np.random.default_rng(turn).standard_normal((count, 128)) * 0.07
        vectors = [(v / np.linalg.norm(v)).astype(np.float32) for v in centre + noise]
        sides.append([lab.scan(photo, [seen(v)])[0]
                      for photo, v in zip(lab.add_photos(count), vectors, strict=True)])
    lab.regroup()
    return sides


def asked(lab):
    """The open questions, without their direction."""
    return {frozenset((one.subject, one.candidate)) for one in lab.questions.page(100, 0)[0]}


@pytest.mark.parametrize("known", [False, True])
def test_who_is_somebody_else_is_not_the_candidate_for_ever(lab, known):
    """A new name or somebody who has one: the pair is apart, nobody asks again, one undo brings the question back."""
    one, other = near(lab)
    carla = lab.add_person(90, 3) if known else []
    if known:
        lab.people.name(lab.person_of(carla[0]), "Carla")
        lab.settle()
    ((subject, candidate),) = [(q.subject, q.candidate) for q in lab.questions.page(10, 0)[0]]
    before, people = lab.facts(), lab.people_of(one + other)
    said = lab.people.somebody_else(subject, candidate, Whom(name="Carla"))
    lab.settle()
    assert said.person_id == (lab.person_of(carla[0]) if known else subject)
    for _ in range(2):
        assert not asked(lab) and not lab.questions.stands(said.person_id, candidate)
        assert len({lab.person_of(one[0]), lab.person_of(other[0])}) == 2
        lab.regroup()
    lab.undo()
    assert lab.facts()[0] == before[0] and lab.facts()[2] == before[2] and lab.people_of(one + other) == people
    assert lab.questions.stands(subject, candidate)
    lab.redo()
    assert not lab.questions.stands(said.person_id, candidate)


def test_a_single_face_that_is_somebody_else(lab):
    """The face gets its name, and a no to the person that was asked about; undone, nobody is asked about the name."""
    ana = lab.add_person(21, 5)
    person = lab.person_of(ana[0])
    lab.people.name(person, "Ana")
    (photo,) = lab.add_photos(1)
    (face,) = lab.scan(photo, [seen(looks(22, 1)[0])])
    ben = lab.people.somebody_else(-face, person, Whom(name="Ben")).person_id
    lab.settle()
    assert lab.person_of(face) == ben != person
    assert (face, person, 0) in lab.facts()[0] and not lab.questions.stands(ben, person)
    (loose,) = lab.scan(lab.add_photos(1)[0], [seen(looks(24, 1)[0])])
    assert lab.questions.stands(-loose, ben)
    lab.undo()
    assert not lab.questions.stands(-loose, ben), "who has no face is not asked about"


def test_other_with_the_name_of_the_candidate_is_a_yes(lab):
    """Typing the very name that was asked about joins the two, and keeps nothing apart."""
    one, other = near(lab)
    subject, candidate = lab.person_of(one[0]), lab.person_of(other[0])
    lab.people.name(candidate, "Ana")
    lab.settle()
    lab.people.somebody_else(subject, candidate, Whom(name="ana"))
    lab.settle()
    assert set(lab.people_of(one + other)) == {candidate} and not lab.facts()[2]


def test_a_no_holds_for_whoever_the_person_is_merged_into(lab):
    """A is not C; A turns out to be B: then B is not C either, a refused face neither; undone with the merge."""
    one, other = near(lab)
    a, c = lab.person_of(one[0]), lab.person_of(other[0])
    b = lab.person_of(lab.add_person(91, 3)[0])
    (photo,) = lab.add_photos(1)
    (stranger,) = lab.scan(photo, [seen(looks(92, 1)[0])])
    lab.people.keep_apart(a, c)
    lab.people.reject([stranger], a)
    lab.people.merge(a, b)
    lab.settle()
    assert not lab.questions.stands(b, c) and not lab.questions.stands(-stranger, b)
    lab.undo()
    assert lab.questions.stands(b, c) and lab.questions.stands(-stranger, b)
    assert not lab.questions.stands(a, c) and not lab.questions.stands(-stranger, a)


def test_a_refused_face_is_not_asked_about_whichever_side_it_is_on(lab):
    """A person of one face may be the subject and the face the candidate: a no counts either way."""
    ana = lab.person_of(lab.add_person(21, 2)[0])
    (photo,) = lab.add_photos(1)
    (face,) = lab.scan(photo, [seen(looks(23, 1)[0])])
    assert lab.questions.stands(ana, -face)
    lab.people.keep_apart(ana, -face)
    assert not lab.questions.stands(ana, -face) and not lab.questions.stands(-face, ana)


def test_a_photo_taken_off_another_keeps_its_faces_and_all_that_was_said(lab):
    """The copy of an edited file becomes a photo of its own: named, refused and drawn faces are there too."""
    ana = lab.add_person(41, 4)
    lab.people.name(lab.person_of(ana[0]), "Ana")
    photo = 1
    (stranger,) = lab.scan(lab.add_photos(1)[0], [seen(looks(43, 1)[0])])
    lab.people.keep_apart(-ana[1], -stranger)
    lab.people.draw(photo, (0.5, 0.5, 0.2, 0.2), Whom(name="Ben"))
    lab.people.reject([ana[0]], lab.people.draw(photo, (0.8, 0.8, 0.1, 0.1), Whom(name="Eve")).person_id)
    lab.settle()

    def write(tx):
        files = [tx.execute("INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, first_seen) "
                            "VALUES (?, 1, ?, 1, 1, 1) RETURNING id", (photo, name)).fetchone()[0]
                 for name in (b"a.jpg", b"b.jpg")]
        tx.execute("UPDATE photos SET file_id = ? WHERE id = ?", (files[0], photo))
        return split_off(tx, photo, files[1:])

    copy = lab.catalog.db.write(write)
    before = [(card.bbox, card.person_name, card.said) for card in lab.lists.of_photo(photo)]
    assert [(card.bbox, card.person_name, card.said) for card in lab.lists.of_photo(copy)] == before
    assert {name for _, name, _ in before} == {"Ana", "Ben", "Eve"}
    facts = lab.facts()
    (again, *_) = lab.scan(copy, [seen(looks(41, 1)[0])])
    lab.regroup()
    assert lab.person_of(again) == lab.person_of(ana[0]) and lab.facts() == facts


def test_another_model_and_back_loses_no_answer(lab):
    """Names, yes, no, apart, ignored, split, merged, covers, drawn boxes: row by row, everybody where they were."""
    ana, ben, eve = (lab.add_person(person, 5) for person in (61, 62, 63))
    person = {face: lab.person_of(face) for face in ana + ben + eve}
    lab.people.name(person[ana[0]], "Ana")
    lab.people.split(person[ana[0]], ana[3:], "Anna")
    lab.people.confirm(person[ben[0]], [ben[4]])
    lab.people.ignore_faces([ben[3]], True)
    lab.people.keep_apart(person[ben[0]], person[eve[0]])
    lab.people.ignore(person[eve[0]], True)
    lab.people.cover(person[ana[0]], ana[1])
    drawn = lab.people.draw(1, (0.5, 0.5, 0.2, 0.2), Whom(name="Ben")).faces[0]
    lab.people.merge(person[ben[0]], lab.person_of(drawn))
    lab.settle()
    before, people = lab.facts(), lab.people_of([*ana, *ben, *eve, drawn])
    other = lab.store.model_id("other:1", "Another")
    for place, face in enumerate(ana + ben + eve):
        (photo,) = lab.catalog.db.read().execute("SELECT photo_id FROM faces WHERE id = ?", (face,)).fetchone()
        lab.scan(photo, [seen(looks(200 + place, 1)[0])] if place % 2 else [], model=other)
    lab.store.show_faces_of(other)
    assert lab.facts() == before and lab.people_of([*ana, *ben, *eve, drawn]) == people
    lab.store.show_faces_of(lab.models.model_id())
    lab.grouping.forget()
    lab.regroup()
    assert lab.facts() == before and lab.people_of([*ana, *ben, *eve, drawn]) == people
    assert [card.bbox for card in lab.lists.of_photo(1) if card.origin == "drawn"] == [(0.5, 0.5, 0.2, 0.2)]


def test_which_models_faces_are_shown_is_known_after_a_restart(lab):
    """The first model is noted without a change; another one stays noted, so that the way back is seen."""
    first, other = lab.models.model_id(), lab.store.model_id("other:1", "Another")
    revision = lab.faces.revision()
    assert lab.store.shown_model(first) == first and lab.faces.revision() == revision
    lab.store.show_faces_of(other)
    assert lab.store.shown_model(first) == other
