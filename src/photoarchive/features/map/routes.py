"""GET /api/map/points and GET /api/map/clusters. (GET /api/map/markers, of the reference, is the Library's.)"""

from __future__ import annotations

import hashlib
import re

from fastapi import APIRouter, Request, Response

from photoarchive.core.errors import Invalid
from photoarchive.features.map.clusters import MAX_ZOOM, Window
from photoarchive.features.map.service import MapService
from photoarchive.web.http import json_response, offload
from photoarchive.web.parameters import required, whole_number

POINTS_TYPE = "application/x-photoarchive-points"
_WINDOW = re.compile(r"-?[0-9]{1,4}(?:\.[0-9]{1,15})?")


def router(service: MapService) -> APIRouter:
    """All routes of the map."""
    routes = APIRouter()

    @routes.get("/api/map/points")
    async def points(request: Request) -> Response:
        """The located photos of a view as binary columns; of a very large view only what there is to know of it."""
        revision = service.views.columns.revision_now       # before: what is read from here on is as new, or newer
        found = await offload(service.points_of, service.views.query(request.query_params))
        etag = f'"{hashlib.blake2b(found.revision.encode(), digest_size=12).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-View-Revision": str(revision)}
        if request.headers.get("if-none-match", "") == etag:
            return Response(status_code=304, headers=headers)
        return Response(await offload(service.encode, found), media_type=POINTS_TYPE, headers=headers)

    @routes.get("/api/map/clusters")
    async def clusters(request: Request) -> Response:
        """Clusters of a view in a window of the map: window=west,south,east,north, zoom=, year=, and filters."""
        window = read_window(required(request, "window"), whole_number(request, "zoom", 0, 0, MAX_ZOOM))
        year = whole_number(request, "year", 0, 0, 9998) or None
        query = service.views.query(request.query_params, ("window", "zoom", "year"))
        return json_response(await offload(service.clusters, query, window, year))

    return routes


def read_window(text: str, zoom: int) -> Window:
    """“west,south,east,north” in degrees, as the map counts them: beyond ±180 around the world. Raises Invalid."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(_WINDOW.fullmatch(part) for part in parts):
        raise Invalid(f"window must be west,south,east,north in degrees, not “{text}”.", field="window")
    west, south, east, north = (float(part) for part in parts)
    return Window(west, south, east, north, zoom)
