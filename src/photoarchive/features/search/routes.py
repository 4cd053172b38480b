"""GET /api/search and what the search box asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.choice import ids_from_text
from photoarchive.catalog.query import MAX_WORDS, Query
from photoarchive.core.errors import Invalid
from photoarchive.features.search.service import RECENT, SearchService
from photoarchive.features.search.views import Done, ForgetRequest, Reasons, RecordRequest
from photoarchive.web.http import json_response, offload, read_json
from photoarchive.web.parameters import required, whole_number

MAX_PAGE = 500
DEFAULT_PAGE = 50
MAX_REASONS = 200
MAX_RECENT = 100


def router(service: SearchService) -> APIRouter:
    """All routes of searching."""
    routes = APIRouter()
    _add_answers(routes, service)
    _add_box(routes, service)
    _add_kept(routes, service)
    return routes


def _add_answers(routes: APIRouter, service: SearchService) -> None:
    @routes.get("/api/search")
    async def search(request: Request) -> Response:
        """The best photos for q, with why each was found: limit, offset, filters, strictness −3 to 3."""
        limit = whole_number(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE)
        offset = whole_number(request, "offset", 0, 0, 2**31)
        return json_response(await offload(service.search, _query(service, request), limit, offset))

    @routes.get("/api/search/about")
    async def about(request: Request) -> Response:
        """How a view was found (mode, model, cached, time, counts, hints), without its photos."""
        return json_response(await offload(service.about, _query(service, request)))

    @routes.get("/api/search/why")
    async def why(request: Request) -> Response:
        """Why photos were found: ids, q."""
        ids = ids_from_text("ids", required(request, "ids"), MAX_REASONS)
        return json_response(Reasons(await offload(service.why, _query(service, request, "ids"), ids)))


def _query(service: SearchService, request: Request, *ignore: str) -> Query:
    """The query of the address; best match first unless it says otherwise."""
    query = service.views.query(request.query_params, ("limit", "offset", *ignore))
    return query if request.query_params.get("sort") or not query.q else query.sorted_by("similarity")


def _add_box(routes: APIRouter, service: SearchService) -> None:
    @routes.get("/api/search/complete")
    async def complete(request: Request) -> Response:
        """What a text may go on with: q, at (the cursor; the end without it)."""
        text = request.query_params.get("q", "")
        if len(text) > MAX_WORDS:
            raise Invalid(f"q may have at most {MAX_WORDS} characters.", field="q")
        cursor = whole_number(request, "at", len(text), 0, MAX_WORDS)
        return json_response(await offload(service.complete, text, cursor))

    @routes.get("/api/search/language")
    async def language() -> Response:
        """The typed parts that work in this catalog, each with an example."""
        return json_response(await offload(service.help))

    @routes.get("/api/search/recent")
    async def recent(request: Request) -> Response:
        """The last searches, and the saved ones."""
        limit = whole_number(request, "limit", RECENT, 1, MAX_RECENT)
        return json_response(await offload(service.recent, limit))

    @routes.post("/api/search/recent")
    async def record(request: Request) -> Response:
        """Count a use of a search: {q}."""
        body = await read_json(request, RecordRequest)
        await offload(service.record, body.q)
        return json_response(Done())

    @routes.post("/api/search/recent/forget")
    async def forget(request: Request) -> Response:
        """Forget one search, {id}, or all, {}; saved ones stay."""
        body = await read_json(request, ForgetRequest)
        await offload(service.forget, body.id)
        return json_response(Done())


def _add_kept(routes: APIRouter, service: SearchService) -> None:
    @routes.get("/api/search/kept")
    async def kept() -> Response:
        """How many results are kept, and the room they take."""
        return json_response(await offload(service.kept))

    @routes.post("/api/search/kept/clear")
    async def clear() -> Response:
        """Drop all kept results."""
        return json_response(await offload(service.clear))
