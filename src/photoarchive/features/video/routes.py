"""Routes of videos. The videos themselves are sent in front of the routes (features.media.delivery)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.features.video.service import VideoService
from photoarchive.features.video.views import ProxyAnswer
from photoarchive.web.http import json_response, offload
from photoarchive.web.parameters import RowId

DAY = "private, max-age=86400"


def router(service: VideoService) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/api/video/{photo_id}/frames")
    async def frames(photo_id: RowId, request: Request) -> Response:
        """A JPEG of three to five frames side by side; the header X-Frames says how many."""
        strip = await offload(service.strip, photo_id)
        headers = {"X-Frames": str(strip.frames), "Cache-Control": DAY if strip.etag else "no-store",
                   "Content-Security-Policy": "sandbox"}
        if strip.etag:
            headers["ETag"] = strip.etag
            if request.headers.get("if-none-match") == strip.etag:
                return Response(status_code=304, headers=headers)
        return Response(strip.data, media_type="image/jpeg", headers=headers)

    @routes.get("/api/video/{photo_id}/playback")
    async def playback(photo_id: RowId) -> Response:
        """Whether a browser can play a video (or the clip of a live photo), and the state of its playable copy."""
        return json_response(await offload(service.playback, photo_id))

    @routes.post("/api/video/{photo_id}/proxy")
    async def make_proxy(photo_id: RowId) -> Response:
        """Have a copy made that every browser plays → {ok, proxy}."""
        return json_response(ProxyAnswer(proxy=await offload(service.make_proxy, photo_id)))

    @routes.post("/api/video/{photo_id}/proxy/cancel")
    async def cancel_proxy(photo_id: RowId) -> Response:
        """Give that copy up → {ok, proxy}."""
        return json_response(ProxyAnswer(proxy=await offload(service.cancel_proxy, photo_id)))

    return routes
