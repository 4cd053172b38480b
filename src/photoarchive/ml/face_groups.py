"""Groups of faces as they stand, in memory, and where a new face belongs: the rule of `face_clusters`, step by step.

A group is the sum of its good faces' descriptors; a face alone is a group of one. A new face is compared with every
group once (an int8 pass over one prototype each), then exactly with the best few, so it costs the same however many
faces a person has. Owns no table: what changed is returned and stored by others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.face_clusters import needed
from photoarchive.ml.face_model import Thresholds

Array = npt.NDArray[Any]

SHORTLIST = 48          # groups compared exactly
QUESTIONS = 3           # kept of one group
GROWTH = 1.5
NOBODY = 0


class Face(msgspec.Struct, frozen=True):
    """One face to be placed. group_id, person: where the catalog has it (0: nowhere). named: by what the user said."""

    id: int
    photo_id: int
    good: bool
    vector: Array
    group_id: int = 0
    person: int = NOBODY
    refused: tuple[int, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """Two groups that may be one person: a face of each."""

    face: int
    other: int
    similarity: float


class Placed(msgspec.Struct):
    """What placing did. moved: face → group id; of a group all faces belong together. questions: worth asking."""

    moved: dict[int, int] = msgspec.field(default_factory=dict)
    questions: list[Question] = msgspec.field(default_factory=list)


class FaceGroups:
    """All groups of one model. Not thread-safe: its owner holds a lock."""

    def __init__(self, dimension: int, thresholds: Thresholds) -> None:
        self.dimension, self.thresholds = dimension, thresholds
        self.named: set[int] = set()            # people that hold what the user said: never joined with each other
        self._slots = 0
        self._sums = np.zeros((64, dimension), np.float32)
        self._codes = np.zeros((64, dimension), np.int8)
        self._good = np.zeros(64, np.float32)   # good faces; a slot without any uses its only face as prototype
        self._size = np.zeros(64, np.int32)
        self._person = np.zeros(64, np.int64)
        self._group_id = np.zeros(64, np.int64)
        self._some = np.zeros(64, np.int64)     # one of its faces
        self._slot_of_group: dict[int, int] = {}
        self._refused: dict[int, set[int]] = {}
        self._slot = np.full(64, -1, np.int32)  # by face id
        self._photo = np.zeros(64, np.uint32)
        self._is_good = np.zeros(64, bool)
        self._apart: dict[int, set[int]] = {}
        self._free: list[int] = []
        self._last_group = 0

    # ------------------------------------------------------------------ what there is

    @property
    def count(self) -> int:
        """Faces."""
        return int(np.count_nonzero(self._slot >= 0))

    def holds(self, face_id: int) -> bool:
        """Whether a face is known."""
        return face_id < len(self._slot) and self._slot[face_id] >= 0

    def members(self, face_id: int) -> Array:
        """Ids of the faces in the group of a face, ascending."""
        return np.flatnonzero(self._slot == self._slot[face_id])

    def group_of(self, face_id: int) -> int:
        """The id of a face's group."""
        return int(self._group_id[self._slot[face_id]])

    def person_of(self, face_id: int) -> int:
        """The person of a face's group; 0: none."""
        return int(self._person[self._slot[face_id]])

    def established(self, slot: int) -> bool:
        """Whether a group stands for a person: named, or two good faces."""
        return bool(self._person[slot] in self.named or self._good[slot] >= 2)

    # ------------------------------------------------------------------ taking in

    def load(self, ids: Array, photos: Array, good: Array, *, groups: Array, people: Array, vectors: Array) -> None:
        """Take in faces where the catalog has them, joining nothing; only once. groups (n,): group id, 0 for none."""
        self._last_group = max(0, int(groups.max(initial=0)))
        own = np.where(groups != 0, groups, self._last_group + np.arange(1, len(ids) + 1))
        self._last_group += len(ids)
        names, place = np.unique(own, return_inverse=True)
        self._reserve_faces(int(ids.max(initial=0)))
        self._reserve_slots(len(names))
        self._slots = len(names)
        self._slot[ids], self._photo[ids], self._is_good[ids] = place, photos, good
        self._group_id[:len(names)] = names
        self._some[place] = ids
        self._person[place] = people
        self._slot_of_group = dict(zip(names.tolist(), range(len(names)), strict=True))
        np.add.at(self._size, place, 1)
        np.add.at(self._good, place[good], 1)
        order = np.argsort(place[good], kind="stable")
        filled, first = np.unique(place[good][order], return_index=True)
        if len(filled):
            self._sums[filled] = np.add.reduceat(vectors[good][order].astype(np.float32), first, axis=0)
        empty = np.flatnonzero(self._good[place] == 0)
        self._sums[place[empty]] = vectors[empty]
        self._encode(np.arange(len(names)))

    def add(self, faces: Iterable[Face]) -> Placed:
        """Place new faces. One that the catalog has in a group goes there; the others where they belong."""
        placed = Placed()
        chosen = [face for face in faces if not self.holds(face.id)]
        slots = [self._put(face, self._slot_of_group.get(face.group_id)) for face in chosen]
        for face, slot in zip(chosen, slots, strict=True):
            if not face.group_id and self._size[slot]:
                self._settle(slot, placed)
        return placed

    def take_out(self, face_id: int, vector: Array) -> None:
        """Forget a face; its group goes on without it."""
        if not self.holds(face_id):
            return
        slot = int(self._slot[face_id])
        self._slot[face_id] = -1
        self._size[slot] -= 1
        if self._size[slot] == 0:
            self._drop(slot)
            return
        if self._some[slot] == face_id:
            self._some[slot] = np.argmax(self._slot == slot)
        if self._is_good[face_id]:
            self._good[slot] -= 1
            if self._good[slot] > 0:
                self._sums[slot] -= vector
        self._encode(np.array([slot]))

    def set_person(self, group_id: int, person: int) -> None:
        """A group belongs to somebody (else) now."""
        slot = self._slot_of_group.get(group_id)
        if slot is not None:
            self._person[slot] = person

    def refuse(self, face_id: int, people: Iterable[int]) -> None:
        """A face, and so its group, is not one of these people."""
        self._refused.setdefault(int(self._slot[face_id]), set()).update(people)

    def keep_apart(self, pairs: Iterable[tuple[int, int]]) -> None:
        """These pairs of faces are not one person; nothing else keeps single faces apart from now on."""
        self._apart = {}
        for one, other in pairs:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def reconsider(self, face_id: int) -> Placed:
        """See again what the group of a face may join, and what is worth asking."""
        placed = Placed()
        if self.holds(face_id):
            self._settle(int(self._slot[face_id]), placed)
        return placed

    def questions_of(self, person: int, most: int) -> list[Question]:
        """What may belong to a person: the groups nearest to each of theirs."""
        found: dict[int, Question] = {}
        for slot in np.flatnonzero(self._person[:self._slots] == person)[:8].tolist():
            for other, similarity, allowed in self._nearest(slot, most):
                if allowed and similarity >= self.thresholds.suggest:
                    question = self._question(slot, other, similarity)
                    found.setdefault(question.other, question)
        return sorted(found.values(), key=lambda one: -one.similarity)[:most]

    # ------------------------------------------------------------------ joining

    def _settle(self, slot: int, placed: Placed) -> None:
        """Join a group with what it belongs to, one after the other, then note what may belong to it."""
        candidates = self._nearest(slot, SHORTLIST)
        while True:
            joinable = [(self._margin(slot, other), other) for other, _, allowed in candidates
                        if allowed and other != slot and self._size[other] > 0]
            best = max(((margin, other) for margin, other in joinable if margin >= 0), default=None)
            if best is None:
                break
            slot = self._join(slot, best[1], placed)
            others = [other for other, _, _ in candidates if other != slot and self._size[other] > 0]
            candidates = [(other, mean := self._mean(slot, other), self._worth(slot, other, mean)) for other in others]
        for other, similarity, allowed in candidates:
            if len(placed.questions) < QUESTIONS and allowed and similarity >= self.thresholds.suggest:
                placed.questions.append(self._question(slot, other, similarity))

    def _margin(self, slot: int, other: int) -> float:
        """How far above the threshold two groups are; negative: not one person."""
        if not (self._good[slot] and self._good[other]) and not (self.established(slot) or self.established(other)):
            return -1.0                             # a poor face founds no group
        sizes = max(1.0, float(self._good[slot])), max(1.0, float(self._good[other]))
        return self._mean(slot, other) - float(needed(self.thresholds.link, *sizes))

    def _join(self, slot: int, other: int, placed: Placed) -> int:
        """One group of two; the larger keeps its id, a named one before it. Returns its slot."""
        weight = [(self._person[one] in self.named, int(self._person[one] != NOBODY), int(self._size[one]), -one)
                  for one in (slot, other)]
        keep, gone = (slot, other) if weight[0] >= weight[1] else (other, slot)
        faces = np.flatnonzero(self._slot == gone)
        self._slot[faces] = keep
        if self._good[gone] or not self._good[keep]:
            self._sums[keep] = self._sums[keep] + self._sums[gone] if self._good[keep] else self._sums[gone]
        self._good[keep] += self._good[gone]
        self._size[keep] += self._size[gone]
        self._person[keep] = self._person[keep] or self._person[gone]
        if gone in self._refused:
            self._refused.setdefault(keep, set()).update(self._refused.pop(gone))
        self._drop(gone)
        self._encode(np.array([keep]))
        group_id = int(self._group_id[keep])
        if self._size[keep] == 2:                   # the other one was alone until now
            faces = np.flatnonzero(self._slot == keep)
        for face_id in faces.tolist():
            placed.moved[face_id] = group_id
        return keep

    def _nearest(self, slot: int, most: int) -> list[tuple[int, float, bool]]:
        """The groups most like one: (slot, mean cosine, whether they may be one), nearest first."""
        import simsimd

        if self._slots < 2:
            return []
        distance = np.asarray(simsimd.cdist(self._codes[slot:slot + 1], self._codes[:self._slots], "cosine"))[0]
        distance[slot] = np.inf
        distance[self._size[:self._slots] == 0] = np.inf
        few = np.argpartition(distance, min(most, self._slots - 1))[:most] if most < self._slots \
            else np.arange(self._slots)
        few = few[np.isfinite(distance[few]) & (distance[few] < 1.0 - self.thresholds.suggest + 0.02)]
        found = [(int(other), self._mean(slot, int(other))) for other in few]
        return [(other, mean, self._worth(slot, other, mean)) for other, mean in sorted(found, key=lambda one: -one[1])]

    def _worth(self, slot: int, other: int, mean: float) -> bool:
        """Whether two groups are alike enough to be one person, and nothing keeps them apart."""
        return mean >= self.thresholds.suggest and self._allowed(slot, other)

    def _mean(self, slot: int, other: int) -> float:
        """Mean cosine of the pairs of two groups."""
        sizes = max(1.0, float(self._good[slot])) * max(1.0, float(self._good[other]))
        return float(self._sums[slot] @ self._sums[other]) / sizes

    def _allowed(self, slot: int, other: int) -> bool:
        """Not two named people, nothing refused, no photo with a face of both."""
        one, two = int(self._person[slot]), int(self._person[other])
        if one in self.named and two in self.named and one != two:
            return False
        if two in self._refused.get(slot, ()) or one in self._refused.get(other, ()):
            return False
        small, large = (slot, other) if self._size[slot] <= self._size[other] else (other, slot)
        return not self._said_apart(small, large) and not self._meet(small, large)

    def _said_apart(self, slot: int, other: int) -> bool:
        if not self._apart:
            return False
        return any(self.holds(face) and self._slot[face] == slot and self.holds(two) and self._slot[two] == other
                   for face, others in self._apart.items() for two in others)

    def _meet(self, small: int, large: int) -> bool:
        """Whether a photo shows a face of each, or another face of the person of one of them."""
        faces = np.flatnonzero(self._slot == small) if self._size[small] > 1 else self._some[small:small + 1]
        photos = np.unique(self._photo[faces])
        beside = np.isin(self._photo, photos) if len(photos) > 1 else self._photo == photos[0]
        there = self._slot[np.flatnonzero(beside)]
        there = there[there >= 0]
        if (there == large).any():
            return True
        person, own = int(self._person[large]), int(self._person[small])
        if person not in (NOBODY, own) and (self._person[there] == person).any():
            return True
        if own not in (NOBODY, person):
            theirs = self._photo[np.flatnonzero(self._slot == large)]
            shared = np.isin(theirs, self._photo[self._of_person(own)])
            return bool(shared.any())
        return False

    def _of_person(self, person: int) -> Array:
        mine = np.flatnonzero(self._person[:self._slots] == person)
        return np.flatnonzero(np.isin(self._slot, mine))

    def _question(self, slot: int, other: int, similarity: float) -> Question:
        return Question(int(self._some[slot]), int(self._some[other]), similarity)

    # ------------------------------------------------------------------ room

    def _put(self, face: Face, slot: int | None) -> int:
        """A face into a group, or into a new one of its own."""
        self._reserve_faces(face.id)
        if slot is None:
            slot = self._free.pop() if self._free else self._slots
            self._reserve_slots(slot + 1)
            self._slots = max(self._slots, slot + 1)
            self._last_group = max(self._last_group + 1, face.group_id)
            self._group_id[slot] = face.group_id or self._last_group
            self._slot_of_group[int(self._group_id[slot])] = slot
            self._person[slot] = face.person
        self._slot[face.id], self._photo[face.id], self._is_good[face.id] = slot, face.photo_id, face.good
        self._size[slot] += 1
        self._some[slot] = face.id
        if face.good:
            self._sums[slot] = self._sums[slot] + face.vector if self._good[slot] else face.vector
            self._good[slot] += 1
        elif self._size[slot] == 1:
            self._sums[slot] = face.vector
        if face.refused:
            self._refused.setdefault(slot, set()).update(face.refused)
        self._encode(np.array([slot]))
        return slot

    def _drop(self, slot: int) -> None:
        self._slot_of_group.pop(int(self._group_id[slot]), None)
        self._refused.pop(slot, None)
        self._sums[slot], self._codes[slot] = 0.0, 0
        self._good[slot], self._size[slot], self._person[slot], self._group_id[slot] = 0, 0, NOBODY, 0
        self._free.append(slot)

    def _encode(self, slots: Array) -> None:
        """Prototypes as int8; a cosine does not mind the scale."""
        sums = self._sums[slots]
        largest = np.maximum(np.abs(sums).max(axis=1, keepdims=True), 1e-9)
        self._codes[slots] = np.rint(sums * (127.0 / largest)).astype(np.int8)

    def _reserve_faces(self, face_id: int) -> None:
        if face_id >= len(self._slot):
            more = max(face_id + 1, int(len(self._slot) * GROWTH)) - len(self._slot)
            self._slot = np.concatenate([self._slot, np.full(more, -1, np.int32)])
            self._photo = np.concatenate([self._photo, np.zeros(more, np.uint32)])
            self._is_good = np.concatenate([self._is_good, np.zeros(more, bool)])

    def _reserve_slots(self, count: int) -> None:
        if count > len(self._size):
            more = max(count, int(len(self._size) * GROWTH)) - len(self._size)
            for name in ("_sums", "_codes", "_good", "_size", "_person", "_group_id", "_some"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))
