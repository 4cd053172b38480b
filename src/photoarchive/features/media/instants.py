"""Instant pictures: what a camera put into the file, shown in the grid until sm is made. Kept for moments only."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future

from photoarchive.catalog.files import Files
from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.features.media.reach import places_to_read
from photoarchive.imaging.instant_task import instant_task
from photoarchive.work.pool import Pool

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
KEPT_BYTES, KEPT_PHOTOS = 16 << 20, 4096        # a few screens; they are gone as soon as sm exists

Key = tuple[int, bytes]         # photo and content


class Instants:
    """Reads instant pictures in the pool, each once. Thread-safe."""

    def __init__(self, pool: Pool, files: Files, sources: SourceTable) -> None:
        self._pool, self._files, self._sources = pool, files, sources
        self._lock = threading.Lock()
        self._reading: dict[Key, Future[bytes | None]] = {}
        self._kept: OrderedDict[Key, bytes | None] = OrderedDict()
        self._bytes = 0

    def get(self, subject: Subject) -> Future[bytes | None]:
        """The instant picture of a photo (JPEG), or None if its file holds none that is true."""
        key = (subject.photo_id, subject.version or b"")
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                known: Future[bytes | None] = Future()
                known.set_result(self._kept[key])
                return known
            running = self._reading.get(key)
            if running is not None:
                return running
            answer: Future[bytes | None] = Future()
            self._reading[key] = answer
        try:
            self._start(subject, key, answer)
        except PhotoArchiveError:
            self._settle(key, answer, None)
        return answer

    def _start(self, subject: Subject, key: Key, answer: Future[bytes | None]) -> None:
        places = places_to_read(self._files, subject.photo_id)
        if not places:
            self._settle(key, answer, None)
            return
        device = self._sources.device_of(places[0].source_id)
        task = self._pool.submit(instant_task, places[0].original, int(subject.kind),
                                 urgent=True, timeout=TIMEOUT_SECONDS, device=device)
        task.add_done_callback(lambda done: self._settle(key, answer, _picture_of(done)))

    def _settle(self, key: Key, answer: Future[bytes | None], picture: bytes | None) -> None:
        with self._lock:
            self._reading.pop(key, None)
            if key not in self._kept:
                self._kept[key] = picture
                self._bytes += len(picture or b"")
            while self._bytes > KEPT_BYTES or len(self._kept) > KEPT_PHOTOS:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone or b"")
        answer.set_result(picture)

    def forget(self, photo_ids: list[int]) -> None:
        """Their content is another one, or their sm exists."""
        with self._lock:
            ids = set(photo_ids)
            for key in [key for key in self._kept if key[0] in ids]:
                self._bytes -= len(self._kept.pop(key) or b"")

    def forget_misses(self) -> None:
        """A drive came or went: what could not be read may be readable now."""
        with self._lock:
            for key in [key for key, picture in self._kept.items() if picture is None]:
                del self._kept[key]


def _picture_of(done: Future[bytes | None]) -> bytes | None:
    """A failure here is no news: the rendering that follows finds the same and says so."""
    try:
        return done.result()
    except PhotoArchiveError as error:
        log.debug("No instant picture: %s", error.sentence)
        return None
