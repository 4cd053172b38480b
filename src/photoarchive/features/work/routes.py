"""GET /api/work, its verbs, and the errors of each job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from photoarchive.features.work.views import ErrorsAnswer, ErrorView, ModeRequest
from photoarchive.web.http import browser_window, json_response, offload, read_json
from photoarchive.work.runner import Runner


def router(runner: Runner, choose: Callable[[str, str], None]) -> APIRouter:
    """Every verb answers {ok, work}, work being the answer of GET /api/work.

    choose: called with a work mode and the browser window that chose it.
    """
    routes = APIRouter()

    async def done() -> Response:
        return json_response({"ok": True, "work": await offload(runner.snapshot)})

    @routes.get("/api/work")
    async def show() -> Response:
        """All jobs with their state, the work mode, the governor's decision."""
        return json_response(await offload(runner.snapshot))

    @routes.post("/api/work/pause-all")
    async def pause_all() -> Response:
        """Let everything rest."""
        await offload(runner.pause_all)
        return await done()

    @routes.post("/api/work/resume-all")
    async def resume_all() -> Response:
        """Let everything work again."""
        await offload(runner.resume_all)
        return await done()

    @routes.post("/api/work/mode")
    async def choose_mode(request: Request) -> Response:
        """{mode: browse | light | max}."""
        body = await read_json(request, ModeRequest)
        await offload(choose, body.mode, browser_window(request))
        return await done()

    @routes.post("/api/work/{job}/pause")
    async def pause(job: str) -> Response:
        """Let one job rest, also over a restart."""
        await offload(runner.pause, job)
        return await done()

    @routes.post("/api/work/{job}/resume")
    async def resume(job: str) -> Response:
        """Let one job work again."""
        await offload(runner.resume, job)
        return await done()

    @routes.post("/api/work/{job}/run")
    async def run(job: str) -> Response:
        """Let one job work at once until nothing is left, whatever the user does."""
        await offload(runner.run_now, job)
        return await done()

    @routes.get("/api/work/{job}/errors")
    async def errors(
        job: str, limit: Annotated[int, Query(ge=1, le=500)] = 100, offset: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        """The items a job set aside, each with its reason."""
        found, total = await offload(runner.errors, job, limit, offset)
        views = [ErrorView(error.photo_id, error.path, error.reason, error.at) for error in found]
        return json_response(ErrorsAnswer(views, total))

    return routes
