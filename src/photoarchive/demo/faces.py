"""Made-up faces for a synthetic library: half as many as photos, of people who are seen often and seldom.

Descriptors lie around a centre per person as those of real faces do, so grouping, questions and filters have something
true to work on. What is stored is what scans, grouping and naming would have left.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.people_groups import GROUPED_KEY, Grouped
from photoarchive.core.clock import now
from photoarchive.ml.face_files import BUNDLED, BUNDLED_THRESHOLDS, DESCRIPTOR

SEED = 41
DIMENSION = 128
PART = 50_000               # faces per transaction
FACES_PER_PERSON = 60       # on average; a few are seen thousands of times
STRANGERS = 0.2             # of the faces: people seen once
POOR = 0.15
NAMED = 300                 # of the people, those seen most
IGNORED = 20
FALLING = 0.9               # how quickly people are seen less: the n-th most seen one 1 / n ** FALLING as often
NEAREST, FARTHEST = 0.5, 1.0    # length of the noise around a person's centre
FIRST_NAMES = ("Ana", "Theo", "Maja", "Jonas", "Lena", "Emil", "Nora", "Paul", "Ida", "Finn", "Clara", "Oskar", "Mila",
               "Anton", "Greta", "Leo", "Elsa", "Noah", "Alma", "Karl")
LAST_NAMES = ("Berg", "Lind", "Costa", "Novak", "Moreau", "Rossi", "Silva", "Kaya", "Haas", "Olsen", "Weber", "Dubois",
              "Ito", "Kowalski", "Okafor")

Report = Callable[[int, int, str], None]


class MadeFaces(msgspec.Struct, frozen=True):
    """photo (n,) from 1, person (n,) from 1 with 0 for a stranger, good (n,), vectors (n, 128) float16."""

    photo: Array
    person: Array
    good: Array
    vectors: Array
    people: int


def made_vectors(person: Array, chance: np.random.Generator) -> Array:
    """Unit descriptors, float16: those of one number from 1 lie around one centre; 0: each somewhere."""
    centres = chance.standard_normal((int(person.max(initial=0)) + 1, DIMENSION), np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = np.empty((len(person), DIMENSION), np.float16)
    for start in range(0, len(person), PART):
        part = person[start:start + PART]
        noise = chance.standard_normal((len(part), DIMENSION), np.float32)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        own = np.where((part > 0)[:, None], centres[part], 0)
        made = own + noise * chance.uniform(NEAREST, FARTHEST, len(part)).astype(np.float32)[:, None]
        vectors[start:start + PART] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return vectors


def invent_faces(photos: int, count: int) -> MadeFaces:
    """So many faces in so many photos; nobody is twice in one photo."""
    chance = np.random.default_rng(SEED)
    people = max(2, count // FACES_PER_PERSON)
    often = 1 / np.arange(1, people + 1) ** FALLING
    person = chance.choice(people, count, p=often / often.sum()) + 1
    person[chance.random(count) < STRANGERS] = 0
    photo = np.sort(chance.integers(1, photos + 1, count))
    pair = np.unique(photo.astype(np.int64) * (people + 1) + person, return_index=True)[1]
    twice = np.ones(count, bool)
    twice[pair] = False
    person[twice] = 0
    return MadeFaces(photo, person, chance.random(count) >= POOR, made_vectors(person, chance), people)


def store_faces(db: Database, photos: int, report: Report) -> None:
    """Faces, descriptors, people, names; about half a minute for 500,000 faces."""
    count = max(2, photos // 2)
    made = invent_faces(photos, count)
    seen = np.bincount(made.person[made.good & (made.person > 0)], minlength=made.people + 1)
    stands = seen >= 2
    stands[0] = False
    db.write(lambda tx: _store_people(tx, made.people, stands))
    for start in range(0, count, PART):
        db.write(lambda tx, start=start: _store_part(tx, made, stands, start))      # type: ignore[misc]
        report(min(start + PART, count), count, "faces")
    grouped = Grouped(1, count, BUNDLED_THRESHOLDS.link, BUNDLED_THRESHOLDS.suggest)
    db.write(lambda tx: tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)",
                                   (GROUPED_KEY, msgspec.json.encode(grouped).decode())))
    db.write(lambda tx: tx.execute("ANALYZE"))


def _store_people(tx: Transaction, people: int, stands: Array) -> None:
    tx.execute("INSERT INTO face_models VALUES (1, ?, 'YuNet + SFace')", (f"{BUNDLED}:{DESCRIPTOR[1][:8]}",))
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    at = now()
    tx.executemany(
        "INSERT INTO people (id, name, ignored, kept, created_at) VALUES (?, ?, ?, ?, ?)",
        [(person, names[person - 1] if person <= NAMED else "", int(NAMED < person <= NAMED + IGNORED),
          int(person <= NAMED + IGNORED), at) for person in range(1, people + 1) if stands[person]])


def _store_part(tx: Transaction, made: MadeFaces, stands: Array, start: int) -> None:
    chance = np.random.default_rng(SEED + start)
    stop = min(start + PART, len(made.photo))
    photo, person = made.photo[start:stop].tolist(), made.person[start:stop]
    known = np.where(stands[person], person, 0).tolist()
    good, at = made.good[start:stop].tolist(), now()
    side = chance.uniform(0.05, 0.3, stop - start).tolist()
    left, top = chance.uniform(0, 0.7, (2, stop - start)).tolist()
    quality = np.where(made.good[start:stop], chance.uniform(0.4, 1, stop - start), 0.15).tolist()
    ids = range(start + 1, stop + 1)
    tx.executemany(
        "INSERT INTO faces (id, photo_id, x, y, w, h, score, quality, good, found_at, group_id, person_id) "
        "VALUES (?, ?, ?, ?, ?, ?, 0.94, ?, ?, ?, ?, ?)",
        ((face, photo[i], left[i], top[i], side[i], side[i], quality[i], good[i], at, *(2 * (known[i] or None,)))
         for i, face in enumerate(ids)))
    tx.executemany("INSERT INTO face_descriptors VALUES (1, ?, ?)",
                   ((face, made.vectors[face - 1].tobytes()) for face in ids))
    tx.executemany("INSERT INTO face_facts VALUES (?, ?, 2)",
                   ((face, known[i]) for i, face in enumerate(ids) if 0 < known[i] <= NAMED + IGNORED))
