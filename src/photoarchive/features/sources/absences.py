"""What a scan did not find: collects it during the walk, and at the end marks it missing, or stops and asks.

A lost drive looks like a mass deletion. So nothing is marked before the whole walk is done and moves are matched, and
not without asking if everything, or more than 5 % and more than 20 photos, would go.
"""

from __future__ import annotations

import functools
from array import array
from collections.abc import Generator, Iterable

from photoarchive.catalog import arrivals
from photoarchive.catalog.database import Database
from photoarchive.catalog.files import count_photos, folders_beneath
from photoarchive.catalog.scans import Scan, ScanCounts
from photoarchive.catalog.sources import Source
from photoarchive.features.sources.questions import Asks, missing_question

ASK_ABOVE_SHARE = 0.05
ASK_ABOVE_PHOTOS = 20
BATCH = 2_000


class Absences:
    """The files of one source that a scan expected and did not see."""

    def __init__(self, db: Database, source: Source, scan: Scan) -> None:
        self._db, self._source, self._scan = db, source, scan
        self._files = array("q")
        self._listed = set[int]()
        self._unlisted: list[bytes] = []        # folders that could not be read: nothing is known of what they hold

    def add_folder(self, folder_id: int | None, absent: Iterable[int]) -> None:
        """A known folder was listed, and these of its files were not there."""
        if folder_id is not None:
            self._listed.add(folder_id)
        self._files.extend(absent)

    def add_files(self, absent: Iterable[int]) -> None:
        """These files vanished between listing and reading."""
        self._files.extend(absent)

    def leave_out(self, relpath: bytes) -> None:
        """A folder could not be listed: what it holds is not absent."""
        self._unlisted.append(relpath)

    def apply(self, moved: set[int], counts: ScanCounts) -> Generator[None]:
        """Mark what is gone as missing. Raises Asks instead if that is suspiciously much and nobody has agreed to it.

        moved: files that have another place by now.
        """
        self._add_unvisited_folders()
        gone = sorted(set(self._files) - moved)
        if not gone:
            return
        if self._scan.accepted != "missing":
            self._check(gone)
        for start in range(0, len(gone), BATCH):
            part = gone[start:start + BATCH]
            counts.missing += self._db.write(functools.partial(
                arrivals.mark_missing, scan_id=self._scan.id, file_ids=part))
            yield

    def _check(self, gone: list[int]) -> None:
        going, total = count_photos(self._db.read(), self._source.id, gone)
        if going and (going >= total or (going > ASK_ABOVE_PHOTOS and going > ASK_ABOVE_SHARE * total)):
            raise Asks(missing_question(self._source, going, total))

    def _add_unvisited_folders(self) -> None:
        """Folders that exist no more, or that are excluded now."""
        beneath, parameters = folders_beneath(self._source.id, self._scan.subfolder)
        connection = self._db.read()
        for folder_id, relpath in connection.execute(
            f"SELECT d.id, d.relpath FROM folders d WHERE {beneath}", parameters
        ).fetchall():
            if folder_id not in self._listed and not self._is_unlisted(relpath):
                self._files.extend(row[0] for row in connection.execute(
                    "SELECT id FROM files WHERE folder_id = ? AND state = 'present'", (folder_id,)))

    def _is_unlisted(self, relpath: bytes) -> bool:
        return any(relpath == folder or not folder or relpath.startswith(folder + b"/") for folder in self._unlisted)
