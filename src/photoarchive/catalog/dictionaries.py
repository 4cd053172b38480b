"""Names behind the codes in the columns: cameras, lenses, file endings, keywords, folders, sources.

Rows of these tables are only ever added (sources apart, which are few and read anew), so a dictionary reads just what
is new since it was asked last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.core.paths import display_path

T = TypeVar("T")


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
        self._cameras = _Table("SELECT id, make, model FROM cameras WHERE id > ?", Camera)
        self._lenses = _Table("SELECT id, name FROM lenses WHERE id > ?", str)
        self._formats = _Table("SELECT id, ext FROM formats WHERE id > ?", str)
        self._keywords = _Table("SELECT id, name FROM keywords WHERE id > ?", str)
        self._places = _Table("SELECT id, country_code, country, region, city FROM places WHERE id > ?", Place)
        self._folders = _folder_table({})
        self._folder_roots: dict[int, str] = {}

    def cameras(self) -> Mapping[int, Camera]:
        """By camera id."""
        return self._grown(self._cameras)

    def lenses(self) -> Mapping[int, str]:
        """Names by lens id."""
        return self._grown(self._lenses)

    def formats(self) -> Mapping[int, str]:
        """Endings with the dot, lower case, by format id."""
        return self._grown(self._formats)

    def keywords(self) -> Mapping[int, str]:
        """Names by keyword id; a hierarchy as “Nature|Birds”."""
        return self._grown(self._keywords)

    def places(self) -> Mapping[int, Place]:
        """By place id."""
        return self._grown(self._places)

    def sources(self) -> dict[int, Source]:
        """By source id, as the catalog has them now."""
        rows = self._db.read().execute("SELECT id, path, display_name, state, online FROM sources ORDER BY id")
        return {row[0]: Source(row[0], display_path(row[1]), row[2], row[3], bool(row[4])) for row in rows}

    def offline(self) -> tuple[int, ...]:
        """Ids of sources whose drive is away."""
        return tuple(source.id for source in self.sources().values() if not source.online)

    def folders(self) -> Mapping[int, Folder]:
        """By folder id."""
        roots = {source.id: source.path for source in self.sources().values()}
        with self._lock:
            if roots != self._folder_roots:                 # a source came back at another mount point, or is new
                self._folders, self._folder_roots = _folder_table(roots), roots
            table = self._folders
        return self._grown(table)

    def _grown(self, table: _Table[T]) -> Mapping[int, T]:
        """With the rows that are new. What was given out before stays as it was."""
        with self._lock:
            rows = self._db.read().execute(table.sql, (table.newest,)).fetchall()
            if rows:
                table.known = table.known | {row[0]: table.make(*row[1:]) for row in rows}
                table.newest = max(row[0] for row in rows)
            return table.known


class _Table(Generic[T]):
    """What is known of one table. sql: its rows after an id, each an id and what `make` takes."""

    def __init__(self, sql: str, make: Callable[..., T]) -> None:
        self.sql, self.make = sql, make
        self.known: dict[int, T] = {}
        self.newest = 0


def _folder_table(roots: Mapping[int, str]) -> _Table[Folder]:
    """roots: path of each source."""
    def make(folder_id: int, source_id: int, relpath: bytes) -> Folder:
        root, below = roots.get(source_id, ""), display_path(relpath)
        return Folder(folder_id, source_id, below, f"{root.rstrip('/')}/{below}" if below else root)

    return _Table("SELECT id, id, source_id, relpath FROM folders WHERE id > ?", make)
