"""From a search text to scored photos: language, text, meaning, kept results and cut-off put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from photoarchive.catalog.query import Query
from photoarchive.catalog.view import ScoredSet
from photoarchive.ml.embedder import Embedder


@dataclass(frozen=True)
class Found:
    """What a search found, of the whole archive; filters of the view around it are not applied.

    mode: "semantic", "metadata" (text only) or "fused". model: model_key of the vectors, "" without. cached: the
    archive was not scored anew. deep: the scores come from the deep model. hints: sentences about parts of the text.
    """

    scored: ScoredSet
    mode: str
    model: str
    cached: bool
    deep: bool = False
    hints: tuple[str, ...] = ()
    reasons: dict[int, Any] = field(default_factory=dict)


class Searcher:
    """Answers searches. Thread-safe."""

    def find(self, query: Query) -> Found:
        """Photos for query.q, best first."""
        raise NotImplementedError

    def words_of(self, text: str) -> str:
        """The words of a search (its filters left out) as vectors and results are kept under; "" if it has none."""
        raise NotImplementedError

    def deepen(self, text: str, embedder: Embedder) -> int:
        """Score the archive for a saved or used term by the deep model and keep vector and result.

        From then on find() answers this text by the deep vectors, with new ones scored on top; the model need not be
        loaded for that. Returns how many photos were found; 0 when the index of the model is empty or the text has no
        words. Takes as long as one query vector and one pass over the vectors.
        """
        raise NotImplementedError

    def is_deep(self, text: str, model: str) -> bool:
        """Whether find() has results of this deep model for the text (they may lack vectors made since)."""
        raise NotImplementedError
