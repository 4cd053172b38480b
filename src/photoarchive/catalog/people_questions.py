"""Questions worth asking: pairs of people, or of a person and a face, that look alike. Owns `people_questions`.

A side is a person's id, or a face's id with a minus for a face that belongs to nobody. The table is derived: what no
longer stands is left out when it is read and swept when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.errors import Invalid

# A question stands while both sides are there and have faces, none is ignored, they are not one, and nobody said no.
_STANDS = """
EXISTS (SELECT 1 FROM people p WHERE p.id = abs(q.{side}) AND p.merged_into IS NULL AND p.ignored = 0) AND q.{side} > 0
AND EXISTS (SELECT 1 FROM faces f WHERE f.person_id = q.{side} AND f.shown = 1)
"""
_FREE = """
q.{side} < 0 AND EXISTS (SELECT 1 FROM faces f WHERE f.id = -q.{side} AND f.shown = 1 AND f.person_id IS NULL
AND NOT EXISTS (SELECT 1 FROM face_facts s WHERE s.face_id = f.id AND s.person_id = 0 AND s.answer > 0))
"""
_REFUSED = """
EXISTS (SELECT 1 FROM people_apart a
  WHERE a.one = min(q.subject, q.candidate) AND a.other = max(q.subject, q.candidate))
OR EXISTS (SELECT 1 FROM face_facts s WHERE s.face_id = -min(q.subject, q.candidate)
AND s.person_id = max(q.subject, q.candidate) AND s.answer = 0)
"""
_OPEN = (f"({_STANDS.format(side='subject')} OR {_FREE.format(side='subject')}) AND "
         f"({_STANDS.format(side='candidate')} OR {_FREE.format(side='candidate')}) AND NOT ({_REFUSED})")
_ID = re.compile(r"([pf])([0-9]{1,10})-([pf])([0-9]{1,10})")


class Asked(msgspec.Struct, frozen=True):
    """One question: is the subject the candidate?"""

    subject: int
    candidate: int
    similarity: float

    @property
    def id(self) -> str:
        """“f91-p12”: what the browser sends back."""
        return f"{side_text(self.subject)}-{side_text(self.candidate)}"


def side_text(side: int) -> str:
    """“p12” for a person, “f91” for a face."""
    return f"p{side}" if side > 0 else f"f{-side}"


def sides_of(text: str) -> tuple[int, int]:
    """(subject, candidate) of a question's id. Raises Invalid."""
    found = _ID.fullmatch(text)
    if not found:
        raise Invalid(f"“{text}” is not the id of a question.", field="id")
    kinds, numbers = (found[1], found[3]), (int(found[2]), int(found[4]))
    subject, candidate = (number if kind == "p" else -number for kind, number in zip(kinds, numbers, strict=True))
    return subject, candidate


class Questions:
    """Reads the questions. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def page(self, limit: int, offset: int, person_id: int | None = None, *, people_only: bool = False
             ) -> tuple[list[Asked], int]:
        """The open questions, most worth asking first, and how many there are. person_id: about that person."""
        where, values = _OPEN, list[int]()
        if person_id is not None:
            where, values = f"? IN (q.subject, q.candidate) AND {where}", [person_id]
        if people_only:
            where = f"q.subject > 0 AND q.candidate > 0 AND {where}"
        connection = self._db.read()
        rows = connection.execute(
            f"SELECT subject, candidate, similarity FROM people_questions q WHERE {where} "
            "ORDER BY worth DESC, subject, candidate LIMIT ? OFFSET ?", (*values, limit, offset)).fetchall()
        total = connection.execute(f"SELECT count(*) FROM people_questions q WHERE {where}", values).fetchone()[0]
        return [Asked(*row) for row in rows], int(total)

    def stands(self, subject: int, candidate: int) -> bool:
        """Whether this question is still open: both sides are there and nothing was said of the two."""
        row = self._db.read().execute(
            f"SELECT 1 FROM (SELECT ? AS subject, ? AS candidate) q WHERE {_OPEN}", (subject, candidate)).fetchone()
        return row is not None


def put(tx: Transaction, asked: Iterable[tuple[int, int, float, float]]) -> None:
    """Add questions (subject, candidate, similarity, worth); a known one gets its new numbers."""
    tx.executemany("INSERT OR REPLACE INTO people_questions VALUES (?, ?, ?, ?)", asked)


def forget(tx: Transaction, sides: Iterable[int]) -> None:
    """Take away all questions with one of these sides."""
    rows = [(side,) for side in sides]
    tx.executemany("DELETE FROM people_questions WHERE subject = ?", rows)
    tx.executemany("DELETE FROM people_questions WHERE candidate = ?", rows)


def sweep(tx: Transaction) -> None:
    """Take away what no longer stands."""
    tx.execute(f"DELETE FROM people_questions AS q WHERE NOT ({_OPEN})")
