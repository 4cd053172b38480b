"""What a grouping from scratch found, ready to be stored: which groups stand, whose they are, in which order.

Pure arithmetic on what was read and what `ml.face_clusters` made of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.face_store import Vectors
from photoarchive.catalog.people_groups import FoundGroup, Limits
from photoarchive.ml.face_clusters import Apart, Clusters


class Found(msgspec.Struct, frozen=True):
    """What a grouping from scratch came to, before it is stored."""

    faces: Vectors
    result: Clusters
    said: Array
    heeded: int             # Grouping._said when it began


def found_groups(found: Found) -> list[FoundGroup]:
    """The groups that stand, the large ones last: what leaves them has left then, and they go on as they were."""
    root, ids = found.result.root, found.faces.ids
    size = np.bincount(root, minlength=len(root))
    label = np.zeros(len(root), np.int64)
    np.maximum.at(label, root, found.said)
    standing = (size[root] >= 2) | (label[root] > 0)
    owner = _owners(root, standing, label, found.faces.people)
    rows = np.flatnonzero(standing)
    rows = rows[np.lexsort((root[rows], size[root[rows]]))]
    first = np.flatnonzero(np.diff(root[rows], prepend=-1))
    return [FoundGroup(ids[rows[start:stop]], int(owner[root[rows[start]]]))
            for start, stop in zip(first.tolist(), [*first[1:].tolist(), len(rows)], strict=True)] if len(rows) else []


def batches(groups: list[FoundGroup], most: int) -> Iterator[list[FoundGroup]]:
    """Whole groups of together at most so many faces; a larger group is alone."""
    batch, faces = list[FoundGroup](), 0
    for group in groups:
        if batch and faces + len(group.faces) > most:
            yield batch
            batch, faces = [], 0
        batch.append(group)
        faces += len(group.faces)
    if batch:
        yield batch


def _owners(root: Array, standing: Array, label: Array, before: Array) -> Array:
    """(n,) by root: the person of each group: whom it was said to be, else the one most of its faces had before; each
    earlier person goes to one group only. 0: a new one is needed.
    """
    owner = np.where(standing & (root == np.arange(len(root))), label, 0)
    had = np.flatnonzero(standing & (label[root] == 0) & (before > 0))
    key, counts = np.unique(root[had] * (int(before.max(initial=0)) + 1) + before[had], return_counts=True)
    groups, people = np.divmod(key, int(before.max(initial=0)) + 1)
    taken = set(label[label > 0].tolist())
    for place in np.lexsort((people, groups, -counts)).tolist():
        group, person = int(groups[place]), int(people[place])
        if owner[group] == 0 and person not in taken:
            owner[group] = person
            taken.add(person)
    return owner


def apart(whole: Vectors, good: Array, said: Array, limits: Limits) -> Apart:
    """What keeps the chosen faces apart, as rows: two faces of a photo (unless the user said otherwise), refusals."""
    ids, photos, said = whole.ids[good], whole.photos[good], said[good]
    order = np.argsort(photos, kind="stable")
    pairs: list[Array] = []
    for step in range(1, len(order)):
        same = np.flatnonzero(photos[order[step:]] == photos[order[:-step]])
        if not len(same):
            break
        one, other = order[same], order[same + step]
        allowed = (said[one] > 0) & (said[one] == said[other])
        pairs.append(np.stack([one[~allowed], other[~allowed]], axis=1))
    row = {face: place for place, face in enumerate(ids.tolist())}
    pairs += [np.array([[row[one], row[other]]]) for one, other in limits.apart if one in row and other in row]
    refusals = [(row[face], person) for face, people in limits.refused.items() if face in row for person in people]
    return Apart(np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64),
                 np.array(refusals, np.int64).reshape(-1, 2))


def joined(parts: list[Vectors]) -> Vectors:
    """All parts as one."""
    return Vectors(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("ids", "photos", "good", "groups", "people", "vectors")))


def subset(whole: Vectors, rows: Array) -> Vectors:
    """Some faces, without their descriptors."""
    return Vectors(whole.ids[rows], whole.photos[rows], whole.good[rows], whole.groups[rows], whole.people[rows],
                   whole.vectors[:0])
