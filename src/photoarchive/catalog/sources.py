"""The sources of the catalog: their rows, kept in memory, and whether each is online. Opens no file of a source.

`SourceTable` is what every other part asks: where a source lies, whether it is there, which disk it is on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.files import refresh_photos_of_source
from photoarchive.catalog.pairs import refresh_pairs
from photoarchive.core import mounts
from photoarchive.core.clock import now
from photoarchive.core.errors import NotFound
from photoarchive.core.events import Bus, Event
from photoarchive.core.paths import display_path

SOURCES_CHANGED = "sources"      # event: something about sources changed, read them again

_COLUMNS = """id, path, display_name, state, online, fs_uuid, fs_path, rotational, exclude, watch, question, added_at,
              removed_at, last_scan_at, last_scan"""


class Source(msgspec.Struct, frozen=True):
    """One folder the user added."""

    id: int
    path: bytes                     # canonical absolute path
    display_name: str
    state: str                      # "active", "removed" (hidden, restorable), "trash" (for 30 days)
    online: bool
    fs_uuid: str | None
    fs_path: bytes | None
    rotational: bool | None
    exclude: tuple[str, ...] = ()
    watch: bool = False
    question: dict[str, Any] | None = None
    added_at: float = 0.0
    removed_at: float | None = None
    last_scan_at: float | None = None
    last_scan: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def shown_path(self) -> str:
        """The path for a person."""
        return display_path(self.path)


# Parts whose leader is no longer in the same state, and photos of a source whose other half may be in another source.
_TORN_OR_REUNITED = """
SELECT p.id FROM photos p JOIN photos l ON l.id = p.leader_id WHERE p.leader_id IS NOT NULL AND p.state <> l.state
UNION
SELECT p.id FROM details t JOIN photos p ON p.id = t.photo_id
WHERE t.content_identifier IS NOT NULL AND p.source_id = ? AND p.leader_id IS NULL
"""

TroubleCheck = Callable[[int], bool]


class SourceTable:
    """All sources, removed ones too. Thread-safe; reading never touches the disk."""

    def __init__(self, db: Database, bus: Bus | None = None) -> None:
        self._db, self._bus = db, bus
        self._lock = threading.Lock()
        self._check: TroubleCheck | None = None
        self._sources: dict[int, Source] = {}
        self._mount_text = ""
        self._mounts: list[mounts.Mount] = []
        self.reload()

    # ------------------------------------------------------------------ reading

    def all(self) -> list[Source]:
        """Every source in the order they were added."""
        return list(self._sources.values())

    def active(self) -> list[Source]:
        """The sources that take part in the catalog."""
        return [source for source in self.all() if source.state == "active"]

    def get(self, source_id: int) -> Source:
        """One source. Raises NotFound."""
        source = self._sources.get(source_id)
        if source is None:
            raise NotFound(f"There is no source {source_id}.")
        return source

    def find(self, path: bytes) -> Source | None:
        """The source at exactly this canonical path."""
        return next((source for source in self.all() if source.path == path), None)

    def is_online(self, source_id: int) -> bool:
        """Whether the source's drive was there when last looked at; False for an unknown source."""
        source = self._sources.get(source_id)
        return source is not None and source.online

    def offline_ids(self) -> list[int]:
        """Ids of the sources that are away."""
        return [source.id for source in self.all() if not source.online]

    def root(self, source_id: int) -> bytes:
        """Canonical path of a source. Raises NotFound."""
        return self.get(source_id).path

    def roots(self) -> tuple[bytes, ...]:
        """Folders under which nothing may ever be written: all sources, removed ones too."""
        return tuple(source.path for source in self.all())

    # ------------------------------------------------------------------ disks

    def device_of(self, source_id: int) -> str:
        """The disk a source lies on ("8:0", "net:nas"): what limits of readers are counted by; "" unknown."""
        mount = self._mount(source_id)
        return mounts.disk_of(mount) if mount else ""

    def readers(self, source_id: int) -> int:
        """How many files of this source's disk may be read at once: one where it spins, else two."""
        source = self._sources.get(source_id)
        return 1 if source is not None and source.rotational else 2

    def _mount(self, source_id: int) -> mounts.Mount | None:
        source = self._sources.get(source_id)
        text = mounts.mount_table_text()
        with self._lock:
            if text != self._mount_text:
                self._mount_text, self._mounts = text, mounts.read_mounts(text)
            table = self._mounts
        return mounts.mount_of(source.path, table) if source else None

    # ------------------------------------------------------------------ trouble

    def check_with(self, check: TroubleCheck) -> None:
        """Have trouble looked into by this function of a source id; it answers whether the source is there."""
        self._check = check

    def report_trouble(self, source_id: int) -> bool:
        """A file of this source could not be reached: find out whether the whole source is away.

        Takes up to 2 s. True: it is offline now, leave its items for later. False: the drive answers, so the error
        belongs to the item and is recorded there.
        """
        if self._check is not None:
            return not self._check(source_id)
        self.set_online(source_id, False)
        return True

    # ------------------------------------------------------------------ writing

    def reload(self) -> None:
        """Read all rows again."""
        rows = self._db.read().execute(f"SELECT {_COLUMNS} FROM sources ORDER BY id").fetchall()
        with self._lock:
            self._sources = {row[0]: _source(row) for row in rows}

    def changed(self) -> None:
        """Read again and tell everybody; for those who changed rows in a transaction of their own."""
        self.reload()
        if self._bus is not None:
            self._bus.publish(Event(SOURCES_CHANGED))

    def set_online(self, source_id: int, online: bool) -> bool:
        """Note that a source came or went; photos that lie elsewhere too are served from there. True if it is news."""
        if self.is_online(source_id) == online:
            return False

        def flip(tx: Transaction) -> bool:
            news = tx.execute("UPDATE sources SET online = ? WHERE id = ? AND online <> ?",
                              (online, source_id, online)).rowcount > 0
            if news:
                refresh_photos_of_source(tx, source_id, only_shared=True)
                tx.changes.touch_all("sources")     # a group without columns: its revision is in the ETags of views
                tx.after_commit.append(self.changed)
            return news

        return self._db.write(flip)

    def update(self, source_id: int, **values: Any) -> None:
        """Change columns of one source (display_name, exclude, watch, question, path, fs_uuid …) and tell everybody."""
        self._db.write(lambda tx: self.update_row(tx, source_id, **values))

    def update_row(self, tx: Transaction, source_id: int, **values: Any) -> None:
        """Like update, within a transaction."""
        names = ", ".join(f"{name} = ?" for name in values)
        packed = [json.dumps(value) if isinstance(value, (dict, list, tuple)) else value for value in values.values()]
        tx.execute(f"UPDATE sources SET {names} WHERE id = ?", (*packed, source_id))
        tx.after_commit.append(self.changed)

    def insert_row(self, tx: Transaction, path: bytes, display_name: str, **values: Any) -> int:
        """A new active source. Its path must be canonical and free; the caller has checked."""
        source_id: int = tx.execute("INSERT INTO sources (path, display_name, added_at) VALUES (?, ?, ?) RETURNING id",
                                    (path, display_name, now())).fetchone()[0]
        if values:
            self.update_row(tx, source_id, **values)
        tx.after_commit.append(self.changed)
        return source_id

    def set_state_row(self, tx: Transaction, source_id: int, state: str) -> list[int]:
        """Move a source between active, removed and trash, and its photos with it. Returns the photos that changed."""
        self.update_row(tx, source_id, state=state, removed_at=None if state == "active" else now(), question=None)
        changed = refresh_photos_of_source(tx, source_id)
        refresh_pairs(tx, [row[0] for row in tx.execute(_TORN_OR_REUNITED, (source_id,))])
        return changed


def _source(row: tuple[Any, ...]) -> Source:
    (source_id, path, name, state, online, fs_uuid, fs_path, rotational, exclude, watch, question, added, removed,
     last_scan_at, last_scan) = row
    return Source(source_id, path, name, state, bool(online), fs_uuid, fs_path,
                  None if rotational is None else bool(rotational), tuple(json.loads(exclude)), bool(watch),
                  json.loads(question) if question else None, added, removed, last_scan_at, json.loads(last_scan))
