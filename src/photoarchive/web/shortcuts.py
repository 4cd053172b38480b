"""The short way for the hottest answers: pictures that lie in memory, before any router looks at the request.

A router costs about 150 µs a request, which is most of what a cached picture costs. A shortcut may only look into
memory; what it does not have takes the normal route.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send


class ReadyAnswer(NamedTuple):
    """A whole answer. headers: lower-case names, as ASGI wants them, content-length included."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


Shortcut = Callable[[Scope], ReadyAnswer | None]
"""Called on the event loop for a GET below its prefix; must not read a disk, wait or take a lock for long."""


class Shortcuts:
    """ASGI wrapper: asks the shortcut of the path's prefix first. Goes inside the guard, around the application."""

    def __init__(self, app: ASGIApp, shortcuts: Mapping[str, Shortcut]) -> None:
        self.app = app
        self._shortcuts = tuple(shortcuts.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory or pass on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            path: str = scope["path"]
            for prefix, shortcut in self._shortcuts:
                if path.startswith(prefix) and (answer := shortcut(scope)) is not None:
                    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                    await send({"type": "http.response.body", "body": answer.body})
                    return
        await self.app(scope, receive, send)
