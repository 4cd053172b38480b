"""People and faces as lists show them: sections, cards, the faces of a person or a photo, page by page. Only reads."""

from __future__ import annotations

import json
import threading
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.cards import local_time
from photoarchive.catalog.column_layout import NO_TIME, Array
from photoarchive.catalog.database import Database
from photoarchive.catalog.face_columns import Counts, FaceColumns, Person
from photoarchive.catalog.people_edit import BY_FILE, WITH_GROUP, YES
from photoarchive.core.errors import NotFound
from photoarchive.core.paths import display_path

SECTIONS = ("named", "unnamed", "ignored")
ORDERS = ("photos", "name", "recent")
ORIGINS = ("found", "drawn", "file")
SAID = {YES: "yes", WITH_GROUP: "group", BY_FILE: "file"}
THUMB = "/api/people/faces/{}/thumb?size=160"

Box = tuple[float, float, float, float]


class PersonCard(msgspec.Struct, kw_only=True):
    """One person in a list."""

    id: int
    name: str
    label: str
    status: str                         # unknown, named, ignored, merged
    photo_count: int
    face_count: int
    best_quality: float
    latest_face_at: float | None
    representative_face_id: int | None
    representative_image_id: int | None
    representative_bbox: Box | None
    face_thumb_url: str | None
    thumb_url: str | None
    cover_chosen: bool
    questions: int


class FaceCard(msgspec.Struct, kw_only=True):
    """One face. bbox: fractions of the upright picture. similarity, odd: only in lists of one person's faces."""

    id: int
    photo_id: int
    person_id: int | None
    person_name: str
    bbox: Box
    score: float | None
    quality: float
    good: bool
    origin: str
    said: str
    ignored: bool
    similarity: float | None
    odd: bool
    thumb_url: str
    photo_thumb_url: str
    filename: str
    date_taken: str


class _Order(msgspec.Struct, frozen=True):
    """All people of the sections in order, for one revision."""

    key: tuple[Any, ...]
    sections: dict[str, list[int]]


_FACE = """
SELECT f.id, f.photo_id, f.person_id, coalesce(p.name, ''), f.x, f.y, f.w, f.h, f.score, f.quality, f.good, f.origin,
  (SELECT answer FROM face_facts WHERE face_id = f.id AND answer > 0),
  (SELECT person_id FROM face_facts WHERE face_id = f.id AND answer > 0),
  (SELECT name FROM files WHERE id = o.file_id), o.taken_local
FROM faces f LEFT JOIN people p ON p.id = f.person_id LEFT JOIN photos o ON o.id = f.photo_id
"""
_CHOSEN = f"SELECT g.key, q.* FROM json_each(?) g JOIN ({_FACE}) q ON q.id = g.value ORDER BY g.key"
_CARD = """
SELECT p.cover_face_id,
  (SELECT f.id FROM faces f JOIN photos o ON o.id = f.photo_id AND o.state <= 1 AND o.leader_id IS NULL
   WHERE f.person_id = p.id AND f.shown = 1 ORDER BY f.quality DESC, f.id LIMIT 1),
  (SELECT count(*) FROM people_questions WHERE subject = p.id) +
  (SELECT count(*) FROM people_questions WHERE candidate = p.id)
FROM people p WHERE p.id = ?
"""


class PeopleLists:
    """Reads lists. Thread-safe."""

    def __init__(self, db: Database, faces: FaceColumns) -> None:
        self._db, self._faces = db, faces
        self._lock = threading.Lock()
        self._orders: dict[str, _Order] = {}

    # ------------------------------------------------------------------ people

    def section(self, name: str, order: str, text: str = "") -> list[int]:
        """The people of a section in an order; text: only names that hold it."""
        ids = self._ordered(order).sections[name]
        if not text:
            return ids
        people, wanted = self._faces.people(), text.casefold()
        return [person_id for person_id in ids if wanted in people[person_id].name.casefold()]

    def names(self, text: str) -> list[int]:
        """People to offer for what was typed: names that begin so, then those that hold it; most photos first."""
        people, wanted = self._faces.people(), " ".join(text.split()).casefold()
        ids = [i for i in self.section("named", "photos") if wanted in people[i].name.casefold()]
        return sorted(ids, key=lambda i: not people[i].name.casefold().startswith(wanted))

    def cards(self, person_ids: list[int]) -> list[PersonCard]:
        """Cards in the order given. Raises NotFound."""
        counts, people = self._faces.counts(), self._faces.people()
        return [self._card(self._known(person_id, people), counts) for person_id in person_ids]

    def person(self, person_id: int) -> Person:
        """One person's row. Raises NotFound."""
        return self._known(person_id, self._faces.people())

    def _known(self, person_id: int, people: dict[int, Person]) -> Person:
        if person_id not in people:
            raise NotFound(f"There is no person with the id {person_id}.")
        return people[person_id]

    def _ordered(self, order: str) -> _Order:
        key = (self._faces.revision(), self._faces.columns.revision("state", "leader"))
        with self._lock:
            kept = self._orders.get(order)
        if kept is not None and kept.key == key:
            return kept
        made = _Order(key, self._arrange(order))
        with self._lock:
            self._orders[order] = made
        return made

    def _arrange(self, order: str) -> dict[str, list[int]]:
        counts, people = self._faces.counts(), self._faces.people()
        live = [person for person in people.values() if person.merged_into is None]
        ids = np.fromiter((person.id for person in live), np.int64, len(live))
        photos, newest = _at(counts.photos, ids), _at(counts.newest, ids)
        if order == "name":
            names = sorted(range(len(live)), key=lambda i: (live[i].name.casefold(), -int(photos[i]), live[i].id))
            place: Array = np.array(names, np.int64)
        else:
            place = np.lexsort((ids, -newest if order == "recent" else -photos))
        sections: dict[str, list[int]] = {name: [] for name in SECTIONS}
        for i in place.tolist():
            person = live[i]
            if person.name or photos[i] or person.ignored:
                section = "ignored" if person.ignored else "named" if person.name else "unnamed"
                sections[section].append(person.id)
        return sections

    def _card(self, person: Person, counts: Counts) -> PersonCard:
        connection = self._db.read()
        cover, best, questions = connection.execute(_CARD, (person.id,)).fetchone()
        shown = _face_row(connection, cover, person.id) or _face_row(connection, best, person.id)
        top = connection.execute("SELECT quality FROM faces WHERE id = ?", (best or 0,)).fetchone()
        newest = int(_at(counts.newest, np.array([person.id]))[0])
        latest = connection.execute("SELECT found_at FROM faces WHERE id = ?", (newest,)).fetchone()
        status = ("merged" if person.merged_into else "ignored" if person.ignored
                  else "named" if person.name else "unknown")
        return PersonCard(
            id=person.id, name=person.name, label=person.name or "Unnamed", status=status,
            photo_count=int(_at(counts.photos, np.array([person.id]))[0]),
            face_count=int(_at(counts.faces, np.array([person.id]))[0]),
            best_quality=round(top[0], 3) if top else 0.0, latest_face_at=latest[0] if latest else None,
            representative_face_id=shown[0] if shown else None, representative_image_id=shown[1] if shown else None,
            representative_bbox=_box(shown[2:6]) if shown else None,
            face_thumb_url=THUMB.format(shown[0]) if shown else None,
            thumb_url=f"/api/thumb/sm/{shown[1]}" if shown else None,
            cover_chosen=bool(shown and shown[0] == cover), questions=int(questions))

    # ------------------------------------------------------------------ faces

    def faces(self, face_ids: list[int]) -> list[FaceCard]:
        """Faces in the order given; those that no longer exist are left out."""
        rows = self._db.read().execute(_CHOSEN, (json.dumps(face_ids),)).fetchall()
        return [face_card(row[1:]) for row in rows]

    def of_photo(self, photo_id: int) -> list[FaceCard]:
        """The faces of a photo from left to right, ignored ones too."""
        rows = self._db.read().execute(f"{_FACE} WHERE f.photo_id = ? AND f.shown = 1 ORDER BY f.x + f.w / 2, f.id",
                                       (photo_id,)).fetchall()
        return [face_card(row) for row in rows]

    def of_person(self, person_id: int, order: str = "quality") -> list[int]:
        """All faces of a person: "quality" best first, "newest" first found last."""
        faces, counted = self._faces.counted()
        ids = np.flatnonzero((faces.person == person_id) & counted)
        ids = ids[::-1] if order == "newest" else ids[np.lexsort((ids, -faces.quality[ids].astype(np.int64)))]
        mine: list[int] = ids.tolist()
        return mine

    def loose(self, *, ignored: bool) -> Array:
        """Faces of nobody, best first; or those that are ignored, newest first."""
        if ignored:
            return np.array([row[0] for row in self._db.read().execute(
                "SELECT f.id FROM face_facts s JOIN faces f ON f.id = s.face_id WHERE s.person_id = 0 AND s.answer > 0 "
                "AND f.shown = 1 ORDER BY f.id DESC")], np.int64)
        faces, counted = self._faces.counted()
        alone = np.flatnonzero(counted & (faces.person == 0))
        return alone[np.lexsort((alone, -faces.quality[alone].astype(np.int64)))]

    def seen(self, person_id: int) -> tuple[str, str]:
        """The first and the last day a person was photographed, "" where nothing is dated."""
        taken = self._faces.columns["taken"][self._photos(person_id)]
        taken = taken[taken != NO_TIME]
        if not len(taken):
            return "", ""
        first, last = (local_time(int(value)) or "" for value in (taken.min(), taken.max()))
        return first[:10], last[:10]

    def places(self, person_id: int, most: int) -> list[tuple[int, int]]:
        """(place id, photos) where a person was photographed, most first."""
        codes = self._faces.columns["place"][np.unique(self._photos(person_id))]
        found, counts = np.unique(codes[codes > 0], return_counts=True)
        order = np.lexsort((found, -counts))[:most]
        return [(int(found[i]), int(counts[i])) for i in order]

    def _photos(self, person_id: int) -> Array:
        """Photos of the library that show a person, once for each face."""
        faces, counted = self._faces.counted()
        return faces.photo[np.flatnonzero((faces.person == person_id) & counted)]


def face_card(row: tuple[Any, ...]) -> FaceCard:
    """A face from a row of _FACE."""
    (face_id, photo_id, person_id, name, x, y, w, h, score, quality, good, origin, answer, who, filename, taken) = row
    return FaceCard(
        id=face_id, photo_id=photo_id, person_id=person_id, person_name=name, bbox=_box((x, y, w, h)),
        score=None if score is None else round(score, 3), quality=round(quality, 3), good=bool(good),
        origin=ORIGINS[origin], said=SAID.get(answer, "") if who else "", ignored=who == 0, similarity=None, odd=False,
        thumb_url=THUMB.format(face_id), photo_thumb_url=f"/api/thumb/sm/{photo_id}",
        filename=display_path(filename) if filename else "",
        date_taken=local_time(taken) or "" if taken is not None else "")


def _face_row(connection: Any, face_id: int | None, person_id: int) -> tuple[Any, ...] | None:
    if face_id is None:
        return None
    row: tuple[Any, ...] | None = connection.execute(
        "SELECT id, photo_id, x, y, w, h FROM faces WHERE id = ? AND person_id = ? AND shown = 1",
        (face_id, person_id)).fetchone()
    return row


def _box(values: Any) -> Box:
    x, y, w, h = (round(float(value), 5) for value in values)
    return x, y, w, h


def _at(array: Array, ids: Array) -> Array:
    """Values by person id, 0 beyond the end."""
    known = ids < len(array)
    return np.where(known, array[np.where(known, ids, 0)], 0)
