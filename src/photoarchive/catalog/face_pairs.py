"""Faces of a RAW file and its JPEG: while the two are one photo the leader's faces count, and each half has them after.

What was said of a part's faces goes over to the leader when they become one; the part's other faces rest. When they
part again the part gets what the leader has, and its own word where it had one of its own.
"""

from __future__ import annotations

from typing import Any

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_columns import GROUP
from photoarchive.catalog.face_copies import copy_face, copy_word
from photoarchive.catalog.face_store import DRAWN, matches
from photoarchive.catalog.people_edit import place

_FACES = f"""
SELECT id, x, y, w, h, origin = {DRAWN} OR EXISTS (SELECT 1 FROM face_facts WHERE face_id = faces.id)
  OR EXISTS (SELECT 1 FROM people WHERE cover_face_id = faces.id)
FROM faces WHERE photo_id = ? AND shown = 1 ORDER BY id
"""


def lead_faces(tx: Transaction, part: int, leader: int) -> None:
    """A photo becomes the part of another: what was said of its faces is the leader's from now on."""
    mine, theirs = _faces(tx, part), _faces(tx, leader)
    if not mine:
        return
    pairs = matches([face[1:5] for face in mine], [face[1:5] for face in theirs])
    moved = []
    for at, (face_id, *_, spoken) in enumerate(mine):
        if not spoken:
            continue
        other = theirs[pairs[at]] if at in pairs else None
        if other is None:
            tx.execute("UPDATE faces SET photo_id = ? WHERE id = ?", (leader, face_id))
            moved.append(face_id)
        elif not other[5]:
            _take_place(tx, face_id, other[0], leader)
            moved.append(face_id)
        elif _word(tx, face_id) == _word(tx, other[0]):
            _give_way(tx, face_id, other[0])
    _tell(tx, [part, leader], moved)


def part_faces(tx: Transaction, part: int, leader: int) -> None:
    """A part becomes a photo of its own: it gets the faces it lacks, and the word on those it has, from its leader."""
    mine, theirs = _faces(tx, part), _faces(tx, leader)
    if not theirs and not mine:
        return
    pairs = matches([face[1:5] for face in theirs], [face[1:5] for face in mine])
    looked_at = tx.execute("SELECT 1 FROM face_scans WHERE photo_id = ? AND error IS NULL", (part,)).fetchone()
    touched = []
    for at, (face_id, *_, spoken) in enumerate(theirs):
        own = mine[pairs[at]] if at in pairs else None
        if own is None and (spoken or not looked_at):
            copy_face(tx, face_id, part)
        elif own is not None and spoken and not _said_who(tx, own[0]):
            copy_word(tx, face_id, own[0])
            touched.append(own[0])
    _tell(tx, [part, leader], touched)


def _faces(tx: Transaction, photo_id: int) -> list[Any]:
    """(id, x, y, w, h, whether somebody spoke of it)."""
    return tx.execute(_FACES, (photo_id,)).fetchall()


def _take_place(tx: Transaction, face_id: int, found: int, leader: int) -> None:
    """A face somebody spoke of stands for the one found at its place in the leader, as the leader shows it."""
    drawn = tx.execute("SELECT origin FROM faces WHERE id = ?", (face_id,)).fetchone()[0] == DRAWN
    columns = "score, quality, good" if drawn else "x, y, w, h, score, quality, good"
    tx.execute(f"UPDATE faces SET photo_id = ?, ({columns}) = (SELECT {columns} FROM faces WHERE id = ?) WHERE id = ?",
               (leader, found, face_id))
    tx.execute("INSERT OR REPLACE INTO face_descriptors SELECT model_id, ?, vector FROM face_descriptors "
               "WHERE face_id = ?", (face_id, found))
    tx.execute("DELETE FROM faces WHERE id = ?", (found,))


def _give_way(tx: Transaction, face_id: int, other: int) -> None:
    """The leader's face says the same as the part's."""
    copy_word(tx, face_id, other)
    tx.execute("UPDATE people SET cover_face_id = ? WHERE cover_face_id = ?", (other, face_id))
    tx.execute("DELETE FROM faces WHERE id = ?", (face_id,))


def _word(tx: Transaction, face_id: int) -> list[Any]:
    """All that was said of a face."""
    return tx.execute("SELECT person_id, answer FROM face_facts WHERE face_id = ? ORDER BY 1", (face_id,)).fetchall()


def _said_who(tx: Transaction, face_id: int) -> bool:
    return tx.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND answer > 0", (face_id,)).fetchone() is not None


def _tell(tx: Transaction, photos: list[int], faces: list[int]) -> None:
    place(tx, faces)
    tx.changes.touch(GROUP, photos)
    tx.changes.touch("text", photos)
