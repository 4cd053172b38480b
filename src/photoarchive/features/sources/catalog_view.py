"""Sources and scans as the pages see them: counts from the columns, states from sources, scans and the running job."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import MISSING, REMOVED
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.further_places import FurtherPlaces
from photoarchive.catalog.scans import Scans
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.core.facts import Kind
from photoarchive.features.sources.jobs import ScanJob, ScanStatus
from photoarchive.features.sources.views import CatalogAnswer, CatalogStats, ScanNumbers, ScanStatusAnswer, SourceView


class _Counts(msgspec.Struct):
    """Photos by source id, each where its first file lies; every array is long enough for every source there is.

    copies, video_copies: shown photos that a source holds a copy of, whose first file lies in another source.
    """

    all: npt.NDArray[np.int64]
    active: npt.NDArray[np.int64]
    videos: npt.NDArray[np.int64]
    missing: npt.NDArray[np.int64]
    copies: npt.NDArray[np.int64]
    video_copies: npt.NDArray[np.int64]


class CatalogView:
    """Builds the answers of GET /api/catalog and GET /api/scan/status. Thread-safe."""

    def __init__(
        self, sources: SourceTable, scans: Scans, job: ScanJob, columns: Columns, further: FurtherPlaces
    ) -> None:
        self._sources, self._scans, self._job = sources, scans, job
        self._columns, self._further = columns, further

    def catalog(self) -> CatalogAnswer:
        """All sources, removed ones and those in the trash too."""
        sources = self._sources.all()
        counts = self._count(max((source.id for source in sources), default=0))
        errors, status = self._scans.error_counts(), self._job.status()
        queued = {scan.source_id for scan in self._job.ready()}
        views = [self._view(source, counts, errors.get(source.id, 0), source.id in queued, status)
                 for source in sources]
        included = [source for source in sources if source.state == "active"]
        away = [source.id for source in included if not source.online]
        hidden = [source.id for source in sources if source.state != "active"]
        ids = [source.id for source in included]
        return CatalogAnswer(views, CatalogStats(
            sources=len(included), total_images=int(counts.all[ids].sum()), active_images=int(counts.active[ids].sum()),
            video_images=int(counts.videos[ids].sum()), offline_images=int(counts.active[away].sum()),
            missing_images=int(counts.missing[ids].sum()), removed_images=int(counts.all[hidden].sum())))

    def source(self, catalog: CatalogAnswer, source_id: int) -> SourceView:
        """One source out of an answer."""
        return next(view for view in catalog.sources if view.id == source_id)

    def scan_status(self) -> ScanStatusAnswer:
        """The running scan, or how the last one ended."""
        status = self._job.status()
        counts = status.counts
        return ScanStatusAnswer(
            scanning=status.scanning, total_found=counts.found, total_inserted=counts.new,
            folder=self._folder(status), source_id=status.source_id, done=status.done, error=status.error,
            counts=counts.as_dict(), unread=status.unread, queued=[scan.source_id for scan in self._scans.waiting()])

    def last_folder(self) -> str:
        """The folder scanned last, or the first source."""
        folder = self._folder(self._job.status())
        active = self._sources.active()
        return folder or (active[0].shown_path if active else "")

    def _folder(self, status: ScanStatus) -> str:
        known = {source.id: source for source in self._sources.all()}
        source = known.get(status.source_id) if status.source_id is not None else None
        return source.shown_path if source else ""

    def _view(self, source: Source, counts: _Counts, errors: int, queued: bool, status: ScanStatus) -> SourceView:
        running = self._job.running_source() == source.id
        return SourceView(
            id=source.id, path=source.shown_path, display_name=source.display_name,
            state=_state(source, running, queued), included=source.state == "active", online=source.online,
            image_count=int((counts.all + counts.copies)[source.id]),
            active_image_count=int((counts.active + counts.copies)[source.id]),
            video_count=int((counts.videos + counts.video_copies)[source.id]),
            missing_count=int(counts.missing[source.id]), error_count=errors,
            last_scan_at=source.last_scan_at, last_scan=source.last_scan, scan=_numbers(status) if running else None,
            question=source.question, exclude=source.exclude, watch=source.watch, rotational=source.rotational,
            in_trash=source.state == "trash", removed_at=source.removed_at, added_at=source.added_at)

    def _count(self, highest: int) -> _Counts:
        with self._columns.lock:
            source, state = self._columns["source"].copy(), self._columns["state"].copy()
            video = self._columns["kind"] == Kind.VIDEO
            photos, elsewhere = self._further.sources_of_copies()

        def by_source(sources: npt.NDArray[Any], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
            found = np.bincount(sources[mask], minlength=highest + 1)
            return found[:highest + 1]

        shown = state < MISSING
        return _Counts(by_source(source, state < 255), by_source(source, shown), by_source(source, shown & video),
                       by_source(source, (state >= MISSING) & (state < REMOVED)),
                       by_source(elsewhere, shown[photos]), by_source(elsewhere, (shown & video)[photos]))


def _state(source: Source, running: bool, queued: bool) -> str:
    if source.state != "active":
        return "removed"
    if running:
        return "scanning"
    if not source.online:
        return "offline"
    return "queued" if queued else "online"


def _numbers(status: ScanStatus) -> ScanNumbers:
    """How far a scan is; the fraction only where it is known how many files to expect."""
    found = status.counts.found
    fraction = min(1.0, (found - status.unread) / status.expected) if status.expected else None
    return ScanNumbers(found, status.counts.new, None if fraction is None else round(max(0.0, fraction), 3))
