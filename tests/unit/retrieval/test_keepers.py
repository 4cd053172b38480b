"""Which photo of a group stays, and why."""

from __future__ import annotations

import numpy as np
import pytest

from people_lab import looks, open_people, seen
from photoarchive.catalog.column_layout import NO_STARS
from photoarchive.catalog.query import FLAGS
from photoarchive.retrieval.keepers import KEEPER_COLUMNS, REASONS, keepers
from photoarchive.retrieval.qualities import KnownFaces


class Measured:
    """Equal sharpness; faces as they were found."""

    revision = 0

    def __init__(self, faces):
        self._faces = faces

    def sharpness(self, photo_ids):
        return np.ones(len(photo_ids))

    def faces(self, photo_ids):
        return self._faces.of(photo_ids)


@pytest.fixture
def lab(tmp_path):
    lab = open_people(tmp_path / "home")
    yield lab
    lab.close()


def values(count):
    """Columns of photos that are alike in everything that is stored."""
    found = {name: np.zeros(count, np.int64) for name in KEEPER_COLUMNS}
    found["stars"][:] = NO_STARS
    return found


@pytest.mark.parametrize(("in_burst", "first", "reason"), [(True, 2, "faces"), (False, 0, "first")])
def test_of_a_burst_the_photo_with_the_clearest_faces_is_kept(lab, in_burst, first, reason):
    """One of two looks away, both look, an ignored stranger adds nothing; copies of one picture are not told so."""
    photos = np.array(lab.add_photos(3))
    one, other = looks(1, 3), looks(2, 3)
    lab.scan(int(photos[0]), [seen(one[0], 0), seen(other[0], 5, good=False)])
    _, stranger = lab.scan(int(photos[1]), [seen(one[1], 0), seen(looks(3, 1)[0], 5)])
    lab.people.ignore_faces([stranger], True)
    lab.scan(int(photos[2]), [seen(one[2], 0), seen(other[2], 5)])
    order, reasons = keepers(photos, np.zeros(3, np.int64), values(3), Measured(KnownFaces(lab.faces)),
                             in_burst=np.full(3, in_burst))
    assert (order[0], REASONS[int(reasons[0])]) == (first, reason)


@pytest.mark.parametrize(("small", "marks", "first", "reason"), [
    ((1200, 800), {"stars": 5}, 1, "full_size"),        # a starred export for the web is no substitute
    ((2600, 1800), {"stars": 5}, 0, "stars"),           # a cropped or slightly smaller one may be
    ((1200, 800), {"flag": FLAGS.index("picked")}, 0, "picked"),
    ((1200, 800), {}, 1, "full_size"),
    ((2600, 1800), {}, 1, "resolution"),
])
def test_stars_do_not_speak_for_a_reduced_copy(lab, small, marks, first, reason):
    """Two groups are judged each by its own largest photo."""
    photos, group = np.array(lab.add_photos(4)), np.array([0, 0, 1, 1])
    known = values(4)
    known["width"], known["height"] = np.array([[small[0], 3000, 9000, 9000], [small[1], 2000, 6000, 6000]])
    for name, value in marks.items():
        known[name][0] = value
    order, reasons = keepers(photos, group, known, Measured(KnownFaces(lab.faces)), in_burst=np.zeros(4, bool))
    assert (order[0], REASONS[int(reasons[0])], REASONS[int(reasons[1])]) == (first, reason, "first")
