"""A person with a hidden taste, and photos whose looks say something about it: for tests of ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoarchive.catalog.column_layout import Array


@dataclass
class Taste:
    """vectors (n, D) of unit length, utility (n,) with mean 0 and variance 1, surety β of the choices."""

    vectors: Array
    utility: Array
    chance: np.random.Generator
    beta: float = 3.0

    def best(self, board: Array) -> int:
        """The place on a board of what the person picks: P(i) ∝ exp(β·utility)."""
        return int(np.argmax(self.beta * self.utility[board] + self.chance.gumbel(size=len(board))))

    def hits(self, score: Array, top: int) -> float:
        """Share of the true `top` among the best `top` by score."""
        return len(set(np.argsort(-self.utility)[:top]) & set(np.argsort(-score)[:top])) / top


def make_taste(photos: int, seed: int, dimensions: int = 16, shared: float = 0.6) -> Taste:
    """Photos in scenes of about ten; `shared` is the part of taste that looks explain."""
    chance = np.random.default_rng(seed)
    scenes = max(2, photos // 10)
    scene = chance.integers(0, scenes, photos)
    centre = chance.standard_normal((scenes, dimensions))
    vectors = centre[scene] + 0.5 * chance.standard_normal((photos, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    looks = vectors @ chance.standard_normal(dimensions)
    alone = chance.standard_normal(photos)
    utility = np.sqrt(shared) * looks / looks.std() + np.sqrt(1 - shared) * alone
    return Taste(vectors.astype(np.float32), (utility - utility.mean()) / utility.std(), chance)


class Vectors:
    """Vectors of photos by id, as an embedding model would give them."""

    def __init__(self, vectors: dict[int, Array], model: str = "test") -> None:
        self.by_id, self.name, self.changes = dict(vectors), model, 1

    def add(self, vectors: dict[int, Array]) -> None:
        """More photos got a vector."""
        self.by_id.update(vectors)
        self.changes += 1

    def model(self) -> str:
        return self.name

    def revision(self) -> int:
        return self.changes

    def having(self) -> Array:
        return np.array(sorted(self.by_id), np.int64)

    def vectors(self, photo_ids: Array) -> Array:
        size = len(next(iter(self.by_id.values())))
        return np.array([self.by_id.get(int(i), np.zeros(size)) for i in photo_ids], np.float32).reshape(-1, size)
