"""The files of the browser side under /static/<tree-hash>/: found once, kept in memory, cached for ever by the browser.

The hash names the state of the whole tree, so a new version has new addresses. Only files found at the start can be
asked for: no address reaches anything else on the disk. A sheet that imports others is sent with them inside it, so
that a page waits for one file.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import threading
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from photoarchive.core.errors import NotFound
from photoarchive.web.http import offload

STATIC_FOLDER = Path(__file__).parent / "static"
IN_MEMORY_BYTES = 1 << 20          # larger files (map data) are read from the disk, in ranges
FOREVER = "public, max-age=31536000, immutable"

MIME_TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
    ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
    ".pmtiles": "application/octet-stream", ".pbf": "application/x-protobuf", ".bin": "application/octet-stream",
}

_CSS_IMPORT = re.compile(rb"""^@import url\('([^']+)'\);[ \t]*\r?\n?""", re.MULTILINE)
_CSS_ADDRESS = re.compile(rb"url\('(?!data:)([^']+)'\)")


class Asset(msgspec.Struct, frozen=True):
    """One file of the tree. data is None for large files."""

    path: Path
    media_type: str
    data: bytes | None


class Assets:
    """The tree as it is. `refresh` notices edited files, so a checkout can be worked on while the server runs."""

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._signature: tuple[tuple[str, int, int], ...] = ()
        self.files: dict[str, Asset] = {}
        self.tree_hash = ""
        self.refresh()

    @property
    def url(self) -> str:
        """The address all files lie under, e.g. /static/5f3a…"""
        return f"/static/{self.tree_hash}"

    def refresh(self) -> None:
        """Read the tree again if a name, size or time in it changed (about a millisecond when none did)."""
        with self._lock:
            signature = tuple(sorted(_walk(self.folder)))
            if signature == self._signature:
                return
            digest = hashlib.blake2b(digest_size=8)
            files: dict[str, Asset] = {}
            for name, size, mtime_ns in signature:
                path = self.folder / name
                data = path.read_bytes() if size <= IN_MEMORY_BYTES else None
                digest.update(f"{name}\0{size}\0".encode())
                digest.update(data if data is not None else str(mtime_ns).encode())
                files[name] = Asset(path, MIME_TYPES.get(path.suffix, "application/octet-stream"), data)
            files |= {name: _joined(name, files) for name in files if name.endswith(".css")}
            self._signature, self.files, self.tree_hash = signature, files, digest.hexdigest()

    def text(self, name: str) -> str:
        """A text file of the tree, "" when it is not there."""
        asset = self.files.get(name)
        return asset.data.decode() if asset is not None and asset.data is not None else ""


def _joined(name: str, files: dict[str, Asset]) -> Asset:
    """A sheet with those it imports in their place; their addresses are made to lead from it."""
    sheet, folder = files[name], posixpath.dirname(name)

    def inside(found: re.Match[bytes]) -> bytes:
        other = posixpath.normpath(posixpath.join(folder, found[1].decode()))
        data, from_here = files[other].data or b"", posixpath.relpath(posixpath.dirname(other), folder).encode()
        return _CSS_ADDRESS.sub(rb"url('" + from_here + rb"/\1')", data) + b"\n"

    return msgspec.structs.replace(sheet, data=_CSS_IMPORT.sub(inside, sheet.data or b""))


def _walk(folder: Path) -> list[tuple[str, int, int]]:
    """(path below the folder, size, mtime in ns) of all files, hidden ones left out."""
    found: list[tuple[str, int, int]] = []
    waiting = [(os.fspath(folder), "")]
    while waiting:
        path, above = waiting.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    waiting.append((entry.path, f"{above}{entry.name}/"))
                else:
                    facts = entry.stat()
                    found.append((above + entry.name, facts.st_size, facts.st_mtime_ns))
    return found


def router(assets: Assets) -> APIRouter:
    """GET /static/<tree-hash>/<file> and /favicon.ico."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/static/{tree}/{name:path}", methods=["GET", "HEAD"])
    async def serve(tree: str, name: str, request: Request) -> Response:
        """One file; whoever asks under an older hash gets today's file, uncached."""
        asset = assets.files.get(name)
        if asset is None:
            raise NotFound(f"There is no static file {name}.")
        caching = FOREVER if tree == assets.tree_hash else "no-cache"
        headers = {"Cache-Control": caching, "ETag": f'"{assets.tree_hash}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if asset.data is not None:
            return Response(asset.data, media_type=asset.media_type, headers=headers)
        facts = await offload(asset.path.stat)
        return FileResponse(asset.path, media_type=asset.media_type, headers=headers, stat_result=facts)

    @routes.get("/favicon.ico")
    async def favicon() -> Response:
        """Browsers ask for it by themselves."""
        icon = assets.files.get("favicon.svg")
        if icon is None or icon.data is None:
            return Response(status_code=204, headers={"Cache-Control": "max-age=86400"})
        return Response(icon.data, media_type=icon.media_type, headers={"Cache-Control": "max-age=86400"})

    return routes
