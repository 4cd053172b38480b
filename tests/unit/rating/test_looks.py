"""Stored vectors as what ranking learns from: they come, and are replaced by those of a better model."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from photoarchive.features.embeddings.looks import LookVectors
from photoarchive.ml.vectors import VectorStore
from photoarchive.rating import feature_store
from photoarchive.rating import follower as follower_module
from photoarchive.rating.follower import Follower
from rating_lab import RatingLab
from taste import Vectors, make_taste

PHOTOS = 80


def test_ratings_follow_the_vectors_of_the_model_in_use(home: Path) -> None:
    """Without vectors only boards are rated; with some, photos that have one; another model makes another fit."""
    taste = make_taste(PHOTOS, 3)
    host: Any = SimpleNamespace(look_key=lambda: "small:1")
    lab = RatingLab(home, PHOTOS)
    try:
        store = VectorStore(lab.db, home / ".run")
        looks = LookVectors(store, host)
        follower = Follower(lab.ratings, looks)
        lab.random_choices(taste, 20)
        follower.settle()
        rated = np.flatnonzero(lab.column("comparisons") > 0)
        assert [row[0] for row in lab.rows()] == (rated + 1).tolist()

        store.add("small:1", np.arange(1, 61), 3 * taste.vectors[:60])      # any length: looks are directions
        assert np.allclose(np.linalg.norm(looks.vectors(np.array([5, 70])), axis=1), [1, 0], atol=1e-3)
        follower.settle()
        assert {row[0] for row in lab.rows()} == set(range(1, 61)) | set((rated + 1).tolist())
        small = lab.ratings.standing.fit

        host.look_key = lambda: "large:1"
        store.add("large:1", np.arange(1, PHOTOS + 1), taste.vectors[:, ::-1].copy())
        follower.settle()
        assert lab.ratings.standing.fit.id > small.id
        assert len(lab.rows()) == PHOTOS
        assert np.corrcoef(lab.column("elo"), taste.utility)[0, 1] > 0.4
    finally:
        lab.close()


class CutOff:
    """Vectors whose reading begins the end of the archive."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors, self.reading, self.go_on = vectors, threading.Event(), threading.Event()

    def model(self) -> str:
        return "small:1"

    def revision(self) -> int:
        return 1

    def having(self) -> np.ndarray:
        return np.arange(1, len(self._vectors) + 1)

    def vectors(self, photo_ids: np.ndarray) -> np.ndarray:
        if len(photo_ids) < len(self._vectors):         # a block of features, not the sample of landmarks
            self.reading.set()
            self.go_on.wait(10)
        return self._vectors[photo_ids - 1]


def test_features_that_were_cut_off_leave_nothing_behind_and_closing_does_not_wait_for_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing ends the making of features at the next block; what a kill left is deleted by the next fit."""
    monkeypatch.setattr(follower_module, "STARTING_SECONDS", 0.0)
    monkeypatch.setattr(feature_store, "BLOCK", 30)
    monkeypatch.setattr(follower_module, "PAUSE_SECONDS", 0.01)
    looks = CutOff(make_taste(PHOTOS, 3).vectors)
    lab = RatingLab(home, PHOTOS, looks)
    made = home / ".run"
    made.mkdir(exist_ok=True)
    for name in ("features-77.f16", "features-77.known"):
        (made / name).write_bytes(b"x")
    try:
        lab.follower.start()
        assert looks.reading.wait(10)
        closing = threading.Thread(target=lab.follower.close)
        closing.start()
        assert lab.follower._ending.wait(10)
        looks.go_on.set()
        closing.join(10)
        assert not closing.is_alive() and not list(made.glob("features-*")) and not lab.ratings.standing.fit.id

        Follower(lab.ratings, looks).settle()
        fit = lab.ratings.standing.fit.id
        assert sorted(path.name for path in made.glob("features-*")) == [f"features-{fit}.f16", f"features-{fit}.known"]
    finally:
        lab.close()


def test_features_rest_while_somebody_uses_the_program(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two blocks, and a rest does not hold up the end. Somebody comes when the fit has begun."""
    monkeypatch.setattr(follower_module, "STARTING_SECONDS", 0.0)
    monkeypatch.setattr(feature_store, "BLOCK", 30)
    monkeypatch.setattr(follower_module, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(follower_module, "REST", 10**7)
    monkeypatch.setattr(follower_module, "LONGEST_REST", 1000.0)
    looks, asked = CutOff(make_taste(PHOTOS, 3).vectors), threading.Event()
    looks.go_on.set()
    lab = RatingLab(home, PHOTOS)

    def user_active() -> bool:
        if looks.reading.is_set():
            asked.set()
        return looks.reading.is_set()

    try:
        follower = Follower(lab.ratings, looks, user_active)
        follower.start()
        assert asked.wait(10)
        follower.close()
        assert not lab.ratings.standing.fit.id and not list((home / ".run").glob("features-*"))
    finally:
        lab.close()


@pytest.mark.parametrize(("starting", "longest", "active"), [(1000.0, 0.0, False), (0.0, 1000.0, True)],
                         ids=["just started", "somebody is there"])
def test_a_new_fit_waits_for_a_quiet_moment(
    home: Path, monkeypatch: pytest.MonkeyPatch, starting: float, longest: float, active: bool
) -> None:
    """It begins with seconds of work in one piece; it is tried again soon, and not put off for ever."""
    for name, value in (("PAUSE_SECONDS", 0.01), ("RETRY_SECONDS", 0.01), ("STARTING_SECONDS", starting),
                        ("LONGEST_WAIT", longest)):
        monkeypatch.setattr(follower_module, name, value)
    monkeypatch.setattr(feature_store, "BLOCK", 30)
    looks, rounds = CutOff(make_taste(PHOTOS, 3).vectors), threading.Semaphore(0)
    looks.go_on.set()
    lab = RatingLab(home, PHOTOS)
    spread_all = Follower._spread_all

    def count(follower: Follower, *, patient: bool) -> bool:
        rounds.release()
        return spread_all(follower, patient=patient)

    monkeypatch.setattr(Follower, "_spread_all", count)
    try:
        follower = Follower(lab.ratings, looks, lambda: active)
        follower.start()
        assert all(rounds.acquire(timeout=10) for _ in range(3))
        assert not looks.reading.is_set() and not lab.ratings.standing.fit.id
        monkeypatch.setattr(follower_module, "STARTING_SECONDS", 0.0)
        monkeypatch.setattr(follower_module, "LONGEST_WAIT", 0.0)
        assert looks.reading.wait(10)
        follower.close()
    finally:
        lab.close()
