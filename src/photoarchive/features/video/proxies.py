"""Copies of videos that browsers can play: asked for, made one after the other, kept in the cache, or failed.

The wish is in the catalog, the finished copy in the cache (see `tier_of`); in between there is one process and a file
without a name. So a kill loses what was made of one copy, and it is made again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import msgspec

from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.videos import Made, Videos
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PROXY_RECIPE, PreviewCache
from photoarchive.imaging.cache_file import NewFile, Wish, descriptor_writer
from photoarchive.imaging.motion_photo import is_film
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.video_making import ProxyProcess

Open = Callable[[Subject], tuple[OpenedOriginal, str]]
"""Opens the original of a photo wherever it can be reached. Raises Unavailable, NotFound, Unreadable."""
LEAST_BYTES = 8 << 20           # with less room than this no copy is begun
RATE_SECONDS = 2.0              # before that no guess is made of how long it takes


def tier_of(subject: Subject) -> Tier:
    """Where the copy is kept: `full` of a photo is its picture, so the copy of a clip inside it has its own place."""
    return Tier.FULL if subject.kind is Kind.VIDEO else Tier.CLIP


class Progress(msgspec.Struct, frozen=True):
    """Of the copy that is being made. fraction: 0…1, None while the length is unknown."""

    photo_id: int
    fraction: float | None
    eta_seconds: float | None


class _Making(msgspec.Struct):
    subject: Subject
    process: ProxyProcess
    length: float | None
    worked: float = 0.0         # seconds it was let work
    cancelled: bool = False
    failed: bool = False


class Proxies:
    """Wishes and the one copy in the making. Thread-safe; `advance` is called by one thread."""

    def __init__(
        self, *, videos: Videos, cache: PreviewCache, subject_of: Callable[[int], Subject], open_original: Open
    ) -> None:
        self._videos, self._cache = videos, cache
        self._subject_of, self._open_original = subject_of, open_original
        self._lock = threading.Lock()
        self._wished = list(videos.wished())
        self._making: _Making | None = None
        self._stepping = threading.Lock()
        self._closed = False
        self.finished = 0                       # copies made since the start
        self.obstacle = ""                      # why none can be made now, as a sentence

    # ------------------------------------------------------------------ wishes

    def ask(self, subject: Subject) -> None:
        """Have a copy made. Raises Unreadable for what is no video, Unavailable if its drive is away."""
        if subject.kind is not Kind.VIDEO and self._videos.clip_inside(subject.photo_id) is None:
            raise Unreadable("This is a photo, not a video.")
        if self.is_ready(subject):
            return
        os.close(self._open_original(subject)[0].fd)        # says now, not later, that the drive is away
        self._videos.wish(subject.photo_id)
        with self._lock:
            if subject.photo_id not in self._wished:
                self._wished.append(subject.photo_id)

    def cancel(self, photo_id: int) -> bool:
        """Give up a copy that waits or is being made. False: there was none."""
        with self._lock:
            known = photo_id in self._wished
            if known:
                self._wished.remove(photo_id)
            if self._making is not None and self._making.subject.photo_id == photo_id:
                self._making.cancelled = True
                self._making.process.kill()
        if known:
            self._videos.grant(photo_id)
        return known

    def waiting(self) -> list[int]:
        """Photos whose copies are wanted, the one in the making first."""
        with self._lock:
            return list(self._wished)

    def is_ready(self, subject: Subject) -> bool:
        """Whether the cache holds a copy of the present content."""
        file = self._cache.previews.files(subject.photo_id).get(tier_of(subject))
        return file is not None and subject.version in (None, file.version)

    def failure(self, subject: Subject) -> str | None:
        """Why the last attempt gave no copy."""
        return self._videos.failure(subject.photo_id, Made.PROXY, subject.version)

    def progress(self) -> Progress | None:
        """How far the copy in the making is."""
        with self._lock:
            making = self._making
        if making is None:
            return None
        at, length = making.process.at, making.length
        fraction = min(1.0, at / length) if length else None
        known = fraction is not None and fraction > 0 and making.worked > RATE_SECONDS
        eta = making.worked * (1 - (fraction or 0)) / (fraction or 1) if known else None
        return Progress(making.subject.photo_id, fraction, eta)

    # ------------------------------------------------------------------ making

    def advance(self, seconds: float) -> bool | None:
        """Go on with the copy in the making, or the next one, for so long.

        True: one is finished; False: one is set aside, with its reason in the catalog; None: it goes on. Raises
        Unavailable when nothing can be made now.
        """
        with self._stepping:
            try:
                making = None if self._closed else self._making or self._begin()
            except Unavailable as error:
                self.obstacle = error.sentence
                raise
            self.obstacle = ""
            return None if making is None else self._go_on(making, seconds)

    def _go_on(self, making: _Making, seconds: float) -> bool | None:
        began = monotonic()
        try:
            making.process.work(seconds)
            if not making.process.finished:
                return None
            self._keep(making)
        except Unreadable as error:
            making.failed = True
            return None if making.cancelled else self._set_aside(making.subject, error)
        finally:
            making.worked += monotonic() - began
            if making.process.finished or making.failed or making.cancelled:
                self._end()
        return True

    def _begin(self) -> _Making | None:
        """Start on the first wish that can be granted. Raises Unavailable when none can."""
        away: Unavailable | None = None
        for photo_id in self.waiting():
            try:
                subject = self._subject_of(photo_id)
                if not self.is_ready(subject):
                    return self._start(subject)
                self._forget(photo_id)
            except NotFound:
                self._forget(photo_id)          # the photo, or its file, is gone
            except Unavailable as error:
                away = error
            except Unreadable as error:
                self._set_aside(self._subject_of(photo_id), error)
        if away is not None:
            raise away
        return None

    def _start(self, subject: Subject) -> _Making:
        most = self._room(tier_of(subject))
        opened, _ = self._open_original(subject)
        with opened:
            try:
                process = ProxyProcess(self._film_in(opened, subject), self._cache.disk.root, most)
            except OSError as error:
                raise Unavailable(f"The copy cannot be begun in the cache folder {self._cache.disk.root}: "
                                  f"{error.strerror or error}.") from error
        making = _Making(subject, process, self._videos.duration(subject.photo_id))
        with self._lock:
            self._making = making
        return making

    def _film_in(self, opened: OpenedOriginal, subject: Subject) -> OpenedOriginal:
        """The film: the whole original, or the clip inside it. Raises Unreadable if it is not there any more."""
        if subject.kind is Kind.VIDEO:
            return opened
        clip = self._videos.clip_inside(subject.photo_id)
        if clip is None or not is_film(opened, clip):
            raise Unreadable("The clip is no longer where the last scan saw it. The next scan will look again.")
        return opened.part(clip.start, clip.size)

    def _room(self, tier: Tier) -> int:
        """Bytes a copy may take: what the tier may hold, and the disk bears. Raises Unavailable."""
        self._cache.disk.prepare()
        most = self._cache.disk.ledger.budgets()[tier]
        if most < LEAST_BYTES:
            raise Unavailable("There is no room in the preview cache for a copy of this video. Allow a larger cache "
                              "in the settings, or free some space on its disk.")
        return most

    def _keep(self, making: _Making) -> None:
        process, subject = making.process, making.subject
        kept = self._cache.disk.keep([NewFile(
            subject.photo_id, tier_of(subject), process.width, process.height, PROXY_RECIPE,
            subject.version or bytes(8), descriptor_writer(process.descriptor, process.size), process.size, ".mp4",
        )], Wish.LOOKED)
        if not kept:
            raise Unreadable(self._cache.disk.trouble or "The copy does not fit into the preview cache.")
        self._forget(subject.photo_id)
        self.finished += 1

    def _set_aside(self, subject: Subject, error: PhotoArchiveError) -> bool | None:
        """Record why there is no copy. None: nobody wants it any more, or we are closing; nothing is recorded."""
        with self._lock:
            wanted = subject.photo_id in self._wished and not self._closed
        if not wanted:
            return None
        # The reason first: whoever sees that it is not wanted any more must find out why.
        self._videos.fail(subject.photo_id, Made.PROXY, subject.version or bytes(8), error.sentence)
        with self._lock:
            if subject.photo_id in self._wished:
                self._wished.remove(subject.photo_id)
        return False

    def _forget(self, photo_id: int) -> None:
        self._videos.grant(photo_id)
        with self._lock:
            if photo_id in self._wished:
                self._wished.remove(photo_id)

    def _end(self) -> None:
        with self._lock:
            making, self._making = self._making, None
        if making is not None:
            making.process.close()

    def close(self) -> None:
        """Kill what is being made; its wish stays for the next start."""
        self._closed = True
        with self._lock:
            making = self._making
        if making is not None:
            making.process.kill()               # whoever lets it work hears of it at once
        with self._stepping:
            self._end()
