"""Answers as ASGI messages: a picture from memory, a file in chunks with ranges. Knows nothing of photos."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.types import Message, Receive, Scope, Send

from photoarchive.features.media.ranges import NotSatisfiable, parse_range
from photoarchive.imaging.memory_cache import Picture

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]

_SANDBOX: Headers = [(b"content-security-policy", b"sandbox")]      # should a picture ever be opened as a page
CACHED: Headers = [(b"cache-control", b"private, max-age=86400, stale-while-revalidate=604800"), *_SANDBOX]
UNCACHED: Headers = [(b"cache-control", b"no-store"), *_SANDBOX]
INSTANT: Headers = [*UNCACHED, (b"x-instant", b"1")]

FIRST_CHUNK = 64 << 10          # so that the first byte does not wait for a slow disk to read much
CHUNK = 256 << 10
InThread = Callable[..., Awaitable[Any]]


class FileBody(msgspec.Struct):
    """An open file to be sent, or `size` bytes of it from `start` on; sending closes it.

    in_thread: runs a function where waiting for a drive is allowed.
    """

    descriptor: int
    size: int
    in_thread: InThread
    start: int = 0

    async def read(self, offset: int, count: int) -> bytes:
        """Up to count bytes."""
        data: bytes = await self.in_thread(os.pread, self.descriptor, count, self.start + offset)
        return data

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)


class Answer:
    """One request and the ways to answer it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._with_body = scope["method"] != "HEAD"
        self._asked = scope["query_string"].split(b"&")
        self.only_cached = self.asks(b"cached=1")
        self._none_match = self._range = self._if_range = ""
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                self._none_match = value.decode("latin-1")
            elif name == b"range":
                self._range = value.decode("latin-1")
            elif name == b"if-range":
                self._if_range = value.decode("latin-1")

    def asks(self, part: bytes) -> bool:
        """Whether the query holds this part, such as b"cached=1"."""
        return part in self._asked

    async def disconnected(self) -> None:
        """Return when the browser has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def bare(self, status: int, headers: Headers) -> None:
        """An answer without a body."""
        extra: Headers = [] if status in (204, 304) else [(b"content-length", b"0")]
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *extra]})
        await self._send({"type": "http.response.body", "body": b""})

    async def picture(self, picture: Picture, headers: Headers) -> None:
        """A picture from memory, or 304 if the browser has it. A picture without an etag is always sent."""
        etag = picture.etag
        if etag:
            headers = [*headers, (b"etag", etag.encode("latin-1"))]
            if self._none_match and etag_matches(self._none_match, etag):
                await self.bare(304, headers)
                return
        await self._send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-type", picture.media_type.encode("latin-1")),
            (b"content-length", str(len(picture.data)).encode("latin-1")), *headers]})
        await self._send({"type": "http.response.body", "body": picture.data if self._with_body else b""})

    async def file(self, body: FileBody, media_type: str, etag: str, headers: Headers) -> None:
        """A file, or the range of it that was asked for; closes the file."""
        try:
            headers = [*headers, (b"etag", etag.encode("latin-1")), (b"accept-ranges", b"bytes")]
            if self._none_match and etag_matches(self._none_match, etag):
                await self.bare(304, headers)
                return
            try:
                asked = parse_range(self._range, body.size) if self._range and self._if_range in ("", etag) else None
            except NotSatisfiable:
                await self.bare(416, [*headers, (b"content-range", f"bytes */{body.size}".encode("latin-1"))])
                return
            begin, end = asked or (0, body.size)
            if asked is not None:
                headers.append((b"content-range", f"bytes {begin}-{end - 1}/{body.size}".encode("latin-1")))
            headers += [(b"content-type", media_type.encode("latin-1")),
                        (b"content-length", str(end - begin).encode("latin-1"))]
            await self._send({"type": "http.response.start", "status": 206 if asked else 200, "headers": headers})
            if begin < end and self._with_body:
                await self._stream(body, begin, end)
            else:
                await self._send(_chunk(b"", more=False))
        finally:
            body.close()

    async def _stream(self, body: FileBody, begin: int, end: int) -> None:
        """Send a part of a file, reading the next chunk while the last one is under way.

        A file that fails or ends too early ends the connection: the browser sees that something is missing.
        """
        gone = asyncio.ensure_future(self.disconnected())
        reading: asyncio.Future[bytes] | None = None
        try:
            size = FIRST_CHUNK
            while begin < end and not gone.done():
                reading = reading or asyncio.ensure_future(body.read(begin, min(size, end - begin)))
                data = await reading
                begin, size = begin + (len(data) or end), CHUNK
                reading = asyncio.ensure_future(body.read(begin, min(size, end - begin))) if begin < end else None
                if data:
                    await self._send(_chunk(data, more=begin < end))
        except OSError as error:
            log.warning("Sending an original was cut short: %s", error)
        finally:
            gone.cancel()
            if reading is not None:
                await asyncio.wait((reading,))      # only then may the file be closed


def _chunk(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def etag_matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names this etag; weak and strong compare equal (RFC 9110 §13.1.2)."""
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))
