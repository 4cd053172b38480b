"""Visual groups of a view: middles found by k-means of the look vectors, each group named by what is seen in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.embeddings import Tag
from photoarchive.ml.embedder import unit_rows
from photoarchive.ml.vectors import VectorIndex
from photoarchive.retrieval.visual_groups import VisualGroups, name_of

Array = npt.NDArray[Any]

FITTED = 8_000              # photos the centres are fitted to; the others only join the nearest
ROUNDS = 12                 # further ones move no more than one photo in a thousand
NAMED_BY = 60               # photos nearest the centre whose tags give the name
WORDS = 2                   # labels in a name

SURE, VERY_SURE = 0.2, 0.5  # probability from which a guess names anything; where faces are, it is mostly clothes
PEOPLE = "people"

Tags = Callable[[Iterable[int]], Mapping[int, Sequence[Tag]]]


class Cluster(msgspec.Struct, frozen=True):
    """One group. photos: nearest its middle first; middle: the photo that stands for it; name: in addresses."""

    photos: Array
    middle: int
    name: str


def clusters(index: VectorIndex, groups: VisualGroups, photo_ids: Array, count: int, seed: int = 1) -> list[Cluster]:
    """Photos (n,) that all have a vector → at most `count` groups, the largest first. The same for the same photos."""
    photo_ids = np.sort(photo_ids.astype(np.int64))
    if not len(photo_ids):
        return []
    chance = np.random.default_rng(seed)
    sample = photo_ids if len(photo_ids) <= FITTED else np.sort(chance.choice(photo_ids, FITTED, replace=False))
    parted = groups.parted(middles(sample, index.vectors(sample), min(count, len(sample)), chance))
    photo_ids = photo_ids[photo_ids < len(parted.place)]        # one may have gone meanwhile
    found = []
    for number, middle in enumerate(parted.middles):
        own = photo_ids[parted.place[photo_ids] == number]
        if len(own):
            own = own[np.lexsort((own, -parted.closeness[own]))]
            found.append(Cluster(own, middle, name_of(middle, parted.middles)))
    return sorted(found, key=lambda cluster: (-len(cluster.photos), int(cluster.photos[0])))


def middles(photo_ids: Array, vectors: Array, count: int, chance: np.random.Generator) -> list[int]:
    """Of photos (n,) with unit vectors (n, d), the ones nearest to each of `count` centres; each once."""
    scores = vectors @ fitted(vectors, count, chance).T
    return list(dict.fromkeys(photo_ids[scores.argmax(axis=0)].tolist()))


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
        sums = (nearest == np.arange(len(middle))[:, None]).astype(np.float32) @ vectors
        moved = unit_rows(sums)
        empty = ~sums.any(axis=1)
        moved[empty] = middle[empty]
        if np.allclose(moved, middle, atol=1e-4):
            break
        middle = moved
    return middle


def names(found: Sequence[Cluster], tags: Tags, has_faces: Array) -> list[str]:
    """A title for each group: the labels that occur more often in it than in the others.

    has_faces (rows,) bool by photo id: what shows people is called that.
    """
    counts = []
    for cluster in found:
        near = cluster.photos[:NAMED_BY]
        faces = set(near[has_faces[near]].tolist())
        counts.append(Counter(label for photo, guesses in tags(near.tolist()).items()
                              for label in _labels(guesses, photo in faces)))
    everywhere: Counter[str] = sum(counts, Counter())
    named: list[str] = []
    for number, own in enumerate(counts):
        score = {label: times * times / everywhere[label] for label, times in own.items() if times > 1}
        best = sorted(score, key=lambda label: (-score[label], label))[:WORDS]
        name = ", ".join(best) if best else f"Group {number + 1}"
        named.append(name[0].upper() + name[1:])
    return named


def _labels(guesses: Sequence[Tag], is_of_people: bool) -> list[str]:
    least = VERY_SURE if is_of_people else SURE
    return [PEOPLE] * is_of_people + [guess.label for guess in guesses[:WORDS] if guess.probability >= least]
