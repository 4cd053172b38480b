"""People by name: how a name is kept and said, and the rows of `people` it leads to."""

from __future__ import annotations

from collections.abc import Sequence

from photoarchive.catalog.database import Transaction
from photoarchive.core.clock import now
from photoarchive.core.errors import Invalid, NotFound

MAX_NAME = 200


def folded(text: str) -> str:
    """A name as it is kept: white space folded."""
    return " ".join(text.split())


def checked_name(text: str) -> str:
    """The name as it is kept. Raises Invalid when it is too long or holds what no name holds."""
    name = folded(text)
    if len(name) > MAX_NAME:
        raise Invalid(f"A name may have at most {MAX_NAME} characters.", field="name")
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name):
        raise Invalid("A name cannot hold control characters.", field="name")
    return name


def faces_of(count: int) -> str:
    """“1 face”, “1,204 faces”."""
    return "1 face" if count == 1 else f"{count:,} faces"


def said_name(name: str) -> str:
    """A person in a sentence."""
    return f"“{name}”" if name else "an unnamed person"


def is_or_are(faces: Sequence[int]) -> str:
    """The verb that goes with so many faces."""
    return "is" if len(faces) == 1 else "are"


def person_row(tx: Transaction, person_id: int) -> tuple[str, int, int | None]:
    """(name, ignored, cover). Raises NotFound."""
    row = tx.execute("SELECT name, ignored, cover_face_id FROM people WHERE id = ?", (person_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no person with the id {person_id}.")
    return row[0], row[1], row[2]


def find_person(tx: Transaction, name: str) -> int | None:
    """The person of this name, ignoring case."""
    rows = tx.execute("SELECT id, name FROM people WHERE name != '' AND merged_into IS NULL").fetchall() \
        if not name.isascii() else tx.execute(
            "SELECT id, name FROM people WHERE name != '' AND name = ? COLLATE NOCASE AND merged_into IS NULL",
            (name,)).fetchall()
    return next((int(row[0]) for row in rows if row[1].casefold() == name.casefold()), None)


def new_person(tx: Transaction, name: str) -> int:
    """A person the user made; "" for one without a name."""
    return int(tx.execute("INSERT INTO people (name, kept, created_at) VALUES (?, 1, ?) RETURNING id",
                          (name, now())).fetchone()[0])


def person_named(tx: Transaction, name: str) -> int:
    """The person of a name, made if there is none."""
    found = find_person(tx, name)
    return new_person(tx, name) if found is None else found
