"""The jobs of videos: strips of frames for all of them, and the copies people ask for."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.preview_subjects import Subjects
from photoarchive.catalog.sources import SourceTable
from photoarchive.catalog.videos import Made, Videos
from photoarchive.core import clock
from photoarchive.core.errors import PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.tiers import Tier
from photoarchive.features.video.proxies import Proxies
from photoarchive.features.video.strips import Strips
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.cache_file import Wish
from photoarchive.work.job import Budget, JobError, Lane, Progress

STEP_SECONDS = 0.8
ROOM_BYTES = 200_000        # without this much no strip is begun: they never push anything out


class FramesJob:
    """Makes the strip of frames of every video that lacks it, in the order of ids."""

    name, title, lane, builder = "frames", "Video frames", Lane.SOURCE_DISK, True

    def __init__(
        self, *, columns: Columns, cache: PreviewCache, strips: Strips, videos: Videos, subjects: Subjects,
        sources: SourceTable,
    ) -> None:
        self._columns, self._cache, self._strips, self._videos = columns, cache, strips, videos
        self._subjects, self._sources = subjects, sources
        self._set_aside = 0
        self._known: tuple[object, Array] = (None, np.zeros(0, np.uint32))
        self._all: tuple[object, Array] = (None, np.zeros(0, np.uint32))

    def pending(self) -> int:
        """Videos without a strip that can be had now."""
        if not self._cache.index.ready.is_set() or self._cache.disk.ledger.room(Tier.STRIP) < ROOM_BYTES:
            return 0
        return len(self._lacking())

    def total(self) -> int:
        """All videos that should have one."""
        return len(self._all_videos())

    def step(self, budget: Budget) -> Progress:
        """Make the next few."""
        over, done, failed, reason = clock.monotonic() + STEP_SECONDS, 0, 0, ""
        for photo_id in self._lacking()[:budget.items].tolist():
            if clock.monotonic() > over:
                break
            subject = self._subjects.get(photo_id)
            if subject is None:
                continue
            try:
                self._strips.make(subject, Wish.STOCK)
                done += 1
            except Unreadable:
                failed += 1
            except (PhotoArchiveError, TimeoutError) as error:
                reason = getattr(error, "sentence", "a drive does not answer")
                break
        self._set_aside += failed
        return Progress(done, failed, reason)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Films whose frames cannot be read."""
        return _errors(self._videos, self._subjects, Made.STRIP, limit, offset)

    def _lacking(self) -> Array:
        """Videos without a strip, not failed, whose drive is there. Remembered until something changes."""
        offline = sorted(self._sources.offline_ids())
        key = (self._cache.index.revision, self._columns.revision("kind", "leader", "bits", "state"), tuple(offline),
               self._set_aside)
        if self._known[0] != key:
            ids = self._cache.index.lacking((Tier.STRIP,), offline, refresh_stale=False)
            wanted = np.intersect1d(ids, self._all_videos(), assume_unique=True)
            failed = np.fromiter(self._still_failed(), np.uint32)
            self._known = (key, np.setdiff1d(wanted, failed, assume_unique=True))
        return self._known[1]

    def _still_failed(self) -> set[int]:
        """Failures of present contents: a film that changed since is tried again."""
        failed = self._videos.failed(Made.STRIP)
        return {photo_id for photo_id, version in failed.items()
                if (subject := self._subjects.get(photo_id)) is not None and subject.version == version}

    def _all_videos(self) -> Array:
        """Videos that stand for themselves, ascending; the clip of a live photo plays instead. Remembered likewise."""
        columns = self._columns
        with columns.lock:
            key = (columns.revision("kind", "leader", "bits", "state"), columns.rows)
            if self._all[0] != key:
                chosen = (columns["kind"] == Kind.VIDEO) & (columns["leader"] == 0) & (columns["bits"] & 3 == 1)
                self._all = (key, np.flatnonzero(chosen & (columns["state"] == 0)).astype(np.uint32))
            return self._all[1]


class ProxyJob:
    """Makes the copies people ask for, one after the other; what is under way stands still while the job rests."""

    name, title, lane, builder = "proxies", "Playable copies", Lane.CPU, False

    def __init__(self, proxies: Proxies, videos: Videos, subjects: Subjects) -> None:
        self._proxies, self._videos, self._subjects = proxies, videos, subjects

    def pending(self) -> int:
        """Copies that are wanted."""
        return len(self._proxies.waiting())

    def total(self) -> int:
        """Those, and the ones made since the start."""
        return self._proxies.finished + self.pending()

    def step(self, budget: Budget) -> Progress:
        """Let the copy in the making go on for a moment."""
        try:
            finished = self._proxies.advance(STEP_SECONDS)
        except Unavailable as error:
            return Progress(0, 0, error.sentence)
        if finished is None:
            return Progress(0, 0, self._how_far(), unfinished=True)
        return Progress(int(finished), int(not finished))

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Films of which no copy could be made."""
        return _errors(self._videos, self._subjects, Made.PROXY, limit, offset)

    def _how_far(self) -> str:
        now = self._proxies.progress()
        return "" if now is None or now.fraction is None else f"{now.fraction:.0%} of one video"


def _errors(
    videos: Videos, subjects: Subjects, what: Made, limit: int, offset: int
) -> tuple[list[JobError], int]:
    failures, total = videos.failures(what, limit, offset)
    return [JobError(one.photo_id, subjects.path(one.photo_id), one.reason, one.at) for one in failures], total
