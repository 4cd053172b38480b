"""The shell and the static files: addresses, caching, preloads, the import map's hash."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from photoarchive.web import assets, pages
from photoarchive.web.assets import Assets
from photoarchive.web.http import install_error_handlers
from photoarchive.web.pages import Shell


def site(static: Assets, names: tuple[str, ...] = ("library", "catalog")) -> FastAPI:
    app = FastAPI(openapi_url=None)
    install_error_handlers(app)
    app.include_router(assets.router(static))
    app.include_router(pages.router(Shell(static, names)))
    return app


def get(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as browser:
            return await browser.get(path, headers=headers)

    return asyncio.run(go())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    for name, text in {
        "js/main.js": "import { a } from 'pa/core/a.js';\nimport('pa/features/late.js');\nexport const x = 1;",
        "js/core/a.js": "import {\n  b,\n} from './b.js';\nimport 'lit-html';\n",
        "js/core/b.js": "export { c } from '../ui/c.js';", "js/ui/c.js": "// import { no } from 'pa/no.js'\n",
        "js/features/late.js": "", "vendor/lit/lit.js": "", "css/a.css": "body {}", "map.pmtiles": "x" * 3_000_000,
        "data/importmap.json": json.dumps({"imports": {"pa/": "js/", "lit-html": "vendor/lit/lit.js"}}),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".hidden").write_text("secret")
    return folder


def test_every_page_of_the_build_serves_the_shell_and_others_do_not_exist() -> None:
    app = site(Assets())
    for path in ("/", "/library", "/rankings", "/library/photo/12", "/catalog"):
        answer = get(app, path)
        assert answer.status_code == 200
        assert "{{" not in answer.text, "every placeholder is filled"
        assert answer.headers["cache-control"] == "no-cache"
    assert get(app, "/people").status_code == 404
    assert json.loads(re.search(r'id="pages">(.*?)</script>', get(app, "/").text).group(1)) == ["library", "catalog"]   # type: ignore[union-attr]


def test_the_policy_allows_exactly_the_inline_import_map() -> None:
    answer = get(site(Assets()), "/")
    inline = [text for text in re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.S) if text[1].strip()]
    maps = [text for attributes, text in inline if "importmap" in attributes]
    assert [attributes for attributes, _ in inline if "importmap" not in attributes and "json" not in attributes] == []
    digest = base64.b64encode(hashlib.sha256(maps[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_all_files_the_shell_names_exist() -> None:
    static = Assets()
    app = site(static)
    for name in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', get(app, "/").text)):
        assert get(app, name).status_code == 200, name


def test_what_the_start_imports_is_preloaded_and_nothing_that_comes_later(tree: Path) -> None:
    static = Assets(tree)
    shell = tree.parent / "shell.html"
    shell.write_text('{{preloads}}<script type="module" src="{{static}}/js/main.js"></script>{{importmap}}')
    page = Shell(static, (), shell).page()
    loaded = re.findall(r'modulepreload" href="/static/[0-9a-f]+/([^"]+)"', page.text)
    assert set(loaded) == {"js/main.js", "js/core/a.js", "js/core/b.js", "js/ui/c.js", "vendor/lit/lit.js"}


def test_the_modules_a_page_begins_with_come_with_its_shell_only() -> None:
    app = site(Assets(), ("library", "settings"))

    def preloaded(address: str) -> set[str]:
        return set(re.findall(r'modulepreload" href="/static/[0-9a-f]+/js/([^"]+)"', get(app, address).text))

    begins = {"/library": "features/library/library.js", "/library/photo/7": "features/loupe/page.js"}
    for address, module in begins.items():
        assert module in preloaded(address)
        assert module not in preloaded("/settings")


@pytest.mark.parametrize(("address", "asked"), [
    ("/library", "/api/library/feed"),
    ("/library?sort=date_taken_desc&flag=picked", "/api/library/feed?sort=date_taken_desc&amp;flag=picked"),
    ("/rankings?folder=%2Fa%26b", "/api/library/feed?folder=%2Fa%26b"),
    ("/library?q=dog&sort=similarity_desc", "/api/library/feed?q=dog&amp;sort=similarity_desc"),
    ("/library?q=dog", None), ("/library?similar=7", None),     # their order is the browser side's to say
    ("/library?sort=newest", None), ("/library/photo/7", None), ("/catalog", None), ("/", None),
])
def test_the_library_asks_for_its_photos_before_any_code_runs(address: str, asked: str | None) -> None:
    text = get(site(Assets()), address).text
    assert re.findall(r'as="fetch" crossorigin="anonymous" href="([^"]+)"', text) == ([asked] if asked else [])


def test_an_address_cannot_break_out_of_the_element_that_asks_for_it() -> None:
    text = get(site(Assets()), '/library?folder="><script>alert(1)</script>').text
    assert "<script>alert" not in text


def test_a_sheet_that_imports_others_is_sent_with_them_inside(tree: Path) -> None:
    (tree / "css" / "all.css").write_text("/* all */\n@import url('a.css');\n@import url('parts/b.css');\n")
    (tree / "css" / "parts").mkdir()
    (tree / "css" / "parts" / "b.css").write_text("i { background: url('../../x.svg'); mask: url('data:,') }")
    text = get(site(Assets(tree), ()), f"{Assets(tree).url}/css/all.css").text
    assert text.index("body {}") < text.index("background: url('parts/../../x.svg'); mask: url('data:,')")
    assert "@import" not in text


def test_every_style_sheet_belongs_to_the_one_that_pages_load() -> None:
    static = Assets()
    listed = re.findall(r"@import url\('([^']+)'\)", (static.folder / "css" / "all.css").read_text("utf-8"))
    alone = {"css/all.css", "css/login.css"}
    assert sorted(f"css/{name}" for name in listed) == sorted(
        name for name in static.files if name.startswith("css/") and name not in alone)


def test_static_files_are_cached_for_ever_under_the_hash_of_the_tree(tree: Path) -> None:
    static = Assets(tree)
    app = site(static, ())
    answer = get(app, f"{static.url}/css/a.css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert get(app, f"{static.url}/js/main.js").headers["content-type"] == "text/javascript; charset=utf-8"
    assert get(app, "/static/0000000000000000/css/a.css").headers["cache-control"] == "no-cache"
    assert get(app, f"{static.url}/css/a.css", **{"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_an_edited_file_gives_the_tree_a_new_address(tree: Path) -> None:
    static = Assets(tree)
    before = static.url
    static.refresh()
    assert static.url == before
    (tree / "css" / "a.css").write_text("body { color: red }")
    static.refresh()
    assert static.url != before
    assert b"red" in get(site(static, ()), f"{static.url}/css/a.css").content


@pytest.mark.parametrize("name", ["../shell.html", "%2e%2e/shell.html", "css/../../shell.html", ".hidden", "css", "",
                                  "/etc/passwd", "..%2fshell.html"])
def test_nothing_outside_the_tree_can_be_asked_for(tree: Path, name: str) -> None:
    (tree.parent / "shell.html").write_text("secret")
    static = Assets(tree)
    answer = get(site(static, ()), f"{static.url}/{name}")
    assert answer.status_code in {404, 307} and b"secret" not in answer.content


def test_large_files_come_in_ranges(tree: Path) -> None:
    static = Assets(tree)
    answer = get(site(static, ()), f"{static.url}/map.pmtiles", Range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, b"x" * 10)
    assert answer.headers["content-range"] == "bytes 10-19/3000000"
