"""A catalog of rows and the vectors of its photos, for tests of the search among vectors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.ml.vectors import VectorIndex, VectorStore

MODEL = "test:1"


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def clustered(count: int, dimension: int, seed: int = 0, clusters: int = 40) -> np.ndarray:
    """Unit rows that lie in clusters, as vectors of photos do."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((clusters, dimension))
    return unit(centres[chance.integers(0, clusters, count)] + 0.7 * chance.standard_normal((count, dimension)))


class VectorLab:
    """Photos with ids from 1, a store, and the vectors as they should be."""

    def __init__(self, home: Path, photos: int = 0) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.db = Database(bring_catalog(home))
        self.store = VectorStore(self.db, home / ".run")
        self.truth: dict[int, np.ndarray] = {}
        self.add_photos(range(1, photos + 1))

    def add_photos(self, ids: Iterable[int]) -> None:
        rows = [(photo_id,) for photo_id in ids]
        self.db.write(lambda tx: tx.executemany(
            "INSERT INTO photos (id, created_at, source_id, folder_id) VALUES (?, 0, 1, 1)", rows) and None)

    def delete_photos(self, ids: Iterable[int]) -> None:
        gone = [int(photo_id) for photo_id in ids]
        self.db.write(lambda tx: tx.executemany("DELETE FROM photos WHERE id = ?", [(one,) for one in gone]) and None)
        for one in gone:
            self.truth.pop(one, None)

    def add(self, ids: Iterable[int], vectors: np.ndarray, model: str = MODEL) -> None:
        photo_ids = list(ids)
        self.store.add(model, photo_ids, vectors)
        if model == MODEL:
            self.truth |= dict(zip(photo_ids, vectors.astype(np.float16).astype(np.float32), strict=True))

    @property
    def index(self) -> VectorIndex:
        return self.store.index(MODEL)

    def best(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[list[int], np.ndarray]:
        """By comparing with every vector there should be."""
        ids = [one for one in sorted(self.truth) if allowed is None or (one < len(allowed) and allowed[one])]
        scores = np.array([self.truth[one] @ query for one in ids], np.float32)
        order = np.argsort(-scores, kind="stable")[:k]
        return [ids[at] for at in order], scores[order]

    def reopen(self) -> None:
        """As after a restart."""
        self.store.close()
        self.store = VectorStore(self.db, self.home / ".run")

    def files(self) -> list[Path]:
        return sorted((self.home / ".run" / "vectors").iterdir())

    def close(self) -> None:
        self.store.close()
        self.db.close()
