"""GET and POST /api/people…, and the faces of a photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.people_answers import Whom
from photoarchive.features.people.service import PeopleService
from photoarchive.features.people.status import PeopleStatus
from photoarchive.features.people.thumbs import FaceThumbs
from photoarchive.features.people.views import (
    AnswerRequest,
    AssignManyRequest,
    AssignRequest,
    ConfirmRequest,
    CoverRequest,
    DrawRequest,
    FacesRequest,
    LabelRequest,
    MergeRequest,
    RejectRequest,
    SplitRequest,
)
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import LARGEST_ID, RowId, whole_number

MOST = 500              # of one page
THUMB_SIDES = (40, 480)
THUMB_HEADERS = {"Cache-Control": "private, max-age=86400, stale-while-revalidate=604800"}


def router(service: PeopleService, status: PeopleStatus, thumbs: FaceThumbs) -> APIRouter:
    """All routes of people."""
    routes = APIRouter()
    _add_reading(routes, service, status)
    _add_questions(routes, service)
    _add_faces(routes, service, thumbs)         # before the people: "faces" is no id
    _add_people(routes, service)
    _add_photo(routes, service, status)
    return routes


def _page(request: Request, default: int) -> tuple[int, int]:
    return whole_number(request, "limit", default, 0, MOST), whole_number(request, "offset", 0, 0, LARGEST_ID)


async def _say(request: Request, work: Callable[..., Any], *parts: Any) -> Response:
    return json_response(await offload(work, *parts, browser_window(request)))


def _add_reading(routes: APIRouter, service: PeopleService, status: PeopleStatus) -> None:
    @routes.get("/api/people")
    async def sections(request: Request) -> Response:
        """Named, To review, Unnamed, Ignored: totals, and a page of each or of one (section, sort, q)."""
        limit, offset = _page(request, 24)
        asked = request.query_params
        return json_response(await offload(
            service.sections, asked.get("section", ""), asked.get("sort") or "photos", asked.get("q", "").strip(),
            limit=limit, offset=offset))

    @routes.get("/api/people/status")
    async def state() -> Response:
        """What the job does, the model and its thresholds, and counts."""
        return json_response(await offload(status.now))

    @routes.get("/api/people/names")
    async def names(request: Request) -> Response:
        """Names to offer for what was typed: q."""
        return json_response(await offload(service.names, request.query_params.get("q", ""), *_page(request, 20)))

    @routes.post("/api/people/scan/pause")
    async def pause() -> Response:
        """Let the job rest."""
        return json_response(await offload(status.pause, True))

    @routes.post("/api/people/scan/resume")
    async def resume() -> Response:
        """Let the job work again."""
        return json_response(await offload(status.pause, False))


def _add_questions(routes: APIRouter, service: PeopleService) -> None:
    @routes.get("/api/people/questions")
    async def questions(request: Request) -> Response:
        """The queue, most useful first; person_id: about that person."""
        person = whole_number(request, "person_id", 0, 0, LARGEST_ID) or None
        return json_response(await offload(service.questions, *_page(request, 10), person))

    @routes.post("/api/people/questions/{question_id}", max_body_size=MAX_ID_LIST_BYTES)
    async def answer(question_id: str, request: Request) -> Response:
        """{answer: yes | no | ignore | other, name?, person_id?, except?}."""
        return await _say(request, service.answer, question_id, await read_json(request, AnswerRequest))

    @routes.get("/api/people/merge-suggestions")
    async def suggestions(request: Request) -> Response:
        """Pairs of people who may be one."""
        return json_response(await offload(service.merge_suggestions, *_page(request, 20)))

    @routes.post("/api/people/merge-suggestions/{question_id}/accept")
    async def accept(question_id: str, request: Request) -> Response:
        """They are one."""
        return await _say(request, service.answer, question_id, AnswerRequest(answer="yes"))

    @routes.post("/api/people/merge-suggestions/{question_id}/reject")
    async def reject(question_id: str, request: Request) -> Response:
        """They are not, for ever."""
        return await _say(request, service.answer, question_id, AnswerRequest(answer="no"))


def _add_people(routes: APIRouter, service: PeopleService) -> None:
    @routes.post("/api/people/merge")
    async def merge(request: Request) -> Response:
        """{source_person_id, target_person_id}: two people are one."""
        body = await read_json(request, MergeRequest)
        return await _say(request, service.merge, body.source_person_id, body.target_person_id)

    @routes.get("/api/people/{person_id}")
    async def person(person_id: RowId) -> Response:
        """One person with first and last day, places and the best faces."""
        return json_response(await offload(service.person, person_id))

    @routes.get("/api/people/{person_id}/faces")
    async def faces(person_id: RowId, request: Request) -> Response:
        """All faces of a person: sort=odd | quality | newest."""
        order = request.query_params.get("sort") or "quality"
        return json_response(await offload(service.faces_of, person_id, order, *_page(request, 60)))

    @routes.post("/api/people/{person_id}/label")
    async def label(person_id: RowId, request: Request) -> Response:
        """{name}: name, rename, or take the name away."""
        return await _say(request, service.label, person_id, (await read_json(request, LabelRequest)).name)

    @routes.post("/api/people/{person_id}/split", max_body_size=MAX_ID_LIST_BYTES)
    async def split(person_id: RowId, request: Request) -> Response:
        """{face_ids, name?}: these faces are somebody else."""
        body = await read_json(request, SplitRequest)
        return await _say(request, service.split, person_id, body.face_ids, body.name)

    @routes.post("/api/people/{person_id}/confirm", max_body_size=MAX_ID_LIST_BYTES)
    async def confirm(person_id: RowId, request: Request) -> Response:
        """{except?}: all faces are right, except these."""
        return await _say(request, service.confirm, person_id, (await read_json(request, ConfirmRequest)).but)

    @routes.post("/api/people/{person_id}/ignore")
    async def ignore(person_id: RowId, request: Request) -> Response:
        """To the ignored people."""
        return await _say(request, service.ignore, person_id, True)

    @routes.post("/api/people/{person_id}/unignore")
    async def unignore(person_id: RowId, request: Request) -> Response:
        """Back from the ignored people."""
        return await _say(request, service.ignore, person_id, False)

    @routes.post("/api/people/{person_id}/cover")
    async def cover(person_id: RowId, request: Request) -> Response:
        """{face_id | null}: the face that stands for this person."""
        return await _say(request, service.cover, person_id, (await read_json(request, CoverRequest)).face_id)


def _add_faces(routes: APIRouter, service: PeopleService, thumbs: FaceThumbs) -> None:
    @routes.get("/api/people/faces")
    async def loose(request: Request) -> Response:
        """Faces of nobody: state=unsorted | ignored."""
        state = request.query_params.get("state") or "unsorted"
        return json_response(await offload(service.loose_faces, state, *_page(request, 60)))

    @routes.post("/api/people/faces/assign", max_body_size=MAX_ID_LIST_BYTES)
    async def assign_many(request: Request) -> Response:
        """{face_ids, person_id | name}."""
        body = await read_json(request, AssignManyRequest)
        return await _say(request, service.assign, body.face_ids, Whom(body.person_id, body.name))

    @routes.post("/api/people/faces/ignore", max_body_size=MAX_ID_LIST_BYTES)
    async def ignore_many(request: Request) -> Response:
        """{face_ids}: to the ignored faces."""
        return await _say(request, service.ignore_faces, (await read_json(request, FacesRequest)).face_ids, True)

    @routes.post("/api/people/faces/unignore", max_body_size=MAX_ID_LIST_BYTES)
    async def unignore_many(request: Request) -> Response:
        """{face_ids}: back from the ignored faces."""
        return await _say(request, service.ignore_faces, (await read_json(request, FacesRequest)).face_ids, False)

    @routes.get("/api/people/faces/{face_id}")
    async def face(face_id: RowId) -> Response:
        """One face."""
        return json_response(await offload(service.face, face_id))

    @routes.get("/api/people/faces/{face_id}/thumb")
    async def thumb(face_id: RowId, request: Request) -> Response:
        """A square picture of the face: size=160."""
        made = await offload(thumbs.get, face_id, whole_number(request, "size", 160, *THUMB_SIDES))
        headers = THUMB_HEADERS | {"ETag": made.etag}
        if request.headers.get("if-none-match") == made.etag:
            return Response(status_code=304, headers=headers)
        return Response(made.data, media_type="image/jpeg", headers=headers)

    @routes.post("/api/people/faces/{face_id}/assign")
    async def assign(face_id: RowId, request: Request) -> Response:
        """{person_id | name}: who it is."""
        body = await read_json(request, AssignRequest)
        return await _say(request, service.assign, [face_id], Whom(body.person_id, body.name))

    @routes.post("/api/people/faces/{face_id}/reject")
    async def reject(face_id: RowId, request: Request) -> Response:
        """{person_id?}: who it is not."""
        return await _say(request, service.reject, [face_id], (await read_json(request, RejectRequest)).person_id)

    @routes.post("/api/people/faces/{face_id}/ignore")
    async def ignore(face_id: RowId, request: Request) -> Response:
        """To the ignored faces."""
        return await _say(request, service.ignore_faces, [face_id], True)

    @routes.post("/api/people/faces/{face_id}/unignore")
    async def unignore(face_id: RowId, request: Request) -> Response:
        """Back from the ignored faces."""
        return await _say(request, service.ignore_faces, [face_id], False)

    @routes.post("/api/people/faces/{face_id}/delete")
    async def delete(face_id: RowId, request: Request) -> Response:
        """A box that was drawn goes."""
        return await _say(request, service.delete, face_id)


def _add_photo(routes: APIRouter, service: PeopleService, status: PeopleStatus) -> None:
    @routes.get("/api/image/{photo_id}/faces")
    async def faces(photo_id: RowId) -> Response:
        """The faces of a photo, left to right."""
        return json_response(await offload(service.photo, photo_id, status.has_scanned(photo_id)))

    @routes.post("/api/image/{photo_id}/faces")
    async def draw(photo_id: RowId, request: Request) -> Response:
        """{bbox, person_id? | name?}: a box drawn around a face."""
        body = await read_json(request, DrawRequest)
        return await _say(request, service.draw, photo_id, body.bbox, Whom(body.person_id, body.name))
