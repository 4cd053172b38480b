"""GET /api/places and GET /api/places/days."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.features.places.service import PlaceService
from photoarchive.web.http import json_response, offload
from photoarchive.web.parameters import required


def router(service: PlaceService) -> APIRouter:
    """All routes of places."""
    routes = APIRouter()

    @routes.get("/api/places")
    async def places(request: Request) -> Response:
        """Places of a view with their counts, at most 2,000."""
        query = service.views.query(request.query_params)
        return json_response(await offload(service.counts, query))

    @routes.get("/api/places/days")
    async def days(request: Request) -> Response:
        """What to write over the days of a pinned view: ?token=."""
        return json_response(await offload(service.of_days, required(request, "token")))

    return routes
