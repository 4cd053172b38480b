"""GET /api/dev/status."""

from __future__ import annotations

from fastapi import APIRouter, Response

from photoarchive.features.dev.loop_meter import LoopMeter
from photoarchive.features.dev.service import ServerFacts
from photoarchive.web.http import json_response


def router(facts: ServerFacts, meter: LoopMeter) -> APIRouter:
    """The one route."""
    routes = APIRouter()

    @routes.get("/api/dev/status")
    async def status() -> Response:
        """Process, version, and how late the event loop was in the last minute."""
        return json_response(facts.status(meter.summary()))

    return routes
