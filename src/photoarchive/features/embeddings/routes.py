"""HTTP of embedding: how far it is, pause, resume."""

from __future__ import annotations

from fastapi import APIRouter, Response

from photoarchive.features.embeddings.service import EmbeddingService
from photoarchive.features.embeddings.views import AiStatus
from photoarchive.web.http import json_response, offload


def router(embeddings: EmbeddingService) -> APIRouter:
    """GET /api/ai/status, POST /api/ai/embeddings/pause and /resume."""
    routes = APIRouter()

    def done(status: AiStatus) -> Response:
        return json_response({"ok": True, "status": status})

    @routes.get("/api/ai/status")
    async def status() -> Response:
        """Photos embedded and left, speed, what the worker does, and the indexes of all models."""
        return json_response(await offload(embeddings.status))

    @routes.post("/api/ai/embeddings/pause")
    async def pause() -> Response:
        """Let the embedding rest, also over a restart → {ok, status}."""
        return done(await offload(embeddings.pause))

    @routes.post("/api/ai/embeddings/resume")
    async def resume() -> Response:
        """Let it work again → {ok, status}."""
        return done(await offload(embeddings.resume))

    return routes
