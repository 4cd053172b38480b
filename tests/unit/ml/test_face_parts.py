"""Faces of one person that look like two: which belong together, and when there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest

from people_lab import looks
from photoarchive.ml.face_parts import parts

LEAST = 0.28


def found(vectors, good=None, sure=()):
    n = len(vectors)
    said = np.zeros(n, bool)
    said[list(sure)] = True
    return parts(vectors, np.ones(n, bool) if good is None else good, said, LEAST)


@pytest.mark.parametrize("sizes", [(12, 12), (30, 4), (900, 500), (3, 2)])
def test_two_people_are_two_parts_whatever_their_share(sizes):
    """However many faces of each: the larger one is the person, all of the other are somebody else."""
    one, other = looks(1, sizes[0]), looks(2, sizes[1])
    mixed = np.random.default_rng(1).permutation(sum(sizes))
    part = np.empty(sum(sizes), int)
    part[mixed] = found(np.concatenate([one, other])[mixed]).part
    larger, smaller = part[:sizes[0]], part[sizes[0]:]
    assert len(set(larger)) == len(set(smaller)) == 1 and {larger[0], smaller[0]} == {0, 1}


def test_one_person_is_one_part():
    """Faces that differ much but belong together."""
    assert set(found(looks(3, 300, spread=0.9)).part) == {0}


def test_what_was_said_decides_who_the_person_is():
    """Two faces were said to be theirs: the many others are somebody else."""
    vectors = np.concatenate([looks(1, 4), looks(2, 20)])
    assert found(vectors, sure=(0, 1)).part.tolist() == [0] * 4 + [1] * 20


def test_poor_faces_go_with_whom_they_resemble_and_found_nothing():
    """Two blurred strangers are no part; a blurred face of the second person is split off with it."""
    vectors = np.concatenate([looks(1, 10), looks(2, 6), looks(2, 1, seed=3), looks(4, 2)])
    good = np.ones(19, bool)
    good[16:] = False
    result = found(vectors, good)
    assert result.part.tolist() == [0] * 10 + [1] * 7 + [-1] * 2
    assert result.fit[:10].min() > LEAST > result.fit[10:].max()


def test_a_few_faces_have_no_parts():
    """One face fits nobody; two unlike ones do not fit each other."""
    assert np.isnan(found(looks(1, 1)).fit[0])
    assert (found(np.concatenate([looks(1, 1), looks(2, 1)])).fit < LEAST).all()
