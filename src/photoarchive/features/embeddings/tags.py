"""The filter `tag`: photos by what the bundled model is fairly sure to see in them. Guesses, and called so."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.embeddings import SEPARATOR
from photoarchive.catalog.facet_values import FacetValue
from photoarchive.ml.host import lite_key
from photoarchive.ml.vectors import VectorStore

MOST_LABELS = 4             # of one photo: each has at least a fifth of the probability, and five never do
SHOWN = 200                 # values that are listed
GUESS = " (guess)"          # after the label of a value

Codes = npt.NDArray[np.int16]


class TagFilter:
    """Thread-safe. Keeps the labels of each photo as numbers by photo id, and follows what the embedding job writes."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store
        self._labels: list[str] = []
        self._code: dict[str, int] = {}
        self._codes: Codes = np.zeros((0, MOST_LABELS), np.int16)      # 1 + label; 0: none
        self._revision = -1
        self._lock = threading.Lock()

    def revision(self) -> int:
        """Rises whenever the model has looked at photos."""
        return self._store.index(lite_key()).revision

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos with any of the labels; one that nobody has fits no photo."""
        with self._lock:
            codes = self._current()
            asked = [part.strip() for value in values for part in value.split(",")]
            wanted = [self._code[label] for label in asked if label in self._code]
            mask = np.zeros(columns.rows, bool)
            reach = min(len(mask), len(codes))
            mask[:reach] = np.isin(codes[:reach], wanted).any(axis=1) if wanted else False
            return mask

    def facet(self, mask: Array) -> list[FacetValue]:
        """The labels of the photos of a mask, the most frequent first."""
        return self._values(mask, None)[0]

    def listed(self, mask: Array) -> tuple[list[FacetValue], int]:
        """The most frequent labels, and how many more there are."""
        return self._values(mask, SHOWN)

    def folded(self, name: str) -> str:
        """A label without letter case, and without saying that it is a guess: each does."""
        return name.casefold().removesuffix(GUESS)

    def _values(self, mask: Array, most: int | None) -> tuple[list[FacetValue], int]:
        with self._lock:
            codes = self._current()
            reach = min(len(mask), len(codes))
            counts = np.bincount(codes[:reach][mask[:reach]].ravel(), minlength=len(self._labels) + 1)[1:]
            order = np.argsort(-counts, kind="stable")[:np.count_nonzero(counts)]
            shown = order[:most].tolist()
            values = [FacetValue(self._labels[at], self._labels[at] + GUESS, int(counts[at])) for at in shown]
            return values, len(order) - len(values)

    def _current(self) -> Codes:
        revision = self.revision()
        if revision != self._revision or not self._labels:
            rows = (self._store.embeddings.sure_tags() if self._revision < 0 or not self._labels
                    else self._changed(self._store.index(lite_key()).changed_since(self._revision)))
            if rows:
                self._reach(max(photo_id for photo_id, _ in rows))
            for photo_id, text in rows:
                codes = [self._number(label) for label in text.split(SEPARATOR)[:MOST_LABELS] if label]
                self._codes[photo_id] = [*codes, *[0] * (MOST_LABELS - len(codes))]
            self._revision = revision
        return self._codes

    def _changed(self, photo_ids: npt.NDArray[np.int64]) -> list[tuple[int, str]]:
        """The labels of these photos now; none for one without."""
        found = dict.fromkeys(photo_ids.tolist(), "")
        return list((found | self._store.embeddings.sure_of(photo_ids.tolist())).items())

    def _number(self, label: str) -> int:
        if label not in self._code:
            self._labels.append(label)
            self._code[label] = len(self._labels)
        return self._code[label]

    def _reach(self, photo_id: int) -> None:
        more = photo_id + 1 - len(self._codes)
        if more > 0:
            self._codes = np.concatenate([self._codes, np.zeros((more + len(self._codes) // 2, MOST_LABELS), np.int16)])
