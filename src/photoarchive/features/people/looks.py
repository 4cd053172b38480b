"""How well the faces of a person fit together: which are odd, and whether some look like somebody else altogether.

Reads descriptors of one person when somebody looks at them, never the groups in memory, so it waits for nobody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.face_columns import GOOD, FaceColumns
from photoarchive.catalog.face_store import FaceStore
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.features.people.models import FaceModels
from photoarchive.ml.face_model import Thresholds
from photoarchive.ml.face_parts import Parts, parts

ODD_MARGIN = 0.06       # a face is odd when it fits its person's others less than a question would ask for, by so much
KEPT = 256              # people


class Looks(msgspec.Struct, frozen=True):
    """fits: face → mean cosine with the person's other faces. odd: faces that look unlike them, not said to be theirs,
    those most worth seeing first. others: of these, the most that look like one other person; empty: nobody else.
    """

    fits: dict[int, float] = msgspec.field(default_factory=dict)
    odd: list[int] = msgspec.field(default_factory=list)
    others: list[int] = msgspec.field(default_factory=list)


class _Seen(msgspec.Struct, frozen=True):
    """What was found of a person, and for which faces and answers."""

    revision: int
    faces: bytes
    looks: Looks


class FaceLooks:
    """Finds it out, and keeps it while nothing changes. Thread-safe."""

    def __init__(self, store: FaceStore, faces: FaceColumns, models: FaceModels) -> None:
        self._store, self._faces, self._models = store, faces, models
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int, Thresholds], _Seen] = OrderedDict()

    def of(self, person_id: int) -> Looks:
        """The faces of one person. While the model in use cannot be read nothing is known of them."""
        try:
            model_id, limits = self._models.model_id(), self._models.thresholds()
        except PhotoArchiveError:
            return Looks()
        key, revision = (person_id, model_id, limits), self._faces.revision()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept.revision == revision:
            return kept.looks
        arrays, counted = self._faces.counted()
        mine, sure = np.flatnonzero((arrays.person == person_id) & counted), self._sure(person_id)
        faces = mine.tobytes() + arrays.quality[mine].tobytes() + np.array(sorted(sure), np.int64).tobytes()
        looks = kept.looks if kept is not None and kept.faces == faces else self._look(key, mine, arrays.bits, sure)
        with self._lock:
            self._kept[key] = _Seen(revision, faces, looks)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return looks

    def _sure(self, person_id: int) -> set[int]:
        """Faces that are theirs whatever they look like: those somebody said so of, one by one, and a chosen cover."""
        person, said = self._faces.people().get(person_id), self._faces.said_yes(person_id)
        return said | {person.cover_face_id} if person and person.cover_face_id else said

    def _look(self, key: tuple[int, int, Thresholds], mine: Array, bits: Array, sure: set[int]) -> Looks:
        _, model_id, limits = key
        ids, vectors = self._store.looks_of(model_id, mine)
        if len(ids) < 2:
            return Looks()
        said, good = np.isin(ids, list(sure)), (bits[ids] & GOOD) != 0
        least = limits.suggest - ODD_MARGIN
        found = parts(vectors.astype(np.float32), good, said, least)
        known = ~np.isnan(found.fit)
        odd = np.flatnonzero(~said & known & ((found.part != 0) | (found.fit < least)))
        place = np.where(found.part[odd] > 0, found.part[odd], len(ids))
        odd = odd[np.lexsort((found.fit[odd], place))]
        others = _others(found, said)
        return Looks(dict(zip(ids[known].tolist(), found.fit[known].tolist(), strict=True)),
                     ids[odd].tolist(), ids[others].tolist())


def _others(found: Parts, said: Array) -> Array:
    """(k,) the faces of the largest part that is somebody else's; none where that is one face."""
    free = found.part[~said & (found.part > 0)]
    if not len(free):
        return free
    largest = np.bincount(free).argmax()
    chosen = np.flatnonzero(~said & (found.part == largest))
    return chosen if len(chosen) > 1 else chosen[:0]
