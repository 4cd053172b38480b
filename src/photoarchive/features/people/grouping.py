"""Keeps the groups of faces right: new faces find their place, what was said moves them, everything anew when due.

Owns the groups in memory (ml.face_groups) and when they are made again. Follows what people say in a thread of its
own, so that the next question already knows the last answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_store import FaceStore, Vectors
from photoarchive.catalog.people_groups import (
    GROUPED_KEY,
    Grouped,
    Limits,
    Pair,
    end_regrouping,
    loosen,
    read_limits,
    said_of,
    store_found,
    store_groups,
    store_pairs,
)
from photoarchive.catalog.people_questions import forget, sweep
from photoarchive.features.people.found_groups import Found, apart, batches, found_groups, joined, subset
from photoarchive.features.people.models import FaceModels
from photoarchive.ml.face_clusters import Clusters, clusters
from photoarchive.ml.face_groups import Face, FaceGroups, Placed
from photoarchive.ml.face_model import Thresholds

log = logging.getLogger(__name__)

ASKED_OF_A_PERSON = 24      # questions looked for after an answer about somebody
GROWN = 1.25                # so many times the faces of the last grouping from scratch: do it again
AT_ONCE = 256               # faces or pairs stored in one change
STORED_AT_ONCE = 2_000      # faces of a grouping from scratch stored in one change
FEW_FACES = 20              # before that many new faces it is not worth it


class Grouping:
    """The groups of one archive. Thread-safe."""

    def __init__(self, db: Database, store: FaceStore, models: FaceModels) -> None:
        self._db, self._store, self._models = db, store, models
        self._lock = threading.RLock()
        self._groups: FaceGroups | None = None
        self._limits: Limits | None = None      # what was said, as far as it was heeded
        self._said = 0                          # rises with everything that is said
        self._heeded = -1                       # `_said` before the limits were read
        self._made_for: tuple[int, Thresholds] | None = None
        self._wake = threading.Condition()
        self._waiting: list[int] = []
        self._busy = self._closed = False
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------------ after a scan

    def place(self, face_ids: Iterable[int]) -> None:
        """New faces, or known ones seen anew, find their groups."""
        with self._lock:
            groups = self._ready()
            self._take(groups, self._store.vectors_of(self._models.model_id(), face_ids))

    # ------------------------------------------------------------------ after an answer

    def heard(self, face_ids: tuple[int, ...]) -> None:
        """Something was said of these faces (writer's thread): follow soon, in our own thread."""
        with self._wake:
            if self._closed:
                return
            self._waiting += face_ids
            self._said += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="people-grouping", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until everything said so far is followed. False when that takes longer."""
        with self._wake:
            return self._wake.wait_for(lambda: self._closed or not (self._waiting or self._busy), timeout)

    def close(self) -> None:
        """Stop following."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(5.0)

    def _serve(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                faces, self._waiting, self._busy = list(dict.fromkeys(self._waiting)), [], True
            try:
                self.follow(faces)
            except Exception:
                if not self._closed:
                    log.exception("Following what was said of faces failed; the next grouping makes it good")
            with self._wake:
                self._busy = False
                self._wake.notify_all()

    def follow(self, face_ids: list[int]) -> None:
        """Bring the groups in memory in line with what was said of faces, and look for what to ask next."""
        with self._lock:
            groups = self._ready()
            limits = self._heed(groups)
            seen = self._store.vectors_of(self._models.model_id(), face_ids)
            self._take(groups, seen, limits, again=True)
            self._ask_next(groups, seen.ids)

    def _ask_next(self, groups: FaceGroups, face_ids: Array) -> None:
        """What is worth asking of the people these faces belong to now."""
        people = {groups.person_of(int(face_id)) for face_id in face_ids if groups.holds(int(face_id))} - {0}
        pairs = [Pair(one.face, one.other, one.similarity) for person in people
                 for one in groups.questions_of(person, ASKED_OF_A_PERSON)]
        limits = groups.thresholds

        def write(tx: Transaction) -> None:
            forget(tx, [*people, *(-int(face_id) for face_id in face_ids)])
            store_pairs(tx, pairs, limits.link, limits.suggest)

        self._db.write(write)

    def _take(self, groups: FaceGroups, seen: Vectors, limits: Limits | None = None, *, again: bool = False) -> None:
        """Put faces where the catalog has them, or where they belong; store what came of it."""
        limits = limits or self._heed(groups)
        faces = []
        for place, face_id in enumerate(seen.ids.tolist()):
            vector = seen.vectors[place].astype(np.float32)
            group, person = int(seen.groups[place]), int(seen.people[place])
            if groups.holds(face_id):
                if group and groups.group_of(face_id) == group:
                    groups.set_person(group, person)
                    continue
                if not again and not group:
                    continue
                groups.take_out(face_id, vector)
            faces.append(Face(face_id, int(seen.photos[place]), bool(seen.good[place]), vector, group, person,
                              limits.refused.get(face_id, ())))
        placed = Placed()
        by_photo: dict[int, list[Face]] = {}
        for face in faces:
            by_photo.setdefault(face.photo_id, []).append(face)
        for photo in by_photo.values():
            one = groups.add(photo)
            placed.moved.update(one.moved)
            placed.questions += one.questions
        self._store_placed(groups, placed)

    def _store_placed(self, groups: FaceGroups, placed: Placed) -> None:
        if not placed.moved and not placed.questions:
            return
        pairs = [Pair(one.face, one.other, one.similarity) for one in placed.questions]
        limits = groups.thresholds

        def write(tx: Transaction) -> dict[int, int]:
            with self._wake:                    # we are in the writer's thread: nothing more is said before our commit
                newly_said = set(self._waiting)     # these stay where the answer put them, until we follow it
            owners = store_groups(tx, {face: group for face, group in placed.moved.items() if face not in newly_said})
            forget(tx, [-face_id for face_id in placed.moved])
            store_pairs(tx, pairs, limits.link, limits.suggest)
            return owners

        for group_id, person in self._db.write(write).items():
            groups.set_person(group_id, person)

    # ------------------------------------------------------------------ the groups in memory

    def _ready(self) -> FaceGroups:
        """The groups of the model in use, read from the catalog when there are none yet."""
        wanted = (self._models.model_id(), self._models.thresholds())
        if self._groups is None or self._made_for != wanted:
            self._groups = self._read(*wanted)
            self._made_for = wanted
        return self._groups

    def _read(self, model_id: int, thresholds: Thresholds) -> FaceGroups:
        parts = list(self._store.vectors(model_id))
        dimension = parts[0].vectors.shape[1] if parts else self._models.model().dimension
        groups = FaceGroups(dimension, thresholds)
        if parts:
            whole = joined(parts)
            groups.load(whole.ids, whole.photos, whole.good, groups=whole.groups, people=whole.people,
                        vectors=whole.vectors)
        self._heed(groups, everything=True)
        return groups

    def _heed(self, groups: FaceGroups, *, everything: bool = False) -> Limits:
        """Tell the groups what was said, if that is news."""
        said, limits = self._said, self._limits
        if limits is not None and self._heeded == said and not everything:
            return limits
        limits = self._limits = read_limits(self._db)
        self._heeded = said         # what is said while we read is heeded next time
        groups.named = set(limits.named)
        groups.keep_apart(limits.apart)
        if everything:
            for face_id, people in limits.refused.items():
                if groups.holds(face_id):
                    groups.refuse(face_id, people)
        return limits

    def forget(self) -> None:
        """Read the groups again when they are needed next."""
        with self._lock:
            self._groups = None

    # ------------------------------------------------------------------ from scratch

    def due(self) -> bool:
        """Whether everything should be grouped anew: another model, other thresholds, many more faces."""
        faces = int(self._db.read().execute("SELECT count(*) FROM face_descriptors WHERE model_id = ?",
                                            (self._models.model_id(),)).fetchone()[0])
        if not faces:
            return False
        now, last = self._now(faces), self._last()
        if last is None:
            return True
        if (last.model, last.link, last.suggest, last.method) != (now.model, now.link, now.suggest, now.method):
            return True
        return faces >= last.faces * GROWN and faces >= last.faces + FEW_FACES

    def _now(self, faces: int) -> Grouped:
        limits = self._models.thresholds()
        return Grouped(self._models.model_id(), faces, limits.link, limits.suggest)

    def _last(self) -> Grouped | None:
        text = self._db.meta(GROUPED_KEY)
        try:
            return msgspec.json.decode(text, type=Grouped) if text else None
        except msgspec.DecodeError:
            return None

    def regroup(self) -> Generator[None, None, None]:
        """Group all faces from scratch; yields between pieces of work. Nothing changes before all groups are found, and
        nothing more once something is said meanwhile: the result would not know it. It is due again then.
        """
        model_id, thresholds = self._models.model_id(), self._models.thresholds()
        heeded, limits = self._said, read_limits(self._db)
        parts = []
        for part in self._store.vectors(model_id):
            parts.append(part)
            yield
        if parts:
            whole = joined(parts)
            said = said_of(self._db, whole.ids)
            good = np.flatnonzero(whole.good | (said > 0))
            result = yield from clusters(whole.vectors[good].astype(np.float32), said[good],
                                         apart(whole, good, said, limits), thresholds)
            found = Found(subset(whole, good), result, said[good], heeded)
            if not (yield from self._store_all(found, whole)):
                return
            yield from self._ask(whole.ids[good], result, thresholds)
            yield from self._place_rest(whole, good)
        done = Grouped(model_id, sum(len(part.ids) for part in parts), thresholds.link, thresholds.suggest)
        self._db.write(lambda tx: tx.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (GROUPED_KEY, msgspec.json.encode(done).decode())))

    def _store_all(self, found: Found, whole: Vectors) -> Generator[None, None, bool]:
        """The result becomes the groups: people keep their id where most of their faces went. False: it is too old.

        A few thousand faces at a time, so that nobody else's change waits for all. Between two changes everything is as
        it may be: killed there, the grouping is due again.
        """
        groups = found_groups(found)
        loose = np.setdiff1d(whole.ids, np.concatenate([group.faces for group in groups]) if groups else [])
        pieces: list[Callable[[Transaction], bool]] = [
            lambda tx, some=some: loosen(tx, some)                                          # type: ignore[misc]
            for some in np.split(loose, range(STORED_AT_ONCE, len(loose), STORED_AT_ONCE))]
        pieces += [lambda tx, some=some: store_found(tx, some, STORED_AT_ONCE)              # type: ignore[misc]
                   for some in batches(groups, STORED_AT_ONCE)]
        for store in pieces:
            while not (stored := self._store_piece(store, found.heeded)):
                if stored is None:
                    return False
                yield
            yield
        self._db.write(end_regrouping)
        return True

    def _store_piece(self, store: Callable[[Transaction], bool], heeded: int) -> bool | None:
        """One change of a new grouping. False: the same again; None: something was said."""
        def write(tx: Transaction) -> bool | None:
            if self._said != heeded:
                return None
            tx.execute("DELETE FROM meta WHERE key = ?", (GROUPED_KEY,))    # due until all of it is stored
            return store(tx)

        with self._lock:
            stored = self._db.write(write)
            self._groups = None
        return stored

    def _ask(self, ids: Array, result: Clusters, limits: Thresholds) -> Generator[None, None, None]:
        """Note what is worth asking, a few pairs at a time: nobody else's change waits for all of them."""
        one, other, similarity = result.questions.one, result.questions.other, result.questions.similarity
        for start in range(0, len(one), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            pairs = [Pair(*row) for row in zip(ids[one[some]].tolist(), ids[other[some]].tolist(),
                                               similarity[some].tolist(), strict=True)]
            self._db.write(lambda tx, pairs=pairs: store_pairs(tx, pairs, limits.link, limits.suggest))  # type: ignore[misc]
            yield
        self._db.write(sweep)

    def _place_rest(self, whole: Vectors, good: Array) -> Generator[None, None, None]:
        """Faces that found no group of their own join those that stand now. Answers are followed in between."""
        rest = np.delete(whole.ids, good)
        for start in range(0, len(rest), AT_ONCE):
            with self._lock:
                groups, placed = self._ready(), Placed()
                self._heed(groups)
                for face_id in rest[start:start + AT_ONCE].tolist():
                    if groups.holds(face_id):
                        one = groups.reconsider(face_id)
                        placed.moved.update(one.moved)
                        placed.questions += one.questions
                self._store_placed(groups, placed)
            yield
