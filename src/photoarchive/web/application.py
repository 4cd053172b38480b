"""The web application around the features: FastAPI inside, the guard outside, one life for both.

`app.create_app` gives it the routers and what starts and stops with it. From the outside in: guard (hosts, sites,
sign-in, headers), shortcuts (pictures from memory), FastAPI (size limit, routes, errors as sentences).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from photoarchive.web import assets, login, pages, sse
from photoarchive.web.http import MAX_BODY_BYTES, install_error_handlers, offload
from photoarchive.web.security import Access, Guard, content_security_policy
from photoarchive.web.shortcuts import Shortcut, Shortcuts


class WebApplication:
    """An ASGI application. `end_streams` lets it stop at once; web.server calls it when the end begins."""

    def __init__(
        self, *, access: Access, routers: Iterable[APIRouter], page_names: Iterable[str], streams: sse.EventStreams,
        touch: Callable[[], None], start: Callable[[], None], stop: Callable[[], None],
        shortcuts: Mapping[str, Shortcut] | None = None,
        tasks: Iterable[Callable[[], Coroutine[Any, Any, None]]] = (),
    ) -> None:
        """touch: a person is at work (Governor.touch_user_activity). start, stop: the archive's, run off the loop.

        tasks: coroutines that live as long as the application, e.g. LoopMeter.run.
        """
        self._streams, self._start, self._stop, self._tasks = streams, start, stop, tuple(tasks)
        self.fastapi = FastAPI(
            title="photoArchive", openapi_url=None, lifespan=self._life, max_body_size=MAX_BODY_BYTES,
            redirect_slashes=False,
        )
        install_error_handlers(self.fastapi)
        static = assets.Assets()
        own = (sse.router(streams), login.router(access, static), assets.router(static),
               pages.router(pages.Shell(static, page_names)))
        for router in (*routers, *own):
            self.fastapi.include_router(router)
        inside: ASGIApp = Shortcuts(self.fastapi, shortcuts) if shortcuts else self.fastapi
        self._guarded = Guard(inside, access, content_security_policy(()), touch)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._guarded(scope, receive, send)

    def end_streams(self) -> None:
        """End all event streams (any thread)."""
        self._streams.close()

    @contextlib.asynccontextmanager
    async def _life(self, _app: FastAPI) -> AsyncIterator[None]:
        await offload(self._start)
        tasks = [asyncio.create_task(task()) for task in self._tasks]
        try:
            yield
        finally:
            self.end_streams()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await offload(self._stop)
