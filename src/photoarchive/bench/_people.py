"""Simulated people who choose photos by a hidden taste, and how well a ranking finds it.

A library of n photos in n/12 scenes has unit vectors of 64 numbers. Taste is a sum of four parts of given variance: one
linear in the vector, one curved, one of the scene, one of the photo alone. Of a board, photo i is chosen with the
probability ∝ exp(3 · taste): one standard deviation more wins a duel in 95 of 100 cases.
"""

from __future__ import annotations

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array

DIMENSIONS, THEMES = 64, 12
SURE = 3.0                          # β of the person
USUAL = (0.30, 0.15, 0.20, 0.35)    # shares of variance: linear, curved, scene, alone
WEAK = (0.15, 0.10, 0.10, 0.65)     # of a taste that looks say little about
TOP = 50


class Person(msgspec.Struct):
    """vectors (n, 64), taste (n,) with mean 0 and variance 1."""

    vectors: Array
    taste: Array
    chance: np.random.Generator

    def best(self, board: Array) -> int:
        """The place on the board of the photo that is chosen."""
        return int(np.argmax(SURE * self.taste[board] + self.chance.gumbel(size=len(board))))


def make_person(photos: int, seed: int, shares: tuple[float, float, float, float] = USUAL) -> Person:
    """A library and somebody's taste."""
    chance = np.random.default_rng(seed)
    scenes = max(10, photos // 12)
    scene = chance.integers(0, scenes, photos)
    themes = chance.standard_normal((THEMES, DIMENSIONS))
    centres = _unit(0.9 * themes[chance.integers(0, THEMES, scenes)] + chance.standard_normal((scenes, DIMENSIONS)))
    width = chance.uniform(0.25, 0.75, scenes)[scene][:, None]
    vectors = _unit(centres[scene] + width * chance.standard_normal((photos, DIMENSIONS)) / np.sqrt(DIMENSIONS))
    axes = chance.standard_normal((DIMENSIONS, 6))
    along = vectors @ axes
    linear = vectors @ chance.standard_normal(DIMENSIONS)
    curved = np.tanh(2 * along).prod(1) + 0.6 * np.sin(3 * along[:, 0]) + 0.5 * np.abs(along[:, 1])
    parts = (linear, curved, chance.standard_normal(scenes)[scene], chance.standard_normal(photos))
    taste = sum(np.sqrt(share) * _standard(part) for share, part in zip(shares, parts, strict=True))
    return Person(vectors.astype(np.float32), _standard(np.asarray(taste)), chance)


def top_found(score: Array, taste: Array) -> float:
    """Share of the true best 50 among the best 50 by score; ties are broken by chance."""
    noise = 1e-9 * np.random.default_rng(0).standard_normal(len(score))
    found = set(np.argsort(-(score + noise))[:TOP].tolist())
    return len(found & set(np.argsort(-taste)[:TOP].tolist())) / TOP


def rank_correlation(score: Array, taste: Array) -> float:
    """Spearman's ρ."""
    noise = 1e-9 * np.random.default_rng(0).standard_normal(len(score))
    places = [np.argsort(np.argsort(values)) for values in (score + noise, taste)]
    return float(np.asarray(np.corrcoef(places))[0, 1])


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std())
