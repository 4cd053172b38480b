"""A small real site for tests of the web layer: FastAPI, our error handlers, the guard, and a few routes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI, Request, Response

from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict
from photoarchive.web import login
from photoarchive.web.assets import Assets
from photoarchive.web.http import MAX_BODY_BYTES, install_error_handlers, is_remote, json_response, read_json
from photoarchive.web.security import Guard, content_security_policy, read_access

STATIC = Assets()
LOCAL_TOKEN = "the-local-token-of-this-start"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    count: int = 1


def make_site(home: Path, touch: Callable[[], None] = lambda: None, **settings: Any) -> Guard:
    """The guarded application for a configuration, e.g. host="0.0.0.0", password="…"."""
    config = dataclasses.replace(Config(home=home), **settings)
    access = read_access(config, LOCAL_TOKEN)
    app = FastAPI(openapi_url=None, max_body_size=MAX_BODY_BYTES)
    install_error_handlers(app)

    @app.get("/api/thing")
    async def thing(request: Request, number: int = 0) -> Response:
        return json_response({"number": number, "remote": is_remote(request)})

    @app.get("/api/work")
    async def work() -> Response:
        return json_response({})

    @app.post("/api/thing")
    async def change(request: Request) -> Response:
        return json_response(await read_json(request, Wish))

    @app.get("/api/conflict")
    async def conflict() -> Response:
        raise Conflict("It is busy.", by="scan")

    @app.get("/api/broken")
    async def broken() -> Response:
        raise RuntimeError("secret details")

    @app.get("/library")
    async def page() -> Response:
        return Response("<!doctype html>", media_type="text/html")

    app.include_router(login.router(access, STATIC))
    return Guard(app, access, content_security_policy(()), touch)


def ask(
    site: Guard, method: str, path: str, *, headers: dict[str, str] | None = None, content: bytes | None = None,
    host: str = "127.0.0.1:8000", client: str = "127.0.0.1",
) -> httpx.Response:
    """One request to the site, as it would arrive from that client."""

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(site, raise_app_exceptions=False, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as browser:
            return await browser.request(method, path, headers={"Host": host} | (headers or {}), content=content)

    return asyncio.run(go())
