"""GET /api/export: the whole view, or chosen ids, as JSON or CSV. /api/export/copy and /copies: copies of originals."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from photoarchive.catalog.choice import MAX_LISTED_IDS, Choice, ids_from_text
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Forbidden, Invalid
from photoarchive.features.export.copy import CopyService
from photoarchive.features.export.service import ExportService
from photoarchive.features.export.views import CopyAnswer, CopyList, CopyRequest, Listed, TroubleList
from photoarchive.web.http import MAX_ID_LIST_BYTES, is_remote, json_response, offload, read_json
from photoarchive.web.parameters import RowId, whole_number

FORMATS = ("json", "csv")
MAX_TROUBLES = 500


def router(service: ExportService, views: Views, copies: CopyService) -> APIRouter:
    """All routes of the export."""
    routes = APIRouter()
    _add_copies(routes, copies)

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

    @routes.post("/api/export/choose", max_body_size=MAX_ID_LIST_BYTES)
    async def choose(request: Request) -> Response:
        """Photos for an export that an address cannot name: {image_ids | view} → {token, count}."""
        view = await offload(service.choose, await read_json(request, Choice))
        return json_response(Listed(view.token, view.count))

    return routes


def _add_copies(routes: APIRouter, copies: CopyService) -> None:
    @routes.post("/api/export/copy", max_body_size=MAX_ID_LIST_BYTES)
    async def start(request: Request) -> Response:
        """Copy originals into a folder: {image_ids | view, target, structure: folders|flat, sidecars}."""
        _refuse_remote(request)
        body = await read_json(request, CopyRequest)
        return json_response(CopyAnswer(copy=await offload(copies.start, body)))

    @routes.get("/api/export/copies")
    async def show() -> Response:
        """All copies, newest first."""
        return json_response(CopyList(await offload(copies.all)))

    @routes.get("/api/export/copies/{copy_id}/errors")
    async def errors(copy_id: RowId, request: Request) -> Response:
        """What could not be copied, and why: limit, offset."""
        limit = whole_number(request, "limit", 100, 1, MAX_TROUBLES)
        offset = whole_number(request, "offset", 0, 0, 2**31)
        return json_response(TroubleList(*await offload(copies.troubles, copy_id, limit, offset)))

    @routes.post("/api/export/copies/{copy_id}/cancel")
    async def cancel(copy_id: RowId, request: Request) -> Response:
        """Stop a copy; what is copied stays."""
        _refuse_remote(request)
        return json_response(CopyAnswer(copy=await offload(copies.cancel, copy_id)))

    @routes.post("/api/export/copies/{copy_id}/continue")
    async def go_on(copy_id: RowId, request: Request) -> Response:
        """Try again what failed, was offline or was left."""
        _refuse_remote(request)
        return json_response(CopyAnswer(copy=await offload(copies.go_on, copy_id)))


def _refuse_remote(request: Request) -> None:
    if is_remote(request):
        raise Forbidden("Originals can only be copied from the computer photoArchive runs on.")
