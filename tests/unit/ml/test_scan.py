"""The threads that go over rows find what numpy finds, alone or together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from photoarchive.ml import scan
from photoarchive.ml.scan import Scanner


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
        ids, scores = scanner.best(rows, passing, query, count)
        assert scores.tolist() == best[:count].tolist() and passing[ids].all() and len(set(ids.tolist())) == len(ids)
        assert truth[ids].tolist() == scores.tolist()
    least = float(np.median(truth))
    ids, scores = scanner.above(rows, passing, query, least, 6000)
    assert sorted(ids.tolist()) == np.flatnonzero(passing & (truth >= least)).tolist()
    assert scanner.above(rows, passing, query, least, 9)[1].tolist() == best[best >= least][:9].tolist()


def test_questions_of_several_threads_do_not_disturb_each_other_even_when_it_closes(scanner: Scanner) -> None:
    """A request under way while the server ends is still answered."""
    def ask(seed: int) -> bool:
        rows, query, truth = rows_and_query(seed)
        if seed == 10:
            scanner.close()
        return bool(np.array_equal(scanner.score(rows, query), truth))

    with ThreadPoolExecutor(4) as askers:
        assert all(askers.map(ask, range(20)))
