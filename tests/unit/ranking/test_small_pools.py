"""Boards and pairs of a handful of photos."""

from __future__ import annotations

import numpy as np
import pytest

from photoarchive.ranking.belief import Belief, Constants
from photoarchive.ranking.duels import swiss_pairs, top_pairs
from photoarchive.ranking.pool import Pool
from photoarchive.ranking.selection import STRATEGIES, Wish, choose_board
from photoarchive.rating.boards import best_of


@pytest.mark.parametrize("features", [0, 4])
@pytest.mark.parametrize("photos", [1, 2, 3, 5, 12, 16])
def test_a_board_shows_as_many_different_photos_as_there_are(photos: int, features: int) -> None:
    """Every strategy, before and after choices; of two alike only one; a pair as soon as there are two."""
    chance = np.random.default_rng(photos)
    rows, ids = 0.3 * chance.standard_normal((photos, features)).astype(np.float32), np.arange(10, 10 + photos)
    alone, twos = np.zeros(photos, np.int64), np.arange(photos) // 2 + 1
    belief = Belief.start(Constants(), features)
    for made in range(3):
        pool = Pool(ids, rows, belief)
        for strategy in STRATEGIES:
            board = choose_board(pool, Wish(strategy, 12, best_of(photos), made, alone), chance)
            assert len(set(board.tolist())) == len(board) == min(12, photos)
            board = choose_board(pool, Wish(strategy, 12, best_of(photos), made, twos), chance)
            assert len(set(twos[board].tolist())) == len(board) == min(12, twos[-1])
        if photos > 1:
            for pairs in (swiss_pairs(pool, 4, met=set(), groups=alone, chance=chance),
                          top_pairs(pool, 4, best_of(photos), met=set(), groups=alone, chance=chance)):
                assert 1 <= len(pairs) <= 4
                assert len(set(pairs.ravel().tolist())) == pairs.size
            board = chance.choice(photos, min(photos, 3), replace=False)
            belief, _ = belief.learn(ids[board], rows[board], (0,))
