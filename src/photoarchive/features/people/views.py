"""Shapes of the requests and answers about people."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.people_lists import FaceCard, PersonCard


class Section(msgspec.Struct):
    """One of named, review, unnamed, ignored: how many, and a page of them."""

    total: int
    people: list[PersonCard]


class PeopleAnswer(msgspec.Struct):
    """GET /api/people."""

    sections: dict[str, Section]
    limit: int
    offset: int


class PlaceCount(msgspec.Struct):
    """Where a person was photographed."""

    name: str
    count: int


class Apart(msgspec.Struct):
    """Faces of a person that look like one other person: all of them, the best of them, and the best of the rest."""

    face_ids: list[int]
    faces: list[FaceCard]
    rest: list[FaceCard]


class PersonAnswer(PersonCard, kw_only=True):
    """GET /api/people/{id}. apart: what to split off, where the faces look like two people."""

    first_seen: str
    last_seen: str
    merged_into: int | None
    faces: list[FaceCard]
    places: list[PlaceCount]
    odd_count: int
    confirmed_count: int
    apart: Apart | None


class FacesAnswer(msgspec.Struct):
    """A page of faces."""

    faces: list[FaceCard]
    total: int
    odd_count: int = 0


class PhotoFaces(msgspec.Struct):
    """The faces of a photo; scanned: the model in use has looked at it."""

    photo_id: int
    scanned: bool
    faces: list[FaceCard]


class NameCard(msgspec.Struct):
    """A name to offer."""

    id: int
    name: str
    photo_count: int
    face_thumb_url: str | None


class NamesAnswer(msgspec.Struct):
    """GET /api/people/names."""

    names: list[NameCard]
    total: int


class Side(msgspec.Struct):
    """One side of a question: a person, or a single face of nobody. apart: those that look like one other person."""

    person: PersonCard | None
    face_count: int
    faces: list[FaceCard]
    apart: list[int] = msgspec.field(default_factory=list)


class QuestionCard(msgspec.Struct):
    """One question: is the subject the candidate?"""

    id: str
    kind: str
    text: str
    similarity: float
    subject: Side
    candidate: Side


class QuestionsAnswer(msgspec.Struct):
    """GET /api/people/questions."""

    questions: list[QuestionCard]
    total: int


class Suggestion(msgspec.Struct):
    """Two people who may be one."""

    id: str
    similarity: float
    source: PersonCard
    target: PersonCard
    source_faces: list[FaceCard]
    target_faces: list[FaceCard]


class SuggestionsAnswer(msgspec.Struct):
    """GET /api/people/merge-suggestions."""

    suggestions: list[Suggestion]
    total: int


class Done(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a change did. ok and action_id are always there; the rest where it has a meaning."""

    ok: bool
    action_id: int | None
    person: PersonCard | msgspec.UnsetType | None = msgspec.UNSET
    face: FaceCard | msgspec.UnsetType | None = msgspec.UNSET
    already: bool | msgspec.UnsetType = msgspec.UNSET
    confirmed: int | msgspec.UnsetType = msgspec.UNSET
    count: int | msgspec.UnsetType = msgspec.UNSET
    source: PersonCard | msgspec.UnsetType | None = msgspec.field(default=msgspec.UNSET, name="from")


class LabelRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A name; "" takes it away."""

    name: str


class MergeRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Two people are one."""

    source_person_id: int
    target_person_id: int


class SplitRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Some faces of a person are somebody else."""

    face_ids: list[int]
    name: str = ""


class ConfirmRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All are right, except these."""

    but: list[int] = msgspec.field(default_factory=list, name="except")


class CoverRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The face that stands for a person; null: the best one."""

    face_id: int | None


class AssignRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who it is: by id or by name."""

    person_id: int | None = None
    name: str | None = None


class AssignManyRequest(AssignRequest, kw_only=True, forbid_unknown_fields=True):
    """The same of several faces."""

    face_ids: list[int]


class FacesRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Several faces."""

    face_ids: list[int]


class RejectRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who it is not; null: the person it is taken for."""

    person_id: int | None = None


class DrawRequest(AssignRequest, kw_only=True, forbid_unknown_fields=True):
    """A box, and whose it is."""

    bbox: tuple[float, float, float, float]


class AnswerRequest(AssignRequest, kw_only=True, forbid_unknown_fields=True):
    """yes, no, ignore, or other with a name or a person."""

    answer: str
    but: list[int] = msgspec.field(default_factory=list, name="except")
