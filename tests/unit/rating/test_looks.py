"""Stored vectors as what ranking learns from: they come, and are replaced by those of a better model."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from photoarchive.features.embeddings.looks import LookVectors
from photoarchive.ml.vectors import VectorStore
from photoarchive.rating.follower import Follower
from rating_lab import RatingLab
from taste import make_taste

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
