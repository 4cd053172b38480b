"""Names behind the codes in the columns: cameras, lenses, file endings, keywords, folders, sources.

Rows of these tables are only ever added (sources apart, which are few and read anew), so a dictionary reads just what
is new since it was asked last.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.core.paths import display_path


class Camera(msgspec.Struct, frozen=True):
    """make and model as read; label for a person, the make not repeated."""

    make: str
    model: str

    @property
    def label(self) -> str:
        """“Canon EOS R5”, not “Canon Canon EOS R5”."""
        first = self.make.split(" ")[0].casefold()
        if not self.model or not self.make or self.model.casefold().startswith(first):
            return self.model or self.make
        return f"{self.make} {self.model}"


class Folder(msgspec.Struct, frozen=True):
    """One folder of a source: path beneath it, and the whole path as a person reads it."""

    id: int
    source_id: int
    relpath: str
    path: str


class Source(msgspec.Struct, frozen=True):
    """What lists and filters need to know of a source."""

    id: int
    path: str
    display_name: str
    state: str
    online: bool


class Place(msgspec.Struct, frozen=True):
    """Where photos were taken. code: of the country, two letters, "" where nothing has a name."""

    code: str
    country: str
    region: str
    city: str

    @property
    def label(self) -> str:
        """“Reine, Nordland, Norway”: what is known, a name that repeats only once."""
        return ", ".join(dict.fromkeys(name for name in (self.city, self.region, self.country) if name))


class Dictionaries:
    """All code → name tables of the catalog. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._tables: dict[str, dict[int, Any]] = {}
        self._folders: dict[int, Folder] = {}
        self._folder_roots: dict[int, str] = {}

    def cameras(self) -> dict[int, Camera]:
        """By camera id."""
        rows = self._grown("cameras", "SELECT id, make, model FROM cameras WHERE id > ? ORDER BY id")
        return {key: Camera(*row) for key, row in rows.items()}

    def lenses(self) -> dict[int, str]:
        """Names by lens id."""
        return {key: row[0] for key, row in self._grown("lenses", "SELECT id, name FROM lenses WHERE id > ?").items()}

    def formats(self) -> dict[int, str]:
        """Endings with the dot, lower case, by format id."""
        return {key: row[0] for key, row in self._grown("formats", "SELECT id, ext FROM formats WHERE id > ?").items()}

    def keywords(self) -> dict[int, str]:
        """Names by keyword id; a hierarchy as “Nature|Birds”."""
        rows = self._grown("keywords", "SELECT id, name FROM keywords WHERE id > ?")
        return {key: row[0] for key, row in rows.items()}

    def places(self) -> dict[int, Place]:
        """By place id."""
        sql = "SELECT id, country_code, country, region, city FROM places WHERE id > ?"
        return {key: Place(*row) for key, row in self._grown("places", sql).items()}

    def sources(self) -> dict[int, Source]:
        """By source id, as the catalog has them now."""
        rows = self._db.read().execute("SELECT id, path, display_name, state, online FROM sources ORDER BY id")
        return {row[0]: Source(row[0], display_path(row[1]), row[2], row[3], bool(row[4])) for row in rows}

    def offline(self) -> tuple[int, ...]:
        """Ids of sources whose drive is away."""
        return tuple(source.id for source in self.sources().values() if not source.online)

    def folders(self) -> dict[int, Folder]:
        """By folder id."""
        roots = {source.id: source.path for source in self.sources().values()}
        with self._lock:
            if roots != self._folder_roots:                 # a source came back at another mount point, or is new
                self._folders, self._folder_roots = {}, roots
            newest = max(self._folders, default=0)
            sql = "SELECT id, source_id, relpath FROM folders WHERE id > ?"
            rows = self._db.read().execute(sql, (newest,)).fetchall()
            if rows:
                fresh = dict(self._folders)
                for folder_id, source_id, relpath in rows:
                    below = display_path(relpath)
                    root = roots.get(source_id, "")
                    path = f"{root.rstrip('/')}/{below}" if below else root
                    fresh[folder_id] = Folder(folder_id, source_id, below, path)
                self._folders = fresh
            return self._folders

    def _grown(self, table: str, sql: str) -> dict[int, Any]:
        with self._lock:
            known = self._tables.setdefault(table, {})
            rows = self._db.read().execute(sql, (max(known, default=0),)).fetchall()
            if rows:
                known = self._tables[table] = known | {row[0]: row[1:] for row in rows}
            return known
