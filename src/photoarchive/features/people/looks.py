"""How well the faces of a person fit together: which are odd, and whether some look like somebody else altogether.

Reads descriptors of one person when somebody looks at them, never the groups in memory, so it waits for nobody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec
import numpy as np

from photoarchive.catalog.face_columns import FaceColumns
from photoarchive.catalog.face_store import FaceStore
from photoarchive.catalog.people_lists import PeopleLists
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

    def __init__(self, store: FaceStore, faces: FaceColumns, lists: PeopleLists, models: FaceModels) -> None:
        self._store, self._faces, self._lists, self._models = store, faces, lists, models
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
        ids, sure = np.sort(np.array(self._lists.of_person(person_id), np.int64)), self._sure(person_id)
        quality = self._faces.current().quality
        faces = ids.tobytes() + quality[ids[ids < len(quality)]].tobytes() + np.array(sorted(sure), np.int64).tobytes()
        looks = kept.looks if kept is not None and kept.faces == faces else self._look(model_id, limits, ids, sure)
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

    def _look(self, model_id: int, limits: Thresholds, ids: np.ndarray, sure: set[int]) -> Looks:
        seen = self._store.vectors_of(model_id, ids.tolist())
        if len(seen.ids) < 2:
            return Looks()
        said = np.isin(seen.ids, list(sure))
        least = limits.suggest - ODD_MARGIN
        found = parts(seen.vectors.astype(np.float32), seen.good, said, least)
        known = ~np.isnan(found.fit)
        odd = np.flatnonzero(~said & known & ((found.part != 0) | (found.fit < least)))
        place = np.where(found.part[odd] > 0, found.part[odd], len(seen.ids))
        odd = odd[np.lexsort((found.fit[odd], place))]
        others = _others(found, said)
        return Looks(dict(zip(seen.ids[known].tolist(), found.fit[known].tolist(), strict=True)),
                     seen.ids[odd].tolist(), seen.ids[others].tolist())


def _others(found: Parts, said: np.ndarray) -> np.ndarray:
    """(k,) the faces of the largest part that is somebody else's; none where that is one face."""
    free = found.part[~said & (found.part > 0)]
    if not len(free):
        return free
    largest = np.bincount(free).argmax()
    chosen = np.flatnonzero(~said & (found.part == largest))
    return chosen if len(chosen) > 1 else chosen[:0]
