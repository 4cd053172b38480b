"""Pictures for people: the cached one, else the instant one, else made at once; and originals and videos themselves.

Owns the decision what to answer. Makes nothing itself (renders, instants, fulls), keeps nothing (imaging.cache), and
knows no HTTP (delivery, routes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.demo_marker import demo_source_ids
from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.preview_subjects import Subject, Subjects
from photoarchive.catalog.previews import CacheFile
from photoarchive.catalog.sources import SOURCES_CHANGED, SourceTable
from photoarchive.catalog.videos import Videos
from photoarchive.core.errors import Invalid, NotFound, PhotoArchiveError, Unreadable
from photoarchive.core.events import Bus
from photoarchive.core.facts import Clip, Kind
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import PREVIEW_TIERS, SHOWN_TIERS, Tier
from photoarchive.features.media.fulls import Fulls
from photoarchive.features.media.instants import Instants
from photoarchive.features.media.playing import CLIP_EXTENSION, playable_type
from photoarchive.features.media.reach import places_to_read, refuse_unreachable
from photoarchive.features.media.renders import Rank, Renders
from photoarchive.features.media.views import MAX_WARM, MAX_WARM_FULL, MediaStatus, TierState, WarmAnswer
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.memory_cache import Picture
from photoarchive.work.pool import Pool

PLACEHOLDER_SIDE = {Tier.SM: 400, Tier.MD: 1280, Tier.LG: 1280}


class Found(msgspec.Struct, frozen=True):
    """What is known before anything is made. picture: the asked tier, ready to be sent."""

    subject: Subject
    picture: Picture | None


class Media:
    """The service. Thread-safe; everything may touch the disk unless it says otherwise."""

    def __init__(
        self, *, db: Database, cache: PreviewCache, pool: Pool, files: Files, sources: SourceTable,
        settings: SettingsStore, bus: Bus,
    ) -> None:
        self.cache, self.sources, self._files = cache, sources, files
        self.subjects, self._videos = Subjects(db), Videos(db)
        self.instants = Instants(pool, files, sources)
        self.renders = Renders(pool=pool, cache=cache, subjects=self.subjects, files=files, sources=sources,
                               made=lambda photo_id: self.instants.forget([photo_id]))
        self.fulls = Fulls(pool=pool, cache=cache, files=files, sources=sources, settings=settings)
        self._demo = demo_source_ids(db)
        bus.on(SOURCES_CHANGED, lambda _: self.instants.forget_misses())

    def start(self) -> None:
        """Begin to make what is ordered."""
        self.renders.start()

    def close(self) -> None:
        """Stop; the pool is closed after this."""
        self.renders.close()
        self.fulls.close()

    # ------------------------------------------------------------------ previews

    def at_once(self, photo_id: int, tier: Tier) -> Picture | None:
        """A preview that lies in RAM. Takes microseconds: may run on the event loop."""
        picture = self.cache.memory.get(photo_id, tier)
        if picture is not None:
            self.cache.disk.ledger.used(photo_id, tier, looked=True)
        return picture

    def look_up(self, photo_id: int, tier: Tier) -> Found:
        """A preview that is cached, or what must be known to make it. Raises NotFound for an unknown photo."""
        subject = self.subject(photo_id)
        picture = self.cache.find(photo_id, tier, subject.version, looked=True)
        if picture is None and subject.source_id in self._demo:
            picture = self._placeholder(subject, tier)
        return Found(subject, picture)

    def substitute(self, subject: Subject, tier: Tier) -> Picture | None:
        """For a photo that cannot be rendered now: another cached tier, also of earlier content. None: render it.

        Raises Unreadable, Unavailable or NotFound when there is none.
        """
        try:
            if subject.failure:
                raise Unreadable(subject.failure)
            refuse_unreachable(subject, places_to_read(self._files, subject.photo_id), self.sources)
        except PhotoArchiveError:
            for other in _nearest(tier):
                picture = self.cache.find(subject.photo_id, other, None, looked=True)
                if picture is not None:
                    return picture
            raise
        return None

    def subject(self, photo_id: int) -> Subject:
        """One photo. Raises NotFound."""
        subject = self.subjects.get(photo_id)
        if subject is None:
            raise NotFound(f"There is no photo {photo_id}.")
        return subject

    def clip_inside(self, photo_id: int) -> Clip:
        """Where the clip of a motion photo lies in its file. Raises Unreadable for other photos."""
        clip = self._videos.clip_inside(photo_id)
        if clip is None:
            raise Unreadable("This is a photo, not a video.")
        return clip

    def place_of(self, subject: Subject) -> Location:
        """Where a photo can be read now, best first. Raises Unavailable or NotFound, with the reason."""
        places = places_to_read(self._files, subject.photo_id)
        refuse_unreachable(subject, places, self.sources)
        return places[0]

    def _placeholder(self, subject: Subject, tier: Tier) -> Picture:
        """The drawn picture of a demonstration photo that has no file."""
        from photoarchive.imaging.scenery import placeholder

        width, height = subject.width or 3, subject.height or 2
        scale = PLACEHOLDER_SIDE.get(tier, 1280) / max(width, height)
        drawn = placeholder(subject.photo_id, max(1, round(width * scale)), max(1, round(height * scale)))
        picture = Picture(drawn, f'"drawn-{subject.photo_id:x}-{tier}"')
        self.cache.memory.put(subject.photo_id, tier, picture)
        return picture

    # ------------------------------------------------------------------ what is cached

    def status(self, photo_ids: Sequence[int]) -> list[MediaStatus]:
        """Which tiers of these photos are cached; unknown photos are left out."""
        files = self.cache.previews.files_of(list(dict.fromkeys(photo_ids)))
        return [_status(subject, self._cached(subject, files[photo_id]))
                for photo_id in files if (subject := self.subjects.get(photo_id)) is not None]

    def _cached(self, subject: Subject, files: Mapping[Tier, CacheFile]) -> set[Tier]:
        if subject.source_id in self._demo:
            return set(PREVIEW_TIERS)           # drawn in a moment
        shown = PREVIEW_TIERS if subject.kind is Kind.VIDEO else SHOWN_TIERS     # a video's full is a copy to play
        return {tier for tier in shown if self.cache.memory.holds(subject.photo_id, tier)
                or (tier in files and subject.version in (None, files[tier].version))}

    def warm(self, tiers: Mapping[str, Sequence[int]]) -> WarmAnswer:
        """Make what the user is about to see, before all background work; replaces what was asked for earlier.

        Raises Invalid for more photos than a screen can hold.
        """
        for name, ids in tiers.items():
            if name not in SHOWN_TIERS:
                raise Invalid(f"There is no tier {name[:20]!r}; the tiers are sm, md, lg and full.", field="tiers")
            most = MAX_WARM_FULL if name == Tier.FULL else MAX_WARM
            if len(ids) > most:
                raise Invalid(f"At most {most} photos of tier {name} can be warmed at once, not {len(ids)}.",
                              field=f"tiers.{name}", range={"max": most})
        self.renders.forget_warm()
        before = {one.id: one for one in self.status([photo_id for ids in tiers.values() for photo_id in ids])}
        scheduled = 0
        for name, ids in tiers.items():
            for photo_id in reversed(list(dict.fromkeys(ids))):         # the newest order goes first
                known = before.get(photo_id)
                if known is not None and not known.tiers[name].cached:
                    scheduled += self._warm_one(photo_id, Tier(name))
        return WarmAnswer(scheduled, list(before.values()))

    def _warm_one(self, photo_id: int, tier: Tier) -> bool:
        subject = self.subject(photo_id)
        if subject.failure or not places_to_read(self._files, photo_id):
            return False
        if tier is not Tier.FULL:
            self.renders.order(photo_id, [tier], Rank.WARM)
        elif subject.kind is not Kind.VIDEO:
            self.fulls.warm(subject)
        return True


def _nearest(tier: Tier) -> list[Tier]:
    """What may stand in for a tier, best first: itself, larger ones, then smaller ones."""
    place = PREVIEW_TIERS.index(tier)
    return [tier, *PREVIEW_TIERS[place + 1:], *reversed(PREVIEW_TIERS[:place])]


def _status(subject: Subject, cached: set[Tier]) -> MediaStatus:
    tiers, photo_id = {}, subject.photo_id
    for tier in SHOWN_TIERS:
        url = f"/api/full/{photo_id}" if tier is Tier.FULL else f"/api/thumb/{tier}/{photo_id}"
        tiers[str(tier)] = TierState(tier in cached, url, f"{url}?cached=1")
    best = next((str(tier) for tier in reversed(SHOWN_TIERS) if tier in cached), None)
    return MediaStatus(photo_id, tiers, best, unplayable(subject))


def unplayable(subject: Subject) -> str | None:
    """Why browsers cannot play a video, or the clip inside a photo; None: they can, or there is none."""
    try:
        playable_type(subject.extension if subject.kind is Kind.VIDEO else CLIP_EXTENSION, subject.codec)
    except Unreadable as error:
        return error.sentence
    return None
