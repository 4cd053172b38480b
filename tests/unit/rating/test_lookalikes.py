"""What choices do to photos that look alike: predicted ratings, counts of nudges, new vectors, new fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoarchive.catalog.comparisons import ChoiceLog
from photoarchive.rating import spread
from photoarchive.rating.standing import Standing
from rating_lab import RatingLab, same, vectors_of
from taste import make_taste

PHOTOS = 120
Open = Callable[..., RatingLab]


@pytest.fixture
def open_lab(home: Path) -> Iterator[Open]:
    """Opens the home's catalog; opening again closes the one before."""
    opened: list[RatingLab] = []

    def again(**parts: Any) -> RatingLab:
        if opened:
            opened.pop().close()
        opened.append(RatingLab(home, PHOTOS, **parts))
        return opened[0]

    yield again
    opened.pop().close()


def nudges(lab: RatingLab) -> np.ndarray:
    """How often look-alikes moved each photo by more than a point, straight from the definition."""
    standing = Standing.start(lab.ratings.standing.fit)
    ids = np.arange(1, PHOTOS + 1)
    counts, choices = np.zeros(PHOTOS, int), np.zeros(PHOTOS, int)
    for choice in lab.log.in_force():
        before = standing.rows(ids).elo
        standing, _ = standing.following(choice)
        moved = np.abs(standing.rows(ids).elo - before) > 1.0
        on_board = np.isin(ids, choice.board)
        choices[on_board] += 1
        counts += moved & ~on_board & (choices < 10)
    return counts


def test_predicted_ratings_and_nudges_are_those_of_the_definition(open_lab: Open) -> None:
    """Compared with one pass over the log by hand; a second round of choices adds to the first."""
    taste = make_taste(PHOTOS, 1)
    lab = open_lab(embeddings=vectors_of(taste, range(PHOTOS)))
    lab.follower.settle()
    for _ in range(3):
        lab.random_choices(taste, 12)
        lab.follower.settle()
        expected = lab.ratings.standing.rows(np.arange(1, PHOTOS + 1))
        assert lab.column("elo") == pytest.approx(expected.elo, abs=1e-3)
        assert lab.column("interval") == pytest.approx(expected.interval, abs=1e-3)
        assert (np.abs(lab.column("propagated") - nudges(lab)) <= 1).all()
        assert lab.column("propagated").sum() == pytest.approx(nudges(lab).sum(), rel=0.01)
    assert lab.column("propagated").max() > 3


def test_predictions_follow_taste_before_a_photo_was_ever_shown(open_lab: Open) -> None:
    """Sixty choices among half the photos say something about the other half."""
    taste = make_taste(PHOTOS, 2, shared=0.9)
    lab = open_lab(embeddings=vectors_of(taste, range(PHOTOS)))
    lab.follower.settle()
    for _ in range(60):
        places = taste.chance.choice(PHOTOS // 2, 8, replace=False)
        lab.choose(places + 1, int(places[taste.best(places)]) + 1)
    lab.follower.settle()
    unseen = slice(PHOTOS // 2, PHOTOS)
    assert (lab.column("comparisons")[unseen] == 0).all()
    assert np.corrcoef(lab.column("elo")[unseen], taste.utility[unseen])[0, 1] > 0.4


def test_propagation_is_counted_for_the_page(open_lab: Open) -> None:
    """What the last choice moved, and what each photo of a board would move."""
    taste = make_taste(PHOTOS, 3)
    lab = open_lab(embeddings=vectors_of(taste, range(PHOTOS)))
    lab.follower.settle()
    assert lab.compare.moved_last() == 0
    board = np.array([5, 50, 90])
    expected = lab.compare.would_move(board.tolist())
    before = lab.column("elo")
    lab.choose(board, 50)
    lab.follower.settle()
    moved = np.abs(lab.column("elo") - before) > 1.0
    moved[board - 1] = False
    assert lab.compare.moved_last() == expected[50] == moved.sum() > 0
    lab.journal.undo("w")
    assert lab.compare.moved_last() == 0


def test_a_photo_that_gets_its_vector_later_gets_a_prediction(open_lab: Open) -> None:
    """The fit stays; photos already chosen from keep what was learned of them until the next fit."""
    taste = make_taste(PHOTOS, 4)
    vectors = vectors_of(taste, range(100))
    lab = open_lab(embeddings=vectors)
    lab.follower.settle()
    lab.choose(np.array([3, 40, 115]), 3)
    lab.follower.settle()
    fit = lab.ratings.standing.fit.id
    assert (lab.column("interval")[100:114] == -1).all()
    vectors.add(vectors_of(taste, range(100, PHOTOS)).by_id)
    lab.follower.settle()
    assert lab.ratings.standing.fit.id == fit
    assert (lab.column("interval")[100:114] > 0).all()
    assert 115 not in lab.ratings.standing.fit.features.known()


def test_vectors_that_come_later_make_a_new_fit_of_all_choices(open_lab: Open) -> None:
    """Choices made without vectors teach about look-alikes once there are some; old ratings serve until then."""
    taste = make_taste(PHOTOS, 5)
    vectors = vectors_of(taste, range(2))
    lab = open_lab(embeddings=vectors)
    lab.random_choices(taste, 30)
    lab.follower.settle()
    assert lab.ratings.standing.fit.features.size == 0
    vectors.add(vectors_of(taste, range(PHOTOS)).by_id)
    lab.follower.settle()
    assert lab.ratings.standing.fit.features.size > 0
    assert lab.ratings.standing.taken == 30
    assert (lab.column("interval") > 0).all()
    rows = lab.rows()
    lab.random_choices(taste, 1)
    lab.journal.undo("w")
    lab.follower.settle()
    assert same(lab.rows(), rows)


def test_a_library_that_grew_gets_a_fit_of_its_own(open_lab: Open) -> None:
    """Landmarks follow what the library holds; the file of the old fit goes."""
    taste = make_taste(PHOTOS, 6)
    vectors = vectors_of(taste, range(60))
    lab = open_lab(embeddings=vectors)
    lab.follower.settle()
    lab.random_choices(taste, 10)
    first = lab.ratings.standing.fit
    vectors.add(vectors_of(taste, range(PHOTOS)).by_id)
    lab.follower.settle()
    second = lab.ratings.standing.fit
    assert second.id > first.id
    assert second.features.size > first.features.size
    assert lab.ratings.standing.taken == 10
    assert [path.name for path in sorted(lab.ratings.run_dir.glob("features-*.f16"))] == [f"features-{second.id}.f16"]


def test_lost_features_are_made_again(open_lab: Open) -> None:
    """Someone empties the run folder: no choice is lost, a new fit replaces the old one."""
    taste = make_taste(PHOTOS, 7)
    vectors = vectors_of(taste, range(PHOTOS))
    lab = open_lab(embeddings=vectors)
    lab.follower.settle()
    lab.random_choices(taste, 20)
    lab.follower.settle()
    correlation = np.corrcoef(lab.column("elo"), taste.utility)[0, 1]
    run_dir = lab.ratings.run_dir
    lab.db.close()
    for path in run_dir.glob("features-*"):
        path.unlink()
    lab = open_lab(embeddings=vectors)
    assert lab.ratings.standing.taken == 20
    lab.follower.settle()
    assert lab.ratings.standing.fit.features.size
    assert np.corrcoef(lab.column("elo"), taste.utility)[0, 1] == pytest.approx(correlation, abs=0.05)


def test_a_kill_between_blocks_costs_nothing(open_lab: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The follower dies after every possible block; opened again it ends at the same rows."""
    monkeypatch.setattr(spread, "BLOCK", 32)
    taste = make_taste(PHOTOS, 8)
    vectors = vectors_of(taste, range(PHOTOS))
    lab = open_lab(embeddings=vectors)
    lab.follower.settle()
    lab.random_choices(taste, 10)
    lab.follower.settle()
    for survivors in range(4):
        lab.random_choices(taste, 2)
        left = iter(range(survivors))
        with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="killed"):
            real = ChoiceLog.set_lineage

            def dying(self: ChoiceLog, *arguments: Any, left: Iterator[int] = left, real: Any = real) -> None:
                if next(left, None) is None:
                    raise RuntimeError("killed")
                real(self, *arguments)

            patch.setattr(ChoiceLog, "set_lineage", dying)
            lab.follower.settle()
        lab = open_lab(embeddings=vectors)
        lab.follower.settle()
        expected = lab.ratings.standing.rows(np.arange(1, PHOTOS + 1))
        assert lab.column("elo") == pytest.approx(expected.elo, abs=1e-3)
        assert (np.abs(lab.column("propagated") - nudges(lab)) <= 1).all()
