"""GET and POST /api/albums, and the verbs of one album."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.choice import Choice
from photoarchive.features.albums.service import AlbumService
from photoarchive.features.albums.views import CreateRequest, RenameRequest
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import RowId


def router(service: AlbumService) -> APIRouter:
    """All routes of albums."""
    routes = APIRouter()

    @routes.get("/api/albums")
    async def albums() -> Response:
        """All albums by name."""
        return json_response(await offload(service.listed))

    @routes.post("/api/albums", max_body_size=MAX_ID_LIST_BYTES)
    async def create(request: Request) -> Response:
        """Make an album: {name} with {image_ids | view} or without."""
        body = await read_json(request, CreateRequest)
        return json_response(await offload(service.create, body.name, body, browser_window(request)))

    @routes.post("/api/albums/{album_id}/rename")
    async def rename(album_id: RowId, request: Request) -> Response:
        """Give it another name: {name}."""
        body = await read_json(request, RenameRequest)
        return json_response(await offload(service.rename, album_id, body.name, browser_window(request)))

    @routes.post("/api/albums/{album_id}/delete")
    async def delete(album_id: RowId, request: Request) -> Response:
        """Delete it; photos stay in the library."""
        return json_response(await offload(service.delete, album_id, browser_window(request)))

    @routes.post("/api/albums/{album_id}/add", max_body_size=MAX_ID_LIST_BYTES)
    async def add(album_id: RowId, request: Request) -> Response:
        """Put photos at its end: {image_ids | view}."""
        body = await read_json(request, Choice)
        return json_response(await offload(service.add, album_id, body, browser_window(request)))

    @routes.post("/api/albums/{album_id}/remove", max_body_size=MAX_ID_LIST_BYTES)
    async def remove(album_id: RowId, request: Request) -> Response:
        """Take photos out: {image_ids | view}."""
        body = await read_json(request, Choice)
        return json_response(await offload(service.remove, album_id, body, browser_window(request)))

    return routes
