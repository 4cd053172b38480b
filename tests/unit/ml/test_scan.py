"""The threads that go over rows find what numpy finds, alone or together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoarchive.ml import scan
from photoarchive.ml.matrix import random_turn, signs_of
from photoarchive.ml.scan import Among, Scanner, Wanted


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scanner]:
    """Small chunks, so that every thread gets many."""
    monkeypatch.setattr(scan, "CHUNK", 64)
    monkeypatch.setattr(scan, "GATHERED", 32)
    scanner = Scanner(3)
    yield scanner
    scanner.close()


def rows_and_query(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    rows = chance.integers(-127, 128, (5000, 32), dtype=np.int8)
    return rows, rows[17], rows.astype(np.int64) @ rows[17]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.0])
def test_the_best_rows_are_found_under_any_mask(scanner: Scanner, share: float) -> None:
    rows, query, truth = rows_and_query(1)
    passing = np.random.default_rng(2).random(len(rows)) < share
    best = np.sort(truth[passing])[::-1]
    for count in (1, 50, 6000):
        ids, scores = scanner.best(Among(rows, signs_of(rows), passing), query, Wanted(count, count, 0.0))
        assert scores.tolist() == best[:count].tolist() and passing[ids].all() and len(set(ids.tolist())) == len(ids)
        assert truth[ids].tolist() == scores.tolist()
    least = float(np.median(truth))
    ids, scores = scanner.above(rows, passing, query, least, 6000)
    assert sorted(ids.tolist()) == np.flatnonzero(passing & (truth >= least)).tolist()
    assert scanner.above(rows, passing, query, least, 9)[1].tolist() == best[best >= least][:9].tolist()


def turned(count: int, width: int, clusters: int, seed: int) -> np.ndarray:
    """(count, width) int8 as ml.matrix keeps clustered vectors."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((clusters, width))
    noise = chance.uniform(0.2, 1.2) * chance.standard_normal((count, width))
    rows = centres[chance.integers(0, clusters, count)] + noise
    rows = rows @ random_turn(width) * (25 / np.linalg.norm(rows, axis=1, keepdims=True) * np.sqrt(width))
    return np.clip(np.rint(rows), -127, 127).astype(np.int8)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**16), width=st.sampled_from([64, 100, 256, 512]), clusters=st.integers(1, 60),
       count=st.integers(1, 40), share=st.sampled_from([1.0, 0.6, 0.2]), near=st.sampled_from([0.0, 500.0]),
       blur=st.floats(0, 1.5))
def test_looking_by_sign_first_finds_what_all_dot_products_do(
    scanner: Scanner, monkeypatch: pytest.MonkeyPatch, seed: int, width: int, clusters: int, count: int, share: float,
    near: float, blur: float,
) -> None:
    """Many clusters or one, near questions or vague ones, with and without a mask; equal rows, too."""
    rows, chance = turned(4000, width, clusters, seed), np.random.default_rng(seed)
    rows[chance.integers(0, 4000, 30)] = rows[5]
    query = np.clip(rows[5] + np.rint(25 * blur * chance.standard_normal(width)), -127, 127).astype(np.int8)
    passing = chance.random(4000) < share
    among, wanted = Among(rows, signs_of(rows), passing), Wanted(count, 2 * count + 20, near)
    monkeypatch.setattr(scan, "FEW", 10**9)
    ids, scores = scanner.best(among, query, wanted)
    monkeypatch.setattr(scan, "FEW", 0)
    quick_ids, quick_scores = scanner.best(among, query, wanted)
    assert quick_scores.tolist() == scores.tolist()
    assert (rows[quick_ids].astype(np.int64) @ query).tolist() == scores.tolist() and passing[quick_ids].all()
    assert len(set(quick_ids.tolist())) == len(ids)


def test_what_lies_near_the_last_wanted_row_is_found_too(scanner: Scanner) -> None:
    """And no more than asked for in all."""
    rows, query, truth = rows_and_query(4)
    among, order = Among(rows, signs_of(rows), np.ones(len(rows), bool)), np.sort(truth)[::-1]
    for near, most in ((0.0, 100), (3000.0, 100), (3000.0, 12)):
        _, scores = scanner.best(among, query, Wanted(10, most, near))
        assert scores.tolist() == order[order >= order[9] - near][:most].tolist()


def test_rows_far_from_a_question_are_not_touched_when_it_is_near_some(
    scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bits say which rows to look at: here a cluster of fifty."""
    monkeypatch.setattr(scan, "FEW", 0)
    rows, looked_at = turned(4000, 512, 80, 3), []
    dot = scan._dot
    monkeypatch.setattr(scan, "_dot", lambda some, query: looked_at.append(len(some)) or dot(some, query))
    scanner.best(Among(rows, signs_of(rows), np.ones(4000, bool)), rows[9], Wanted(10, 40, 0.0))
    assert sum(looked_at) < 4000 / 8


def test_questions_of_several_threads_do_not_disturb_each_other_even_when_it_closes(scanner: Scanner) -> None:
    """A request under way while the server ends is still answered."""
    def ask(seed: int) -> bool:
        rows, query, truth = rows_and_query(seed)
        if seed == 10:
            scanner.close()
        return bool(np.array_equal(scanner.score(rows, query), truth))

    with ThreadPoolExecutor(4) as askers:
        assert all(askers.map(ask, range(20)))
