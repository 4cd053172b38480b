"""POST /api/corrections/time and /place correct many photos at once; /preview shows what they would do."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.overlays import Corrected
from photoarchive.features.corrections.service import CorrectionService
from photoarchive.features.corrections.views import CorrectionAnswer, PlaceRequest, TimeRequest
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json


def router(service: CorrectionService) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/api/corrections/zones")
    async def zones() -> Response:
        """Time zones to choose from: {zones: [name], local}."""
        return json_response(await offload(service.zones))

    @routes.get("/api/corrections/running")
    async def running(request: Request) -> Response:
        """How far the correction is that this window waits for: {done, total}; zeros when there is none."""
        return json_response(service.running(browser_window(request)))

    @routes.post("/api/corrections/time", max_body_size=MAX_ID_LIST_BYTES)
    async def correct_time(request: Request) -> Response:
        """{image_ids | view, change: {kind: shift, seconds} | {kind: zone, camera, place} | {kind: offset, zone} |
        {kind: set, local, zone?} | {kind: reset}}."""
        body = await read_json(request, TimeRequest)
        return _answer(await offload(service.correct, body, browser_window(request)))

    @routes.post("/api/corrections/place", max_body_size=MAX_ID_LIST_BYTES)
    async def correct_place(request: Request) -> Response:
        """{image_ids | view, change: {kind: at, latitude, longitude, altitude?} | {kind: copy, photo_id} |
        {kind: none} | {kind: reset}}."""
        body = await read_json(request, PlaceRequest)
        return _answer(await offload(service.correct, body, browser_window(request)))

    @routes.post("/api/corrections/time/preview", max_body_size=MAX_ID_LIST_BYTES)
    async def preview_time(request: Request) -> Response:
        """The same request → {count, undated, photos: [{id, before, after}]} of the first photos."""
        return json_response(await offload(service.preview, await read_json(request, TimeRequest)))

    @routes.post("/api/corrections/place/preview", max_body_size=MAX_ID_LIST_BYTES)
    async def preview_place(request: Request) -> Response:
        """Likewise for places."""
        return json_response(await offload(service.preview, await read_json(request, PlaceRequest)))

    return routes


def _answer(done: Corrected) -> Response:
    return json_response(CorrectionAnswer(count=done.count, changed=done.changed, action_id=done.action_id))
