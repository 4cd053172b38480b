"""Kept results answer like a fresh computation, whatever happened to the vectors meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory_vectors import DIMENSION, MemoryIndex
from photoarchive.catalog.database import Database
from photoarchive.catalog.searches import KeptResult, Searches
from photoarchive.ml.embedder import unit_rows
from photoarchive.retrieval.result_cache import ResultCache

BEST = 12
QUERY = unit_rows(np.ones((1, DIMENSION)))[0]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database(tmp_path_factory.mktemp("home") / "photoarchive.db")
    yield opened
    opened.close()


def vector(seed: int) -> np.ndarray:
    """A direction somewhere between the query and away from it."""
    chance = np.random.default_rng(seed)
    return unit_rows((QUERY * chance.uniform(-1, 2) + chance.normal(size=DIMENSION) * 0.3)[None])[0]


def fresh(index: MemoryIndex, least: float) -> list[int]:
    """What brute force finds."""
    ids = index.having()
    scores = index.scores(QUERY, ids)
    order = np.lexsort((ids, -scores))
    return [int(ids[place]) for place in order if scores[place] >= np.float32(least)][:BEST]


STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 60), st.integers(0, 10_000)),
    st.tuples(st.just("remove"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("search"), st.sampled_from([-0.2, 0.1, 0.3, 0.6, 0.9]), st.just(0)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=5, max_size=40))
def test_a_kept_result_equals_a_fresh_computation(db: Database, steps: list[tuple[str, Any, int]]) -> None:
    """Photos come, change and go, the cut-off moves, the program restarts: each search is what brute force says."""
    index, cache, words = MemoryIndex("words:1"), ResultCache(Searches(db), BEST), uuid.uuid4().hex
    for seed in range(20):
        index.put(seed + 1, vector(seed))
    for verb, value, seed in [*steps, ("search", 0.1, 0), ("search", 0.6, 0)]:
        if verb == "put":
            index.put(value, vector(seed))
        elif verb == "remove" and value in index.having():
            index.remove(value)
        elif verb == "restart":
            cache = ResultCache(Searches(db), BEST)
        elif verb == "search":
            found = cache.best(words, index, QUERY, least=value, loosest=0.0)
            assert found.ids.tolist() == fresh(index, value)
            assert np.allclose(found.scores, index.scores(QUERY, found.ids), atol=1e-6)


def test_new_photos_are_scored_by_themselves(db: Database) -> None:
    """After the first search, nothing but a looser cut-off than was ever kept makes the archive be scored again."""
    index, cache = MemoryIndex("words:1"), ResultCache(Searches(db))
    for seed in range(400):
        index.put(seed + 1, vector(seed))
    assert not cache.best("whales", index, QUERY, least=0.5, loosest=0.2).cached
    for seed in range(400, 450):
        index.put(seed + 1, vector(seed))
        index.remove(seed - 399)
        found = cache.best("whales", index, QUERY, least=0.3, loosest=0.2)
        assert found.cached
    assert index.whole_scans == 1
    assert not cache.best("whales", index, QUERY, least=-0.5, loosest=0.2).cached


def test_another_model_has_results_of_its_own(db: Database) -> None:
    """The same words under another model key are searched anew, and the first result stays."""
    one, other, cache = MemoryIndex("words:1"), MemoryIndex("words:2"), ResultCache(Searches(db))
    one.put(1, QUERY)
    other.put(2, QUERY)
    assert cache.best("boats", one, QUERY, least=0.5, loosest=0.2).ids.tolist() == [1]
    assert cache.best("boats", other, QUERY, least=0.5, loosest=0.2).ids.tolist() == [2]
    assert cache.best("boats", one, QUERY, least=0.5, loosest=0.2).cached


def test_results_are_bounded_and_cleared(tmp_path: Path) -> None:
    """The results not used for longest make room; clearing says how many went."""
    db = Database(tmp_path / "photoarchive.db")
    try:
        searches = Searches(db, max_result_bytes=1000)
        for number in range(10):
            ids = np.arange(1, 41, dtype=np.uint32)
            searches.keep_result(f"w{number}", "m:1", KeptResult(ids, ids.astype(np.float32), 0.0, 1, 0.0)).result()
        size = searches.result_size()
        assert (size.results, size.bytes, size.limit) == (3, 960, 1000)
        assert searches.result("w9", "m:1") is not None
        assert searches.result("w0", "m:1") is None
        huge = np.arange(1, 200, dtype=np.uint32)
        searches.keep_result("huge", "m:1", KeptResult(huge, huge.astype(np.float32), 0.0, 1, 0.0)).result()
        assert searches.result_size().bytes <= 1000
        searches.clear_results()
        assert searches.result_size().results == 0
    finally:
        db.close()
