"""Gives a photo the faces of another one with all that was said of them: for two files that were one photo before."""

from __future__ import annotations

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_columns import GROUP

# What a copy of a face has of its own is its id and its photo; whom it belongs to follows from what was said.
_FACE = "x, y, w, h, origin, score, quality, good, found_at, group_id, person_id"


def copy_faces(tx: Transaction, photo_id: int, new_id: int) -> None:
    """Faces that are shown, their descriptors and the user's word on them also stand for the new photo."""
    faces = tx.execute("SELECT id FROM faces WHERE photo_id = ? AND shown = 1 ORDER BY id", (photo_id,)).fetchall()
    for (face_id,) in faces:
        copy_face(tx, face_id, new_id)
    if faces:
        tx.changes.touch(GROUP, [new_id])


def copy_face(tx: Transaction, face_id: int, photo_id: int) -> int:
    """One face also stands for another photo. Returns the id of the copy."""
    copy = int(tx.execute(f"INSERT INTO faces (photo_id, {_FACE}) SELECT ?, {_FACE} FROM faces WHERE id = ? "
                          "RETURNING id", (photo_id, face_id)).fetchone()[0])
    tx.execute("INSERT INTO face_descriptors SELECT model_id, ?, vector FROM face_descriptors WHERE face_id = ?",
               (copy, face_id))
    copy_word(tx, face_id, copy)
    return copy


def copy_word(tx: Transaction, face_id: int, other: int) -> None:
    """What was said of a face is also said of another one, as far as nothing else was said of that."""
    tx.execute("INSERT OR IGNORE INTO face_facts SELECT ?, person_id, answer FROM face_facts WHERE face_id = ?",
               (other, face_id))
    # A side of `people_apart` is minus a face; the lesser side comes first.
    tx.execute("INSERT OR IGNORE INTO people_apart SELECT min(?1, other), max(?1, other) FROM people_apart "
               "WHERE one = ?2", (-other, -face_id))
    tx.execute("INSERT OR IGNORE INTO people_apart SELECT min(?1, one), max(?1, one) FROM people_apart "
               "WHERE other = ?2", (-other, -face_id))
