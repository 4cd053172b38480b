"""Strips of frames: the cached one, or made at once for whoever hovers; the job fills up what lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from photoarchive.catalog.files import Location
from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.sources import SourceTable
from photoarchive.catalog.videos import Made, Videos
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.cache_file import Wish
from photoarchive.imaging.video_strip import CachedStrip, Strip, as_file, cached_strip, make_strip
from photoarchive.work.pool import Pool, TaskTimedOut

STRIP_SECONDS = 30.0
PlaceOf = Callable[[Subject], Location]
"""Where a photo can be read now. Raises Unavailable or NotFound."""


class Strips:
    """Makes each strip once. Thread-safe."""

    def __init__(
        self, *, cache: PreviewCache, pool: Pool, videos: Videos, sources: SourceTable, place_of: PlaceOf
    ) -> None:
        self._cache, self._pool, self._videos, self._sources = cache, pool, videos, sources
        self._place_of = place_of
        self._lock = threading.Lock()
        self._making: dict[int, Future[Strip]] = {}

    def cached(self, subject: Subject, *, looked: bool = False) -> CachedStrip | None:
        """The strip if the cache has it."""
        found = cached_strip(self._cache, subject.photo_id, subject.version)
        if found is not None and looked:
            self._cache.disk.ledger.used(subject.photo_id, Tier.STRIP, looked=True)
        return found

    def get(self, subject: Subject) -> CachedStrip:
        """The strip of a video, made now if need be. Raises Unreadable, Unavailable, NotFound."""
        found = self.cached(subject, looked=True)
        if found is not None:
            return found
        strip = self.make(subject, Wish.LOOKED)
        return CachedStrip(strip.data, strip.frames, "")

    def make(self, subject: Subject, wish: Wish) -> Strip:
        """Make a strip and keep it. What cannot be made is set aside with its reason. Raises like `get`."""
        failed = self._videos.failure(subject.photo_id, Made.STRIP, subject.version)
        if failed is not None:
            raise Unreadable(failed)
        place = self._place_of(subject)
        try:
            strip = self._once(subject, place, wish).result(STRIP_SECONDS * 2)
        except Unreadable as error:
            if isinstance(error, TaskTimedOut) and self._sources.report_trouble(place.source_id):
                raise
            if subject.version is not None:
                self._videos.fail(subject.photo_id, Made.STRIP, subject.version, error.sentence)
            raise
        except PhotoArchiveError as error:
            if error.details.get("offline"):
                self._sources.report_trouble(place.source_id)
            raise
        self._cache.disk.keep([as_file(subject.photo_id, subject.version or bytes(8), strip)], wish)
        return strip

    def _once(self, subject: Subject, place: Location, wish: Wish) -> Future[Strip]:
        with self._lock:
            running = self._making.get(subject.photo_id)
            if running is None:
                running = self._pool.submit(
                    make_strip, place.original, self._videos.duration(subject.photo_id),
                    urgent=wish is Wish.LOOKED, timeout=STRIP_SECONDS, device=self._sources.device_of(place.source_id))
                self._making[subject.photo_id] = running
        running.add_done_callback(lambda _done: self._over(subject.photo_id))
        return running

    def _over(self, photo_id: int) -> None:
        with self._lock:
            self._making.pop(photo_id, None)
