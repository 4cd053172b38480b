"""The manifest of the cache folder: which preview of which content lies where, when it was used, what failed.

Owns the tables `previews`, `preview_failures`, `preview_leftovers` and `cache_folders`. Touches no file: that is
`imaging.disk_cache`, which deletes only what a row names.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core import clock
from photoarchive.core.tiers import Tier

TIERS = (Tier.SM, Tier.MD, Tier.LG, Tier.FULL, Tier.STRIP, Tier.CLIP)      # the number of a tier is its place
NUMBER = {tier: number for number, tier in enumerate(TIERS)}
CLEAR_ROWS = 2_000                                      # rows taken away in one transaction
MAX_VARIABLES = 500                                     # ids in one IN (…)

_COLUMNS = "photo_id, tier, bytes, width, height, recipe, version, suffix, checksum, folder_id"


class CacheFile(msgspec.Struct, frozen=True):
    """One file of the cache, as its manifest row says."""

    photo_id: int
    tier: Tier
    size: int               # bytes
    width: int
    height: int
    recipe: int             # of the size and quality it was made with
    version: bytes          # 8 bytes: the content of the original it shows
    suffix: str             # ".jpg"
    checksum: int           # xxh32, 0: not taken
    folder_id: int


class CacheFolder(msgspec.Struct, frozen=True):
    """A folder that is, or was, the cache folder."""

    id: int
    path: bytes
    mount: bytes            # where its file system was mounted when we first used it


class Leftover(msgspec.Struct, frozen=True):
    """A file of ours whose row is gone: to be deleted."""

    folder_id: int
    photo_id: int
    tier: Tier
    suffix: str


class Failure(msgspec.Struct, frozen=True):
    """Why no preview could be made of a photo's content."""

    photo_id: int
    version: bytes
    reason: str
    at: float


class Changes:
    """Whoever must know at once what the manifest holds: called after the commit, in the writer's thread."""

    def put(self, files: Sequence[CacheFile]) -> None:
        """These files exist now."""

    def dropped(self, keys: Sequence[tuple[int, Tier]]) -> None:
        """These are gone."""

    def failed(self, failures: Sequence[Failure]) -> None:
        """No preview can be made of these."""


class Previews:
    """The tables around the cache folder. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db, self._home = db, os.fsencode(db.path.parent)
        self._listeners: list[Changes] = []
        self._folders: dict[int, CacheFolder] = {}
        self._folders_lock = threading.Lock()

    def listen(self, listener: Changes) -> None:
        """Tell this listener of every change from now on."""
        self._listeners.append(listener)

    # ------------------------------------------------------------------ reading

    def files(self, photo_id: int) -> dict[Tier, CacheFile]:
        """What the cache holds of one photo, whichever content or recipe it shows."""
        rows = self._db.read().execute(f"SELECT {_COLUMNS} FROM previews WHERE photo_id = ?", (photo_id,))
        return {file.tier: file for file in map(_file, rows)}

    def files_of(self, photo_ids: Sequence[int]) -> dict[int, dict[Tier, CacheFile]]:
        """The same for many photos; every asked id has an entry."""
        found: dict[int, dict[Tier, CacheFile]] = {photo_id: {} for photo_id in photo_ids}
        for chunk in _chunks(photo_ids):
            marks = ",".join("?" * len(chunk))
            rows = self._db.read().execute(f"SELECT {_COLUMNS} FROM previews WHERE photo_id IN ({marks})", chunk)
            for file in map(_file, rows):
                found[file.photo_id][file.tier] = file
        return found

    def usage(self) -> dict[tuple[int, Tier], tuple[int, int]]:
        """(folder id, tier) → (files, bytes). Reads the whole manifest: once per start."""
        connection = self._db.read()
        found: dict[tuple[int, Tier], tuple[int, int]] = {}
        for (folder,) in connection.execute("SELECT id FROM cache_folders").fetchall():
            sums = connection.execute(_USAGE, (folder,)).fetchone()
            for number, tier in enumerate(TIERS):
                found[folder, tier] = int(sums[2 * number]), int(sums[2 * number + 1])
        return found

    def oldest(self, tier: Tier, limit: int, *, looked: bool) -> list[CacheFile]:
        """Files in the order in which they make room: least recently used first. looked: those a person saw."""
        rows = self._db.read().execute(
            f"SELECT {_COLUMNS} FROM previews WHERE tier = ? AND looked_at = ? ORDER BY used_at LIMIT ?",
            (NUMBER[tier], int(looked), limit))
        return [_file(row) for row in rows]

    def outside(self, folder_id: int, limit: int) -> list[CacheFile]:
        """Files that still lie in an earlier cache folder."""
        rows = self._db.read().execute(
            f"SELECT {_COLUMNS} FROM previews WHERE folder_id < ? OR folder_id > ? LIMIT ?",
            (folder_id, folder_id, limit))
        return [_file(row) for row in rows]

    def some_of(self, tiers: Iterable[Tier]) -> list[CacheFile]:
        """Up to CLEAR_ROWS files of these tiers; [] when there are none."""
        wanted = [NUMBER[tier] for tier in tiers]
        marks = ",".join("?" * len(wanted))
        rows = self._db.read().execute(
            f"SELECT {_COLUMNS} FROM previews WHERE tier IN ({marks}) LIMIT {CLEAR_ROWS}", wanted)
        return [_file(row) for row in rows]

    # ------------------------------------------------------------------ writing

    def put(self, files: Sequence[CacheFile], *, looked: bool) -> list[CacheFile]:
        """Record files that lie in the cache folder now; an earlier failure of the photo is forgotten.

        Returns those recorded: a photo deleted meanwhile has no files, theirs stay leftovers.
        """
        now = clock.now()

        def work(tx: Transaction) -> list[CacheFile]:
            kept = [file for file in files
                    if tx.execute("SELECT 1 FROM photos WHERE id = ?", (file.photo_id,)).fetchone()]
            tx.executemany(_UPSERT, [(*_values(file), now, now, int(looked)) for file in kept])
            tx.executemany(_NOT_LEFT_OVER, [(f.folder_id, NUMBER[f.tier], f.photo_id, f.suffix) for f in kept])
            forget_failures(tx, {file.photo_id for file in kept})
            tx.after_commit.append(lambda: self._tell_put(kept))
            return kept

        return self._db.write(work) if files else []

    def move(self, file: CacheFile, folder_id: int) -> bool:
        """A copy of the file lies in another folder now; the old one becomes a leftover. False: replaced meanwhile."""
        def work(tx: Transaction) -> bool:
            moved = tx.execute(
                "UPDATE previews SET folder_id = ? WHERE photo_id = ? AND tier = ? AND folder_id = ? AND bytes = ? "
                "AND checksum = ?",
                (folder_id, file.photo_id, NUMBER[file.tier], file.folder_id, file.size, file.checksum)).rowcount
            if moved:
                tx.execute(_NOT_LEFT_OVER, (folder_id, NUMBER[file.tier], file.photo_id, file.suffix))
            return bool(moved)

        return self._db.write(work)

    def drop(self, files: Sequence[CacheFile]) -> list[CacheFile]:
        """Take these out of the manifest, unless they were replaced meanwhile; their files become leftovers.

        Returns those that were really taken.
        """
        def work(tx: Transaction) -> list[CacheFile]:
            taken = [file for file in files if tx.execute(
                "DELETE FROM previews WHERE photo_id = ? AND tier = ? AND folder_id = ? AND bytes = ? AND checksum = ?",
                (file.photo_id, NUMBER[file.tier], file.folder_id, file.size, file.checksum)).rowcount]
            tx.after_commit.append(lambda: self._tell_dropped([(f.photo_id, f.tier) for f in taken]))
            return taken

        return self._db.write(work) if files else []

    def record_use(self, uses: Mapping[tuple[int, Tier], tuple[float, bool]]) -> None:
        """(photo, tier) → (when, whether a person looked). Late news never turns a clock back."""
        rows = [(when, int(looked), photo_id, NUMBER[tier]) for (photo_id, tier), (when, looked) in uses.items()]
        if rows:
            self._db.write(lambda tx: tx.executemany(
                "UPDATE previews SET used_at = max(used_at, ?), looked_at = max(looked_at, ?) "
                "WHERE photo_id = ? AND tier = ?",
                rows) and None)

    # ------------------------------------------------------------------ failures

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Set photos aside with the reason, which also shows on their tile."""
        def work(tx: Transaction) -> None:
            tx.executemany("INSERT OR REPLACE INTO preview_failures VALUES (?, ?, ?, ?)",
                           [(f.photo_id, f.version, f.reason, f.at) for f in failures])
            tx.executemany("UPDATE photos SET unreadable = ? WHERE id = ? AND unreadable IS NULL",
                           [(f.reason, f.photo_id) for f in failures])
            tx.changes.touch("photos", [f.photo_id for f in failures])
            tx.after_commit.append(lambda: self._tell_failed(failures))

        if failures:
            self._db.write(work)

    def failures(self, limit: int, offset: int) -> tuple[list[Failure], int]:
        """A page of the photos set aside, newest first, and how many there are."""
        rows = self._db.read().execute(
            "SELECT photo_id, version, reason, at FROM preview_failures ORDER BY at DESC, photo_id LIMIT ? OFFSET ?",
            (limit, offset)).fetchall()
        return [Failure(*row) for row in rows], self.failure_count()

    def failure_count(self) -> int:
        """How many photos are set aside."""
        return int(self._db.read().execute("SELECT count(*) FROM preview_failures").fetchone()[0])

    # ------------------------------------------------------------------ folders and leftovers

    def folder(self, folder_id: int) -> CacheFolder | None:
        """A folder by its id."""
        with self._folders_lock:
            if folder_id not in self._folders:
                rows = self._db.read().execute("SELECT id, path, mount FROM cache_folders")
                self._folders = {row[0]: self._folder(*row) for row in rows}
            return self._folders.get(folder_id)

    def folder_named(self, path: bytes) -> CacheFolder | None:
        """A folder by its path, or None if it was never the cache folder."""
        found = self._noted(self._stored(path))
        if found is None and (found := self._noted(path)) is not None:
            moved = (self._stored(path), found.id)          # noted before paths within the home were kept as such
            self._db.write(lambda tx: tx.execute("UPDATE cache_folders SET path = ? WHERE id = ?", moved) and None)
        return found

    def _noted(self, stored: bytes) -> CacheFolder | None:
        row = self._db.read().execute("SELECT id, path, mount FROM cache_folders WHERE path = ?", (stored,)).fetchone()
        return self._folder(*row) if row else None

    def add_folder(self, path: bytes, mount: bytes) -> CacheFolder:
        """Record a cache folder (again: with its present mount point)."""
        folder = self._folder(*self._db.write(lambda tx: tx.execute(
            "INSERT INTO cache_folders (path, mount) VALUES (?, ?) "
            "ON CONFLICT (path) DO UPDATE SET mount = excluded.mount RETURNING id, path, mount",
            (self._stored(path), mount)).fetchone()))
        with self._folders_lock:
            self._folders[folder.id] = folder
        return folder

    def _stored(self, path: bytes) -> bytes:
        """A folder within the home is noted relative to it: a home that is moved or copied takes its cache along, and
        a copy never touches the files of the home it was copied from."""
        within = os.path.relpath(os.path.realpath(path), os.path.realpath(self._home))
        return path if within.split(b"/")[0] in (b".", b"..") else within

    def _folder(self, folder_id: int, path: bytes, mount: bytes) -> CacheFolder:
        return CacheFolder(folder_id, os.path.join(self._home, path), mount)

    def note_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """Files that are about to appear and have no row yet: a kill before they get one leaves them named here."""
        rows = [(item.folder_id, item.photo_id, NUMBER[item.tier], item.suffix) for item in leftovers]
        self._db.write(lambda tx: tx.executemany(
            "INSERT OR IGNORE INTO preview_leftovers VALUES (?, ?, ?, ?)", rows) and None)

    def leftovers(self, folder_id: int, limit: int = CLEAR_ROWS) -> list[Leftover]:
        """Files of a folder that no row names any more."""
        rows = self._db.read().execute(_LEFTOVERS, (folder_id, limit))
        return [Leftover(folder, photo, TIERS[tier], suffix) for folder, photo, tier, suffix in rows]

    def leftover_folders(self) -> list[int]:
        """Ids of the folders that hold leftovers."""
        return [row[0] for row in self._db.read().execute("SELECT DISTINCT folder_id FROM preview_leftovers")]

    def leftovers_gone(self, leftovers: Sequence[Leftover]) -> None:
        """Their files are deleted."""
        rows = [(item.folder_id, NUMBER[item.tier], item.photo_id, item.suffix) for item in leftovers]
        if rows:
            self._db.write(lambda tx: tx.executemany(_NOT_LEFT_OVER, rows) and None)

    # ------------------------------------------------------------------ telling

    def _tell_put(self, files: Sequence[CacheFile]) -> None:
        for listener in self._listeners:
            listener.put(files)

    def _tell_dropped(self, keys: Sequence[tuple[int, Tier]]) -> None:
        for listener in self._listeners:
            listener.dropped(keys)

    def _tell_failed(self, failures: Sequence[Failure]) -> None:
        for listener in self._listeners:
            listener.failed(failures)


# One pass over the table; grouping by tier would sort all rows. The plus keeps the index of folders out of it.
_USAGE = (f"SELECT {', '.join(f'total(tier = {n}), total(bytes * (tier = {n}))' for n in range(len(TIERS)))} "
          "FROM previews WHERE +folder_id = ?")
# A leftover whose name a row has again is the note of a file that was replaced: nothing to delete.
_LEFTOVERS = """
SELECT folder_id, photo_id, tier, suffix FROM preview_leftovers l WHERE folder_id = ? AND NOT EXISTS (
  SELECT 1 FROM previews p WHERE p.photo_id = l.photo_id AND p.tier = l.tier AND p.folder_id = l.folder_id
  AND p.suffix = l.suffix)
LIMIT ?
"""
_NOT_LEFT_OVER = "DELETE FROM preview_leftovers WHERE folder_id = ? AND tier = ? AND photo_id = ? AND suffix = ?"
_UPSERT = f"""
INSERT INTO previews ({_COLUMNS}, made_at, used_at, looked_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (photo_id, tier) DO UPDATE SET
  bytes = excluded.bytes, width = excluded.width, height = excluded.height, recipe = excluded.recipe,
  version = excluded.version, suffix = excluded.suffix, checksum = excluded.checksum, folder_id = excluded.folder_id,
  made_at = excluded.made_at, used_at = max(used_at, excluded.used_at), looked_at = max(looked_at, excluded.looked_at)
"""


def forget_failures(tx: Transaction, photo_ids: Iterable[int]) -> None:
    """A preview could be made after all: the reason no longer shows on the tile."""
    healed = [photo_id for photo_id in photo_ids
              if tx.execute("DELETE FROM preview_failures WHERE photo_id = ?", (photo_id,)).rowcount]
    if healed:
        tx.executemany("UPDATE photos SET unreadable = NULL WHERE id = ?", [(photo_id,) for photo_id in healed])
        tx.changes.touch("photos", healed)


def standing_failures(tx: Transaction, photo_ids: Iterable[int]) -> dict[int, str]:
    """Why no preview can be made of the present content of these photos; those that are all right are left out."""
    rows = tx.execute(
        "SELECT p.id, v.version, v.reason, f.content_key, f.size, f.mtime_ns FROM preview_failures v "
        "JOIN photos p ON p.id = v.photo_id JOIN files f ON f.id = p.file_id "
        "WHERE v.photo_id IN (SELECT value FROM json_each(?))", (msgspec.json.encode(list(photo_ids)).decode(),))
    return {photo_id: reason for photo_id, version, reason, *content in rows if version == content_version(*content)}


def content_version(content_key: bytes | None, size: int, mtime_ns: int) -> bytes:
    """8 bytes that change when the content of an original does. Of a file without a key: from size and time."""
    if content_key is None or len(content_key) != 16:
        low, high = size & _MASK, mtime_ns & _MASK
    else:
        low, high = struct.unpack("<QQ", content_key)
    return (low ^ ((high * VERSION_MIX) & _MASK)).to_bytes(8, "little")


_MASK = (1 << 64) - 1
VERSION_MIX = 0x9E3779B97F4A7C15       # 2^64 / golden ratio: spreads the second half over all bits


def _file(row: Sequence[Any]) -> CacheFile:
    return CacheFile(row[0], TIERS[row[1]], *row[2:])


def _values(file: CacheFile) -> tuple[Any, ...]:
    return (file.photo_id, NUMBER[file.tier], file.size, file.width, file.height, file.recipe, file.version,
            file.suffix, file.checksum, file.folder_id)


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[at:at + MAX_VARIABLES] for at in range(0, len(ids), MAX_VARIABLES)]


