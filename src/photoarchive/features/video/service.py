"""What can be done with a video: play it, scrub through its frames, have a copy made that every browser plays."""

from __future__ import annotations

from collections.abc import Callable

from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.videos import Videos
from photoarchive.core.errors import NotFound, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.features.video.proxies import Proxies
from photoarchive.features.video.strips import Strips
from photoarchive.features.video.views import Playback, ProxyView
from photoarchive.imaging.video_strip import CachedStrip

Wake = Callable[[str], None]


class VideoService:
    """Answers about videos. Thread-safe; everything may touch the disk."""

    def __init__(
        self, *, videos: Videos, strips: Strips, proxies: Proxies, subject_of: Callable[[int], Subject],
        unplayable: Callable[[Subject], str | None], wake: Wake,
    ) -> None:
        self.videos, self.strips, self.proxies = videos, strips, proxies
        self._subject_of, self._unplayable, self._wake = subject_of, unplayable, wake

    def strip(self, photo_id: int) -> CachedStrip:
        """The frames of a video side by side. Raises NotFound, Unreadable for a photo or a broken film, Unavailable."""
        subject = self._video(photo_id)
        if subject.kind is not Kind.VIDEO:
            raise Unreadable("This is a photo, not a video.")
        return self.strips.get(subject)

    def playback(self, photo_id: int) -> Playback:
        """How a video, or the clip of a live or motion photo, is played. Raises NotFound, Unreadable for others."""
        subject = self._video(photo_id)
        duration, rate = self.videos.length_and_rate(subject.photo_id)
        reason, proxy = self._unplayable(subject), self._proxy(subject)
        return Playback(
            id=subject.photo_id, url=f"/api/video/{subject.photo_id}", unplayable=reason,
            playable=reason is None or proxy.state == "ready", codec=subject.codec,
            duration=duration, frame_rate=rate, proxy=proxy)

    def make_proxy(self, photo_id: int) -> ProxyView:
        """Have the copy made, before all background work. Raises like `playback`, and Unavailable."""
        subject = self._video(photo_id)
        self.proxies.ask(subject)
        self._wake("proxies")
        return self._proxy(subject)

    def cancel_proxy(self, photo_id: int) -> ProxyView:
        """Give the copy up if it is not finished."""
        subject = self._video(photo_id)
        self.proxies.cancel(subject.photo_id)
        return self._proxy(subject)

    def close(self) -> None:
        """Kill what is being made."""
        self.proxies.close()

    def _video(self, photo_id: int) -> Subject:
        """The video itself, the clip of a live photo, or the motion photo with a clip inside."""
        subject = self._subject_of(photo_id)
        if subject.kind is Kind.VIDEO:
            return subject
        clip = self.videos.clip_of(photo_id)
        if clip is None:
            if self.videos.clip_inside(photo_id) is not None:
                return subject
            raise Unreadable("This is a photo, not a video.")
        subject = self._subject_of(clip)
        if subject.kind is not Kind.VIDEO:
            raise NotFound("The clip of this photo is gone.")
        return subject

    def _proxy(self, subject: Subject) -> ProxyView:
        waiting, now = self.proxies.waiting(), self.proxies.progress()     # first: it may be finished meanwhile
        if self.proxies.is_ready(subject):
            return ProxyView(state="ready", fraction=1.0)
        if subject.photo_id in waiting:
            if now is not None and now.photo_id == subject.photo_id:
                return ProxyView(state="making", fraction=now.fraction, eta_seconds=now.eta_seconds)
            return ProxyView(state="waiting", reason=self.proxies.obstacle)
        failure = self.proxies.failure(subject)
        return ProxyView(state="none") if failure is None else ProxyView(state="failed", reason=failure)
