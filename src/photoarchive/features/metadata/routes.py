"""HTTP of metadata: all tags of one photo."""

from __future__ import annotations

from fastapi import APIRouter, Response

from photoarchive.features.metadata.service import MetadataService
from photoarchive.web.http import json_response, offload
from photoarchive.web.parameters import RowId


def router(metadata: MetadataService) -> APIRouter:
    """GET /api/image/{id}/exif."""
    routes = APIRouter()

    @routes.get("/api/image/{photo_id}/exif")
    async def exif(photo_id: RowId) -> Response:
        """Every tag of one photo, from its file when it can be reached → {exif, live, reason?}."""
        return json_response(await offload(metadata.exif, photo_id))

    return routes
