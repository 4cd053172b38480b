"""What the user says of people and faces: names, yes, no, ignores, splits, merges, drawn boxes. Every word is kept.

Owns `people`, `face_facts` and `people_apart`. Facts hang on faces, which keep their ids; grouping, models and scans
read them and never change them. Each change is one undoable action (see people_edit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_columns import FaceColumns
from photoarchive.catalog.face_store import DRAWN
from photoarchive.catalog.people_answers import (
    Said,
    Whom,
    answered_other,
    assigned,
    joined,
    kept_apart,
    merged,
    say_yes,
    take_away,
    whom_of,
)
from photoarchive.catalog.people_edit import NO, NOBODY, YES, Edit, known_faces, owner_of, resolve, revert
from photoarchive.catalog.people_names import (
    checked_name,
    faces_of,
    find_person,
    is_or_are,
    new_person,
    person_row,
    said_name,
)
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, Invalid, NotFound

SMALLEST_BOX = 0.005        # of a side: a smaller one was a slip of the hand
KINDS = ("name", "merge", "split", "confirm", "ignore", "cover", "assign", "reject", "draw", "delete")


class People:
    """Says things of people. Thread-safe."""

    def __init__(self, db: Database, faces: FaceColumns, actions: ActionLog) -> None:
        self._db, self._faces, self._actions = db, faces, actions
        self._listeners: list[Callable[[tuple[int, ...]], None]] = []
        for kind in KINDS:
            actions.register(f"people.{kind}", self._revert)

    def on_change(self, listener: Callable[[tuple[int, ...]], None]) -> None:
        """Tell of faces that may belong elsewhere now, after each change, in the writer's thread."""
        self._listeners.append(listener)

    def ids_named(self, text: str) -> tuple[int, ...]:
        """People of this name, ignoring case; else those with a word of their name that begins so."""
        return self._faces.ids_named(text)

    # ------------------------------------------------------------------ people

    def name(self, person_id: int, text: str, window: str = "") -> Said:
        """Name or rename a person, and hold the faces it has; "" takes the name away. Conflict: another has it."""
        wanted = checked_name(text)

        def work(edit: Edit) -> tuple[str, str, Said]:
            person = person_row(edit.tx, person_id)
            other = find_person(edit.tx, wanted) if wanted else None
            if other not in (None, person_id):
                raise Conflict(f"There is already somebody called “{wanted}”. Merge the two if they are one person.",
                               person_id=other, name=wanted)
            if person[0] == wanted:
                return "", "", Said(None, person_id)
            faces = tuple(edit.pin(person_id)) if wanted else ()
            edit.person(person_id, name=wanted)
            label = (f"Renamed “{person[0]}” to “{wanted}”" if person[0] and wanted else
                     f"Named {faces_of(len(faces))} “{wanted}”" if wanted else f"Took the name “{person[0]}” away")
            return "name", label, Said(0, person_id, faces)

        return self._do(work, window)

    def merge(self, source_id: int, target_id: int, window: str = "") -> Said:
        """Two people are one: the source's faces and facts count as the target's."""
        return self._do(lambda edit: merged(edit, source_id, target_id), window)

    def split(self, person_id: int, face_ids: Sequence[int], name: str = "", window: str = "") -> Said:
        """Some faces of a person are somebody else: whoever has that name, else a new person."""
        wanted = checked_name(name)

        def work(edit: Edit) -> tuple[str, str, Said]:
            tx = edit.tx
            person = resolve(tx, person_id)
            called = person_row(tx, person)[0]
            all_faces = edit.pin(person)
            chosen = tuple(dict.fromkeys(face_ids))
            if not chosen or set(chosen) - set(all_faces) or len(chosen) == len(all_faces):
                raise Invalid("Choose some faces of this person, but not all of them.", field="face_ids")
            if wanted and find_person(tx, wanted) == person:
                raise Conflict(f"These faces are “{called}” already. Choose another name.", field="name")
            new = whom_of(edit, Whom(name=wanted)) if wanted else new_person(tx, "")
            for face_id in chosen:
                say_yes(edit, face_id, new)
                edit.fact(face_id, person, NO)
            return "split", f"Split {faces_of(len(chosen))} from {said_name(called)}", Said(0, new, tuple(all_faces))

        return self._do(work, window)

    def confirm(self, person_id: int, but: Iterable[int] = (), window: str = "") -> Said:
        """All faces of a person are right, except some, which are said not to be that person."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            tx = edit.tx
            person = resolve(tx, person_id)
            called = person_row(tx, person)[0]
            wrong = set(but)
            faces = [row[0] for row in tx.execute("SELECT id FROM faces WHERE person_id = ? AND shown = 1 ORDER BY id",
                                                  (person,))]
            if wrong - set(faces):
                raise Invalid("Some of these faces are not of this person.", field="except")
            for face_id in faces:
                if face_id in wrong:
                    take_away(edit, face_id, person)
                else:
                    edit.fact(face_id, person, YES)
            tx.execute("UPDATE people SET kept = 1 WHERE id = ?", (person,))
            right = tuple(face_id for face_id in faces if face_id not in wrong)
            return "confirm", f"Confirmed {faces_of(len(right))} as {said_name(called)}", Said(0, person, tuple(faces))

        return self._do(work, window)

    def ignore(self, person_id: int, ignored: bool, window: str = "") -> Said:
        """Put a person among the ignored, with the faces it has, or bring it back."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            person = resolve(edit.tx, person_id)
            name, was, _ = person_row(edit.tx, person)
            if bool(was) == ignored:
                return "", "", Said(None, person)
            faces = tuple(edit.pin(person))
            edit.person(person, ignored=int(ignored))
            verb = "Ignored" if ignored else "Brought back"
            return "ignore", f"{verb} {said_name(name)} with {faces_of(len(faces))}", Said(0, person, faces)

        return self._do(work, window)

    def cover(self, person_id: int, face_id: int | None, window: str = "") -> Said:
        """Choose the face that stands for a person; None: the best one."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            person = resolve(edit.tx, person_id)
            name, _, cover = person_row(edit.tx, person)
            if face_id is not None and owner_of(edit.tx, face_id) != person:
                raise Invalid("This face is not of this person.", field="face_id")
            if cover == face_id:
                return "", "", Said(None, person)
            edit.person(person, cover_face_id=face_id)
            return "cover", f"Chose a cover for {said_name(name)}", Said(0, person)

        return self._do(work, window)

    def keep_apart(self, one: int, other: int, window: str = "") -> Said:
        """Two sides of a question are not one person, for ever. A side: a person's id, or minus the id of a face."""
        return self._do(lambda edit: kept_apart(edit, one, other), window)

    # ------------------------------------------------------------------ faces

    def assign(
        self, face_ids: Sequence[int], whom: Whom, window: str = "", *, refused: Sequence[int] = ()
    ) -> Said:
        """These faces are somebody. refused: faces that are said not to be, at the same time."""
        return self._do(lambda edit: assigned(edit, face_ids, whom, refused), window)

    def together(self, face_ids: Sequence[int], window: str = "") -> Said:
        """These faces are one person, whom nobody has named yet."""
        return self._do(lambda edit: joined(edit, face_ids), window)

    def somebody_else(
        self, subject: int, candidate: int, whom: Whom, window: str = "", *, refused: Sequence[int] = ()
    ) -> Said:
        """The subject of a question is not the candidate but somebody else, whom the candidate is not either."""
        return self._do(lambda edit: answered_other(edit, subject, candidate, whom, refused), window)

    def reject(self, face_ids: Sequence[int], person_id: int | None = None, window: str = "") -> Said:
        """These faces are not that person (None: the one each is taken for), for ever."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            faces = known_faces(edit.tx, face_ids)
            person = None
            for face_id in faces:
                person = resolve(edit.tx, person_id) if person_id else owner_of(edit.tx, face_id)
                if person is None:
                    raise Invalid("This face is nobody's. Say whom it is not.", field="person_id")
                if not person_row(edit.tx, person)[0]:
                    edit.pin(person)                # what is said of somebody makes them the user's
                take_away(edit, face_id, person)
            called = said_name(person_row(edit.tx, person)[0]) if person else ""
            return "reject", f"Said that {faces_of(len(faces))} {is_or_are(faces)} not {called}", Said(0, person, faces)

        return self._do(work, window)

    def ignore_faces(self, face_ids: Sequence[int], ignored: bool, window: str = "") -> Said:
        """Put faces among the ignored, or bring them back."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            faces = known_faces(edit.tx, face_ids)
            for face_id in faces:
                edit.fact(face_id, NOBODY, YES if ignored else None)
            return "ignore", f"{'Ignored' if ignored else 'Brought back'} {faces_of(len(faces))}", Said(0, None, faces)

        return self._do(work, window)

    def draw(self, photo_id: int, box: Sequence[float], whom: Whom, window: str = "") -> Said:
        """A face in a box that the user drew, somebody's or nobody's yet."""
        left, top, width, height = box
        if not (left >= 0 and top >= 0 and width >= SMALLEST_BOX and height >= SMALLEST_BOX
                and left + width <= 1.0001 and top + height <= 1.0001):
            raise Invalid("The box must lie inside the photo and be at least half a per cent wide and high.",
                          field="bbox")

        def work(edit: Edit) -> tuple[str, str, Said]:
            photo = edit.tx.execute("SELECT coalesce(leader_id, id) FROM photos WHERE id = ? AND state <= 1",
                                    (photo_id,)).fetchone()
            if photo is None:
                raise NotFound(f"There is no photo with the id {photo_id}.")
            face_id = int(edit.tx.execute(
                "INSERT INTO faces (photo_id, x, y, w, h, origin, shown, found_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?) "
                "RETURNING id", (photo[0], left, top, width, height, DRAWN, now())).fetchone()[0])
            edit.show(face_id, 1)
            person = None
            if whom.person_id is not None or whom.name:
                person = whom_of(edit, whom)
                say_yes(edit, face_id, person)
            name = f" of {said_name(person_row(edit.tx, person)[0])}" if person else ""
            return "draw", f"Drew a face{name}", Said(0, person, (face_id,))

        return self._do(work, window)

    def delete(self, face_id: int, window: str = "") -> Said:
        """Delete a box that was drawn."""

        def work(edit: Edit) -> tuple[str, str, Said]:
            faces = known_faces(edit.tx, [face_id])
            if edit.tx.execute("SELECT origin FROM faces WHERE id = ?", faces).fetchone()[0] != DRAWN:
                raise Conflict("This face was not drawn by you. Ignore a face that was found instead.")
            for (person,) in edit.tx.execute("SELECT person_id FROM face_facts WHERE face_id = ?", faces).fetchall():
                edit.fact(face_id, person, None)
            edit.show(face_id, 0)
            return "delete", "Deleted a drawn face", Said(0, None, faces)

        return self._do(work, window)

    # ------------------------------------------------------------------ doing

    def _do(self, work: Callable[[Edit], tuple[str, str, Said]], window: str) -> Said:
        def write(tx: Transaction) -> Said:
            edit = Edit(tx)
            kind, label, said = work(edit)
            if not kind:
                return said
            payload = edit.finish()
            faces = [*(row[0] for row in payload["faces"]), *edit.moved]
            action = self._actions.record(tx, f"people.{kind}", label, window, max(1, len(said.faces)), payload)
            self._tell(tx, faces)
            return Said(action, said.person_id, said.faces)

        return self._db.write(write, durable=True)

    def _revert(self, tx: Transaction, payload: Any, direction: Any) -> Any:
        outcome, faces = revert(tx, payload, direction)
        self._tell(tx, faces)
        return outcome

    def _tell(self, tx: Transaction, faces: list[int]) -> None:
        for listener in self._listeners:
            tx.after_commit.append(lambda listener=listener: listener(tuple(faces)))     # type: ignore[misc]
