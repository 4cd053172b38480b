"""JSON routes of previews and caches. The pictures themselves are sent by `delivery.MediaPaths`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.previews import TIERS
from photoarchive.core.errors import Invalid
from photoarchive.core.tiers import Tier
from photoarchive.features.media.cache_view import CacheView
from photoarchive.features.media.service import Media
from photoarchive.features.media.views import (
    MAX_STATUS_IDS,
    ClearRequest,
    StaleRequest,
    StatusBatch,
    StatusRequest,
    WarmRequest,
)
from photoarchive.web.http import json_response, offload, read_json
from photoarchive.web.parameters import RowId


def router(media: Media, cache_view: CacheView) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/api/image/{photo_id}/media-status")
    async def media_status(photo_id: RowId) -> Response:
        """What is cached of one photo → {id, tiers:{sm:{cached, url, cached_url}, …}, best_cached, unplayable}."""
        await offload(media.subject, photo_id)
        return json_response((await offload(media.status, [photo_id]))[0])

    @routes.post("/api/images/media-status")
    async def media_status_of_many(request: Request) -> Response:
        """{ids} → {images:[as above]}."""
        body = await read_json(request, StatusRequest)
        if len(body.ids) > MAX_STATUS_IDS:
            raise Invalid(f"At most {MAX_STATUS_IDS} photos can be asked for at once, not {len(body.ids)}.",
                          field="ids", range={"max": MAX_STATUS_IDS})
        return json_response(StatusBatch(await offload(media.status, body.ids)))

    @routes.post("/api/images/warm")
    async def warm(request: Request) -> Response:
        """{tiers:{md:[ids]}}: photos the user is about to see → {scheduled, images}."""
        body = await read_json(request, WarmRequest)
        return json_response(await offload(media.warm, body.tiers))

    @routes.get("/api/cache/status")
    async def cache_status() -> Response:
        """RAM and SSD caches, budgets, the preview job."""
        return json_response(await offload(cache_view.status))

    @routes.post("/api/cache/clear")
    async def clear(request: Request) -> Response:
        """{tiers?}: delete cached files by the manifest → {ok, deleted, cache}."""
        body = await read_json(request, ClearRequest)
        wanted = TIERS if body.tiers is None else [Tier(name) for name in body.tiers]
        deleted = await offload(media.cache.clear, wanted)
        return json_response({"ok": True, "deleted": deleted, "cache": await offload(cache_view.status)})

    @routes.post("/api/cache/stale")
    async def stale(request: Request) -> Response:
        """{policy: keep | refresh}: what becomes of previews of another size or quality → {ok, policy}."""
        body = await read_json(request, StaleRequest)
        await offload(media.cache.set_stale_policy, body.policy)
        return json_response({"ok": True, "policy": body.policy})

    @routes.get("/api/cache/pregen/status")
    async def pregen_status() -> Response:
        """Where the preview job is."""
        return json_response(await offload(cache_view.pregen))

    @routes.post("/api/cache/pregen/start")
    async def pregen_start() -> Response:
        """Make previews now, until none lacks."""
        return json_response({"ok": True, "pregen": await offload(cache_view.start)})

    @routes.post("/api/cache/pregen/stop")
    async def pregen_stop() -> Response:
        """Let the preview job rest."""
        return json_response({"ok": True, "pregen": await offload(cache_view.stop)})

    return routes
