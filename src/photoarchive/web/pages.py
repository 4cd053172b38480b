"""The pages: every address of the interface answers with the one shell; the browser side does the rest.

Fills the shell's placeholders: {{static}} (where the files lie), {{ahead}} (data of the asked page that is fetched
before any of its code), {{early}} (a module that runs first), {{preloads}} (all modules the start and the asked page
need, so that they come in one go), {{importmap}} (the element that names modules), {{pages}} (JSON list of the pages
this build has).
"""

from __future__ import annotations

import base64
import hashlib
import html
import posixpath
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from photoarchive.web.assets import Assets
from photoarchive.web.http import offload, plain_error
from photoarchive.web.security import content_security_policy

SHELL_PATH = Path(__file__).parent / "shell.html"

LOUPE = "/library/photo/{photo_id}"
ADDRESSES = {
    "library": ("/", "/library", "/rankings", LOUPE),
    "compare": ("/compare",),
    "people": ("/people", "/people/{person_id}"),
    "map": ("/map",),
    "catalog": ("/catalog",),
    "settings": ("/settings", "/settings/{section}"),
    "history": ("/history",),
    "duplicates": ("/duplicates",),
}

# The modules a page begins with, below the static folder: the first is run before main.js, which loads the others.
MODULES = {
    "library": ("js/features/library/early.js", "js/features/library/page.js", "js/features/library/library.js"),
    LOUPE: ("", "js/features/loupe/page.js"),
    "compare": ("", "js/features/compare/page.js"),
}

# What a page asks for first, with the query of its address.
AHEAD_PLACE = "{{ahead}}"
AHEAD = {"/library": "/api/library/feed", "/rankings": "/api/library/feed"}

_ENTRY = re.compile(r'<script type="module" src="\{\{static\}\}/([^"]+)"')
_IMPORT = re.compile(r"""^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]""", re.MULTILINE)


class Page(msgspec.Struct, frozen=True):
    """The shell, filled, with the policy that allows exactly its import map."""

    text: str
    policy: str


class Shell:
    """Fills shell.html for the present state of the static files; filled again only when they changed."""

    def __init__(self, assets: Assets, pages: Iterable[str], path: Path = SHELL_PATH) -> None:
        self.assets, self.pages, self.path = assets, tuple(pages), path
        self._state: tuple[str, int] | None = None
        self._filled: dict[tuple[str, ...], Page] = {}

    def page(self, begins_with: tuple[str, ...] = ()) -> Page:
        """The shell as it goes to the browser. begins_with: modules of the asked page, loaded with the start's."""
        self.assets.refresh()
        state = (self.assets.tree_hash, self.path.stat().st_mtime_ns)
        if self._state != state:
            self._state, self._filled = state, {}
        if begins_with not in self._filled:
            self._filled[begins_with] = self._fill(self.path.read_text("utf-8"), begins_with)
        return self._filled[begins_with]

    def _fill(self, shell: str, begins_with: tuple[str, ...]) -> Page:
        url = self.assets.url
        names = _module_names(self.assets)
        imports = {name: f"{url}/{target}" for name, target in names.items()}
        import_map = msgspec.json.encode({"imports": imports}).decode()
        entry = _ENTRY.search(shell)
        modules = _static_imports(self.assets, (*begins_with, *entry.groups()), names) if entry else []
        preloads = "\n".join(f'<link rel="modulepreload" href="{url}/{module}">' for module in modules)
        pages = msgspec.json.encode(self.pages).decode()
        early = begins_with[0] if begins_with else ""
        filling = {
            "{{early}}": f'<script type="module" async src="{url}/{early}"></script>' if early else "",
            "{{static}}": url, "{{preloads}}": preloads, "{{pages}}": pages,
            "{{importmap}}": f'<script type="importmap">{import_map}</script>',
        }
        text = shell
        for placeholder, value in filling.items():
            text = text.replace(placeholder, value)
        digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
        return Page(text, content_security_policy((f"sha256-{digest}",)))


def _module_names(assets: Assets) -> dict[str, str]:
    """The import map as the browser side keeps it: module name → file below the static folder."""
    kept = assets.text("data/importmap.json")
    return msgspec.json.decode(kept, type=_ImportMap).imports if kept else {}


class _ImportMap(msgspec.Struct):
    imports: dict[str, str]


def _static_imports(assets: Assets, entries: tuple[str, ...], names: dict[str, str]) -> list[str]:
    """The entry modules and all they import statically, those of the first entry first."""
    found: dict[str, None] = {}
    for entry in entries:
        waiting = [entry]
        while waiting:
            module = waiting.pop()
            if module in found or module not in assets.files:
                continue
            found[module] = None
            for wanted in _IMPORT.findall(assets.text(module)):
                target = _resolve(wanted, module, names)
                if target:
                    waiting.append(target)
    return list(found)


def _resolve(wanted: str, importer: str, names: dict[str, str]) -> str:
    if wanted.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), wanted))
    if wanted in names:
        return names[wanted]
    for name in sorted((name for name in names if name.endswith("/")), key=len, reverse=True):
        if wanted.startswith(name):
            return names[name] + wanted.removeprefix(name)
    return ""


def router(shell: Shell) -> APIRouter:
    """All page addresses of the pages that exist."""
    routes = APIRouter(include_in_schema=False)

    def serving(begins_with: tuple[str, ...]) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            return await _answer(shell, begins_with, ahead=_ahead(request))

        return serve

    for name in shell.pages:
        for address in ADDRESSES[name]:
            serve = serving(MODULES.get(address, MODULES.get(name, ())))
            routes.add_api_route(address, serve, methods=["GET", "HEAD"])
    return routes


def unknown_address(shell: Shell) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers 404: the shell, which says so with a way on, to a person; a sentence to a program."""

    async def answer(request: Request, error: Exception) -> Response:
        path, wanted = request.url.path, request.headers.get("accept", "")
        if request.method in ("GET", "HEAD") and "text/html" in wanted and not path.startswith(("/api/", "/static/")):
            return await _answer(shell, (), 404)
        return plain_error(error)

    return answer


def _ahead(request: Request) -> str:
    """The element that asks for the data of this page before its code is there, "" where it has none.

    An address without a full sort is left to the browser side (grid/query.js), which knows what it means.
    """
    address, query = AHEAD.get(request.url.path, ""), request.query_params
    is_plain = query["sort"].endswith(("_asc", "_desc")) if "sort" in query else not {"q", "similar"} & query.keys()
    if not address or not is_plain:
        return ""
    asked = html.escape(f"{address}?{request.url.query}" if query else address)
    return f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{asked}">'


async def _answer(shell: Shell, begins_with: tuple[str, ...], status: int = 200, ahead: str = "") -> Response:
    page = await offload(shell.page, begins_with)
    headers = {"Content-Security-Policy": page.policy, "Cache-Control": "no-cache"}
    text = page.text.replace(AHEAD_PLACE, ahead)
    return Response(text, status, media_type="text/html", headers=headers)
