"""Boards and pairs of views: who may be on them, and that pools of large views follow what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoarchive.catalog.query import Query
from photoarchive.ranking.selection import STRATEGIES
from photoarchive.rating import boards
from photoarchive.rating.providers import NoGroups
from rating_lab import RatingLab, vectors_of
from taste import make_taste

PHOTOS = 240
Open = Callable[..., RatingLab]
NOBODY = np.zeros(0, np.int64)
ALL = np.arange(1, PHOTOS + 1)


class Tens:
    """Every ten photos in a row are a burst."""

    def groups(self, photo_ids: np.ndarray) -> np.ndarray:
        return np.asarray((photo_ids - 1) // 10 + 1, np.int64)


@pytest.fixture
def open_lab(home: Path) -> Iterator[Open]:
    """Opens the home's catalog; one lab a test."""
    opened: list[RatingLab] = []

    def once(**parts: Any) -> RatingLab:
        opened.append(RatingLab(home, PHOTOS, **parts))
        return opened[0]

    yield once
    opened.pop().close()


@pytest.mark.parametrize("with_vectors", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_photos_of_a_burst_share_no_board(open_lab: Open, strategy: str, with_vectors: bool) -> None:
    """Twelve of twenty-four bursts, before and after choices; unless the user compares the burst itself."""
    taste = make_taste(PHOTOS, 1)
    lab = open_lab(groups=Tens(), embeddings=vectors_of(taste, range(PHOTOS)) if with_vectors else None)
    lab.follower.settle()
    for _ in range(8):
        board = lab.boards.board("all", ALL, strategy, 12, exclude=NOBODY)
        assert len(board) == len(set(((board - 1) // 10).tolist())) == 12
        lab.choose(board, int(board[0]))
    burst = lab.boards.board("burst", ALL[:10], strategy, 12, exclude=NOBODY, apart=False)
    assert sorted(burst.tolist()) == list(range(1, 11))
    assert len(lab.boards.board("burst apart", ALL[:10], strategy, 12, exclude=NOBODY)) == 1
    for mode in ("swiss", "topn"):
        pairs = lab.boards.pairs("all", ALL, mode, 10, exclude=NOBODY)
        assert ((pairs[:, 0] - 1) // 10 != (pairs[:, 1] - 1) // 10).all()


def test_the_pool_of_a_large_view_is_a_part_that_follows(open_lab: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards come from the view only, shrink with it, and change when a choice was made or taken back."""
    monkeypatch.setattr(boards, "POOL", 60)
    taste = make_taste(PHOTOS, 2)
    lab = open_lab(embeddings=vectors_of(taste, range(PHOTOS)))
    lab.follower.settle()
    view = ALL[ALL % 4 != 0]
    for _ in range(30):
        board = lab.boards.board("v", view, "learn", 12, exclude=NOBODY)
        assert len(set(board.tolist())) == 12
        assert (board % 4 != 0).all()
        lab.choose(board, int(board[taste.best(board - 1)]) if len(board) else 0)
    lab.journal.undo("w")
    smaller = view[view > 60]
    assert (lab.boards.board("v", smaller, "top", 12, exclude=NOBODY) > 60).all()
    progress = lab.boards.progress("v", smaller)
    assert (progress.photos, progress.top) == (len(smaller), len(smaller) // 5)
    assert progress.settled is not None
    assert 0 < progress.settled < 1
    assert lab.boards.progress("one", view[:1]).settled is None


def test_boards_avoid_what_is_excluded(open_lab: Open) -> None:
    """Two boards ahead: nobody is on both."""
    lab = open_lab()
    first = lab.boards.board("all", ALL, "learn", 12, exclude=NOBODY)
    second = lab.boards.board("all", ALL, "learn", 12, exclude=first)
    assert not set(first.tolist()) & set(second.tolist())
    assert len(lab.boards.board("all", ALL[:5], "learn", 12, exclude=ALL[:3])) == 2


def test_swiss_pairs_are_neighbours_over_the_whole_range_that_have_not_met(open_lab: Open) -> None:
    """Ratings differ little within a pair and much between pairs; a pair that met does not come again."""
    taste = make_taste(PHOTOS, 3)
    lab = open_lab()
    lab.random_choices(taste, 200, size=8)
    lab.journal.import_duels([(1, 2, None)])
    met = {(1, 2)}
    elo = lab.column("elo")
    for _ in range(12):
        pairs = lab.boards.pairs("all", ALL, "swiss", 8, exclude=NOBODY)
        assert len(set(pairs.ravel().tolist())) == 16
        within = np.abs(elo[pairs[:, 0] - 1] - elo[pairs[:, 1] - 1])
        assert within.mean() < 0.2 * np.ptp(elo)
        assert np.ptp(elo[pairs.ravel() - 1]) > 0.5 * np.ptp(elo)
        for left, right in np.sort(pairs, axis=1).tolist():
            assert (left, right) not in met
            met.add((left, right))
            lab.choose(np.array([left, right]), left, mode="swiss")
        elo = lab.column("elo")


def test_three_photos_that_all_met_meet_again(open_lab: Open) -> None:
    """Every pair comes once before any comes twice; then there is still a pair."""
    lab = open_lab()
    seen = []
    for _ in range(5):
        pairs = lab.boards.pairs("three", ALL[:3], "swiss", 1, exclude=NOBODY)
        seen.append(tuple(sorted(pairs[0].tolist())))
        lab.choose(pairs[0], int(pairs[0][0]), mode="swiss")
    assert sorted(seen[:3]) == [(1, 2), (1, 3), (2, 3)]


def test_duplicates_found_while_people_choose_count_at_once(open_lab: Open) -> None:
    """Groups come after the first board: the next one keeps them apart."""
    found = NoGroups()
    lab = open_lab(groups=found)
    assert len(lab.boards.board("all", ALL, "learn", 16, exclude=NOBODY)) == 16
    found.groups = Tens().groups        # type: ignore[method-assign]
    board = lab.boards.board("all", ALL, "learn", 16, exclude=NOBODY)
    assert len(set(((board - 1) // 10).tolist())) == len(board) == 16


def test_top_pairs_are_of_the_best(open_lab: Open) -> None:
    """Nearly all of the fifty best and their fringe."""
    taste = make_taste(PHOTOS, 4)
    lab = open_lab()
    lab.random_choices(taste, 250, size=8)
    best = set((np.argsort(-lab.column("elo"))[:72] + 1).tolist())
    pairs = lab.boards.pairs("all", ALL, "topn", 10, exclude=NOBODY)
    assert len(pairs) == 10
    assert set(pairs.ravel().tolist()) <= best


def test_the_pool_of_a_view_is_what_its_filters_leave(open_lab: Open) -> None:
    """Rejected and unreadable photos are not compared; the result is kept until something changes."""
    lab = open_lab()

    def spoil(tx: Any) -> None:
        tx.execute("UPDATE photos SET unreadable = 'broken' WHERE id <= 3")
        tx.execute("INSERT INTO marks (photo_id, flag) VALUES (4, 2), (5, 1)")
        tx.changes.touch("photos", [1, 2, 3])
        tx.changes.touch("marks", [4, 5])

    lab.db.write(spoil)
    scopes = lab.compare.scopes
    everything = scopes.of_query(Query())
    assert everything.ids.tolist() == list(range(5, PHOTOS + 1))
    assert scopes.of_query(Query()).ids is everything.ids
    opened = lab.views.open(Query())
    assert scopes.of_token(opened.token).ids.tolist() == list(range(4, PHOTOS + 1))
    lab.choose(np.array([7, 8]), 7)
    assert scopes.of_query(Query()).ids is everything.ids
    assert scopes.of_query(Query.from_params({"flag": "rejected"})).ids.tolist() == [4]
    assert scopes.of_query(Query.from_params({"compared": "compared"})).ids.tolist() == [7, 8]
    assert scopes.totals() == (PHOTOS, PHOTOS - 1)
