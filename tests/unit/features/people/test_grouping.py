"""Who is with whom: groups form, hold what was said, and are the same whatever the order."""

from __future__ import annotations

import numpy as np
import pytest

from people_lab import looks, open_people, seen
from photoarchive.catalog.people_answers import Whom


@pytest.fixture
def lab(tmp_path):
    lab = open_people(tmp_path / "home")
    yield lab
    lab.close()


def test_two_good_faces_make_an_unknown_person_and_one_alone_does_not(lab):
    """A single face stays unsorted; with a second photo the two are somebody nobody has named."""
    first, second = looks(1, 2)
    photos = lab.add_photos(2)
    (alone,) = lab.scan(photos[0], [seen(first)])
    assert lab.person_of(alone) is None
    (other,) = lab.scan(photos[1], [seen(second)])
    assert lab.person_of(alone) == lab.person_of(other) is not None
    assert lab.lists.section("unnamed", "photos") == [lab.person_of(alone)]


def test_poor_faces_join_a_person_but_never_found_one(lab):
    """Two blurred faces alike are nobody and worth no question; once somebody stands, a blurred one joins."""
    vectors = looks(3, 5)
    photos = lab.add_photos(5)
    poor = [lab.scan(photos[i], [seen(vectors[i], good=False)])[0] for i in (0, 1)]
    assert lab.people_of(poor) == [None, None]
    lab.regroup()
    assert lab.questions.page(10, 0)[1] == 0
    good = [lab.scan(photos[i], [seen(vectors[i])])[0] for i in (2, 3)]
    late = lab.scan(photos[4], [seen(vectors[4], good=False)])[0]
    assert lab.person_of(late) == lab.person_of(good[0])
    lab.regroup()
    assert set(lab.people_of(poor + good + [late])) == {lab.person_of(good[0])}


def test_two_faces_of_one_photo_are_never_one_person_unless_the_user_says_so(lab):
    """A mirror shows the same face twice: one of the two stays outside until the user puts it there."""
    vectors = looks(4, 8)
    known = [lab.scan(photo, [seen(v)])[0] for photo, v in zip(lab.add_photos(5), vectors, strict=False)]
    (photo,) = lab.add_photos(1)
    one, other = lab.scan(photo, [seen(vectors[6], 0), seen(vectors[7], 5)])
    person = lab.person_of(known[0])
    for _ in range(2):
        assert sorted([lab.person_of(one) == person, lab.person_of(other) == person]) == [False, True]
        lab.regroup()
    outside = one if lab.person_of(one) != person else other
    lab.people.assign([outside], Whom(person))
    lab.settle()
    lab.regroup()
    assert lab.person_of(one) == lab.person_of(other) == person


def test_a_chain_of_faces_in_between_does_not_join_two_people(lab):
    """Two people of eight faces each, and five faces that change step by step from one into the other."""
    one, other = lab.add_person(5, 8), lab.add_person(6, 8)
    start, end = looks(5, 1)[0], looks(6, 1)[0]
    for step, photo in zip(np.linspace(0.1, 0.9, 5), lab.add_photos(5), strict=True):
        between = start + (end - start) * step
        lab.scan(photo, [seen((between / np.linalg.norm(between)).astype(np.float32))])
    for _ in range(2):
        assert len(set(lab.people_of(one))) == len(set(lab.people_of(other))) == 1
        assert lab.person_of(one[0]) != lab.person_of(other[0])
        lab.regroup()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_photos_does_not_matter(tmp_path, seed):
    """600 faces of 60 people and 60 strangers, shuffled: at least 99 % of the pairs are the same, from scratch all."""
    vectors = np.concatenate([looks(person, 10, spread=0.8) for person in range(60)]
                             + [looks(1_000 + stranger, 1) for stranger in range(60)])
    pairs = []
    for turn, order in enumerate((np.arange(660), np.random.default_rng(seed).permutation(660))):
        lab = open_people(tmp_path / f"home{turn}")
        photos, faces = lab.add_photos(660), {}
        for place in order.tolist():
            (faces[place],) = lab.scan(photos[place], [seen(vectors[place])])
        step = _pairs(lab, faces)
        lab.regroup()
        pairs += [step, _pairs(lab, faces)]
        lab.close()
    assert len(pairs[0] & pairs[2]) >= 0.99 * max(len(pairs[0]), len(pairs[2]))
    assert pairs[1] == pairs[3]
    assert len(pairs[0] & pairs[1]) >= 0.99 * len(pairs[1])


def _pairs(lab, faces):
    people = {}
    for place, face in faces.items():
        if person := lab.person_of(face):
            people.setdefault(person, []).append(place)
    return {(a, b) for places in people.values() for a in places for b in places if a < b}


def test_a_regrouping_keeps_people_and_all_that_was_said(lab):
    """Named, split, refused, ignored, drawn: not one row changes, and no unnamed person gets another id."""
    ana, ben, eve = (lab.add_person(person, 6) for person in (11, 12, 13))
    lab.people.name(lab.person_of(ana[0]), "Ana")
    split = lab.people.split(lab.person_of(ana[0]), ana[4:], "Anna")
    lab.people.reject([ben[0]])
    lab.people.ignore_faces([ben[1]], True)
    lab.people.draw(1, (0.5, 0.5, 0.2, 0.2), Whom(name="Ben"))
    lab.settle()
    before, people = lab.facts(), lab.people_of(ana + ben + eve)
    for _ in range(2):
        lab.regroup()
        assert lab.facts() == before
        assert lab.people_of(ana + ben + eve) == people
    assert lab.people_of(ana[4:]) == [split.person_id] * 2
    assert lab.person_of(ben[0]) is None and lab.person_of(ben[1]) is None


def test_a_no_is_for_ever(lab):
    """A face that is not Ana never goes back to her: not by scans, not by grouping anew, and nobody asks."""
    ana = lab.add_person(21, 8)
    person = lab.person_of(ana[0])
    lab.people.name(person, "Ana")
    lab.people.reject([ana[7]])
    lab.settle()
    lab.add_person(21, 6, seed=5)
    lab.regroup()
    assert lab.person_of(ana[7]) != person
    asked, _ = lab.questions.page(100, 0)
    assert (-ana[7], person) not in {(one.subject, one.candidate) for one in asked}


def test_a_question_that_got_a_no_is_never_asked_again(lab):
    """Two groups that look related are asked about once."""
    a, b = looks(31, 1)[0], looks(32, 1)[0]
    near = a * 0.53 + b * 0.47
    groups = [a, near / np.linalg.norm(near)]
    faces = []
    for centre in groups:
        noise = np.random.default_rng(len(faces)).standard_normal((4, 128)) * 0.07
        for photo, v in zip(lab.add_photos(4), centre + noise, strict=True):
            faces += lab.scan(photo, [seen((v / np.linalg.norm(v)).astype(np.float32))])
    one, other = lab.person_of(faces[0]), lab.person_of(faces[4])
    assert one != other
    asked, total = lab.questions.page(10, 0)
    assert total == 1 and {asked[0].subject, asked[0].candidate} == {one, other}
    lab.people.keep_apart(one, other)
    lab.settle()
    assert lab.questions.page(10, 0)[1] == 0
    lab.regroup()
    assert lab.questions.page(10, 0)[1] == 0
    lab.undo()
    assert lab.questions.page(10, 0)[1] == 1


def test_another_model_loses_nothing_and_the_first_one_comes_back(lab):
    """Every fact and every named person survives a model with other descriptors, row by row."""
    ana = lab.add_person(41, 5)
    lab.people.name(lab.person_of(ana[0]), "Ana")
    lab.people.reject([ana[4]])
    lab.settle()
    before, people = lab.facts(), lab.people_of(ana)
    other = lab.store.model_id("other:1", "Another")
    for photo, vector in zip(range(1, 6), looks(99, 5), strict=True):
        assert lab.scan(photo, [seen(vector)], model=other)[0] in ana
    lab.store.show_faces_of(other)
    assert lab.facts() == before and lab.people_of(ana) == people
    lab.store.show_faces_of(lab.models.model_id())
    lab.grouping.forget()
    lab.regroup()
    assert lab.facts() == before and lab.people_of(ana) == people


def test_a_scan_that_no_longer_finds_a_face_keeps_what_was_said_of_it(lab):
    """The photo was cropped: the named face stays with its name, the others go."""
    vectors = [looks(51, 1)[0], looks(52, 1)[0]]
    (photo,) = lab.add_photos(1)
    named, other = lab.scan(photo, [seen(vectors[0], 0), seen(vectors[1], 3)])
    lab.people.assign([named], Whom(name="Ana"))
    before = lab.facts()
    lab.scan(photo, [], version=b"changed!")
    assert lab.facts() == before
    assert [card.id for card in lab.lists.of_photo(photo)] == [named]
    assert other not in lab.catalog.db.read().execute("SELECT id FROM faces").fetchall()


def test_two_hundred_faces_in_one_photo_are_two_hundred_people(lab):
    """A school photo, twice: each face finds its own counterpart and no other."""
    vectors = [looks(1000 + place, 2) for place in range(200)]
    photos = lab.add_photos(2)
    first = lab.scan(photos[0], [seen(v[0], place) for place, v in enumerate(vectors)])
    second = lab.scan(photos[1], [seen(v[1], place) for place, v in enumerate(vectors)])
    assert lab.people_of(first) == lab.people_of(second)
    assert len(set(lab.people_of(first))) == 200 and None not in lab.people_of(first)


def test_undoing_a_merge_a_split_and_a_name_puts_every_face_where_it_was(lab):
    """Name, merge, split, and back: the same people with the same faces at each step."""
    faces = lab.add_person(61, 5) + lab.add_person(62, 5)
    states = [lab.people_of(faces)]
    for work in (lambda: lab.people.name(lab.person_of(faces[0]), "Ana"),
                 lambda: lab.people.merge(lab.person_of(faces[5]), lab.person_of(faces[0])),
                 lambda: lab.people.split(lab.person_of(faces[0]), faces[3:7])):
        work()
        lab.settle()
        states.append(lab.people_of(faces))
    assert states[2] == [states[0][0]] * 10 and len(set(states[3])) == 2
    for state in reversed(states[:-1]):
        lab.undo()
        assert lab.people_of(faces) == state
    for state in states[1:]:
        lab.redo()
        assert lab.people_of(faces) == state
