"""GET /api/ai/models and the verbs of one model: install, pause, cancel, remove, folder."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from photoarchive.features.models.service import ModelService
from photoarchive.features.models.views import FolderRequest, RoleRequest
from photoarchive.web.http import browser_window, is_remote, json_response, offload, read_json


def router(service: ModelService) -> APIRouter:
    """Every verb answers {ok, models, hub, remote}: the cards as they are now."""
    routes = APIRouter()

    async def answer(request: Request) -> Response:
        return json_response(await offload(service.answer, remote=is_remote(request)))

    def verb(path: str, act: Callable[[str], None], summary: str) -> None:
        async def handle(request: Request) -> Response:
            body = await read_json(request, RoleRequest)
            await offload(act, body.role)
            return await answer(request)

        handle.__doc__ = summary
        routes.add_api_route(f"/api/ai/model/{path}", handle, methods=["POST"])

    @routes.get("/api/ai/models")
    async def show(request: Request) -> Response:
        """The cards of all models: state, size, folder, whether they fit, how far an install is."""
        return await answer(request)

    verb("install", service.install, "Fetch a role's model from the hub, or go on with it: {role: daily | deep}.")
    verb("pause", service.pause, "Stop an install and keep what has arrived: {role}.")
    verb("cancel", service.cancel, "Stop an install and delete what has arrived: {role}.")
    verb("remove", service.remove, "Delete the files of an installed model: {role}.")

    @routes.post("/api/ai/model/folder")
    async def choose_folder(request: Request) -> Response:
        """Take a role's model from another folder: {role, path}; path null: from the default one."""
        body = await read_json(request, FolderRequest)
        await offload(service.choose_folder, body.role, body.path, browser_window(request), remote=is_remote(request))
        return await answer(request)

    return routes
