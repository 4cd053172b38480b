"""A catalog of real files without a scanner: rows written directly, everything that shows pictures running for real."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.files import Files, folder_id_of
from photoarchive.catalog.preview_order import PathOrder
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.media.delivery import MediaPaths
from photoarchive.features.media.jobs import PreviewJob
from photoarchive.features.media.service import Media
from photoarchive.imaging.cache import PreviewCache
from shared_pool import PoolOfOneTest


class PictureCatalog:
    """Database, caches, pool and media service over a home folder."""

    def __init__(self, home: Path, **settings: Any) -> None:
        bring_catalog(home)
        self.config = Config(home)
        self.bus = Bus()
        self.db = Database(self.config.database_path)
        self.settings = SettingsStore(self.config.settings_path, self.config, self.bus)
        if settings:
            self.settings.update(settings)
        self.sources = SourceTable(self.db, self.bus)
        self.files = Files(self.db)
        self.pool = PoolOfOneTest()
        self.cache = PreviewCache(self.db, self.settings, self.bus)
        self.media = Media(db=self.db, cache=self.cache, pool=self.pool, files=self.files, sources=self.sources,
                           settings=self.settings, bus=self.bus)
        self.job = PreviewJob(cache=self.cache, renders=self.media.renders, order=PathOrder(self.db, self.cache.index),
                              subjects=self.media.subjects, sources=self.sources, settings=self.settings)

    def start(self) -> None:
        self.cache.start()
        self.media.start()
        assert self.cache.index.ready.wait(10)

    def close(self) -> None:
        self.media.close()
        self.pool.close()
        self.cache.close()
        self.db.close()

    # ------------------------------------------------------------------ rows

    def add_source(self, folder: Path) -> int:
        folder.mkdir(parents=True, exist_ok=True)
        path = os.fsencode(folder.resolve())
        return self.db.write(lambda tx: self.sources.insert_row(tx, path, folder.name))

    def add_photo(self, source_id: int, path: Path, kind: int = 0, extension: str | None = None) -> int:
        """The rows a scan and the metadata pass would write of one file."""
        root = Path(os.fsdecode(self.sources.root(source_id)))
        relpath = os.fsencode(path.parent.relative_to(root)) if path.parent != root else b""
        facts = path.stat()

        def work(tx: Transaction) -> int:
            folder = folder_id_of(tx, source_id, relpath)
            form = None
            if extension:
                tx.execute("INSERT OR IGNORE INTO formats (ext) VALUES (?)", (extension,))
                form = tx.execute("SELECT id FROM formats WHERE ext = ?", (extension,)).fetchone()[0]
            photo: int = tx.execute(
                "INSERT INTO photos (kind, created_at, source_id, folder_id, format_id, file_size, width, height, "
                "ready) VALUES (?, 0, ?, ?, ?, ?, 300, 200, 1) RETURNING id",
                (kind, source_id, folder, form, facts.st_size)).fetchone()[0]
            file = tx.execute(
                "INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, content_key, first_seen) "
                "VALUES (?, ?, ?, ?, ?, ?, 0) RETURNING id",
                (photo, folder, os.fsencode(path.name), facts.st_size, facts.st_mtime_ns, _key(path))).fetchone()[0]
            tx.execute("UPDATE photos SET file_id = ? WHERE id = ?", (file, photo))
            tx.changes.touch("photos", [photo])
            return photo

        photo_id = self.db.write(work)
        self.cache.index.catch_up()
        return photo_id

    def file_changed(self, photo_id: int, path: Path) -> None:
        """What a rescan would note of changed content."""
        facts = path.stat()

        def work(tx: Transaction) -> None:
            tx.execute("UPDATE files SET size = ?, mtime_ns = ?, content_key = ? WHERE photo_id = ?",
                       (facts.st_size, facts.st_mtime_ns, _key(path), photo_id))
            tx.changes.touch("photos", [photo_id])

        self.db.write(work)
        self.cache.index.catch_up()

    # ------------------------------------------------------------------ asking

    def get(self, path: str, **headers: str) -> Reply:
        """GET through the media wrapper, as the server would be asked."""
        return asyncio.run(ask(MediaPaths(_nothing_else, self.media), path, headers))


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


async def _nothing_else(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} is no media path")


async def ask(app: Any, path: str, headers: dict[str, str], method: str = "GET") -> Reply:
    """One request to an ASGI application; the browser stays connected until it is answered."""
    path, _, query = path.partition("?")
    reply = Reply(0, {}, b"")

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            reply.body += message["body"]

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(),
             "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}
    await app(scope, receive, send)
    return reply


@contextmanager
def picture_catalog(home: Path, **settings: Any) -> Iterator[PictureCatalog]:
    """A started catalog, closed at the end."""
    catalog = PictureCatalog(home, **settings)
    try:
        catalog.start()
        yield catalog
    finally:
        catalog.close()


def eventually(question: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether this becomes true in time; for what happens in other threads."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.02)
    return question()


def _key(path: Path) -> bytes:
    import hashlib

    return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
