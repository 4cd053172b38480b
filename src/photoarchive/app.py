"""The composition root with HTTP: one archive behind its routes, its fast media paths and its guard."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

import photoarchive
from photoarchive.archive import Archive
from photoarchive.core.config import Config
from photoarchive.features.albums import routes as albums
from photoarchive.features.backup import routes as backup
from photoarchive.features.compare import routes as compare
from photoarchive.features.corrections import routes as corrections
from photoarchive.features.deep import routes as deep
from photoarchive.features.dev import routes as dev
from photoarchive.features.dev.loop_meter import LoopMeter
from photoarchive.features.dev.service import ServerFacts
from photoarchive.features.embeddings import routes as embeddings
from photoarchive.features.export import routes as export
from photoarchive.features.export.service import ExportService
from photoarchive.features.history import routes as history
from photoarchive.features.library import routes as library
from photoarchive.features.library.news import news_so_far
from photoarchive.features.map import routes as map_
from photoarchive.features.media import routes as media
from photoarchive.features.media.delivery import MediaPaths
from photoarchive.features.metadata import routes as metadata
from photoarchive.features.models import routes as models
from photoarchive.features.organise import routes as organise
from photoarchive.features.people import routes as people
from photoarchive.features.places import routes as places
from photoarchive.features.search import routes as search
from photoarchive.features.settings import routes as settings
from photoarchive.features.similar import routes as similar
from photoarchive.features.sources import routes as sources
from photoarchive.features.video import routes as video
from photoarchive.features.work import routes as work
from photoarchive.web import assets, login, pages, sse
from photoarchive.web.assets import Assets
from photoarchive.web.http import MAX_BODY_BYTES, install_error_handlers, offload
from photoarchive.web.pages import Shell
from photoarchive.web.security import Access, Guard, content_security_policy, read_access
from photoarchive.web.server import new_local_token
from photoarchive.web.sse import EventStreams

# The pages this build has.
PAGES = ("library", "compare", "people", "map", "catalog", "settings", "history", "duplicates")

log = logging.getLogger(__name__)


class Application:
    """The ASGI application. end_streams: called when the server begins to stop, so that open streams do not hold it."""

    def __init__(self, outermost: ASGIApp, api: FastAPI, archive: Archive, end_streams: Callable[[], None]) -> None:
        self._outermost = outermost
        self.api, self.archive = api, archive
        self.end_streams = end_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything to the outermost wrapper."""
        await self._outermost(scope, receive, send)


def create_app(config: Config, local_token: str | None = None) -> Application:
    """Open the archive of a home and put it behind HTTP.

    local_token: what this user's own programs show to be let in. Raises the sentences of everything that can be wrong
    with a home: in use, not writable, another program's catalog, a bind without a password.
    """
    access = read_access(config, local_token or new_local_token())
    archive = Archive(config)
    meter, files = LoopMeter(), Assets()
    streams = EventStreams(
        archive.bus,
        hello=lambda: {"version": photoarchive.__version__, **news_so_far(archive.columns, archive.bus)},
        snapshots={"work": archive.runner.snapshot, "scan": archive.catalog_view.scan_status,
                   "models": archive.models.answer},
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        archive.start()
        ticking = asyncio.create_task(meter.run())
        try:
            yield
        finally:
            streams.close()
            ticking.cancel()
            await offload(archive.close)

    api = FastAPI(title="photoArchive", version=photoarchive.__version__, lifespan=lifespan, docs_url=None,
                  redoc_url=None, openapi_url="/api/openapi.json", max_body_size=MAX_BODY_BYTES)
    install_error_handlers(api)
    shell = Shell(files, PAGES)
    api.add_exception_handler(404, pages.unknown_address(shell))
    for router in _routers(archive, access, shell, meter, streams):
        api.include_router(router)
    guarded = Guard(MediaPaths(api, archive.media), access, content_security_policy(()),
                    archive.governor.touch_user_activity)
    return Application(guarded, api, archive, streams.close)


def _routers(
    archive: Archive, access: Access, shell: Shell, meter: LoopMeter, streams: EventStreams
) -> list[APIRouter]:
    return [
        pages.router(shell), assets.router(shell.assets), login.router(access, shell.assets), sse.router(streams),
        dev.router(ServerFacts(), meter),
        work.router(archive.runner, lambda mode, window: archive.settings_service.save(
            {"background_work_mode": mode}, window, remote=False)),
        settings.router(archive.settings_service, {
            "cache": archive.cache_view.status, "catalog": archive.catalog_view.catalog,
            "ai": archive.embeddings.status, "model": lambda: archive.models.answer(remote=False).models}),
        backup.router(archive.backups),
        sources.router(archive.source_parts),
        library.router(archive.library), search.router(archive.search),
        places.router(archive.places), map_.router(archive.map),
        albums.router(archive.albums), organise.router(archive.organise),
        corrections.router(archive.corrections),
        export.router(ExportService(archive.views), archive.views, archive.copies),
        history.router(archive.actions),
        compare.router(archive.compare),
        metadata.router(archive.metadata),
        media.router(archive.media, archive.cache_view),
        models.router(archive.models), deep.router(archive.deep),
        embeddings.router(archive.embeddings),
        people.router(archive.people, archive.people_status, archive.face_thumbs),
        video.router(archive.videos),
        similar.router(archive.duplicates, archive.looks, archive.views),
    ]
