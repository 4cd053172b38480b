"""POST /api/undo, POST /api/redo, GET /api/history."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.actions import ActionLog, Reverted
from photoarchive.features.history.views import ActionView, History, RevertAnswer, RevertedAction
from photoarchive.web.http import browser_window, json_response, offload
from photoarchive.web.parameters import whole_number

MAX_PAGE = 500


def router(actions: ActionLog) -> APIRouter:
    """All routes of the history."""
    routes = APIRouter()

    @routes.post("/api/undo")
    async def undo(request: Request) -> Response:
        """Take back this window's newest action."""
        return json_response(_answer(await offload(actions.undo, browser_window(request))))

    @routes.post("/api/redo")
    async def redo(request: Request) -> Response:
        """Do this window's last undone action again."""
        return json_response(_answer(await offload(actions.redo, browser_window(request))))

    @routes.get("/api/history")
    async def history(request: Request) -> Response:
        """What was done in all windows: limit, offset."""
        limit = whole_number(request, "limit", 100, 1, MAX_PAGE)
        offset = whole_number(request, "offset", 0, 0, 2**31)
        revision = actions.revision         # before: what is read from here on is as new, or newer
        found, total = await offload(actions.history, limit, offset)
        return json_response(History(
            [ActionView(id=a.id, kind=a.kind, label=a.label, count=a.count, at=a.at, undone=a.undone, window=a.window)
             for a in found], total, revision))

    return routes


def _answer(done: Reverted) -> RevertAnswer:
    action = done.action
    return RevertAnswer(action=RevertedAction(action.id, action.kind, action.label, action.count),
                        changed=done.changed, skipped=done.skipped)
