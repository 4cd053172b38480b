"""One change of what is known of people, with what is needed to take it back: old and new values, row by row.

Used by `catalog.people` inside a transaction. Owns how a fact decides where its face belongs, and undo and redo of all
kinds of changes of people: a revert touches only rows that still hold the value of the action.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from photoarchive.catalog.actions import Direction, Outcome
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_columns import GROUP
from photoarchive.core.errors import Invalid, NotFound

NO, YES, WITH_GROUP, BY_FILE = 0, 1, 2, 3       # face_facts.answer
NOBODY = 0                                      # face_facts.person_id of an ignored face
MANY = 20_000                                   # changed photos: from here on everything is read again
COLUMNS = ("name", "ignored", "merged_into", "cover_face_id")


def resolve(tx: Transaction, person_id: int) -> int:
    """The person this one was merged into, or itself."""
    for _ in range(1_000):
        row = tx.execute("SELECT merged_into FROM people WHERE id = ?", (person_id,)).fetchone()
        if row is None or row[0] is None:
            break
        person_id = int(row[0])
    return person_id


class Edit:
    """Collects the changes of one action. finish() places the faces it touched and gives the payload."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._people: dict[int, list[dict[str, Any]]] = {}
        self._facts: dict[tuple[int, int], list[int | None]] = {}
        self._apart: dict[tuple[int, int], list[bool]] = {}
        self._shown: dict[int, list[int]] = {}
        self._faces: dict[int, tuple[int | None, int | None]] = {}
        self.moved: list[int] = []                  # further faces that went along with their group

    # ------------------------------------------------------------------ rows

    def person(self, person_id: int, **values: Any) -> None:
        """Set columns of a person."""
        row = self.tx.execute(f"SELECT {', '.join(COLUMNS)} FROM people WHERE id = ?", (person_id,)).fetchone()
        before = dict(zip(COLUMNS, row, strict=True))
        change = self._people.setdefault(person_id, [{}, {}])
        for name, value in values.items():
            change[0].setdefault(name, before[name])
            change[1][name] = value
        self.tx.execute(f"UPDATE people SET kept = 1, {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
                        (*values.values(), person_id))

    def fact(self, face_id: int, person_id: int, answer: int | None) -> None:
        """Say whether a face is somebody; None: nothing is said any more. A "yes" takes the place of another one."""
        if answer:
            for (other,) in self.tx.execute("SELECT person_id FROM face_facts WHERE face_id = ? AND answer > 0 "
                                            "AND person_id != ?", (face_id, person_id)).fetchall():
                self.fact(face_id, other, None)
        row = self.tx.execute("SELECT answer FROM face_facts WHERE face_id = ? AND person_id = ?",
                              (face_id, person_id)).fetchone()
        change = self._facts.setdefault((face_id, person_id), [row[0] if row else None, None])
        change[1] = answer
        _set_fact(self.tx, face_id, person_id, answer)
        self.touch([face_id])

    def apart(self, one: int, other: int) -> None:
        """Two people (ids) or faces (minus their ids) are not one, for ever."""
        key = (min(one, other), max(one, other))
        done = self.tx.execute("INSERT OR IGNORE INTO people_apart VALUES (?, ?)", key).rowcount
        if done:
            self._apart[key] = [False, True]

    def show(self, face_id: int, shown: int) -> None:
        """A drawn box appears or goes."""
        before = self.tx.execute("SELECT shown FROM faces WHERE id = ?", (face_id,)).fetchone()[0]
        self._shown[face_id] = [before, shown]
        self.tx.execute("UPDATE faces SET shown = ? WHERE id = ?", (shown, face_id))
        self.touch([face_id])

    def touch(self, face_ids: Iterable[int]) -> None:
        """These faces may belong elsewhere afterwards; where they are now is noted."""
        for face_id in face_ids:
            if face_id not in self._faces:
                self._faces[face_id] = self.tx.execute("SELECT person_id, group_id FROM faces WHERE id = ?",
                                                       (face_id,)).fetchone()

    def pin(self, person_id: int) -> list[int]:
        """Hold the faces a person has now: they were named along with their group. Returns all its faces."""
        rows = self.tx.execute(
            "SELECT f.id, (SELECT answer FROM face_facts WHERE face_id = f.id AND answer > 0) FROM faces f "
            "WHERE f.person_id = ? AND f.shown = 1", (person_id,)).fetchall()
        self.touch(face_id for face_id, _ in rows)
        for face_id, answer in rows:
            if answer is None:
                self.fact(face_id, person_id, WITH_GROUP)
        self.tx.execute("UPDATE people SET kept = 1 WHERE id = ?", (person_id,))
        return [face_id for face_id, _ in rows]

    # ------------------------------------------------------------------ the end

    def finish(self) -> dict[str, Any]:
        """Put the touched faces where they belong now. Returns the payload of the action."""
        named = set(self._people)
        place(self.tx, list(self._faces))
        self.moved = tidy(self.tx, list(self._faces))
        after = {face_id: self.tx.execute("SELECT person_id, group_id FROM faces WHERE id = ?", (face_id,)).fetchone()
                 for face_id in self._faces}
        tell(self.tx, [*self._faces, *self.moved], named)
        return {
            "people": [[person_id, before, new] for person_id, (before, new) in self._people.items()],
            "facts": [[face_id, person_id, before, new] for (face_id, person_id), (before, new) in self._facts.items()],
            "apart": [[one, other, before, new] for (one, other), (before, new) in self._apart.items()],
            "shown": [[face_id, before, new] for face_id, (before, new) in self._shown.items()],
            "faces": [[face_id, *before, *after[face_id]] for face_id, before in self._faces.items()],
        }


def revert(tx: Transaction, payload: dict[str, Any], direction: Direction) -> tuple[Outcome, list[int]]:
    """Take a change of people back, or do it again; rows that hold something else meanwhile are left alone. Also the
    faces that may belong elsewhere now.
    """
    undo = direction is Direction.UNDO
    done = skipped = 0
    for person_id, before, after in payload["people"]:
        want, have = (before, after) if undo else (after, before)
        ok = _swap_person(tx, person_id, want, have)
        done, skipped = done + ok, skipped + (not ok)
    facts = [(face, person, *((before, after) if undo else (after, before)))
             for face, person, before, after in payload["facts"]]
    for face_id, person_id, want, have in sorted(facts, key=lambda fact: bool(fact[2])):       # what goes goes first
        ok = _swap_fact(tx, face_id, person_id, want, have)
        done, skipped = done + ok, skipped + (not ok)
    for one, other, before, after in payload["apart"]:
        if before if undo else after:
            tx.execute("INSERT OR IGNORE INTO people_apart VALUES (?, ?)", (one, other))
        else:
            tx.execute("DELETE FROM people_apart WHERE one = ? AND other = ?", (one, other))
        done += 1
    for face_id, before, after in payload["shown"]:
        want, have = (before, after) if undo else (after, before)
        changed = tx.execute("UPDATE faces SET shown = ? WHERE id = ? AND shown = ?", (want, face_id, have)).rowcount
        done, skipped = done + changed, skipped + 1 - changed
    _put_back(tx, payload["faces"], undo=undo)
    faces = [row[0] for row in payload["faces"]]
    faces += tidy(tx, faces)
    tell(tx, faces, {row[0] for row in payload["people"]})
    return Outcome(done, skipped), faces


def place(tx: Transaction, face_ids: list[int]) -> None:
    """Whom faces belong to by what was said: the person of a "yes", else that of their group unless refused."""
    for face_id in face_ids:
        row = tx.execute("SELECT person_id, group_id FROM faces WHERE id = ?", (face_id,)).fetchone()
        if row is None:
            continue
        person, group = row
        said = tx.execute("SELECT person_id FROM face_facts WHERE face_id = ? AND answer > 0", (face_id,)).fetchone()
        if said is not None and said[0] == NOBODY:
            tx.execute("UPDATE faces SET person_id = NULL, group_id = NULL WHERE id = ?", (face_id,))
        elif said is not None:
            wanted = resolve(tx, said[0])
            if person is None or resolve(tx, person) != wanted:
                tx.execute("UPDATE faces SET person_id = ?, group_id = ? WHERE id = ?",
                           (wanted, _own_group(tx), face_id))
            elif person != wanted:
                tx.execute("UPDATE faces SET person_id = ? WHERE id = ?", (wanted, face_id))
        elif person is not None and _refused(tx, face_id, resolve(tx, person)):
            tx.execute("UPDATE faces SET person_id = NULL, group_id = NULL WHERE id = ?", (face_id,))
        elif person is not None and group is not None:
            tx.execute("UPDATE faces SET person_id = ? WHERE id = ?", (resolve(tx, person), face_id))


def tidy(tx: Transaction, face_ids: list[int]) -> list[int]:
    """A group is one person: faces nobody spoke of follow those of their group that were spoken of; of two people in
    one group the one with fewer faces gets a group of its own. Returns the faces that moved.
    """
    groups = tx.execute(
        "SELECT group_id FROM faces WHERE group_id IN (SELECT group_id FROM faces WHERE id IN "
        "(SELECT value FROM json_each(?))) GROUP BY group_id "
        "HAVING count(DISTINCT coalesce(person_id, 0)) > 1", (json.dumps(face_ids),)).fetchall()
    moved: list[int] = []
    for (group,) in groups:
        rows = tx.execute("SELECT id, person_id, EXISTS (SELECT 1 FROM face_facts WHERE face_id = f.id AND answer > 0) "
                          "FROM faces f WHERE group_id = ? ORDER BY id", (group,)).fetchall()
        held: dict[int, list[int]] = {}
        for face_id, person, said in rows:
            if said and person is not None:
                held.setdefault(person, []).append(face_id)
        owner = max(held, key=lambda person: (len(held[person]), -person)) if held else rows[0][1]
        for person, faces in held.items():
            if person != owner:
                own = _own_group(tx)
                tx.executemany("UPDATE faces SET group_id = ? WHERE id = ?", [(own, face_id) for face_id in faces])
        loose = [face_id for face_id, person, said in rows if not said and person != owner]
        tx.executemany("UPDATE faces SET person_id = ? WHERE id = ?", [(owner, face_id) for face_id in loose])
        place(tx, loose)
        moved += [face_id for face_id, *_ in rows]
    return moved


def tell(tx: Transaction, face_ids: list[int], people: Iterable[int] = ()) -> None:
    """Note which photos and words a change touches: those of the faces, and all of people whose row changed."""
    ids = json.dumps(list(face_ids))
    photos = {row[0] for row in tx.execute(
        "SELECT DISTINCT photo_id FROM faces WHERE id IN (SELECT value FROM json_each(?))", (ids,))}
    for person_id in people:
        photos.update(row[0] for row in tx.execute("SELECT DISTINCT photo_id FROM faces WHERE person_id = ?",
                                                   (resolve(tx, person_id),)))
    tx.changes.touch("text", sorted(photos))
    if len(photos) > MANY or not photos:
        tx.changes.touch_all(GROUP)
    else:
        tx.changes.touch(GROUP, sorted(photos))


def _put_back(tx: Transaction, rows: list[list[Any]], *, undo: bool) -> None:
    """Faces go where they were before, if they are still where the action put them; then the facts decide."""
    for face_id, before_person, before_group, after_person, after_group in rows:
        want = (before_person, before_group) if undo else (after_person, after_group)
        have = (after_person, after_group) if undo else (before_person, before_group)
        if want[0] is not None and not tx.execute("SELECT 1 FROM people WHERE id = ?", (want[0],)).fetchone():
            want = (None, None)
        other = tx.execute("SELECT person_id FROM faces WHERE group_id = ? AND id != ? AND person_id IS NOT ? LIMIT 1",
                           (want[1], face_id, want[0])).fetchone()
        if other is not None and not any(row[0] != face_id and want[1] in (row[2], row[4]) for row in rows):
            want = (None, None)                     # its old group belongs to somebody else now
        tx.execute("UPDATE faces SET person_id = ?, group_id = ? WHERE id = ? AND person_id IS ? AND group_id IS ?",
                   (*want, face_id, *have))
    place(tx, [row[0] for row in rows])


def _swap_person(tx: Transaction, person_id: int, want: dict[str, Any], have: dict[str, Any]) -> bool:
    row = tx.execute(f"SELECT {', '.join(COLUMNS)} FROM people WHERE id = ?", (person_id,)).fetchone()
    if row is None or any(dict(zip(COLUMNS, row, strict=True))[name] != value for name, value in have.items()):
        return False
    tx.execute(f"UPDATE people SET {', '.join(f'{name} = ?' for name in want)} WHERE id = ?",
               (*want.values(), person_id))
    return True


def _swap_fact(tx: Transaction, face_id: int, person_id: int, want: int | None, have: int | None) -> bool:
    row = tx.execute("SELECT answer FROM face_facts WHERE face_id = ? AND person_id = ?",
                     (face_id, person_id)).fetchone()
    if (row[0] if row else None) != have or not tx.execute("SELECT 1 FROM faces WHERE id = ?", (face_id,)).fetchone():
        return False
    other = tx.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND answer > 0 AND person_id != ?",
                       (face_id, person_id)).fetchone()
    if want and other:
        return False                                # somebody has said since who it is
    _set_fact(tx, face_id, person_id, want)
    return True


def _set_fact(tx: Transaction, face_id: int, person_id: int, answer: int | None) -> None:
    if answer is None:
        tx.execute("DELETE FROM face_facts WHERE face_id = ? AND person_id = ?", (face_id, person_id))
    else:
        tx.execute("INSERT INTO face_facts VALUES (?, ?, ?) ON CONFLICT (face_id, person_id) "
                   "DO UPDATE SET answer = excluded.answer", (face_id, person_id, answer))


def _refused(tx: Transaction, face_id: int, person_id: int) -> bool:
    rows = tx.execute("SELECT person_id FROM face_facts WHERE face_id = ? AND answer = 0", (face_id,)).fetchall()
    return any(resolve(tx, row[0]) == person_id for row in rows)


def _own_group(tx: Transaction) -> int:
    """A group id nobody has: those made by what the user said count downwards."""
    lowest = tx.execute("SELECT min(group_id) FROM faces WHERE group_id IS NOT NULL").fetchone()[0]
    return min(int(lowest or 0), 0) - 1


def known_faces(tx: Transaction, face_ids: Sequence[int]) -> tuple[int, ...]:
    """These faces, each once. Raises Invalid for none, NotFound for one that is not there."""
    faces = tuple(dict.fromkeys(int(face_id) for face_id in face_ids))
    if not faces:
        raise Invalid("No face was chosen.", field="face_ids")
    for face_id in faces:
        if not tx.execute("SELECT 1 FROM faces WHERE id = ? AND shown = 1", (face_id,)).fetchone():
            raise NotFound(f"There is no face with the id {face_id}.")
    return faces


def owner_of(tx: Transaction, face_id: int) -> int | None:
    """Whose face it is. Raises NotFound."""
    row = tx.execute("SELECT person_id FROM faces WHERE id = ? AND shown = 1", (face_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no face with the id {face_id}.")
    return None if row[0] is None else resolve(tx, row[0])
