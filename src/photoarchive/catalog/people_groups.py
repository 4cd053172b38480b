"""Groups of faces as the catalog keeps them: which faces belong together, to whom, and what keeps them apart.

Writes the derived columns of `faces` (group, person), people nobody named yet, and the questions. What the user said
is only read: a group never takes a face from the person it was said to be.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_columns import GROUP
from photoarchive.catalog.people_edit import MANY, resolve
from photoarchive.catalog.people_questions import put
from photoarchive.core.clock import now

GROUPED_KEY = "people_grouped"      # in `meta`: what the last grouping from scratch was made with
METHOD = 1                          # raise when groups would be made otherwise: they are then made again
NAMED_FIRST = 4.0                   # worth of a question about a named person, added
Side = tuple[int, bool, int]        # of a question: a person, or minus a face; whether named; faces


class Grouped(msgspec.Struct):
    """What the last grouping from scratch was made with; kept in `meta`."""

    model: int
    faces: int
    link: float
    suggest: float
    method: int = METHOD


class Limits(msgspec.Struct, frozen=True):
    """What was said and keeps faces apart. named: people that hold facts. refused: face → people it is not.
    apart: pairs of faces that are not one person.
    """

    named: frozenset[int]
    refused: dict[int, tuple[int, ...]]
    apart: tuple[tuple[int, int], ...]


class FoundGroup(msgspec.Struct):
    """A group that a grouping from scratch found: its faces (n,), and whose it is; 0: somebody new."""

    faces: Array
    person: int


class Pair(msgspec.Struct, frozen=True):
    """Two faces whose groups may be one person."""

    face: int
    other: int
    similarity: float


def read_limits(db: Database) -> Limits:
    """Everything that was said, with merged people resolved."""
    connection = db.read()
    merged = dict(connection.execute("SELECT id, merged_into FROM people WHERE merged_into IS NOT NULL").fetchall())

    def final(person: int) -> int:
        steps = 0
        while person in merged and steps < 1_000:
            person, steps = merged[person], steps + 1
        return person

    named = {row[0] for row in connection.execute("SELECT id FROM people WHERE name != '' OR ignored = 1")}
    named |= {row[0] for row in connection.execute("SELECT DISTINCT person_id FROM face_facts WHERE answer > 0")}
    refused: dict[int, set[int]] = {}
    for face_id, person in connection.execute("SELECT face_id, person_id FROM face_facts WHERE answer = 0"):
        refused.setdefault(face_id, set()).add(final(person))
    apart = connection.execute("SELECT -other, -one FROM people_apart WHERE other < 0").fetchall()
    return Limits(frozenset(map(final, named)) - {0}, {face: tuple(people) for face, people in refused.items()},
                  tuple(apart))


def said_of(db: Database, face_ids: Array) -> Array:
    """(n,) the person a face was said to be; 0: nobody said so."""
    connection = db.read()
    rows = connection.execute("SELECT face_id, person_id FROM face_facts WHERE answer > 0 AND person_id > 0").fetchall()
    merged = {person: person for _, person in rows}
    for person in merged:
        merged[person] = _resolved(db, person)
    said = {face: merged[person] for face, person in rows}
    return np.fromiter((said.get(face, 0) for face in face_ids.tolist()), np.int64, len(face_ids))


def _resolved(db: Database, person: int) -> int:
    connection = db.read()
    for _ in range(1_000):
        row = connection.execute("SELECT merged_into FROM people WHERE id = ?", (person,)).fetchone()
        if row is None or row[0] is None:
            break
        person = int(row[0])
    return person


def store_groups(tx: Transaction, moved: Mapping[int, int]) -> dict[int, int]:
    """Faces join groups: face → group id. A group nobody owns gets a new person. Returns group id → person."""
    owners: dict[int, int] = {}
    left: set[int] = set()
    faces_of: dict[int, list[int]] = {}
    for face_id, group_id in moved.items():
        faces_of.setdefault(group_id, []).append(face_id)
    for group_id, faces in faces_of.items():
        row = tx.execute("SELECT person_id FROM faces WHERE group_id = ? AND person_id IS NOT NULL LIMIT 1",
                         (group_id,)).fetchone()
        owners[group_id] = resolve(tx, row[0]) if row else _owner_among(tx, faces)
        for face_id in faces:
            left.update(row[0] for row in tx.execute(
                "SELECT person_id FROM faces WHERE id = ? AND person_id != ?", (face_id, owners[group_id])))
            tx.execute("UPDATE faces SET group_id = ?, person_id = ? WHERE id = ? AND NOT EXISTS "
                       "(SELECT 1 FROM face_facts WHERE face_id = faces.id AND answer > 0 AND person_id != ?)",
                       (group_id, owners[group_id], face_id, owners[group_id]))
    drop_empty(tx, left)
    _tell(tx, moved)
    return owners


def _owner_among(tx: Transaction, faces: Sequence[int]) -> int:
    """The person most of these faces have, else a new one nobody has named."""
    counts: dict[int, int] = {}
    for face_id in faces:
        row = tx.execute("SELECT person_id FROM faces WHERE id = ? AND person_id IS NOT NULL", (face_id,)).fetchone()
        if row:
            counts[row[0]] = counts.get(row[0], 0) + 1
    if counts:
        return max(counts, key=lambda person: (counts[person], -person))
    return new_person(tx)


def new_person(tx: Transaction) -> int:
    """A person that grouping made."""
    return int(tx.execute("INSERT INTO people (created_at) VALUES (?) RETURNING id", (now(),)).fetchone()[0])


def drop_empty(tx: Transaction, people: Iterable[int]) -> None:
    """Take away people without faces of whom nobody spoke."""
    tx.executemany("DELETE FROM people WHERE id = ? AND kept = 0 AND name = '' AND NOT EXISTS "
                   "(SELECT 1 FROM faces WHERE person_id = people.id)", [(person,) for person in people])


def loosen(tx: Transaction, faces: Array) -> bool:
    """These faces (n,) of whom nothing was said are in no group and nobody's. True: that was all of them."""
    at = _where(tx, faces.tolist())
    _move(tx, [(0, 0, face_id) for face_id, (group, person, _) in at.items() if group or person], at)
    return True


def store_found(tx: Transaction, groups: Sequence[FoundGroup], most: int) -> bool:
    """Take over groups found from scratch; at most so many faces move. False: some are left, so do it again.

    A group keeps the id of the largest of those before it that it takes in wholly and whose person is its own, else it
    gets a new one. So a group is one person's at any moment, however far this has come, and what is right is not
    written again.
    """
    at = _where(tx, [face_id for found in groups for face_id in found.faces.tolist()])
    own = [Counter(at[face_id][0] for face_id in found.faces.tolist()
                   if face_id in at and at[face_id][1] == found.person != 0) for found in groups]
    sizes = Counter(dict(tx.execute(
        "SELECT group_id, count(*) FROM faces WHERE group_id IN (SELECT value FROM json_each(?)) GROUP BY group_id",
        (json.dumps([group for inside in own for group in inside]),)).fetchall()))
    known = _people(tx, {found.person for found in groups})
    highest = int(tx.execute("SELECT max(group_id) FROM faces WHERE group_id IS NOT NULL").fetchone()[0] or 0)
    moves: list[tuple[int, int, int]] = []
    for found, inside in zip(groups, own, strict=True):
        if found.person not in known:               # none yet, or it went while we were grouping
            found.person = new_person(tx)
        group = _kept_id(inside, sizes)
        if not group:
            group = highest = max(highest, 0) + 1
        moving = [face_id for face_id in found.faces.tolist()
                  if face_id in at and at[face_id][:2] != (group, found.person)]
        sizes.subtract(at[face_id][0] for face_id in moving)    # what they leave may be wholly another one's then
        moves += [(group, found.person, face_id) for face_id in moving]
    _move(tx, moves[:most], at)
    return len(moves) <= most


def end_regrouping(tx: Transaction) -> None:
    """All groups are stored: people who have no faces left go unless somebody spoke of them, and all questions."""
    tx.execute("DELETE FROM people WHERE kept = 0 AND name = '' AND NOT EXISTS "
               "(SELECT 1 FROM faces WHERE person_id = people.id)")
    tx.execute("DELETE FROM people_questions")
    tx.changes.touch_all(GROUP)


def _kept_id(inside: Mapping[int, int], sizes: Mapping[int, int]) -> int:
    """The largest group of which all faces are inside; 0: none is. inside: faces by group, 0 for none."""
    whole = [group for group, count in inside.items() if group and sizes[group] == count]
    return max(whole, key=lambda group: (inside[group], -group), default=0)


def _where(tx: Transaction, face_ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """Face → its group (0 for none), its person (0 for none) and its photo, of those that are still there."""
    rows = tx.execute("SELECT f.id, coalesce(f.group_id, 0), coalesce(f.person_id, 0), f.photo_id "
                      "FROM json_each(?) g CROSS JOIN faces f ON f.id = g.value", (json.dumps(face_ids),))
    return {row[0]: row[1:] for row in rows}


def _people(tx: Transaction, people: Iterable[int], where: str = "1") -> set[int]:
    """Those of these people that are there."""
    return {row[0] for row in tx.execute(
        f"SELECT id FROM people WHERE id IN (SELECT value FROM json_each(?)) AND {where}", (json.dumps(list(people)),))}


def _move(tx: Transaction, moves: Sequence[tuple[int, int, int]], at: Mapping[int, tuple[int, int, int]]) -> None:
    """Faces go to groups and people: (group, person, face), 0 for none. at: where they are."""
    tx.executemany("UPDATE faces SET group_id = nullif(?, 0), person_id = nullif(?, 0) WHERE id = ?", moves)
    pairs = [(at[face_id][2], at[face_id][1], person) for _, person, face_id in moves]
    named = _people(tx, {one for _, *both in pairs for one in both}, "name != ''")
    tx.changes.touch("text", sorted({photo for photo, before, person in pairs
                                     if before != person and (before in named or person in named)}))
    tx.changes.touch(GROUP, sorted({photo for photo, *_ in pairs}))


def store_pairs(tx: Transaction, pairs: Iterable[Pair], link: float, suggest: float) -> None:
    """Pairs of faces become questions about whom they belong to now. Two faces of nobody are worth one only if both are
    clear: of blurred strangers and of what only looks like a face there would be a question for each pair.
    """
    rows: dict[tuple[int, int], tuple[int, int, float, float]] = {}
    known: dict[int, Side | None] = {}
    for pair in pairs:
        one, other = (_side(tx, face_id, known) for face_id in (pair.face, pair.other))
        if one is None or other is None or one[0] == other[0]:
            continue
        if max(one[0], other[0]) < 0 and not (_is_good(tx, pair.face) and _is_good(tx, pair.other)):
            continue
        subject, candidate = sorted((one, other), key=lambda side: (side[1], side[2], -side[0]))
        sure = min(1.0, max(0.05, (pair.similarity - suggest) / max(link - suggest, 0.01)))
        worth = sure * math.log2(1 + subject[2] * candidate[2]) + NAMED_FIRST * candidate[1]
        rows[subject[0], candidate[0]] = (subject[0], candidate[0], pair.similarity, worth)
    put(tx, rows.values())


def _side(tx: Transaction, face_id: int, known: dict[int, Side | None]) -> Side | None:
    """One side of a question; None: nothing to ask. known: people whose faces were counted already."""
    row = tx.execute("SELECT person_id FROM faces WHERE id = ? AND shown = 1", (face_id,)).fetchone()
    if row is None:
        return None
    if row[0] is None:
        return -face_id, False, 1
    person = resolve(tx, row[0])
    if person not in known:
        name, ignored = tx.execute("SELECT name, ignored FROM people WHERE id = ?", (person,)).fetchone()
        count = tx.execute("SELECT count(*) FROM faces WHERE person_id = ? AND shown = 1", (person,)).fetchone()[0]
        known[person] = None if ignored else (person, bool(name), count)
    return known[person]


def _is_good(tx: Transaction, face_id: int) -> bool:
    return bool(tx.execute("SELECT good FROM faces WHERE id = ?", (face_id,)).fetchone()[0])


def _tell(tx: Transaction, face_ids: Iterable[int]) -> None:
    """Note the photos of these faces; words change only where somebody named is concerned."""
    photos, worded = set(), set()
    for face_id in face_ids:
        row = tx.execute("SELECT f.photo_id, p.name FROM faces f LEFT JOIN people p ON p.id = f.person_id "
                         "WHERE f.id = ?", (face_id,)).fetchone()
        if row:
            photos.add(row[0])
            if row[1]:
                worded.add(row[0])
    tx.changes.touch("text", sorted(worded))
    if len(photos) > MANY:
        tx.changes.touch_all(GROUP)
    else:
        tx.changes.touch(GROUP, sorted(photos))
