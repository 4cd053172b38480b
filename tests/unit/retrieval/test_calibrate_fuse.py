"""Cut-offs follow the archive and the model; two ranked lists become one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memory_vectors import CALIBRATION, DIMENSION, MemoryIndex
from photoarchive.ml.embedder import unit_rows
from photoarchive.retrieval.calibrate import SAMPLE, Samples, cut_off
from photoarchive.retrieval.fuse import fuse, ranks


def test_photos_that_stand_out_pass_and_others_do_not() -> None:
    """Of 1,000 photos, 20 of them a clear match, the cut-off lies between the two groups at every step but one."""
    chance = np.random.default_rng(1)
    scores = np.concatenate([chance.normal(0.05, 0.15, 980), chance.normal(1.2, 0.05, 20)]).astype(np.float32)
    found = [int((scores >= cut_off(scores, CALIBRATION, step).least).sum()) for step in (-3, 0, 3)]
    assert found[0] > found[1] >= found[2] >= 20
    assert found[1] < 40


def test_an_archive_of_one_subject_shows_it() -> None:
    """Where most photos fit, the archive may move the model's mean only so far: they are still found."""
    scores = np.random.default_rng(2).normal(1.4, 0.1, 500).astype(np.float32)
    assert (scores >= cut_off(scores, CALIBRATION, 0).least).mean() > 0.9


def test_a_small_archive_uses_the_models_numbers() -> None:
    """Ten photos tell nothing of a distribution."""
    assert cut_off(np.ones(10, np.float32), CALIBRATION, 0).least == 3 * CALIBRATION.unrelated_sigma


def test_the_sample_is_the_same_however_it_came_about() -> None:
    """Kept up to date photo by photo, a sample gives the scores of one drawn anew."""
    index, samples = MemoryIndex("m:1"), Samples()
    chance, query = np.random.default_rng(3), unit_rows(np.ones((1, DIMENSION)))[0]
    for photo in range(1, SAMPLE * 2 + 300):
        index.put(photo, chance.normal(size=DIMENSION))
        if photo % 1500 == 0:
            samples.scores(index, query)
            index.remove(photo - 700)
    kept, anew = samples.scores(index, query), Samples().scores(index, query)
    assert SAMPLE / 4 < len(kept) < SAMPLE * 1.2
    assert np.array_equal(kept, anew)


def test_reciprocal_ranks_are_added() -> None:
    """A photo of both lists goes before one of either; equal scores share a rank; of equals the newer goes first."""
    assert ranks(np.array([0.5, 0.9, 0.5, 0.1])).tolist() == [2, 1, 2, 4]
    ids, scores = fuse([(np.array([3, 8]), np.array([2.0, 1.0])), (np.array([8, 5]), np.array([0.0, 0.0]))])
    assert ids.tolist() == [8, 5, 3]
    assert np.allclose(scores, [1 / 62 + 1 / 61, 1 / 61, 1 / 61])
    assert len(fuse([(np.zeros(0, np.int64), np.zeros(0))])[0]) == 0


@given(st.lists(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 3)), unique_by=lambda pair: pair[0]), max_size=3))
def test_lists_are_fused_alike_in_a_small_archive_and_in_a_large_one(lists: list[list[tuple[int, int]]]) -> None:
    """Short lists of a large archive go another way."""
    small = [(np.array([i for i, _ in one], np.int64), np.array([s for _, s in one])) for one in lists]
    ids, scores = fuse(small)
    far_ids, far_scores = fuse([(i + 10**6, s) for i, s in small])
    assert (far_ids - 10**6).tolist() == ids.tolist() and far_scores.tolist() == scores.tolist()
    assert sorted(ids.tolist()) == sorted({i for one in lists for i, _ in one})
