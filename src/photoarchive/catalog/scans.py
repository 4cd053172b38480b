"""The queue of scans and what went wrong in them. Owns the tables `scans` and `scan_errors`; walks nothing.

A scan is a row, so that a kill loses none: what was queued or running is found again at the next start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.clock import now
from photoarchive.core.paths import display_path

MAX_ERRORS_KEPT = 10_000        # per source; more say nothing new


class Scan(msgspec.Struct, frozen=True):
    """One scan of a source, or of one of its folders."""

    id: int
    source_id: int
    subfolder: bytes            # b"" is the whole source
    state: str                  # "queued", "running", "done", "cancelled", "stopped" (it asks), "failed"
    accepted: str               # what the user answered beforehand: "missing", "drive" or ""


class ScanCounts(msgspec.Struct):
    """What a scan saw and did, as it is shown and stored."""

    found: int = 0              # photos and videos seen
    new: int = 0
    changed: int = 0
    moved: int = 0
    copies: int = 0             # found to be further places of known photos
    returned: int = 0           # were missing before
    missing: int = 0
    errors: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return msgspec.structs.asdict(self) | {"seconds": round(self.seconds, 1)}


class Scans:
    """Queue, finish and look up scans. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def queue(self, source_id: int, subfolder: bytes = b"", accepted: str = "") -> int:
        """Ask for a scan; what a queued scan of the same source already covers is not queued twice.

        Returns the id of the scan that will do it.
        """
        return self._db.write(lambda tx: queue_row(tx, source_id, subfolder, accepted))

    def waiting(self) -> list[Scan]:
        """Scans that are not finished, oldest first; one that was running comes before those queued."""
        rows = self._db.read().execute(
            "SELECT id, source_id, subfolder, state, accepted FROM scans WHERE state IN ('running', 'queued') "
            "ORDER BY state = 'queued', id"
        )
        return [Scan(*row) for row in rows]

    def start(self, scan: Scan) -> None:
        """Note that a scan runs now, and forget the errors it will find again."""

        def begin(tx: Transaction) -> None:
            tx.execute("UPDATE scans SET state = 'running', started_at = coalesce(started_at, ?) WHERE id = ?",
                       (now(), scan.id))
            prefix = scan.subfolder
            if prefix:
                tx.execute(
                    "DELETE FROM scan_errors WHERE source_id = ? AND (relpath = ? OR (relpath > ? AND relpath < ?))",
                    (scan.source_id, prefix, prefix + b"/", prefix + b"0"))
            else:
                tx.execute("DELETE FROM scan_errors WHERE source_id = ?", (scan.source_id,))

        self._db.write(begin)

    def put_back(self, scan: Scan) -> None:
        """Queue a running scan again: its drive went away; it is continued when the drive is back."""
        self._db.write(lambda tx: tx.execute("UPDATE scans SET state = 'queued' WHERE id = ?", (scan.id,)))

    def finish(self, scan: Scan, state: str, counts: ScanCounts) -> None:
        """Record the outcome, and on the source what a complete scan found."""

        def end(tx: Transaction) -> None:
            packed = json.dumps(counts.as_dict())
            tx.execute("UPDATE scans SET state = ?, finished_at = ?, counts = ? WHERE id = ?",
                       (state, now(), packed, scan.id))
            if state == "done":
                tx.execute("UPDATE sources SET last_scan_at = ?, last_scan = ? WHERE id = ?",
                           (now(), packed, scan.source_id))
            tx.execute("DELETE FROM scans WHERE source_id = ? AND state NOT IN ('queued', 'running') AND id NOT IN "
                       "(SELECT id FROM scans WHERE source_id = ? ORDER BY id DESC LIMIT 50)",
                       (scan.source_id, scan.source_id))

        self._db.write(end)

    def cancel(self, source_id: int) -> list[int]:
        """Cancel everything queued or running for a source. Returns the ids of the scans."""
        return self._db.write(lambda tx: [row[0] for row in tx.execute(
            "UPDATE scans SET state = 'cancelled', finished_at = ? WHERE source_id = ? "
            "AND state IN ('queued', 'running') RETURNING id", (now(), source_id))])

    def errors(self, source_id: int, limit: int, offset: int) -> tuple[list[tuple[str, str, float]], int]:
        """A page of (path for a person, reason, when) of a source, in path order, and how many there are."""
        connection = self._db.read()
        which = {"source": source_id}
        rows = connection.execute(_ERRORS + " ORDER BY relpath LIMIT :limit OFFSET :offset",
                                  which | {"limit": limit, "offset": offset}).fetchall()
        total = connection.execute(f"SELECT count(*) FROM ({_ERRORS})", which).fetchone()[0]
        return [(display_path(relpath), reason, at) for relpath, reason, at in rows], int(total)

    def walk_errors(self, limit: int, offset: int) -> tuple[list[tuple[str, str, float]], int]:
        """The same, with full paths, of folders and side files alone: files of photos are told by who reads them."""
        connection = self._db.read()
        rows = connection.execute(
            f"SELECT s.path, e.relpath, e.reason, e.at FROM {_WALKED} ORDER BY s.id, e.relpath LIMIT ? OFFSET ?",
            (limit, offset)).fetchall()
        total = connection.execute(f"SELECT count(*) FROM {_WALKED}").fetchone()[0]
        return [(display_path(os.path.join(root, relpath).rstrip(b"/")), reason, at)
                for root, relpath, reason, at in rows], int(total)

    def error_counts(self) -> dict[int, int]:
        """How many files and folders of each source cannot be read."""
        counts: dict[int, int] = {}
        for sql in ("SELECT source_id, count(*) FROM scan_errors GROUP BY 1",
                    "SELECT d.source_id, count(*) FROM files f INDEXED BY files_error "
                    "JOIN folders d ON d.id = f.folder_id "
                    "WHERE f.error IS NOT NULL AND f.state = 'present' GROUP BY 1"):
            for source_id, count in self._db.read().execute(sql):
                counts[source_id] = counts.get(source_id, 0) + count
        return counts


_WALKED = "scan_errors e JOIN sources s ON s.id = e.source_id AND s.state = 'active'"

# Folders and side files that could not be read stand in scan_errors; files of photos carry their own error.
_ERRORS = """
SELECT relpath, reason, at FROM scan_errors WHERE source_id = :source
UNION ALL
SELECT CASE WHEN d.relpath = x'' THEN f.name ELSE CAST(d.relpath || x'2f' || f.name AS BLOB) END, f.error, f.first_seen
FROM files f INDEXED BY files_error JOIN folders d ON d.id = f.folder_id
WHERE d.source_id = :source AND f.error IS NOT NULL AND f.state = 'present'
"""


def queue_row(tx: Transaction, source_id: int, subfolder: bytes = b"", accepted: str = "") -> int:
    """Like Scans.queue, within a transaction."""
    for scan_id, covered, already in tx.execute(
        "SELECT id, subfolder, accepted FROM scans WHERE source_id = ? AND state = 'queued'", (source_id,)
    ).fetchall():
        if accepted in ("", already) and (covered in (b"", subfolder) or subfolder.startswith(covered + b"/")):
            return int(scan_id)
        if not subfolder and already in ("", accepted):     # the new one covers the old one
            tx.execute("DELETE FROM scans WHERE id = ?", (scan_id,))
    return int(tx.execute(
        "INSERT INTO scans (source_id, subfolder, state, accepted) VALUES (?, ?, 'queued', ?) RETURNING id",
        (source_id, subfolder, accepted)).fetchone()[0])


def record_errors(tx: Transaction, source_id: int, errors: Iterable[tuple[bytes, str]]) -> None:
    """Note what could not be read: (path beneath the source, reason)."""
    kept = tx.execute("SELECT count(*) FROM scan_errors WHERE source_id = ?", (source_id,)).fetchone()[0]
    room = list(errors)[:max(0, MAX_ERRORS_KEPT - kept)]
    tx.executemany("INSERT OR REPLACE INTO scan_errors VALUES (?, ?, ?, ?)",
                   ((source_id, relpath, reason, now()) for relpath, reason in room))
