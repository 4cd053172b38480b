"""GET /api/deep/status, GET and POST /api/deep/terms, POST /api/deep/run."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.features.deep.service import DeepService
from photoarchive.features.deep.views import RunAnswer, TermsRequest
from photoarchive.web.http import browser_window, json_response, offload, read_json


def router(service: DeepService) -> APIRouter:
    """The schedule itself is changed as settings: deep_search_schedule_*."""
    routes = APIRouter()

    @routes.get("/api/deep/status")
    async def status() -> Response:
        """Deep Search: state, schedule, photos looked at, terms answered."""
        return json_response(await offload(service.status))

    @routes.get("/api/deep/terms")
    async def terms() -> Response:
        """The saved terms, and whether each is answered by the deep model."""
        return json_response(await offload(service.terms))

    @routes.post("/api/deep/terms")
    async def change_terms(request: Request) -> Response:
        """Save terms: {terms: […]} all of them, or {add} or {remove} one; answers the same as GET."""
        body = await read_json(request, TermsRequest)
        return json_response(await offload(service.change_terms, body, browser_window(request)))

    @routes.post("/api/deep/run")
    async def run() -> Response:
        """Let Deep Search work now, whatever its schedule says."""
        return json_response(RunAnswer(ok=True, status=await offload(service.run)))

    return routes
