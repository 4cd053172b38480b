"""Pictures and videos over HTTP: the lean path in front of the application for /api/thumb, /api/full and /api/video.

A preview in RAM is answered on the event loop without a thread, a router or a response object. Whatever reads a
drive does so in threads of its own, so that a dead drive never holds the threads of other requests.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from photoarchive.catalog.preview_subjects import Subject
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.tiers import PREVIEW_TIERS, Tier
from photoarchive.features.media.playing import playable_type
from photoarchive.features.media.renders import Order, Rank
from photoarchive.features.media.sending import CACHED, INSTANT, UNCACHED, Answer, FileBody
from photoarchive.features.media.service import Media, unplayable
from photoarchive.imaging.cache import COPY_RECIPE, MEDIA_TYPES, etag_of
from photoarchive.imaging.cache_file import Wish
from photoarchive.imaging.memory_cache import Picture
from photoarchive.imaging.motion_photo import is_film
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.web.http import error_response, offload

P = ParamSpec("P")
T = TypeVar("T")

DRIVE_THREADS = 8
OPEN_SECONDS = 10.0             # to open an original; a sleeping disk needs up to eight to spin up
TIERS_BY_NAME = {str(tier): tier for tier in PREVIEW_TIERS}
THUMB, FULL, VIDEO = "/api/thumb/", "/api/full/", "/api/video/"


class MediaPaths:
    """ASGI wrapper: answers the media paths itself and passes everything else on."""

    def __init__(self, app: ASGIApp, media: Media) -> None:
        self.app, self._media = app, media
        self._drives = ThreadPoolExecutor(DRIVE_THREADS, thread_name_prefix="drive")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or not _is_media(scope["path"]):
            await self.app(scope, receive, send)
            return
        answer = Answer(scope, receive, send)
        try:
            if scope["method"] not in ("GET", "HEAD"):
                await answer.bare(405, [(b"allow", b"GET, HEAD")])
            else:
                await self._route(scope["path"], answer)
        except PhotoArchiveError as error:
            await error_response(error)(scope, receive, send)

    async def _route(self, path: str, answer: Answer) -> None:
        if path.startswith(THUMB):
            name, _, number = path[len(THUMB):].partition("/")
            tier = TIERS_BY_NAME.get(name)
            if tier is None:
                raise NotFound(f"There is no tier {name[:20]!r}; the tiers are sm, md and lg.")
            await self._thumb(_photo_id(number), tier, answer)
        elif path.startswith(FULL):
            await self._full(_photo_id(path[len(FULL):]), answer)
        else:
            await self._video(_photo_id(path[len(VIDEO):]), answer)

    # ------------------------------------------------------------------ previews

    async def _thumb(self, photo_id: int, tier: Tier, answer: Answer) -> None:
        picture = self._media.at_once(photo_id, tier)
        if picture is None:
            found = await offload(self._media.look_up, photo_id, tier)
            picture = found.picture
            if picture is None:
                await (answer.bare(204, UNCACHED) if answer.only_cached else self._make(found.subject, tier, answer))
                return
        await answer.picture(picture, CACHED)

    async def _make(self, subject: Subject, tier: Tier, answer: Answer) -> None:
        """Nothing is cached: an instant picture for the grid, else wait for the preview."""
        stand_in = await offload(self._media.substitute, subject, tier)
        if stand_in is not None:
            await answer.picture(stand_in, UNCACHED)
            return
        if tier is Tier.SM:
            self._media.renders.hold_back()
            instant = await asyncio.wrap_future(await offload(self._media.instants.get, subject))
            if instant is not None:
                self._media.renders.order(subject.photo_id, [tier], Rank.GRID)
                await answer.picture(Picture(instant, ""), INSTANT)
                return
        picture = await self._rendered(subject, tier, answer)
        if picture is not None:
            await answer.picture(picture, CACHED)

    async def _rendered(self, subject: Subject, tier: Tier, answer: Answer) -> Picture | None:
        """The preview as soon as it is made; None if the browser has gone meanwhile."""
        for _ in range(2):              # it may have been made for stock, and pushed out before we looked
            order = self._media.renders.order(subject.photo_id, [tier], Rank.WAITED)
            if not await self._wait(order, answer):
                return None
            outcome = order.done.result()
            if outcome.error is not None:
                raise outcome.error
            picture = outcome.pictures.get(tier)
            if picture is None:
                picture = (await offload(self._media.look_up, subject.photo_id, tier)).picture
            if picture is not None:
                return picture
        raise Unavailable("The preview could not be made just now.")

    async def _wait(self, order: Order, answer: Answer) -> bool:
        """Wait for an order. False: the browser has gone; if nobody else wants it, it is not made."""
        gone = asyncio.ensure_future(answer.disconnected())
        done = asyncio.wrap_future(order.done)
        try:
            await asyncio.wait((gone, done), return_when=asyncio.FIRST_COMPLETED)
            return done.done()
        finally:
            gone.cancel()
            self._media.renders.leave(order)

    # ------------------------------------------------------------------ originals

    async def _full(self, photo_id: int, answer: Answer) -> None:
        subject = await offload(self._media.subject, photo_id)
        cached = None if subject.kind is Kind.VIDEO else await offload(self._media.cache.open_full, subject)
        if cached is not None:
            body = FileBody(cached.descriptor, cached.size, self._drive)
            await answer.file(body, cached.media_type, cached.etag, [*CACHED, (b"x-tier", b"full")])
            return
        if answer.only_cached:
            await answer.bare(204, UNCACHED)
        elif subject.kind is Kind.VIDEO or subject.version is None:
            await self._best_preview(subject, answer)
        else:
            await self._original(subject, answer)

    async def _original(self, subject: Subject, answer: Answer) -> None:
        try:
            opened, extension = await self._open(subject)
        except (Unavailable, NotFound):
            await self._best_preview(subject, answer)
            return
        media_type = MEDIA_TYPES.get(extension)
        if media_type is not None:
            body = FileBody(opened.fd, opened.size, self._drive)
            await answer.file(body, media_type, _etag_of_original(opened), [*CACHED, (b"x-tier", b"full")])
            return
        os.close(opened.fd)
        data = await asyncio.wrap_future(await offload(self._media.fulls.jpeg, subject, Wish.LOOKED))
        etag = etag_of(subject.version or b"", self._media.cache.full_recipe())
        await answer.picture(Picture(data, etag), [*CACHED, (b"x-tier", b"full")])

    async def _best_preview(self, subject: Subject, answer: Answer) -> None:
        """What the cache has, or what can be rendered: for videos, and for originals out of reach."""
        for tier in reversed(PREVIEW_TIERS):
            picture = await offload(self._media.cache.find, subject.photo_id, tier, subject.version, looked=True)
            if picture is not None:
                await answer.picture(picture, [*UNCACHED, (b"x-tier", str(tier).encode())])
                return
        found = await offload(self._media.look_up, subject.photo_id, Tier.LG)
        if found.picture is None:
            await self._make(subject, Tier.LG, answer)
        else:
            await answer.picture(found.picture, UNCACHED)

    async def _video(self, photo_id: int, answer: Answer) -> None:
        subject = await offload(self._media.subject, photo_id)
        if subject.kind is not Kind.VIDEO:
            await self._clip_inside(subject, answer)
            return
        try:
            if answer.asks(b"copy=1"):
                raise NotFound("There is no copy of this video yet.")
            opened, media_type = await self._open_playable(subject, at_any_rate=answer.asks(b"original=1"))
        except PhotoArchiveError:
            if await self._send_proxy(subject, answer):
                return
            raise
        body = FileBody(opened.fd, opened.size, self._drive)
        await answer.file(body, media_type, _etag_of_original(opened), CACHED)

    async def _clip_inside(self, subject: Subject, answer: Answer) -> None:
        """The film in a motion photo: a part of the original, by ranges."""
        clip = await offload(self._media.clip_inside, subject.photo_id)
        reason = None if answer.asks(b"original=1") else unplayable(subject)
        if reason is not None or answer.asks(b"copy=1"):
            if await self._send_proxy(subject, answer, Tier.CLIP):
                return
            raise NotFound("There is no copy of this clip yet.") if reason is None else Unreadable(reason)
        opened, _ = await self._open(subject)
        try:
            if not await self._drive(is_film, opened, clip):
                raise Unreadable("The clip is no longer where the last scan saw it. The next scan will look again.")
        except BaseException:
            os.close(opened.fd)
            raise
        body = FileBody(opened.fd, clip.size, self._drive, clip.start)
        await answer.file(body, "video/mp4", _etag_of_original(opened), CACHED)

    async def _open_playable(self, subject: Subject, *, at_any_rate: bool) -> tuple[OpenedOriginal, str]:
        """The original and the type it plays under. at_any_rate: this browser says that it knows the codec."""
        opened, extension = await self._open(subject)
        try:
            return opened, playable_type(extension, None if at_any_rate else subject.codec)
        except Unreadable:
            os.close(opened.fd)
            raise

    async def _send_proxy(self, subject: Subject, answer: Answer, tier: Tier = Tier.FULL) -> bool:
        """The copy browsers can play, if it was made."""
        cached = await offload(self._media.cache.open_full, subject, tier)
        if cached is None:
            return False
        body = FileBody(cached.descriptor, cached.size, self._drive)
        await answer.file(body, cached.media_type, cached.etag, [*CACHED, (b"x-copy", b"1")])
        return True

    def _drive(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Run what reads a drive in the threads for that."""
        return asyncio.get_running_loop().run_in_executor(self._drives, lambda: work(*args, **kwargs))

    async def _open(self, subject: Subject) -> tuple[OpenedOriginal, str]:
        """The original, open. Raises Unavailable if its drive does not answer in time."""
        opening = self._drives.submit(self._media.fulls.open_original, subject)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(opening)), OPEN_SECONDS)
        except TimeoutError:
            opening.add_done_callback(_close_late)
            await offload(self._media.sources.report_trouble, subject.source_id)
            raise Unavailable(f"The drive with {subject.source_name} does not answer.", offline=True) from None


def _etag_of_original(opened: OpenedOriginal) -> str:
    """Of the file as it is now: it may be newer than what the last scan saw."""
    return f'"{opened.size:x}-{opened.mtime_ns:x}-{COPY_RECIPE:x}"'


def _close_late(opening: Future[tuple[OpenedOriginal, str]]) -> None:
    """Nobody waits for it any more."""
    if opening.exception() is None:
        os.close(opening.result()[0].fd)


def _is_media(path: str) -> bool:
    """Whether an address names a picture or a video itself; what is below a video's is a route."""
    return path.startswith((THUMB, FULL)) or (path.startswith(VIDEO) and "/" not in path[len(VIDEO):])


def _photo_id(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 10:
        raise NotFound("There is nothing at this address.")
    return int(text)

