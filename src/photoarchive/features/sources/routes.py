"""HTTP of sources, scans, the folder browser and pairs. Parses and answers; what happens is in the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from photoarchive.catalog.scans import Scans
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.core.errors import Forbidden, Invalid
from photoarchive.features.sources.browse import browse
from photoarchive.features.sources.catalog_view import CatalogView
from photoarchive.features.sources.chooser import FolderChooser
from photoarchive.features.sources.pair_service import PairService
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.service import SourceService
from photoarchive.features.sources.views import (
    AddRequest,
    AnswerRequest,
    RemoveRequest,
    RescanRequest,
    ScanRequest,
    SettingsRequest,
    SourceAnswer,
)
from photoarchive.web.http import browser_window, is_remote, json_response, offload, read_json
from photoarchive.web.parameters import RowId

MAX_PAGE = 500


class SourceParts(msgspec.Struct, frozen=True):
    """What the routes talk to."""

    sources: SourceTable
    scans: Scans
    service: SourceService
    view: CatalogView
    pairs: PairService
    prober: Prober
    chooser: FolderChooser


def router(parts: SourceParts) -> APIRouter:
    """All routes of this feature."""
    routes = APIRouter()
    _scan_routes(routes, parts)
    _catalog_routes(routes, parts)
    _one_source_routes(routes, parts)
    _folder_routes(routes, parts)
    _pair_routes(routes, parts)
    return routes


def _scan_routes(routes: APIRouter, parts: SourceParts) -> None:
    @routes.post("/api/scan")
    async def scan(request: Request) -> Response:
        """Scan a folder, adding it as a source if it is none: {folder} → {status, folder, source_id}."""
        _refuse_remote(request)
        body = await read_json(request, ScanRequest)
        source, folder = await offload(parts.service.scan_folder, body.folder, browser_window(request))
        return json_response({"status": "started", "folder": folder, "source_id": source.id})

    @routes.get("/api/scan/status")
    async def status() -> Response:
        """The running scan, or how the last one ended."""
        return json_response(await offload(parts.view.scan_status))

    @routes.get("/api/scan/folder")
    async def folder() -> Response:
        """The folder scanned last."""
        return json_response({"folder": await offload(parts.view.last_folder)})


def _catalog_routes(routes: APIRouter, parts: SourceParts) -> None:
    @routes.get("/api/catalog")
    async def catalog() -> Response:
        """All sources with their states, counts and questions."""
        return json_response(await offload(parts.view.catalog))

    @routes.post("/api/catalog/sources")
    async def add(request: Request) -> Response:
        """Add a folder: {path, scan} → {ok, source, scan_started, catalog}."""
        _refuse_remote(request)
        body = await read_json(request, AddRequest)
        window = browser_window(request)
        added = await offload(lambda: parts.service.add(body.path, window, scan=body.scan))
        return await _answer(parts, added.source, scan_started=added.scan_started)

    @routes.get("/api/catalog/sources/{source_id}/errors")
    async def errors(source_id: RowId, limit: int = 100, offset: int = 0) -> Response:
        """Files and folders of a source that cannot be read."""
        if not 1 <= limit <= MAX_PAGE or offset < 0:
            raise Invalid(f"limit must be 1 to {MAX_PAGE}, offset 0 or more.")
        parts.sources.get(source_id)
        rows, total = await offload(parts.scans.errors, source_id, limit, offset)
        return json_response({"errors": [{"path": path, "reason": reason, "at": at} for path, reason, at in rows],
                              "total": total})


def _one_source_routes(routes: APIRouter, parts: SourceParts) -> None:
    service = parts.service

    @routes.post("/api/catalog/sources/{source_id}/rescan")
    async def rescan(source_id: RowId, request: Request) -> Response:
        """Scan a source again, or one of its folders: {subfolder?}."""
        body = await read_json(request, RescanRequest)
        source = await offload(service.rescan, source_id, body.subfolder)
        return await _answer(parts, source, scan_started=True)

    @routes.post("/api/catalog/sources/{source_id}/cancel")
    async def cancel(source_id: RowId) -> Response:
        """Cancel the running and queued scans of a source."""
        cancelled = await offload(service.cancel, source_id)
        return json_response({"ok": True, "cancelled": cancelled})

    @routes.post("/api/catalog/sources/{source_id}/remove")
    async def remove(source_id: RowId, request: Request) -> Response:
        """Take a source out of the catalog: {mode: keep | delete}. Files are never touched."""
        body = await read_json(request, RemoveRequest)
        return await _change(parts, service.remove, source_id, body.mode, browser_window(request))

    @routes.post("/api/catalog/sources/{source_id}/restore")
    async def restore(source_id: RowId, request: Request) -> Response:
        """Bring a removed source back."""
        return await _change(parts, service.restore, source_id, browser_window(request))

    @routes.post("/api/catalog/sources/{source_id}/answer")
    async def answer(source_id: RowId, request: Request) -> Response:
        """Settle the open question of a source: {answer}."""
        body = await read_json(request, AnswerRequest)
        return await _change(parts, service.answer, source_id, body.answer)

    @routes.post("/api/catalog/sources/{source_id}/settings")
    async def settings(source_id: RowId, request: Request) -> Response:
        """Change the settings of a source: any of {exclude, watch, display_name}."""
        body = await read_json(request, SettingsRequest)
        window = browser_window(request)
        return await _change(parts, lambda: service.change_settings(
            source_id, window, exclude=body.exclude, watch=body.watch, display_name=body.display_name))


def _folder_routes(routes: APIRouter, parts: SourceParts) -> None:
    @routes.get("/api/catalog/browse")
    async def look(request: Request, path: str = "") -> Response:
        """The folders in a folder, and quick places to begin."""
        _refuse_remote(request)
        return json_response(await offload(browse, parts.prober, path))

    @routes.get("/api/catalog/folder-picker")
    async def picker(request: Request) -> Response:
        """Whether the desktop's own chooser can be opened from here."""
        tool = None if is_remote(request) else await offload(parts.chooser.tool)
        return json_response({"available": tool is not None, "tool": tool})

    @routes.post("/api/catalog/select-folder")
    async def choose(request: Request) -> Response:
        """Open the desktop's folder chooser and wait: {ok, path, tool}; ok false if it was closed."""
        _refuse_remote(request)
        choice = await offload(parts.chooser.choose)
        return json_response({"ok": bool(choice.path), "path": choice.path, "tool": choice.tool})


def _pair_routes(routes: APIRouter, parts: SourceParts) -> None:
    @routes.post("/api/image/{photo_id}/split")
    async def split(photo_id: RowId, request: Request) -> Response:
        """Show the parts of a pair as photos of their own: → {ok, parts}."""
        return json_response({"ok": True, "parts": await offload(parts.pairs.split, photo_id, browser_window(request))})

    @routes.post("/api/image/{photo_id}/join")
    async def join(photo_id: RowId, request: Request) -> Response:
        """Show a photo and what belongs to it as one again: → {ok, parts}."""
        return json_response({"ok": True, "parts": await offload(parts.pairs.join, photo_id, browser_window(request))})


def _refuse_remote(request: Request) -> None:
    if is_remote(request):
        raise Forbidden("Folders can be chosen only at the computer that photoArchive runs on.")


async def _change(parts: SourceParts, work: Callable[..., Source], *args: Any) -> Response:
    return await _answer(parts, await offload(work, *args))


async def _answer(parts: SourceParts, source: Source, *, scan_started: bool = False) -> Response:
    catalog = await offload(parts.view.catalog)
    return json_response(SourceAnswer(True, parts.view.source(catalog, source.id), catalog, scan_started))
