"""What a person sees and does about people: lists, questions, answers. Owns no SQL and no HTTP.

Changes are said to `catalog.people`, which keeps them; what is answered is read back from the lists.
"""

from __future__ import annotations

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.dictionaries import Dictionaries
from photoarchive.catalog.face_columns import FaceColumns
from photoarchive.catalog.people import People
from photoarchive.catalog.people_answers import Said, Whom
from photoarchive.catalog.people_lists import ORDERS, SECTIONS, FaceCard, PeopleLists, PersonCard
from photoarchive.catalog.people_questions import Asked, Questions, side_text, sides_of
from photoarchive.core.errors import Invalid, NotFound
from photoarchive.features.people.looks import FaceLooks, Looks
from photoarchive.features.people.views import (
    AnswerRequest,
    Apart,
    Done,
    FacesAnswer,
    NameCard,
    NamesAnswer,
    PeopleAnswer,
    PersonAnswer,
    PhotoFaces,
    PlaceCount,
    QuestionCard,
    QuestionsAnswer,
    Section,
    Side,
    Suggestion,
    SuggestionsAnswer,
)

FEW = 6                 # faces that stand for somebody
ASKED_FACES = 12        # faces of what is asked about
MOST_PLACES = 8
ANSWERS = ("yes", "no", "ignore", "other")


class PeopleService:
    """Thread-safe."""

    def __init__(
        self, *, db: Database, people: People, faces: FaceColumns, lists: PeopleLists, questions: Questions,
        looks: FaceLooks, dictionaries: Dictionaries,
    ) -> None:
        self._db, self._people, self._faces, self._lists = db, people, faces, lists
        self._questions, self._looks, self._dictionaries = questions, looks, dictionaries

    # ------------------------------------------------------------------ reading

    def sections(self, section: str, order: str, text: str, *, limit: int, offset: int) -> PeopleAnswer:
        """The sections of the page with their totals; a page of each, or of one."""
        if section not in ("", "review", *SECTIONS):
            raise Invalid(f"section cannot be “{section}”. It is one of {', '.join(SECTIONS)}.", field="section")
        if order not in ORDERS:
            raise Invalid(f"sort cannot be “{order}”. It is one of {', '.join(ORDERS)}.", field="sort")
        answer = {}
        for name in SECTIONS:
            ids = self._lists.section(name, order, text)
            wanted = ids[offset:offset + limit] if section in ("", name) else []
            answer[name] = Section(len(ids), self._lists.cards(wanted))
        answer["review"] = Section(self._questions.page(0, 0)[1], [])
        return PeopleAnswer(answer, limit, offset)

    def names(self, text: str, limit: int, offset: int) -> NamesAnswer:
        """Names to offer."""
        ids = self._lists.names(text)
        cards = self._lists.cards(ids[offset:offset + limit])
        return NamesAnswer([NameCard(c.id, c.name, c.photo_count, c.face_thumb_url) for c in cards], len(ids))

    def person(self, person_id: int) -> PersonAnswer:
        """One person with all that is known."""
        row, card = self._lists.person(person_id), self._card(person_id)
        faces, looks = self._lists.of_person(person_id), self._looks.of(person_id)
        first, last = self._lists.seen(person_id)
        names = self._dictionaries.places()
        places = [PlaceCount(names[code].label, count) for code, count in self._lists.places(person_id, MOST_PLACES)
                  if code in names]
        shown = self._lists.faces(faces[:FEW])
        confirmed = self._faces.confirmed(person_id)
        return PersonAnswer(**msgspec.structs.asdict(card), first_seen=first, last_seen=last,
                            merged_into=row.merged_into, faces=shown, places=places, odd_count=len(looks.odd),
                            confirmed_count=confirmed, apart=self._apart(faces, looks.others))

    def faces_of(self, person_id: int, order: str, limit: int, offset: int) -> FacesAnswer:
        """The faces of a person, page by page: odd ones first, best first, or newest first."""
        if order not in ("odd", "quality", "newest"):
            raise Invalid(f"sort cannot be “{order}”. It is one of odd, quality, newest.", field="sort")
        self._lists.person(person_id)
        faces, looks = self._lists.of_person(person_id, order), self._looks.of(person_id)
        if order == "odd":
            there, odd = set(faces), set(looks.odd)
            faces = [*(face for face in looks.odd if face in there), *(face for face in faces if face not in odd)]
        return FacesAnswer(self._marked(faces[offset:offset + limit], looks), len(faces), len(looks.odd))

    def loose_faces(self, state: str, limit: int, offset: int) -> FacesAnswer:
        """Faces of nobody, or ignored ones."""
        if state not in ("unsorted", "ignored"):
            raise Invalid(f"state cannot be “{state}”. It is unsorted or ignored.", field="state")
        ids = self._lists.loose(ignored=state == "ignored")
        return FacesAnswer(self._lists.faces(ids[offset:offset + limit].tolist()), len(ids))

    def face(self, face_id: int) -> FaceCard:
        """One face. Raises NotFound."""
        found = self._lists.faces([face_id])
        if not found:
            raise NotFound(f"There is no face with the id {face_id}.")
        return found[0]

    def photo(self, photo_id: int, scanned: bool) -> PhotoFaces:
        """The faces of a photo; of the part of a pair those of its leader. Raises NotFound."""
        row = self._db.read().execute("SELECT coalesce(leader_id, id) FROM photos WHERE id = ?",
                                      (photo_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no photo with the id {photo_id}.")
        return PhotoFaces(photo_id, scanned, self._lists.of_photo(row[0]))

    # ------------------------------------------------------------------ questions

    def questions(self, limit: int, offset: int, person_id: int | None) -> QuestionsAnswer:
        """A page of the queue, most useful first."""
        asked, total = self._questions.page(limit, offset, person_id)
        return QuestionsAnswer([self._question(one) for one in asked], total)

    def merge_suggestions(self, limit: int, offset: int) -> SuggestionsAnswer:
        """The questions about two people."""
        asked, total = self._questions.page(limit, offset, people_only=True)
        return SuggestionsAnswer([self._suggestion(one) for one in asked], total)

    def answer(self, question_id: str, body: AnswerRequest, window: str) -> Done:
        """An answer to a question. One that no longer stands changes nothing."""
        subject, candidate = sides_of(question_id)
        if body.answer not in ANSWERS:
            raise Invalid(f"answer cannot be “{body.answer}”. It is one of {', '.join(ANSWERS)}.", field="answer")
        if not self._questions.stands(subject, candidate):
            person = self._faces.resolve(candidate) if candidate > 0 else 0
            return Done(ok=True, action_id=None, already=True, person=self._card(person) if person else None)
        if body.answer == "no":
            return self._done(self._people.keep_apart(subject, candidate, window), answered=True)
        faces = self._side_faces(subject)
        wrong = set(body.but)
        if wrong - set(faces):
            raise Invalid("Some of these faces are not asked about.", field="except")
        if body.answer == "ignore":
            said = (self._people.ignore(subject, True, window) if subject > 0
                    else self._people.ignore_faces(faces, True, window))
            return self._done(said, answered=True)
        if body.answer == "other":
            whom = Whom(body.person_id, body.name)
            return self._done(self._people.somebody_else(subject, candidate, whom, window, refused=sorted(wrong)),
                              answered=True)
        return self._done(self._yes(subject, candidate, faces, wrong, window), answered=True)

    def _yes(self, subject: int, candidate: int, faces: list[int], wrong: set[int], window: str) -> Said:
        """The subject is the candidate, but for the wrong faces."""
        if subject > 0 and candidate > 0 and not wrong:
            return self._people.merge(subject, candidate, window)
        right = [face for face in faces if face not in wrong]
        if candidate > 0:
            return self._people.assign(right, Whom(candidate), window, refused=sorted(wrong))
        return self._people.together([*right, -candidate], window)

    # ------------------------------------------------------------------ changing

    def label(self, person_id: int, name: str, window: str) -> Done:
        """Name, rename, or take the name away."""
        return self._done(self._people.name(person_id, name, window))

    def merge(self, source: int, target: int, window: str) -> Done:
        """Two people are one."""
        return self._done(self._people.merge(source, target, window))

    def split(self, person_id: int, face_ids: list[int], name: str, window: str) -> Done:
        """Some faces are somebody else."""
        done = self._done(self._people.split(person_id, face_ids, name, window))
        done.source = self._card(self._faces.resolve(person_id))
        return done

    def confirm(self, person_id: int, but: list[int], window: str) -> Done:
        """All are right, except some."""
        said = self._people.confirm(person_id, but, window)
        done = self._done(said)
        done.confirmed = len(set(said.faces) - set(but))
        return done

    def ignore(self, person_id: int, ignored: bool, window: str) -> Done:
        """A person goes to the ignored ones, or comes back."""
        return self._done(self._people.ignore(person_id, ignored, window))

    def cover(self, person_id: int, face_id: int | None, window: str) -> Done:
        """The face that stands for a person."""
        return self._done(self._people.cover(person_id, face_id, window))

    def assign(self, face_ids: list[int], whom: Whom, window: str) -> Done:
        """These faces are somebody."""
        return self._done(self._people.assign(face_ids, whom, window), faces=face_ids)

    def reject(self, face_ids: list[int], person_id: int | None, window: str) -> Done:
        """These faces are not somebody."""
        return self._done(self._people.reject(face_ids, person_id, window), faces=face_ids)

    def ignore_faces(self, face_ids: list[int], ignored: bool, window: str) -> Done:
        """Faces go to the ignored ones, or come back."""
        return self._done(self._people.ignore_faces(face_ids, ignored, window), faces=face_ids)

    def draw(self, photo_id: int, box: tuple[float, float, float, float], whom: Whom, window: str) -> Done:
        """A box that was drawn, with its descriptor where the model sees a face in it."""
        said = self._people.draw(photo_id, box, whom, window)
        return self._done(said, faces=list(said.faces))

    def delete(self, face_id: int, window: str) -> Done:
        """A drawn box goes."""
        return Done(ok=True, action_id=self._people.delete(face_id, window).action_id)

    # ------------------------------------------------------------------ small things

    def _done(self, said: Said, *, faces: list[int] | None = None, answered: bool = False) -> Done:
        done = Done(ok=True, action_id=said.action_id)
        if said.person_id is not None or faces is None:
            done.person = self._card(self._faces.resolve(said.person_id)) if said.person_id else None
        if faces is not None and len(faces) == 1:
            done.face = self.face(faces[0])
        if faces is not None:
            done.count = len(faces)
        if answered:
            done.already = said.action_id is None       # another tab was quicker
        return done

    def _card(self, person_id: int) -> PersonCard:
        return self._lists.cards([person_id])[0]

    def _apart(self, faces: list[int], others: list[int]) -> Apart | None:
        """The faces that look like somebody else, beside the rest; both with their best ones."""
        chosen = set(others)
        theirs, rest = [face for face in faces if face in chosen], [face for face in faces if face not in chosen]
        if not theirs or not rest:
            return None
        return Apart(theirs, self._lists.faces(theirs[:FEW]), self._lists.faces(rest[:FEW]))

    def _marked(self, face_ids: list[int], looks: Looks) -> list[FaceCard]:
        """Cards that say how well each face fits and which are odd."""
        cards, odd = self._lists.faces(face_ids), set(looks.odd)
        for card in cards:
            fit = looks.fits.get(card.id)
            card.similarity, card.odd = None if fit is None else round(fit, 4), card.id in odd
        return cards

    def _side_faces(self, side: int) -> list[int]:
        return self._lists.of_person(side) if side > 0 else [-side]

    def _subject(self, side: int) -> Side:
        """What is asked about: its best faces, and some of the odd ones."""
        if side < 0:
            return Side(None, 1, self._lists.faces([-side]))
        faces, looks = self._lists.of_person(side), self._looks.of(side)
        odd = looks.odd[:ASKED_FACES // 3]
        marked = set(looks.odd)
        regular = [face for face in faces if face not in marked][:ASKED_FACES - len(odd)]
        return Side(self._card(side), len(faces), self._marked([*regular, *odd], looks), looks.others)

    def _candidate(self, side: int) -> Side:
        """Who it may be: the best faces."""
        faces = self._side_faces(side)
        return Side(self._card(side) if side > 0 else None, len(faces), self._lists.faces(faces[:FEW]))

    def _question(self, asked: Asked) -> QuestionCard:
        subject, candidate = self._subject(asked.subject), self._candidate(asked.candidate)
        name = candidate.person.name if candidate.person else ""
        kind = "same" if not name else "face" if subject.face_count == 1 else "group"
        text = f"Is this {name}?" if kind == "face" else f"Are these {name}?" if name else "Are these the same person?"
        return QuestionCard(asked.id, kind, text, round(asked.similarity, 4), subject, candidate)

    def _suggestion(self, asked: Asked) -> Suggestion:
        source, target = self._candidate(asked.subject), self._candidate(asked.candidate)
        if source.person is None or target.person is None:
            raise NotFound(f"{side_text(asked.subject)} is no person any more.")
        return Suggestion(asked.id, round(asked.similarity, 4), source.person, target.person, source.faces,
                          target.faces)

