"""What joins and parts people, inside one change: merging, saying who faces are, keeping two sides apart.

Used by `catalog.people`. A side of a question is a person's id, or minus the id of a face that belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.people_edit import NO, NOBODY, WITH_GROUP, YES, Edit, known_faces, owner_of, resolve
from photoarchive.catalog.people_names import (
    checked_name,
    faces_of,
    find_person,
    is_or_are,
    new_person,
    person_row,
    said_name,
)
from photoarchive.core.errors import Invalid


class Said(msgspec.Struct, frozen=True):
    """What a change did. action_id: None when nothing had to change. faces: those it was about."""

    action_id: int | None
    person_id: int | None = None
    faces: tuple[int, ...] = ()


class Whom(msgspec.Struct, frozen=True):
    """A person by id or by name; a name nobody has makes a new person."""

    person_id: int | None = None
    name: str | None = None


Worded = tuple[str, str, Said]      # kind of the action, what the history says, what it did; kind "": nothing


def merged(edit: Edit, source_id: int, target_id: int) -> Worded:
    """Two people are one. Who is not the source is not the target either."""
    tx = edit.tx
    source, target = resolve(tx, source_id), resolve(tx, target_id)
    (source_name, *_), (target_name, *_) = person_row(tx, source), person_row(tx, target)
    if source == target:
        return "", "", Said(None, target)
    faces = (*edit.pin(source), *edit.pin(target))
    moved = len(faces) - tx.execute("SELECT count(*) FROM faces WHERE person_id = ? AND shown = 1",
                                    (target,)).fetchone()[0]
    _inherit(edit, source, target)
    edit.person(source, merged_into=target)
    if source_name and not target_name:
        edit.person(target, name=source_name)
    into = said_name(target_name or source_name)
    return "merge", f"Merged {said_name(source_name)} with {faces_of(moved)} into {into}", Said(0, target, faces)


def assigned(edit: Edit, face_ids: Sequence[int], whom: Whom, refused: Sequence[int]) -> Worded:
    """These faces are somebody; refused ones are not."""
    faces = known_faces(edit.tx, face_ids)
    person = whom_of(edit, whom)
    for face_id in faces:
        say_yes(edit, face_id, person)
    for face_id in refused:
        take_away(edit, face_id, person)
    name = person_row(edit.tx, person)[0]
    return "assign", f"Said that {faces_of(len(faces))} {is_or_are(faces)} {said_name(name)}", Said(0, person, faces)


def joined(edit: Edit, face_ids: Sequence[int]) -> Worded:
    """These faces are one person, whom nobody has named yet."""
    faces = known_faces(edit.tx, face_ids)
    owner = next((person for face_id in faces if (person := owner_of(edit.tx, face_id)) is not None), None)
    person = new_person(edit.tx, "") if owner is None else owner
    edit.pin(person)
    for face_id in faces:
        say_yes(edit, face_id, person)
    return "assign", f"Said that {faces_of(len(faces))} are one person", Said(0, person, faces)


def kept_apart(edit: Edit, one: int, other: int) -> Worded:
    """Two sides are not one person, for ever."""
    tx = edit.tx
    sides = [resolve(tx, side) if side > 0 else side for side in (one, other)]
    if sides[0] == sides[1]:
        return "", "", Said(None, None)
    people, faces = [side for side in sides if side > 0], [-side for side in sides if side < 0]
    if _is_apart(tx, sides[0], sides[1]):
        return "", "", Said(None, people[-1] if people else None)
    held = [face_id for person in people for face_id in edit.pin(person)]
    if len(people) == 1:
        edit.fact(faces[0], people[0], NO)
    else:
        edit.apart(sides[0], sides[1])
        edit.touch(faces)
    called = [said_name(person_row(tx, side)[0]) if side > 0 else "a face" for side in sides]
    return "reject", f"Said that {called[0]} is not {called[1]}", Said(
        0, people[-1] if people else None, (*held, *faces))


def answered_other(edit: Edit, subject: int, candidate: int, whom: Whom, refused: Sequence[int]) -> Worded:
    """The subject is somebody else than the candidate: both are kept apart for ever. Naming the candidate is a yes."""
    tx = edit.tx
    candidate = resolve(tx, candidate) if candidate > 0 else candidate
    person = _named(edit, subject, whom) if subject > 0 and not refused else whom_of(edit, whom)
    faces = [-subject] if subject < 0 else [row[0] for row in tx.execute(
        "SELECT id FROM faces WHERE person_id = ? AND shown = 1 ORDER BY id", (subject,))]
    if person == subject:
        kind, label, said = "assign", "", Said(0, person, tuple(edit.pin(person)))
    elif subject > 0 and not refused:
        kind, label, said = merged(edit, subject, person)
    else:
        kind, label, said = assigned(edit, [face for face in faces if face not in refused], Whom(person), refused)
    if person == candidate:
        return kind, label, said
    if subject < 0 < candidate:
        edit.fact(-subject, candidate, NO)
    kept_apart(edit, person, candidate)
    is_not = said_name(person_row(tx, candidate)[0]) if candidate > 0 else "the other face"
    return "assign", (f"Said that {faces_of(len(said.faces))} {is_or_are(said.faces)} "
                      f"{said_name(person_row(tx, person)[0])}, not {is_not}"), said


def whom_of(edit: Edit, whom: Whom) -> int:
    """The person that is meant, made if there is none of that name; from now on the user's."""
    if (whom.person_id is None) == (not whom.name):
        raise Invalid("Say who it is: either person_id or name.", field="person_id")
    if whom.person_id is not None:
        person = resolve(edit.tx, whom.person_id)
        if not person_row(edit.tx, person)[0]:
            edit.pin(person)                        # a person that only grouping made: from now on the user's
        edit.tx.execute("UPDATE people SET kept = 1 WHERE id = ?", (person,))
        return person
    name = checked_name(whom.name or "")
    if not name:
        raise Invalid("A name must hold at least one character.", field="name")
    found = find_person(edit.tx, name)
    if found is not None:
        return found
    person = new_person(edit.tx, "")
    edit.person(person, name=name)
    return person


def say_yes(edit: Edit, face_id: int, person: int) -> None:
    """A face is a person. Another face of theirs in the same photo is held too: the user sees both, so both are."""
    edit.fact(face_id, person, YES)
    beside = edit.tx.execute(
        "SELECT o.id FROM faces f JOIN faces o ON o.photo_id = f.photo_id AND o.id != f.id WHERE f.id = ? "
        "AND o.person_id = ? AND o.shown = 1 AND NOT EXISTS (SELECT 1 FROM face_facts WHERE face_id = o.id "
        "AND answer > 0)", (face_id, person)).fetchall()
    for (other,) in beside:
        edit.fact(other, person, WITH_GROUP)


def take_away(edit: Edit, face_id: int, person: int) -> None:
    """A face is not a person, whatever was said before of it and of those merged into that person."""
    for (other,) in edit.tx.execute("SELECT person_id FROM face_facts WHERE face_id = ? AND answer > 0",
                                    (face_id,)).fetchall():
        if other != NOBODY and resolve(edit.tx, other) == person:
            edit.fact(face_id, other, None)
    edit.fact(face_id, person, NO)


def _named(edit: Edit, subject: int, whom: Whom) -> int:
    """Who the subject is said to be: a name nobody has yet becomes its own."""
    name = checked_name(whom.name or "")
    if whom.person_id is None and name and find_person(edit.tx, name) is None:
        edit.pin(subject)
        edit.person(subject, name=name)
        return subject
    return whom_of(edit, whom)


def _inherit(edit: Edit, source: int, target: int) -> None:
    """Whoever was said not to be the source is not the target, to whom it belongs from now on."""
    tx = edit.tx
    apart = tx.execute("SELECT one, other FROM people_apart WHERE one = ? OR other = ?", (source, source)).fetchall()
    for one, other in apart:
        third = other if one == source else one
        if third != target:
            edit.apart(third, target)
    refused = tx.execute(
        "SELECT face_id FROM face_facts no WHERE person_id = ? AND answer = 0 AND NOT EXISTS (SELECT 1 FROM face_facts "
        "WHERE face_id = no.face_id AND (person_id = ? OR answer > 0))", (source, target)).fetchall()
    for (face_id,) in refused:
        edit.fact(face_id, target, NO)


def _is_apart(tx: Transaction, one: int, other: int) -> bool:
    """Whether the user has said already that two sides are not one."""
    if min(one, other) < 0 < max(one, other):
        return tx.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND person_id = ? AND answer = 0",
                          (-min(one, other), max(one, other))).fetchone() is not None
    return tx.execute("SELECT 1 FROM people_apart WHERE one = ? AND other = ?",
                      (min(one, other), max(one, other))).fetchone() is not None
