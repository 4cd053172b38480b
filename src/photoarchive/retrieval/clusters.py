"""Visual groups of a view: look vectors in k heaps (spherical k-means), each named by what is seen in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.embedder import unit_rows
from photoarchive.ml.vectors import VectorIndex

Array = npt.NDArray[Any]

FITTED = 8_000              # photos the centres are fitted to; the others only join the nearest
ROUNDS = 12                 # further ones move no more than one photo in a thousand
PART = 20_000               # vectors held at a time
NAMED_BY = 60               # photos nearest the centre whose tags give the name
WORDS = 2                   # labels in a name

Tags = Callable[[Iterable[int]], dict[int, Sequence[str]]]


class Cluster(msgspec.Struct, frozen=True):
    """One heap. photos: nearest its centre first."""

    photos: Array


def clusters(index: VectorIndex, photo_ids: Array, count: int, seed: int = 1) -> list[Cluster]:
    """Photos (n,) that all have a vector → at most `count` heaps, the largest first. The same for the same photos."""
    photo_ids = np.sort(photo_ids.astype(np.int64))
    if not len(photo_ids):
        return []
    chance = np.random.default_rng(seed)
    sample = photo_ids if len(photo_ids) <= FITTED else np.sort(chance.choice(photo_ids, FITTED, replace=False))
    centres = fitted(index.vectors(sample), min(count, len(sample)), chance)
    nearest, closeness = np.zeros(len(photo_ids), np.int64), np.zeros(len(photo_ids), np.float32)
    for start in range(0, len(photo_ids), PART):
        scores = index.vectors(photo_ids[start : start + PART]) @ centres.T
        nearest[start : start + PART] = scores.argmax(axis=1)
        closeness[start : start + PART] = scores.max(axis=1)
    found = []
    for number in range(len(centres)):
        own = np.flatnonzero(nearest == number)
        if len(own):
            found.append(Cluster(photo_ids[own[np.lexsort((photo_ids[own], -closeness[own]))]]))
    return sorted(found, key=lambda cluster: (-len(cluster.photos), int(cluster.photos[0])))


def fitted(vectors: Array, count: int, chance: np.random.Generator) -> Array:
    """Centres (count, d) of unit rows (n, d): begun far apart (k-means++, Arthur and Vassilvitskii 2007)."""
    centres = [vectors[chance.integers(len(vectors))]]
    far = 1 - vectors @ centres[0]
    while len(centres) < count:
        weight = np.maximum(far, 0) ** 2
        total = weight.sum()
        place = chance.choice(len(vectors), p=weight / total) if total > 1e-9 else chance.integers(len(vectors))
        centres.append(vectors[place])
        far = np.minimum(far, 1 - vectors @ centres[-1])
    middle = np.stack(centres)
    for _ in range(ROUNDS):
        nearest = (vectors @ middle.T).argmax(axis=1)
        sums = np.zeros_like(middle)
        np.add.at(sums, nearest, vectors)
        moved = unit_rows(sums)
        empty = ~sums.any(axis=1)
        moved[empty] = middle[empty]
        if np.allclose(moved, middle, atol=1e-4):
            break
        middle = moved
    return middle


def names(found: Sequence[Cluster], tags: Tags) -> list[str]:
    """A name for each heap: the labels that occur more often in it than in the others."""
    counts = []
    for cluster in found:
        seen = tags(cluster.photos[:NAMED_BY].tolist())
        counts.append(Counter(label for labels in seen.values() for label in labels[:2]))
    everywhere: Counter[str] = sum(counts, Counter())
    named: list[str] = []
    for number, own in enumerate(counts):
        score = {label: times * times / everywhere[label] for label, times in own.items() if times > 1}
        best = sorted(score, key=lambda label: (-score[label], label))[:WORDS]
        name = ", ".join(best) if best else f"Group {number + 1}"
        named.append(name[0].upper() + name[1:])
    return named
