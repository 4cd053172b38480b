"""Ratings follow the log: undo, redo, restart, rebuild and import all end at the same numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoarchive.catalog.comparisons import signals
from photoarchive.core.errors import Conflict, Invalid
from photoarchive.rating import projection
from rating_lab import RatingLab, same, vectors_of
from taste import make_taste

PHOTOS = 80
Open = Callable[..., RatingLab]


@pytest.fixture
def open_lab(home: Path) -> Iterator[Open]:
    """Opens the catalog of a home below; opening again closes the one before."""
    opened: list[RatingLab] = []

    def again(of: str = "home", **parts: Any) -> RatingLab:
        if opened:
            opened.pop().close()
        (home / of).mkdir(exist_ok=True)
        opened.append(RatingLab(home / of, PHOTOS, **parts))
        return opened[0]

    yield again
    opened.pop().close()


def test_a_choice_is_in_the_ratings_and_columns_at_once(open_lab: Open) -> None:
    """The winner rises, the losers fall alike, each has one choice and a shorter interval than before."""
    lab = open_lab()
    done = lab.choose(np.array([3, 9, 27, 41]), 9)
    elo, interval, choices = lab.column("elo"), lab.column("interval"), lab.column("comparisons")
    assert done.elo[9] == pytest.approx(elo[8], abs=1e-3)
    assert elo[8] > 1200 > elo[2] == elo[26] == elo[40]
    assert elo[[2, 8, 26, 40]].sum() == pytest.approx(4800, abs=0.01)
    assert (choices[[2, 8, 26, 40]] == 1).all()
    assert choices.sum() == 4
    assert 0 < interval[8] < 1.96 * 400 / np.log(10) * lab.ratings.standing.fit.constants.beta
    assert (interval == -1).sum() == PHOTOS - 4


@pytest.mark.slow
@pytest.mark.parametrize("with_vectors", [False, True])
def test_undoing_everything_and_redoing_it_gives_the_same_numbers(open_lab: Open, with_vectors: bool) -> None:
    """After each undo the table is as it was before the choice; after all redos as it was at the end."""
    taste = make_taste(PHOTOS, 1)
    lab = open_lab(embeddings=vectors_of(taste, range(PHOTOS)) if with_vectors else None)
    lab.follower.settle()
    states = []
    for _ in range(25):
        states.append(lab.rows())
        lab.random_choices(taste, 1)
        lab.follower.settle()
    final = lab.rows()
    for state in reversed(states):
        lab.journal.undo("w")
        lab.follower.settle()
        assert same(lab.rows(), state)
    with pytest.raises(Invalid):
        lab.journal.undo("w")
    for _ in states:
        lab.journal.redo("w")
    lab.follower.settle()
    assert same(lab.rows(), final)


def test_a_choice_in_the_middle_can_be_taken_back_by_its_window(
    open_lab: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two windows choose in turn; one takes its last choice back: the result is as if it had never been made."""
    monkeypatch.setattr(projection, "CHECKPOINT_EVERY", 7)
    taste = make_taste(PHOTOS, 2)
    lab = open_lab()
    boards = [taste.chance.choice(PHOTOS, 6, replace=False) + 1 for _ in range(40)]
    kept = [place for place in range(40) if place != 38]
    for place, board in enumerate(boards):
        lab.choose(board, int(board[0]), window="left" if place % 2 == 0 else "right")
    lab.journal.undo("left")
    undone = lab.rows()
    lab = open_lab(of="another home")
    for place in kept:
        lab.choose(boards[place], int(boards[place][0]))
    assert same(undone, lab.rows())


def test_a_restart_changes_nothing(open_lab: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened again with and without a checkpoint: the same standing, bit for bit, and it goes on the same."""
    monkeypatch.setattr(projection, "CHECKPOINT_EVERY", 16)
    taste = make_taste(PHOTOS, 3)
    vectors = vectors_of(taste, range(PHOTOS))
    lab = open_lab(embeddings=vectors)
    lab.follower.settle()
    lab.random_choices(taste, 45)
    before = lab.ratings.standing
    lab = open_lab(embeddings=vectors)
    after = lab.ratings.standing
    assert (after.lineage, after.taken, after.through) == (before.lineage, before.taken, before.through)
    assert (after.belief.weights == before.belief.weights).all()
    assert (after.belief.cov == before.belief.cov).all()
    assert (after.belief.variance == before.belief.variance).all()
    lab.follower.settle()
    rows = lab.rows()
    lab.ratings.rebuild()
    lab.follower.settle()
    assert same(lab.rows(), rows)


def test_the_same_key_counts_once(open_lab: Open) -> None:
    """A browser that did not get the answer sends again: one choice; another choice under the key is refused."""
    lab = open_lab()
    first = lab.choose(np.array([1, 2, 3]), 2, key="a")
    again = lab.choose(np.array([1, 2, 3]), 2, key="a")
    assert (again.repeated, again.choice) == (True, first.choice)
    assert lab.column("comparisons").sum() == 3
    assert lab.actions.history(10, 0)[1] == 1
    with pytest.raises(Conflict):
        lab.choose(np.array([1, 2, 3]), 3, key="a")
    lab.journal.undo("w")
    assert lab.choose(np.array([1, 2, 3]), 2, key="a").repeated
    assert lab.column("comparisons").sum() == 0


def test_choices_of_many_threads_all_count(open_lab: Open) -> None:
    """Eight tabs choose at once: nothing is lost, and a rebuild from the log gives the same ratings."""
    lab = open_lab()

    def tab(number: int) -> None:
        chance = np.random.default_rng(number)
        for _ in range(12):
            board = chance.choice(PHOTOS, 5, replace=False) + 1
            lab.choose(board, int(board[0]), window=f"tab {number}")

    threads = [threading.Thread(target=tab, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab.ratings.standing.taken == 96
    assert lab.column("comparisons").sum() == 96 * 5
    rows = lab.rows()
    lab.ratings.rebuild()
    assert same(lab.rows(), rows)


def test_a_skip_is_an_action_and_says_nothing(open_lab: Open) -> None:
    """No rating moves, no choice is counted; undo gives the board back."""
    lab = open_lab()
    lab.choose(np.array([4, 5, 6]))
    assert lab.rows() == []
    _, choice = lab.journal.undo("w")
    assert (choice.board, choice.skipped, choice.undone) == ((4, 5, 6), True, True)


def test_second_and_third_best_are_kept_in_order(open_lab: Open) -> None:
    """The log remembers the order; the ratings follow it."""
    lab = open_lab()
    done = lab.choose(np.array([1, 2, 3, 4, 5]), 4, 2, 5)
    assert done.choice.winners == (3, 1, 4)
    assert done.elo[4] > done.elo[2] > done.elo[5] > done.elo[1] == pytest.approx(done.elo[3])
    assert signals(5, 3) == 4 + 3 + 2
    assert lab.log.totals() == (1, 9)


def test_imported_rows_count_as_duels_and_go_away_together(open_lab: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are taken in at once, many in the background; one undo takes all back."""
    lab = open_lab()
    lab.choose(np.array([1, 2, 3]), 1)
    before = lab.rows()
    assert lab.journal.import_duels([(7, 8, 100.0), (7, 9, None)], "w") == 2
    assert lab.column("elo")[6] > 1200 > lab.column("elo")[7]
    lab.journal.undo("w")
    assert same(lab.rows(), before)
    monkeypatch.setattr(projection, "MOST_AT_ONCE", 10)
    chance = np.random.default_rng(4)
    lab.journal.import_duels([(int(a), int(b), None) for a, b in (chance.choice(40, 2, replace=False) + 1
                                                                 for _ in range(60))], "w")
    assert lab.ratings.behind
    lab.choose(np.array([50, 51]), 50)
    lab.follower.settle()
    assert not lab.ratings.behind
    assert lab.ratings.standing.taken == 62
    assert lab.column("comparisons").sum() == 3 + 120 + 2
    lab.journal.undo("w")
    lab.journal.undo("w")
    lab.follower.settle()
    assert same(lab.rows(), before)
    with pytest.raises(Invalid, match="nothing to import"):
        lab.journal.import_duels([])
    with pytest.raises(Invalid, match="no photo with the id 999"):
        lab.journal.import_duels([(1, 999, None)])


def test_choices_taken_back_while_ratings_are_behind_leave_no_rows(open_lab: Open) -> None:
    """A rebuild is asked for, then everything is undone: no photo keeps a rating nobody gave it."""
    lab = open_lab()
    lab.choose(np.array([1, 2, 3]), 1)
    lab.choose(np.array([4, 5]), 4)
    lab.ratings.ask_rebuild()
    lab.journal.undo("w")
    lab.journal.undo("w")
    lab.follower.settle()
    assert lab.rows() == []
    assert not lab.ratings.behind


def test_a_choice_outlives_its_photo(open_lab: Open) -> None:
    """A photo that is deleted for good leaves the log complete; undo and rebuild go on without it."""
    lab = open_lab()
    lab.choose(np.array([1, 2, 3]), 2)
    lab.choose(np.array([2, 3, 4]), 3)

    def delete(tx: Any) -> None:
        tx.execute("DELETE FROM photos WHERE id = 2")
        tx.changes.touch("photos", [2])
        tx.changes.touch("ratings", [2])

    lab.db.write(delete)
    with pytest.raises(Invalid, match="no photo with the id 2"):
        lab.choose(np.array([1, 2]), 1)
    lab.journal.undo("w")
    lab.ratings.rebuild()
    lab.follower.settle()
    assert [row[0] for row in lab.rows()] == [1, 3]


@pytest.mark.parametrize(
    ("board", "winners", "mode", "words"),
    [
        ((1,), (1,), "mosaic", "2 to 16"),
        (tuple(range(1, 18)), (1,), "mosaic", "2 to 16"),
        ((1, 2, 2), (1,), "mosaic", "only once"),
        ((0, 1), (1,), "mosaic", "positive"),
        ((1, 2), (3,), "mosaic", "not on the board"),
        ((1, 2, 3), (1, 1), "mosaic", "different photos"),
        ((1, 999), (1,), "mosaic", "no photo with the id 999"),
        ((1, 2), (1,), "sudden death", "mode cannot be"),
    ],
)
def test_a_choice_that_does_not_fit_changes_nothing(
    open_lab: Open, board: tuple[int, ...], winners: tuple[int, ...], mode: str, words: str
) -> None:
    """A sentence, no row in the log, no action."""
    lab = open_lab()
    with pytest.raises(Invalid, match=words):
        lab.choose(np.array(board), *winners, mode=mode)
    assert lab.log.totals() == (0, 0)
    assert lab.actions.history(1, 0)[1] == 0
