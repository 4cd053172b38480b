"""What is remembered of search models: first-seen files (pins), folders we filled, checksums. Owns migration 0011."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.clock import now


class Pin(msgspec.Struct, frozen=True):
    """A model at a revision as it was when it was first installed. files: name → (bytes, SHA-256)."""

    commit: str
    hub: str
    files: Mapping[str, tuple[int, str]]
    pinned_at: float


class InstalledFolder(msgspec.Struct, frozen=True):
    """A folder photoArchive put a model into. installed_at: None while it is not complete."""

    folder: str
    model_id: str
    revision: str
    files: tuple[str, ...]
    size: int
    installed_at: float | None


class ModelRecords:
    """Reads and writes them. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def pin(self, model_id: str, revision: str) -> Pin | None:
        """How this model was at its first install; None: it was never installed."""
        row = self._db.read().execute(
            "SELECT commit_hash, hub, files, pinned_at FROM model_pins WHERE model_id = ? AND revision = ?",
            (model_id, revision)).fetchone()
        if row is None:
            return None
        files = {name: (int(size), str(sha256)) for name, (size, sha256) in json.loads(row[2]).items()}
        return Pin(row[0], row[1], files, row[3])

    def keep_pin(self, model_id: str, revision: str, pin: Pin) -> None:
        """Remember how a model was at its first install; an earlier memory stays."""
        self._db.write(lambda tx: tx.execute(
            "INSERT OR IGNORE INTO model_pins VALUES (?, ?, ?, ?, ?, ?)",
            (model_id, revision, pin.commit, pin.hub, json.dumps(dict(pin.files)), pin.pinned_at)), durable=True)

    def folder(self, folder: str) -> InstalledFolder | None:
        """What we put into a folder; None: nothing."""
        row = self._db.read().execute(
            "SELECT folder, model_id, revision, files, bytes, installed_at FROM model_folders WHERE folder = ?",
            (folder,)).fetchone()
        return None if row is None else InstalledFolder(row[0], row[1], row[2], tuple(json.loads(row[3])), *row[4:])

    def begin_folder(self, folder: str, model_id: str, revision: str, files: Sequence[str], size: int) -> None:
        """These files are about to be put into the folder."""
        self._db.write(lambda tx: tx.execute(
            "INSERT OR REPLACE INTO model_folders VALUES (?, ?, ?, ?, ?, NULL)",
            (folder, model_id, revision, json.dumps(list(files)), size)), durable=True)

    def finish_folder(self, folder: str) -> None:
        """All files of the folder are there and right."""
        self._db.write(lambda tx: tx.execute(
            "UPDATE model_folders SET installed_at = ? WHERE folder = ?", (now(), folder)), durable=True)

    def forget_folder(self, folder: str) -> None:
        """Our files are gone from the folder."""
        def write(tx: Transaction) -> None:
            tx.execute("DELETE FROM model_folders WHERE folder = ?", (folder,))
            tx.execute("DELETE FROM model_checksums WHERE folder = ?", (folder,))

        self._db.write(write, durable=True)

    def checksum(self, folder: str, name: str, size: int, mtime_ns: int) -> str | None:
        """The SHA-256 of a file, if it was computed since the file was last changed."""
        row = self._db.read().execute(
            "SELECT sha256 FROM model_checksums WHERE folder = ? AND name = ? AND size = ? AND mtime_ns = ?",
            (folder, name, size, mtime_ns)).fetchone()
        return None if row is None else str(row[0])

    def keep_checksum(self, folder: str, name: str, size: int, mtime_ns: int, sha256: str) -> None:
        """Remember the SHA-256 of a file as it is now."""
        self._db.write(lambda tx: tx.execute(
            "INSERT OR REPLACE INTO model_checksums VALUES (?, ?, ?, ?, ?)", (folder, name, size, mtime_ns, sha256)))
