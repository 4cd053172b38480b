"""Whether the faces of one person look like several people: how well each fits, and the parts they fall into.

Parts are made as groups are (`face_clusters`), of this person's faces alone and with a lower threshold: what stays
apart then would not even be worth a question. Pure arithmetic.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.face_clusters import small_clusters
from photoarchive.ml.face_model import Thresholds

Array = npt.NDArray[Any]

MOST_COMPARED = 256         # faces compared each with each; of more, so many spread evenly stand for all
SMALLEST_PART = 2           # faces: one alone may be a bad photo


class Parts(msgspec.Struct, frozen=True):
    """part (n,): 0 for the person, from 1 for what looks like somebody else, the largest first; -1: like neither.
    fit (n,): mean cosine with the other faces of part 0, NaN where there are none.
    """

    part: Array
    fit: Array


def parts(vectors: Array, good: Array, sure: Array, least: float) -> Parts:
    """How n faces of one person fit together. vectors (n, d) float32 unit rows; good (n,): those that may found a part;
    sure (n,): those somebody said are the person, so their part is part 0; least: the cosine two parts are apart below.
    """
    founding = np.flatnonzero(good | sure)
    part = np.full(len(vectors), -1, np.int64)
    if not len(founding):
        return Parts(part, np.full(len(vectors), np.nan, np.float32))
    groups = _groups(vectors, founding, sure, least)
    sums = np.stack([vectors[rows].sum(axis=0) for rows in groups])
    sizes = np.array([len(rows) for rows in groups], np.float32)
    means = vectors @ (sums / sizes[:, None]).T
    for place, rows in enumerate(groups):
        part[rows] = place
    fit = means[:, 0].copy()
    fit[groups[0]] = (means[groups[0], 0] * sizes[0] - 1) / (sizes[0] - 1) if sizes[0] > 1 else np.nan
    loose = np.flatnonzero(part < 0)
    near = means[loose].argmax(axis=1)
    part[loose] = np.where(means[loose, 0] >= least, 0, np.where(means[loose, near] >= least, near, -1))
    part[sure] = 0
    return Parts(part, fit)


def _groups(vectors: Array, founding: Array, sure: Array, least: float) -> list[Array]:
    """The rows of each part, the person's own first; faces that are alone belong to none, unless all are."""
    chosen = founding[np.unique(np.linspace(0, len(founding) - 1, MOST_COMPARED).astype(np.int64))] \
        if len(founding) > MOST_COMPARED else founding
    root = small_clusters(vectors[chosen], Thresholds(least, least))
    groups = [chosen[root == one] for one in np.unique(root)]
    large = [rows for rows in groups if len(rows) >= SMALLEST_PART] or [founding]
    large.sort(key=lambda rows: (-int(sure[rows].sum()), -len(rows), int(rows[0])))
    if len(chosen) < len(founding) and len(large) > 1:
        large = _everyone(vectors, founding, large)
    return [large[0], *sorted(large[1:], key=lambda rows: (-len(rows), int(rows[0])))]


def _everyone(vectors: Array, founding: Array, groups: list[Array]) -> list[Array]:
    """The same parts with all faces, each where it fits best."""
    centres = np.stack([vectors[rows].mean(axis=0) for rows in groups])
    nearest = (vectors[founding] @ centres.T).argmax(axis=1)
    return [founding[nearest == place] for place in range(len(groups)) if (nearest == place).any()]
