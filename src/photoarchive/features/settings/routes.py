"""GET and POST /api/settings, POST /api/settings/reset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from photoarchive.features.settings.service import SettingsService
from photoarchive.features.settings.views import ResetRequest, SettingsAnswer
from photoarchive.web.http import browser_window, is_remote, json_response, offload, read_json

SECTIONS = ("cache", "model", "ai", "catalog")


def router(service: SettingsService, sections: Mapping[str, Callable[[], Any]]) -> APIRouter:
    """sections: what the answer says of the cache, models and catalog, by name; a missing one is {}."""
    routes = APIRouter()

    def answer(remote: bool) -> SettingsAnswer:
        store = service.store
        return SettingsAnswer(
            settings=msgspec.structs.asdict(store.current), defaults=msgspec.structs.asdict(store.defaults),
            ranges=store.ranges(), notices=store.notices, remote=remote,
            **{name: sections[name]() if name in sections else {} for name in SECTIONS},
        )

    @routes.get("/api/settings")
    async def show(request: Request) -> Response:
        """All settings, their defaults and ranges."""
        return json_response(await offload(answer, is_remote(request)))

    @routes.post("/api/settings")
    async def save(request: Request) -> Response:
        """Change the keys sent; answers the same as GET. 400 {error, field, range}."""
        changes = await read_json(request, dict[str, Any])
        await offload(service.save, changes, browser_window(request), remote=is_remote(request))
        return json_response(await offload(answer, is_remote(request)))

    @routes.post("/api/settings/reset")
    async def reset(request: Request) -> Response:
        """Bring the defaults back: {keys} or all; answers the same as GET."""
        body = await read_json(request, ResetRequest)
        await offload(service.reset, body.keys, browser_window(request), remote=is_remote(request))
        return json_response(await offload(answer, is_remote(request)))

    return routes
