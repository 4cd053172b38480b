"""Addresses of look-alikes and duplicates."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.similar.looks import LookService, asked
from photoarchive.features.similar.service import DuplicateService
from photoarchive.features.similar.views import DecideRequest
from photoarchive.retrieval.duplicates import GROUPED
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import RowId, required, whole_number

MAX_GROUPS = 500
MAX_SIMILAR = 500
MAX_CLUSTERS = 200


def router(duplicates: DuplicateService, looks: LookService, views: Views) -> APIRouter:
    """All routes."""
    routes = APIRouter()
    _add_duplicates(routes, duplicates)
    _add_looks(routes, looks, views)
    return routes


def _add_duplicates(routes: APIRouter, service: DuplicateService) -> None:
    @routes.get("/api/duplicates")
    async def groups(request: Request) -> Response:
        """Groups of duplicates and their pairs: threshold, limit, offset, state all|open|decided, kind, pairs=0."""
        threshold = _share(request, "threshold", GROUPED)
        limit, offset = whole_number(request, "limit", 100, 1, MAX_GROUPS), whole_number(request, "offset", 0, 0, 2**31)
        asked = request.query_params
        return json_response(await offload(
            service.duplicates, threshold, limit, offset, state=asked.get("state") or "all",
            kind=asked.get("kind", ""), pairs=asked.get("pairs") != "0"))

    @routes.post("/api/duplicates/decide", max_body_size=MAX_ID_LIST_BYTES)
    async def decide(request: Request) -> Response:
        """Decide about the photos of a group: {photo_ids, verdict, keep}."""
        body = await read_json(request, DecideRequest)
        return json_response(await offload(service.decide, body, browser_window(request)))


def _add_looks(routes: APIRouter, service: LookService, views: Views) -> None:
    @routes.get("/api/similar")
    async def similar_to(request: Request) -> Response:
        """Look-alikes of several photos, or of a part of one: ids=3,17 or ids=3@left-top-width-height, limit."""
        photos, region = asked((required(request, "ids"),))
        limit = whole_number(request, "limit", 50, 1, MAX_SIMILAR)
        return json_response(await offload(service.similar, photos, limit, region))

    @routes.get("/api/look-alikes")
    async def look_alikes(request: Request) -> Response:
        """Look-alikes of photos for a page that shows them beside: ids, limit; a note while they are not known."""
        photos, _ = asked((required(request, "ids"),))
        limit = whole_number(request, "limit", 8, 1, MAX_SIMILAR)
        return json_response(await offload(service.noted, photos, limit))

    @routes.get("/api/similar/{photo_id}")
    async def similar(photo_id: RowId, request: Request) -> Response:
        """Look-alikes of one photo: limit."""
        limit = whole_number(request, "limit", 50, 1, MAX_SIMILAR)
        return json_response(await offload(service.similar, [photo_id], limit))

    @routes.get("/api/collections")
    async def collections(request: Request) -> Response:
        """Visual groups of a view: n_clusters, and filters."""
        count = whole_number(request, "n_clusters", 20, 1, MAX_CLUSTERS)
        query = views.query(request.query_params, ("n_clusters",))
        return json_response(await offload(service.collections, query, count))


def _share(request: Request, name: str, default: float) -> float:
    """A number of a parameter; what it may be says whoever takes it."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid(f"{name} must be a number, not “{text}”.", field=name)
    return value
