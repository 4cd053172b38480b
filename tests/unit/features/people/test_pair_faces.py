"""RAW and JPEG of one exposure: one photo, one set of faces; parted, each half has them with all that was said."""

from __future__ import annotations

import pytest

from people_lab import looks, open_people, seen
from photoarchive.catalog.pairs import IMAGE, RAW, join_pair, keep_faces, refresh_pairs, split_pair
from photoarchive.catalog.people_answers import Whom

NOON = 1_560_000_000_000


@pytest.fixture
def lab(tmp_path):
    lab = open_people(tmp_path / "home")
    yield lab
    lab.close()


def add(lab, name, kind):
    """A photo with a file; paired with what is there."""
    (photo,) = lab.add_photos(1)

    def write(tx):
        tx.execute("INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, first_seen) "
                   "VALUES (?, 1, ?, 1, 1, 1)", (photo, name))
        tx.execute("UPDATE photos SET kind = ?, taken_local = ?, file_id = (SELECT id FROM files WHERE photo_id = ?) "
                   "WHERE id = ?", (kind, NOON, photo, photo))
        refresh_pairs(tx, [photo])

    lab.catalog.db.write(write)
    return photo


def names(lab, photo):
    """Who is said to be in a photo, left to right; "" for a face nobody spoke of."""
    return [card.person_name if card.said else "" for card in lab.lists.of_photo(photo)]


def photos_with(lab, **filters):
    """The photos a filter leaves."""
    return lab.catalog.views.glance(lab.catalog.views.query(filters)).ids.tolist()


def split(lab, photo):
    lab.catalog.db.write(lambda tx: split_pair(tx, photo))


def join(lab, photo):
    lab.catalog.db.write(lambda tx: join_pair(tx, photo))


def test_names_given_to_a_raw_stay_when_its_jpeg_arrives(lab):
    """The RAW was alone, named, drawn, refused; the JPEG comes and leads: it shows all that, and so does a split."""
    raw = add(lab, b"a.cr2", RAW)
    ana, stranger = lab.scan(raw, [seen(looks(1, 1)[0], 0), seen(looks(2, 1)[0], 5)])
    lab.people.assign([ana], Whom(name="Ana"))
    person = lab.person_of(ana)
    lab.people.reject([stranger], person)
    lab.people.draw(raw, (0.7, 0.7, 0.1, 0.1), Whom(name="Ben"))
    jpeg = add(lab, b"a.jpg", IMAGE)
    assert names(lab, jpeg) == ["Ana", "", "Ben"]
    lab.scan(jpeg, [seen(looks(1, 1, seed=1)[0], 0), seen(looks(2, 1, seed=1)[0], 5)])
    lab.regroup()
    assert names(lab, jpeg) == ["Ana", "", "Ben"]
    assert len(lab.lists.of_person(person)) == 1 and lab.lists.cards([person])[0].photo_count == 1
    assert lab.lists.cards([person])[0].representative_image_id == jpeg
    split(lab, jpeg)
    assert names(lab, raw) == names(lab, jpeg) == ["Ana", "", "Ben"]
    assert lab.lists.cards([person])[0].photo_count == 2
    refused = lab.catalog.db.read().execute("SELECT count(*) FROM face_facts WHERE person_id = ? AND answer = 0",
                                            (person,)).fetchone()
    assert refused == (2,)


def test_a_split_gives_the_raw_the_faces_its_jpeg_has(lab):
    """Named while they were one photo: both halves have the faces, also the unnamed one, before anybody looks."""
    raw = add(lab, b"a.cr2", RAW)
    jpeg = add(lab, b"a.jpg", IMAGE)
    ana, _ = lab.scan(jpeg, [seen(looks(1, 1)[0], 0), seen(looks(2, 1)[0], 5)])
    lab.people.assign([ana], Whom(name="Ana"))
    assert names(lab, raw) == []
    split(lab, raw)
    assert names(lab, raw) == names(lab, jpeg) == ["Ana", ""]
    before = lab.facts()
    seen_again = lab.scan(raw, [seen(looks(1, 1, seed=2)[0], 0), seen(looks(2, 1, seed=2)[0], 5)])
    assert [card.id for card in lab.lists.of_photo(raw)] == seen_again and lab.facts() == before
    join(lab, raw)
    assert names(lab, jpeg) == ["Ana", ""] and len(lab.lists.of_person(lab.person_of(ana))) == 1


def test_a_pair_of_which_both_were_looked_at_has_each_face_once(lab):
    """The number of faces, those of a person and the loose ones do not count the resting half."""
    raw = add(lab, b"a.cr2", RAW)
    lab.scan(raw, [seen(looks(1, 1)[0], 0)])
    jpeg = add(lab, b"a.jpg", IMAGE)
    lab.scan(jpeg, [seen(looks(1, 1, seed=1)[0], 0)])
    lab.regroup()
    assert [photos_with(lab, faces=number) for number in ("1", "2")] == [[jpeg], []]
    assert lab.lists.loose(ignored=False).tolist() == [card.id for card in lab.lists.of_photo(jpeg)]
    assert lab.lists.section("unnamed", "photos") == [], "one exposure founds nobody"


def test_each_half_keeps_its_own_word_when_they_differ(lab):
    """Named differently while apart: the leader's name counts, and a split shows the other one again."""
    raw, jpeg = add(lab, b"a.cr2", RAW), add(lab, b"a.jpg", IMAGE)
    split(lab, raw)
    (one,), (other,) = (lab.scan(photo, [seen(looks(1, 1)[0], 0)]) for photo in (raw, jpeg))
    lab.people.assign([one], Whom(name="Ana"))
    lab.people.assign([other], Whom(name="Anna"))
    join(lab, raw)
    assert names(lab, jpeg) == ["Anna"]
    assert [photos_with(lab, people=str(lab.person_of(face))) for face in (one, other)] == [[], [jpeg]]
    split(lab, raw)
    assert (names(lab, raw), names(lab, jpeg)) == (["Ana"], ["Anna"])


def test_another_leader_and_a_leader_that_goes_lose_nothing(lab):
    """The JPEG is missing, so the RAW is shown with its names; it is back; its row goes for good."""
    raw, jpeg = add(lab, b"a.cr2", RAW), add(lab, b"a.jpg", IMAGE)
    (face,) = lab.scan(jpeg, [seen(looks(1, 1)[0], 0)])
    lab.people.assign([face], Whom(name="Ana"))

    def missing(state):
        def write(tx):
            tx.execute("UPDATE photos SET state = ? WHERE id = ?", (state, jpeg))
            tx.changes.touch("photos", [jpeg])
            refresh_pairs(tx, [jpeg])
        lab.catalog.db.write(write)

    missing(1)
    assert names(lab, raw) == ["Ana"]
    missing(0)
    assert names(lab, jpeg) == ["Ana"]
    lab.catalog.db.write(lambda tx: (keep_faces(tx, [raw]), tx.execute("DELETE FROM photos WHERE id = ?", (jpeg,))))
    assert names(lab, raw) == ["Ana"]


def test_undoing_a_name_after_a_split_was_undone_takes_it_from_both(lab):
    """What the split copied is gone with its undo, so nothing is left of a name that is taken back."""
    raw, jpeg = add(lab, b"a.cr2", RAW), add(lab, b"a.jpg", IMAGE)
    (face,) = lab.scan(jpeg, [seen(looks(1, 1)[0], 0)])
    lab.people.assign([face], Whom(name="Ana"))
    split(lab, raw)
    join(lab, raw)
    lab.undo()
    split(lab, raw)
    assert names(lab, raw) == names(lab, jpeg) == [""]
