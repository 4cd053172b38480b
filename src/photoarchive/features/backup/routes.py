"""POST /api/backup and GET /api/backups."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Response

from photoarchive.catalog.backups import Backup, Backups
from photoarchive.web.http import json_response, offload


class BackupsAnswer(msgspec.Struct):
    """All backups, newest first, and where they lie."""

    backups: list[Backup]
    folder: str
    next_in_seconds: float


def router(backups: Backups) -> APIRouter:
    """Restoring is for the command line: the server may not run meanwhile."""
    routes = APIRouter()

    @routes.post("/api/backup")
    async def make() -> Response:
        """Back up now: {ok, backup}."""
        return json_response({"ok": True, "backup": await offload(backups.make, "manual")})

    @routes.get("/api/backups")
    async def show() -> Response:
        """{backups: [{name, path, bytes, made_at, kind}], folder, next_in_seconds}."""
        found = await offload(backups.list)
        due = await offload(backups.due_in)
        return json_response(BackupsAnswer(found, str(backups.folder), max(0.0, round(due))))

    return routes
