"""POST /api/images/keywords and /api/images/texts; GET /api/keywords completes what is typed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.choice import Choice
from photoarchive.features.organise.service import OrganiseService
from photoarchive.features.organise.views import KeywordsAnswer, KeywordsRequest, TextsAnswer, TextsRequest
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import whole_number

MOST_SUGGESTED = 50


def router(service: OrganiseService) -> APIRouter:
    """All routes about what is written on photos."""
    routes = APIRouter()

    @routes.get("/api/keywords")
    async def complete(request: Request) -> Response:
        """Keywords that continue q, each with its count: q, limit."""
        limit = whole_number(request, "limit", 12, 1, MOST_SUGGESTED)
        return json_response(await offload(service.complete, request.query_params.get("q", ""), limit))

    @routes.post("/api/images/keywords", max_body_size=MAX_ID_LIST_BYTES)
    async def change_keywords(request: Request) -> Response:
        """Add or take away keywords: {image_ids | view, add: […] | remove: […]}."""
        body = await read_json(request, KeywordsRequest)
        done = await offload(service.change_keywords, body, browser_window(request))
        return json_response(KeywordsAnswer(count=done.count, changed=done.changed, action_id=done.action_id,
                                            keywords=list(done.keywords)))

    @routes.post("/api/images/keywords/count", max_body_size=MAX_ID_LIST_BYTES)
    async def count_keywords(request: Request) -> Response:
        """The keywords of some photos: {image_ids | view} → {keywords: [{name, count}], photos}."""
        body = await read_json(request, Choice)
        return json_response(await offload(service.keywords_of, body))

    @routes.post("/api/images/texts", max_body_size=MAX_ID_LIST_BYTES)
    async def change_texts(request: Request) -> Response:
        """Set title, caption or both: {image_ids | view, title?, caption?}."""
        body = await read_json(request, TextsRequest)
        done = await offload(service.change_texts, body, browser_window(request))
        return json_response(TextsAnswer(count=done.count, changed=done.changed, action_id=done.action_id))

    return routes
