"""Every face as numpy arrays by face id: in which photo, whose, of what kind. What filters, counts and lists read.

A copy of `faces`, read when somebody first asks and patched after each commit that touched the group "people" (ids of
photos). Also the people themselves, by id. Owns no table.
"""

from __future__ import annotations

import json
import re
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import MISSING, Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction

GROUP = "people"            # what changes are told as; a group without columns
SHOWN, GOOD, IGNORED = np.uint8(1), np.uint8(2), np.uint8(4)
SAID = np.uint8(8)          # the user said of this very face who it is
MANY_PHOTOS = 5_000         # from here on everything is read again

_FACES = """
SELECT f.id AS id, f.photo_id AS photo, coalesce(f.person_id, 0) AS person,
  (f.shown != 0) | (f.good << 1) | coalesce((
    SELECT CASE WHEN person_id = 0 THEN 4 WHEN answer = 1 THEN 8 ELSE 0 END FROM face_facts
    WHERE face_id = f.id AND answer > 0), 0) AS bits,
  CAST(round(f.quality * 255) AS INTEGER) AS quality
FROM faces f
"""
_JOINED = ("SELECT group_concat(id, ' '), group_concat(photo, ' '), group_concat(person, ' '), "
           f"group_concat(bits, ' '), group_concat(quality, ' ') FROM ({_FACES} WHERE f.id BETWEEN ? AND ?)")
_RANGE = 100_000


class Person(msgspec.Struct, frozen=True):
    """One person as its row has it."""

    id: int
    name: str
    ignored: bool
    merged_into: int | None
    cover_face_id: int | None


class Counts(msgspec.Struct, frozen=True):
    """By person id: photos and faces of the library, and the newest face."""

    photos: Array
    faces: Array
    newest: Array


class FaceColumns:
    """The arrays. Thread-safe."""

    def __init__(self, db: Database, columns: Columns) -> None:
        self._db, self.columns = db, columns
        self._lock = threading.RLock()
        self._loaded = False
        self._dirty: list[Array] = []
        self._stale_people = True
        self._people: dict[int, Person] = {}
        self._counts: tuple[tuple[int, ...], Counts] | None = None
        self._counted: tuple[tuple[int, ...], FaceArrays, Array] | None = None
        self._revision = columns.revision_now
        self._allocate(1024)
        db.after_commit(self._note)

    def revision(self) -> int:
        """Rises whenever a face or a person changed."""
        return self._revision

    # ------------------------------------------------------------------ arrays

    def current(self) -> FaceArrays:
        """The arrays as they are now. Read them, never write to them."""
        with self._lock:
            self._catch_up()
            size = self._size
            return FaceArrays(self._photo[:size], self._person[:size], self._bits[:size], self._quality[:size])

    def people(self) -> dict[int, Person]:
        """All people by id, merged ones too."""
        with self._lock:
            if self._stale_people:
                self._stale_people = False
                rows = self._db.read().execute("SELECT id, name, ignored, merged_into, cover_face_id FROM people")
                self._people = {row[0]: Person(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows}
            return self._people

    def ids_named(self, text: str) -> tuple[int, ...]:
        """People of this name, ignoring case; else those with a word of their name that begins so."""
        wanted = " ".join(text.split()).casefold()
        named = [(person.name.casefold(), person.id) for person in self.people().values()
                 if person.name and person.merged_into is None]
        exact = tuple(sorted(person_id for name, person_id in named if name == wanted))
        starts = re.compile(r"\b" + re.escape(wanted)) if wanted else None
        return exact or tuple(sorted(person_id for name, person_id in named if starts and starts.search(name)))

    def resolve(self, person_id: int) -> int:
        """The person this one was merged into, or itself."""
        people, steps = self.people(), 0
        while (person := people.get(person_id)) and person.merged_into and steps < 1_000:
            person_id, steps = person.merged_into, steps + 1
        return person_id

    def said_yes(self, person_id: int) -> set[int]:
        """Faces of which somebody said, one by one, that they are this person."""
        faces = self.current()
        return set(np.flatnonzero((faces.person == person_id) & ((faces.bits & SAID) != 0)).tolist())

    def confirmed(self, person_id: int) -> int:
        """How many those are."""
        return len(self.said_yes(person_id))

    def counts(self) -> Counts:
        """Photos and faces of each person; photos that are not in the library do not count."""
        key = (self._revision, self.columns.revision("state", "leader"))
        kept = self._counts
        if kept is None or kept[0] != key:
            kept = self._counts = (key, self._count())      # without the lock: filters hold the columns'
        return kept[1]

    def _count(self) -> Counts:
        faces = self.current()
        chosen = np.flatnonzero(faces.belonging())
        photo = self.shown_photo(faces.photo[chosen])
        inside = photo > 0
        chosen, photo = chosen[inside], photo[inside]
        person = faces.person[chosen].astype(np.int64)
        size = int(person.max(initial=0)) + 1
        newest = np.zeros(size, np.int64)
        np.maximum.at(newest, person, chosen)
        pairs = first_of_each(person, photo)
        return Counts(np.bincount(person[pairs], minlength=size), np.bincount(person, minlength=size), newest)

    def shown_photo(self, photos: Array) -> Array:
        """(n,) each photo itself; 0: it is not in the library, or rests as a part while its leader has the faces."""
        columns = self.columns
        with columns.lock:
            known = photos < columns.rows
            ids = np.where(known, photos, 0).astype(np.int64)
            return np.where(known & (columns["leader"][ids] == 0) & (columns["state"][ids] <= MISSING), ids, 0)

    def counted(self) -> tuple[FaceArrays, Array]:
        """The arrays, and of each face whether it counts: shown, not ignored, of a photo in the library."""
        key = (self._revision, self.columns.revision("state", "leader"))
        kept = self._counted
        if kept is None or kept[0] != key:
            faces = self.current()
            kept = self._counted = (key, faces, faces.visible() & (self.shown_photo(faces.photo) > 0))
        return kept[1], kept[2]

    # ------------------------------------------------------------------ following

    def _note(self, tx: Transaction) -> None:
        if GROUP not in tx.changes.whole and GROUP not in tx.changes.photos:
            return
        with self._lock:
            self._stale_people = True
            self._revision = self.columns.revision_now
            if GROUP in tx.changes.whole:
                self._loaded, self._dirty = False, []
            elif self._loaded:
                self._dirty += tx.changes.photos[GROUP]

    def _catch_up(self) -> None:
        if not self._loaded:
            self._loaded, self._dirty = True, []
            self._load()
        elif self._dirty:
            photos, self._dirty = distinct(*self._dirty), []
            if len(photos) > MANY_PHOTOS:
                self._load()
            else:
                self._patch(photos)

    def _load(self) -> None:
        connection = self._db.read()
        last = int(connection.execute("SELECT coalesce(max(id), 0) FROM faces").fetchone()[0])
        self._allocate(last + 1)
        self._size = last + 1
        for first in range(1, last + 1, _RANGE):
            row = connection.execute(_JOINED, (first, first + _RANGE - 1)).fetchone()
            if row[0]:
                self._set([np.fromstring(text, np.int64, sep=" ") for text in row])

    def _patch(self, photos: Array) -> None:
        gone = np.flatnonzero(np.isin(self._photo[:self._size], photos))
        for array in (self._photo, self._person, self._bits, self._quality):
            array[gone] = 0
        rows = self._db.read().execute(f"{_FACES} WHERE f.photo_id IN (SELECT value FROM json_each(?))",
                                       (json.dumps(photos.tolist()),)).fetchall()
        if rows:
            self._set(list(np.array(rows, np.int64).T))

    def _set(self, parts: list[Array]) -> None:
        ids, photo, person, bits, quality = parts
        highest = int(ids.max())
        if highest >= len(self._photo):
            for name in ("_photo", "_person", "_bits", "_quality"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros(highest * 3 // 2 + 1 - len(old), old.dtype)]))
        self._size = max(self._size, highest + 1)
        self._photo[ids], self._person[ids], self._bits[ids], self._quality[ids] = photo, person, bits, quality

    def _allocate(self, size: int) -> None:
        self._size = 1
        self._photo, self._person = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        self._bits, self._quality = np.zeros(size, np.uint8), np.zeros(size, np.uint8)


class FaceArrays(msgspec.Struct, frozen=True):
    """One element per face id; photo 0: there is no such face. person 0: nobody knows. quality: 0–255."""

    photo: Array
    person: Array
    bits: Array
    quality: Array

    def visible(self) -> Array:
        """(n,) faces that count: shown and not ignored."""
        shown: Array = (self.bits & (SHOWN | IGNORED)) == SHOWN
        return shown

    def belonging(self) -> Array:
        """(n,) those that are somebody's."""
        mine: Array = self.visible() & (self.person > 0)
        return mine


def first_of_each(person: Array, photo: Array) -> Array:
    """Places (k,) that hold each pair of person and photo once: two faces of one person in a photo are one photo."""
    key = person.astype(np.int64) << 32 | photo.astype(np.int64)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    return order[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(key) else order
