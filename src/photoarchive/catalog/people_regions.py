"""Faces that files name (XMP regions): they give boxes and names, and never contradict what the user said.

Photos whose regions were read or changed are listed in `face_region_news` by triggers; seeding takes them from there.
"""

from __future__ import annotations

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_store import DRAWN, FILED, matches
from photoarchive.catalog.people_edit import BY_FILE, place, resolve, tell
from photoarchive.catalog.people_names import folded, person_named
from photoarchive.core.clock import now

NAME_LENGTH = 200


def news(tx: Transaction, limit: int) -> list[int]:
    """Photos whose regions are to be taken over."""
    return [row[0] for row in tx.execute("SELECT photo_id FROM face_region_news ORDER BY photo_id LIMIT ?", (limit,))]


def seed(tx: Transaction, photo_ids: list[int]) -> list[int]:
    """Take over what the files of these photos say of faces. Returns the faces that may belong elsewhere now."""
    touched: list[int] = []
    for photo_id in photo_ids:
        touched += _seed_photo(tx, photo_id)
        tx.execute("DELETE FROM face_region_news WHERE photo_id = ?", (photo_id,))
    place(tx, touched)
    tell(tx, touched)
    return touched


def _seed_photo(tx: Transaction, photo_id: int) -> list[int]:
    if not tx.execute("SELECT 1 FROM photos WHERE id = ?", (photo_id,)).fetchone():
        return []
    regions = tx.execute("SELECT name, x, y, w, h FROM face_regions WHERE photo_id = ? ORDER BY rowid",
                         (photo_id,)).fetchall()
    faces = tx.execute("SELECT id, x, y, w, h, origin FROM faces WHERE photo_id = ? AND (shown = 1 OR origin != ?)",
                       (photo_id, DRAWN)).fetchall()
    pairs = matches([row[1:5] for row in regions], [row[1:5] for row in faces])
    named: dict[int, str] = {}
    for index, region in enumerate(regions):
        face_id = faces[pairs[index]][0] if index in pairs else _insert(tx, photo_id, region[1:5])
        named[face_id] = folded(region[0])[:NAME_LENGTH]
    touched = _forget(tx, photo_id, named)
    for face_id, name in named.items():
        if name and _say(tx, face_id, name):
            touched.append(face_id)
    _drop_unnamed(tx, photo_id, set(named))
    return touched


def _insert(tx: Transaction, photo_id: int, box: tuple[float, ...]) -> int:
    return int(tx.execute("INSERT INTO faces (photo_id, x, y, w, h, origin, found_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                          "RETURNING id", (photo_id, *box, FILED, now())).fetchone()[0])


def _say(tx: Transaction, face_id: int, name: str) -> bool:
    """The file's name for a face counts where the user said nothing of it."""
    if tx.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND answer IN (1, 2)", (face_id,)).fetchone():
        return False
    person = resolve(tx, person_named(tx, name))
    if tx.execute("SELECT 1 FROM face_facts WHERE face_id = ? AND person_id = ? AND answer = 0",
                  (face_id, person)).fetchone():
        return False
    tx.execute("DELETE FROM face_facts WHERE face_id = ? AND answer = ?", (face_id, BY_FILE))
    tx.execute("INSERT OR REPLACE INTO face_facts VALUES (?, ?, ?)", (face_id, person, BY_FILE))
    return True


def _forget(tx: Transaction, photo_id: int, named: dict[int, str]) -> list[int]:
    """Names that the file no longer gives are no longer said."""
    rows = tx.execute("SELECT f.id FROM faces f JOIN face_facts s ON s.face_id = f.id WHERE f.photo_id = ? "
                      "AND s.answer = ?", (photo_id, BY_FILE)).fetchall()
    gone = [row[0] for row in rows if not named.get(row[0])]
    for face_id in gone:
        tx.execute("DELETE FROM face_facts WHERE face_id = ? AND answer = ?", (face_id, BY_FILE))
        tx.execute("UPDATE faces SET person_id = NULL, group_id = NULL WHERE id = ?", (face_id,))
    return gone


def _drop_unnamed(tx: Transaction, photo_id: int, kept: set[int]) -> None:
    """Boxes that only an earlier reading of the file gave."""
    rows = tx.execute("SELECT id FROM faces WHERE photo_id = ? AND origin = ? AND NOT EXISTS "
                      "(SELECT 1 FROM face_facts WHERE face_id = faces.id) AND NOT EXISTS "
                      "(SELECT 1 FROM face_descriptors WHERE face_id = faces.id)", (photo_id, FILED)).fetchall()
    tx.executemany("DELETE FROM faces WHERE id = ?", [row for row in rows if row[0] not in kept])
