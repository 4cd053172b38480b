"""The search among vectors: what brute force would say, whatever happened to the catalog or to the derived files."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.catalog.embeddings import Tag
from photoarchive.ml import scan
from photoarchive.ml import vectors as vectors_module
from photoarchive.ml.matrix import BLOCK
from photoarchive.ml.vectors import Batch
from vector_lab import MODEL, VectorLab, clustered, unit


@pytest.fixture
def lab(home: Path) -> Iterator[VectorLab]:
    lab = VectorLab(home, photos=3000)
    yield lab
    lab.close()


def assert_same(lab: VectorLab, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> None:
    """The same photos with the same scores; only equal scores may change places."""
    ids, scores = lab.index.top(query, k, allowed)
    wanted, exact = lab.best(query, k, allowed)
    assert len(ids) == len(wanted)
    assert np.allclose(scores, exact, atol=1e-5)
    assert np.allclose([lab.truth[one] @ query for one in ids.tolist()], scores, atol=1e-5)


steps = st.lists(st.tuples(st.sampled_from(["add", "replace", "delete", "reopen", "ask"]), st.integers(0, 2**16)),
                 min_size=3, max_size=12)


@settings(max_examples=25, deadline=None)
@given(steps, st.integers(1, 60), st.floats(0.01, 1.0))
def test_search_equals_brute_force_after_any_changes(story: list[tuple[str, int]], k: int, share: float) -> None:
    """Adding, replacing, deleting and restarting in any order, asked with and without a mask."""
    with tempfile.TemporaryDirectory() as folder:
        lab = VectorLab(Path(folder) / "home", photos=400)
        chance = np.random.default_rng(k)
        try:
            for verb, seed in [*story, ("ask", 1)]:
                some = np.unique(np.random.default_rng(seed).integers(1, 401, 40))
                if verb == "add":
                    alive = [one for one in some.tolist() if lab.db.read().execute(
                        "SELECT 1 FROM photos WHERE id = ?", (one,)).fetchone()]
                    lab.store.add(MODEL, some, clustered(len(some), 48, seed))      # some of them are gone
                    kept = np.isin(some, alive)
                    lab.truth |= dict(zip(alive, clustered(len(some), 48, seed)[kept].astype(np.float16)
                                          .astype(np.float32), strict=True))
                elif verb == "replace" and lab.truth:
                    ids = sorted(lab.truth)[:7]
                    lab.add(ids, clustered(len(ids), 48, seed + 1))
                elif verb == "delete":
                    lab.delete_photos(some[:10].tolist())
                elif verb == "reopen":
                    lab.reopen()
                else:
                    query = unit(chance.standard_normal(48))
                    assert_same(lab, query, k)
                    assert_same(lab, query, k, chance.random(300) < share)
            assert lab.index.having().tolist() == sorted(lab.truth)
        finally:
            lab.close()


def test_scores_of_many_photos_are_within_eight_bits_of_the_truth(lab: VectorLab) -> None:
    """all_scores is quick and rough, scores is exact, vectors are what was kept."""
    rows = clustered(3000, 384)
    lab.add(range(1, 3001), rows)
    query = unit(rows[10] + rows[500])
    ids, rough = lab.index.all_scores(query)
    exact = rows.astype(np.float16).astype(np.float32) @ query
    assert ids.tolist() == list(range(1, 3001))
    assert np.abs(rough - exact).max() < 0.006 and np.std(rough - exact) < 0.0015
    for least, k in ((-1.0, 5000), (0.2, 5000), (0.2, 7), (2.0, 5)):
        found, scores = lab.index.above(query, least, k)
        wanted = ids[rough >= np.float32(least)]
        assert len(found) == min(k, len(wanted)) and set(found.tolist()) <= set(wanted.tolist())
        assert np.array_equal(scores, np.sort(rough)[::-1][:len(found)])
    assert np.allclose(lab.index.scores(query, np.array([3000, 7, 99_999])), [exact[2999], exact[6], 0], atol=1e-5)
    assert np.array_equal(lab.index.vectors(np.array([5, 99_999]))[0], rows[4].astype(np.float16).astype(np.float32))
    assert not lab.index.vectors(np.array([5, 99_999]))[1].any()


def test_revisions_name_what_came_changed_and_went(lab: VectorLab) -> None:
    """Kept over a restart, so that results kept from before can be brought up to date."""
    lab.add(range(1, 101), clustered(100, 32))
    first = lab.index.revision
    lab.add([7, 300], clustered(2, 32, seed=5))
    lab.delete_photos([50, 2000])
    assert lab.index.revision > first
    lab.reopen()
    assert lab.index.changed_since(first).tolist() == [7, 50, 300]
    assert lab.index.changed_since(lab.index.revision).tolist() == []
    assert lab.index.count == 100


@pytest.mark.parametrize("harm", ["rows gone", "map gone", "rows cut", "other header", "rows changed", "old rows"])
def test_a_damaged_matrix_is_made_again(lab: VectorLab, harm: str) -> None:
    """Whatever becomes of the derived files, the answer comes from the catalog."""
    lab.add(range(1, 2001), clustered(2000, 64))
    lab.index.warm()
    lab.store.close()
    mapped, rows, _ = lab.files()
    if harm == "rows gone":
        rows.unlink()
    elif harm == "map gone":
        mapped.unlink()
    elif harm == "rows cut":
        rows.write_bytes(rows.read_bytes()[: 64 * 1000])
    elif harm == "other header":
        mapped.write_bytes(b"\xff" * 64 + mapped.read_bytes()[64:])
    elif harm == "rows changed":
        data = bytearray(rows.read_bytes())
        data[64 * 7:64 * 9] = bytes(128)
        rows.write_bytes(data)
    else:
        rows.write_bytes(rows.read_bytes()[: 64 * BLOCK // 2].ljust(64 * BLOCK, b"\0"))
    lab.reopen()
    lab.index.warm()
    chance = np.random.default_rng(3)
    for _ in range(5):
        assert_same(lab, unit(chance.standard_normal(64)), 30)


@pytest.mark.parametrize("harm", ["gone", "cut", "longer", "zeros", "noise in the middle"])
def test_damaged_sign_bits_are_made_again_from_the_rows(
    lab: VectorLab, monkeypatch: pytest.MonkeyPatch, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They follow from the rows, so nothing else is read; a kill may leave them longer or shorter than those."""
    monkeypatch.setattr(scan, "FEW", 0)
    vectors = clustered(3000, 256)
    lab.add(range(1, 3001), vectors)
    lab.index.warm()
    lab.store.close()
    signs = lab.files()[-1]
    good = signs.read_bytes()
    signs.write_bytes({
        "gone": b"", "cut": good[:1000], "longer": good + bytes(4096), "zeros": bytes(len(good)),
        "noise in the middle": good[:32_000] + bytes(reversed(good[32_000:64_000])) + good[64_000:],
    }[harm])
    if harm == "gone":
        signs.unlink()
    lab.reopen()
    lab.index.warm()
    assert lab.files()[-1].read_bytes() == good
    assert ("Sign bits" in caplog.text) == (harm in ("zeros", "noise in the middle"))
    for at in (0, 7, 2999):
        assert_same(lab, vectors[at], 20)
    lab.delete_photos([8])
    assert_same(lab, vectors[7], 20)


@pytest.mark.slow
def test_long_vectors_of_a_large_archive_are_shortened_without_losing_the_best(
    lab: VectorLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From LARGE photos on rows have SHORT numbers; the best 50 are still found (here: every one of 20 queries)."""
    monkeypatch.setattr(vectors_module, "LARGE", 2000)
    rows = clustered(3000, 900, clusters=300)
    lab.add(range(1, 1001), rows[:1000])
    assert lab.index.count == 1000
    before = sum(path.stat().st_size for path in lab.files())
    lab.add(range(1001, 3001), rows[1000:])
    chance = np.random.default_rng(1)
    hits = 0
    for _ in range(20):
        query = unit(rows[chance.integers(0, 3000)] + 0.03 * chance.standard_normal(900))
        hits += len(set(lab.index.top(query, 50)[0].tolist()) & set(lab.best(query, 50)[0]))
    assert hits >= 0.98 * 20 * 50
    assert before
    assert lab.index.top(rows[0], 1)[0].tolist() == [1]


def test_several_models_lie_side_by_side_and_one_may_go(lab: VectorLab) -> None:
    """Another model, or another version, never touches the vectors of the first."""
    lab.add(range(1, 51), clustered(50, 32))
    lab.add(range(1, 11), clustered(10, 96, seed=2), model="test:2")
    assert lab.store.models() == [MODEL, "test:2"]
    lab.store.drop("test:2")
    assert lab.store.models() == [MODEL] and lab.index.count == 50
    assert lab.store.index("test:2").count == 0
    assert lab.store.index("test:2").top(unit(np.ones(96)), 5)[0].tolist() == []
    assert len(lab.files()) == 3


def test_a_batch_keeps_all_it_holds_or_nothing(lab: VectorLab) -> None:
    """Vectors of both kinds and the guesses come in one transaction."""
    rows = clustered(3, 32)
    ids, versions = np.array([1, 2, 9999]), np.array([5, 2**63 + 9, 7], np.uint64)
    lab.store.add_batch(Batch(ids, versions, [(MODEL, rows), ("look:1", rows[:, :16])],
                              [[Tag("castle", 0.9), Tag("palace", 0.05)]] * 3))
    kept, shown = lab.store.embeddings.states(MODEL)
    assert dict(zip(kept.tolist(), shown.tolist(), strict=True)) == {1: 5, 2: 2**63 + 9}
    assert lab.store.index("look:1").count == 2
    assert [tag.label for tag in lab.store.embeddings.tags([1])[1]] == ["castle", "palace"]
    assert lab.store.embeddings.tags([9999]) == {9999: []}
    assert lab.store.embeddings.sure_tags() == [(1, "castle"), (2, "castle")]
    with pytest.raises(ValueError, match="have 32 numbers, not 16"):
        lab.store.add_batch(Batch(ids[:1], versions[:1], [("look:1", rows[:1, :16] * 0), (MODEL, rows[:1, :16])]))
    assert np.any(lab.store.index("look:1").vectors(ids[:1]))


def test_vectors_are_found_while_others_are_written(lab: VectorLab) -> None:
    """Questions from two threads beside a writer: no error, and at the end everything is there."""
    rows = clustered(3000, 64)
    problems: list[BaseException] = []
    ending = threading.Event()

    def ask() -> None:
        try:
            while not ending.is_set():
                ids, scores = lab.index.top(rows[0], 20)
                assert len(ids) == len(set(ids.tolist())) and np.all(np.diff(scores) <= 1e-6)
        except BaseException as error:   # noqa: BLE001 – shown by the test
            problems.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for start in range(0, 3000, 100):
        lab.add(range(start + 1, start + 101), rows[start:start + 100])
    ending.set()
    for asker in askers:
        asker.join()
    assert not problems
    assert_same(lab, rows[17], 50)
