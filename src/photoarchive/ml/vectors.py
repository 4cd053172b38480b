"""Vectors of photos and the search among them: one store, one index per model. SQLite (catalog.embeddings) is the truth
in float16; beside it lies a memory-mapped int8 matrix by photo id, made from it and made again whenever it does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.database import Database

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class VectorIndex:
    """All vectors of one model. Thread-safe; a vector is found as soon as `VectorStore.add` returns."""

    model: str          # model_key
    dimension: int

    @property
    def count(self) -> int:
        """How many photos have a vector."""
        raise NotImplementedError

    @property
    def revision(self) -> int:
        """Rises with every added, replaced or removed vector; kept over restarts."""
        raise NotImplementedError

    def top(self, query: npt.NDArray[Any], k: int, allowed: Mask | None = None) -> tuple[Ids, Scores]:
        """The k best photos for a query (d,), best first; allowed: by photo id, False or beyond its end: left out.

        Scores are exact (float16 vectors); the choice is made by int8 and holds ≥ 98 % of the exact best 50.
        """
        raise NotImplementedError

    def scores(self, query: npt.NDArray[Any], ids: npt.NDArray[Any]) -> Scores:
        """Exact scores of these photos, in the order asked; 0 for a photo without a vector."""
        raise NotImplementedError

    def all_scores(self, query: npt.NDArray[Any]) -> tuple[Ids, Scores]:
        """All photos with a vector, ascending, and their scores at int8 accuracy: for cut-offs and masks."""
        raise NotImplementedError

    def vectors(self, ids: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """(n, d) in the order asked; zeros for a photo without a vector."""
        raise NotImplementedError

    def having(self) -> Ids:
        """Photos with a vector, ascending."""
        raise NotImplementedError

    def changed_since(self, revision: int) -> Ids:
        """Photos whose vector came, changed or went after this revision, ascending."""
        raise NotImplementedError


class VectorStore:
    """The vectors of all models of a catalog. Thread-safe."""

    def __init__(self, db: Database, run_dir: Path) -> None:
        self._db, self._run_dir = db, run_dir

    def models(self) -> list[str]:
        """Keys of the models that have vectors."""
        raise NotImplementedError

    def index(self, model: str) -> VectorIndex:
        """The index of a model; an empty one if it has no vectors yet."""
        raise NotImplementedError

    def add(self, model: str, photo_ids: Sequence[int] | npt.NDArray[Any], vectors: npt.NDArray[Any]) -> None:
        """Keep one vector (row) per photo, in place of an earlier one; those of deleted photos are left out."""
        raise NotImplementedError
