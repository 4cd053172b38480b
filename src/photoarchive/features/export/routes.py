"""GET /api/export: the whole view, or chosen ids, as JSON or CSV."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from photoarchive.catalog.choice import MAX_LISTED_IDS, ids_from_text
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.export.service import ExportService
from photoarchive.web.http import offload

FORMATS = ("json", "csv")


def router(service: ExportService, views: Views) -> APIRouter:
    """All routes of the export."""
    routes = APIRouter()

    @routes.get("/api/export")
    async def export(request: Request) -> Response:
        """format=json|csv and either ids, token of a pinned view, or filters."""
        kind = request.query_params.get("format", "json")
        if kind not in FORMATS:
            raise Invalid(f"format cannot be “{kind}”. It is one of {', '.join(FORMATS)}.", field="format")
        listed, token = request.query_params.get("ids", ""), request.query_params.get("token", "")
        query = views.query(request.query_params, ("format", "ids", "token"))
        if listed:
            ids = ids_from_text("ids", listed, MAX_LISTED_IDS)
        elif token:
            ids = views.get(token).ids
        else:
            ids = await offload(service.ids, query)
        if kind == "json":
            headers = {"Content-Disposition": 'attachment; filename="rankings.json"', "Cache-Control": "no-store"}
            return StreamingResponse(service.json(ids), media_type="application/json", headers=headers)
        headers = {"Content-Disposition": 'attachment; filename="rankings.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(service.csv(ids), media_type="text/csv; charset=utf-8", headers=headers)

    return routes
