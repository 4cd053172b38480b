"""Originals as a browser can show them: the file itself, or its full-resolution JPEG; and their copies in the cache."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import Tier
from photoarchive.features.media.reach import places_to_read, refuse_unreachable
from photoarchive.imaging.cache import COPY_RECIPE, MEDIA_TYPES, PreviewCache
from photoarchive.imaging.cache_file import COPY_CHUNK, NewFile, Wish
from photoarchive.imaging.cache_folder import Writer, bytes_writer
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.previews import full_jpeg
from photoarchive.imaging.probe import HEAD_BYTES, probe
from photoarchive.work.pool import Pool, TaskTimedOut

log = logging.getLogger(__name__)

RENDER_SECONDS = 30.0


class Fulls:
    """Opens originals, makes full-resolution JPEGs (each once at a time), copies originals into the cache."""

    def __init__(
        self, *, pool: Pool, cache: PreviewCache, files: Files, sources: SourceTable, settings: SettingsStore
    ) -> None:
        self._pool, self._cache, self._files, self._sources, self._settings = pool, cache, files, sources, settings
        self._lock = threading.Lock()
        self._closed = False
        self._making: dict[int, Future[bytes]] = {}
        self._failed: dict[int, tuple[bytes, str]] = {}         # photo → content and why it has no full-resolution JPEG
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="full-store")
        self._copying = ThreadPoolExecutor(1, thread_name_prefix="full-warm")

    def close(self) -> None:
        """End the threads; a copy that runs is given up."""
        self._closed = True
        self._keeping.shutdown()
        self._copying.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ originals

    def open_original(self, subject: Subject) -> tuple[OpenedOriginal, str]:
        """The original, open, and what it is by content (".jpg"), from the first place where it can be reached.

        May wait for a slow drive. Raises Unavailable (its drive is away), NotFound, Unreadable.
        """
        places = places_to_read(self._files, subject.photo_id)
        refuse_unreachable(subject, places, self._sources)
        for place in places[:-1]:
            try:
                return _open(place)
            except (NotFound, Unavailable) as error:
                self._note(place, error)
        try:
            return _open(places[-1])
        except (NotFound, Unavailable) as error:
            self._note(places[-1], error)
            raise

    def _note(self, place: Location, error: PhotoArchiveError) -> None:
        if error.details.get("offline"):
            self._sources.report_trouble(place.source_id)

    # ------------------------------------------------------------------ full-resolution JPEGs

    def jpeg(self, subject: Subject, wish: Wish) -> Future[bytes]:
        """The full-resolution JPEG of an original that browsers cannot show. Kept in the cache when it is made."""
        with self._lock:
            running = self._making.get(subject.photo_id)
            if running is not None:
                return running
            failed = self._failed.get(subject.photo_id)
            if failed is not None and failed[0] == subject.version:
                raise Unreadable(failed[1])
            places = places_to_read(self._files, subject.photo_id)
            refuse_unreachable(subject, places, self._sources)
            answer: Future[bytes] = Future()
            quality = self._settings.current.thumb_quality
            task = self._pool.submit(full_jpeg, places[0].original, int(subject.kind), quality,
                                     urgent=wish is Wish.LOOKED, timeout=RENDER_SECONDS,
                                     device=self._sources.device_of(places[0].source_id))
            self._making[subject.photo_id] = answer
        recipe = self._cache.full_recipe()

        def keep(data: bytes) -> None:
            self._cache.disk.keep([NewFile(subject.photo_id, Tier.FULL, subject.width or 0, subject.height or 0, recipe,
                                           subject.version or bytes(8), data, len(data))], wish)

        task.add_done_callback(lambda done: self._made(subject, places[0], done, answer, keep))
        return answer

    def _made(
        self, subject: Subject, place: Location, done: Future[bytes], answer: Future[bytes],
        keep: Callable[[bytes], None],
    ) -> None:
        """In the pool's thread: answer first, keep later."""
        try:
            data = done.result()
            answer.set_result(data)
            self._keeping.submit(keep, data).add_done_callback(lambda kept: self._over(subject, kept))
        except RuntimeError:                # we are closed
            self._over(subject)
        except PhotoArchiveError as error:
            self._over(subject)
            if error.details.get("offline") or isinstance(error, TaskTimedOut):
                self._sources.report_trouble(place.source_id)
            elif isinstance(error, Unreadable) and subject.version is not None:
                self._failed[subject.photo_id] = (subject.version, error.sentence)
            answer.set_exception(error)

    def _over(self, subject: Subject, kept: Future[None] | None = None) -> None:
        if kept is not None and (error := kept.exception()) is not None:
            log.warning("The full-resolution JPEG of photo %d was not kept: %s", subject.photo_id, error)
        with self._lock:
            self._making.pop(subject.photo_id, None)

    # ------------------------------------------------------------------ copies

    def warm(self, subject: Subject) -> None:
        """Copy soon, without waiting for it."""
        def work() -> None:
            try:
                self.copy(subject, Wish.STOCK)
            except (PhotoArchiveError, TimeoutError) as error:
                log.info("Photo %d was not copied into the cache: %s", subject.photo_id, error)

        self._copying.submit(work)

    def copy(self, subject: Subject, wish: Wish) -> bool:
        """Put a copy of what a browser needs for 1:1 into the cache; waits until it is there. False: no room, no cache.

        Raises like open_original, and Unreadable if the original changes meanwhile.
        """
        if subject.kind is Kind.VIDEO or subject.version is None:
            return False
        opened, extension = self.open_original(subject)
        with opened:
            if extension in MEDIA_TYPES:
                new = NewFile(subject.photo_id, Tier.FULL, subject.width or 0, subject.height or 0, COPY_RECIPE,
                              subject.version, self._copier(opened, subject), opened.size, extension)
                return bool(self._cache.disk.keep([new], wish))
        self.jpeg(subject, wish).result(RENDER_SECONDS * 2)
        return True

    def _copier(self, opened: OpenedOriginal, subject: Subject) -> Writer:
        """A writer of the whole original that notices if it is not the one the catalog knows."""
        def write(descriptor: int) -> None:
            before, at = os.fstat(opened.fd), 0
            while part := opened.read_at(at, COPY_CHUNK):
                if self._closed:
                    raise Unavailable("The server is stopping.")
                bytes_writer(part)(descriptor)
                at += len(part)
            after = os.fstat(opened.fd)
            if at != subject.size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise Unreadable(f"{opened.original.display()} changed while it was copied; the next scan will see it.")

        return write


def _open(place: Location) -> tuple[OpenedOriginal, str]:
    opened = open_original(place.original)
    try:
        found = probe(opened.read_at(0, HEAD_BYTES), place.original.relpath)
        if found is None:
            raise Unreadable("This is no picture or video that photoArchive knows.")
        return opened, found.extension
    except BaseException:
        os.close(opened.fd)
        raise
