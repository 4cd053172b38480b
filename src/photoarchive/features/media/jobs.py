"""The job that makes the sm and md previews of every photo, folder by folder, one read of the original each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

import msgspec

from photoarchive.catalog.preview_index import Ids, PreviewIndex
from photoarchive.catalog.preview_order import PathOrder
from photoarchive.catalog.preview_subjects import Subjects
from photoarchive.catalog.sources import SourceTable
from photoarchive.core import clock
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import Tier
from photoarchive.features.media.renders import Order, Outcome, Rank, Renders
from photoarchive.imaging.cache import PreviewCache
from photoarchive.work.job import Budget, JobError, Lane, Progress

SMALL = (Tier.SM, Tier.MD)
STEP_SECONDS = 0.8              # after this no further photo is begun, so that a step ends when the user acts
LONGEST_RENDER_SECONDS = 90.0   # three places of one photo, each to its time limit
LEAST_ROOM = {Tier.SM: 1 << 18, Tier.MD: 1 << 22}       # bytes; with less a tier counts as full
ASIDE_SECONDS = 600.0           # a photo that could not be reached is left alone for so long


class PreviewJob:
    """Makes the sm and md previews that the cache lacks, in path order, one read of the source each."""

    name, title, lane, builder = "previews", "Previews", Lane.SOURCE_DISK, True

    def __init__(
        self, *, cache: PreviewCache, renders: Renders, order: PathOrder, subjects: Subjects, sources: SourceTable,
        settings: SettingsStore,
    ) -> None:
        self._cache, self._renders, self._order, self._subjects = cache, renders, order, subjects
        self._sources, self._settings = sources, settings
        self._aside: dict[int, float] = {}
        self._offline: tuple[int, ...] = ()
        self.asked_for = False          # the user pressed start although pregenerate_on_idle is off

    @property
    def enabled(self) -> bool:
        """Whether previews are made ahead at all."""
        return self._settings.current.pregenerate_on_idle or self.asked_for

    # ------------------------------------------------------------------ numbers

    def pending(self) -> int:
        """Photos without sm or md that could be read now."""
        if not self.enabled or not self._index.ready.is_set():
            return 0
        self._note_sources()
        now = clock.monotonic()
        self._aside = {photo_id: until for photo_id, until in self._aside.items() if until > now}
        missing = self._index.lacking_count(SMALL, self._offline, refresh_stale=self._refresh)
        return max(0, missing - sum(self._still_lacks(photo_id) for photo_id in self._aside))

    def total(self) -> int:
        """Photos that have their previews, could get them now, or were set aside."""
        lacking = self._index.lacking_count(SMALL, (), refresh_stale=self._refresh)
        return self._index.eligible() - lacking + self.pending()

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Photos of which no preview can be made, and why."""
        failures, count = self._cache.previews.failures(limit, offset)
        return [JobError(f.photo_id, self._subjects.path(f.photo_id), f.reason, f.at) for f in failures], count

    @property
    def _index(self) -> PreviewIndex:
        return self._cache.index

    @property
    def _refresh(self) -> bool:
        return self._cache.stale_policy == "refresh"

    # ------------------------------------------------------------------ working

    def step(self, budget: Budget) -> Progress:
        """Make the next few previews."""
        tiers = [tier for tier in SMALL if self._cache.disk.ledger.room(tier) > LEAST_ROOM[tier]]
        if not tiers or self._cache.disk.resting:
            return Progress(0, reason=self._cache.disk.trouble or _full(self._cache))
        batch = self._order.next(budget.items, self._lacking, lambda photo_id: self._wanted(photo_id, tiers))
        if not batch:
            return Progress(0, reason="the remaining photos cannot be reached now" if Tier.MD in tiers
                            else _full(self._cache))
        readers = min(self._sources.readers(self._index.source_of(photo_id)) for photo_id in batch)
        tally = self._make(batch, tiers, max(1, min(budget.workers, readers)))
        self._order.put_back(tally.not_begun)
        return Progress(tally.done, tally.failed, tally.reason)

    def _make(self, batch: Sequence[int], tiers: Sequence[Tier], workers: int) -> _Tally:
        """Order photo after photo, `workers` of them at a time, until all are made or the step is over."""
        tally, running, at = _Tally(), dict[Future[Outcome], Order](), 0
        over = clock.monotonic() + STEP_SECONDS
        try:
            while running or (at < len(batch) and clock.monotonic() < over):
                while len(running) < workers and at < len(batch) and clock.monotonic() < over:
                    order = self._renders.order(batch[at], tiers, Rank.STOCK)
                    running[order.done] = order
                    at += 1
                finished = wait(running, LONGEST_RENDER_SECONDS, FIRST_COMPLETED).done
                if not finished:
                    tally.reason = "a drive does not answer"
                    break
                for future in finished:
                    self._count(running.pop(future), future.result(), tiers, tally)
        except PhotoArchiveError as error:      # the server is stopping
            tally.reason = error.sentence
        tally.not_begun = list(batch[at:])
        return tally

    def _count(self, order: Order, outcome: Outcome, tiers: Sequence[Tier], tally: _Tally) -> None:
        error = outcome.error
        if error is None:
            tally.done += 1
            if self._index.lacks(order.photo_id, tiers, refresh_stale=self._refresh):     # made, and no room to keep it
                tally.reason = self._cache.disk.trouble or _full(self._cache)
                self._aside[order.photo_id] = clock.monotonic() + ASIDE_SECONDS
        elif isinstance(error, Unreadable):
            tally.failed += 1
        else:
            tally.reason = error.sentence
            self._aside[order.photo_id] = clock.monotonic() + ASIDE_SECONDS

    def _lacking(self) -> Ids:
        return self._index.lacking(SMALL, self._offline, refresh_stale=self._refresh)

    def _wanted(self, photo_id: int, tiers: Sequence[Tier]) -> bool:
        return (photo_id not in self._aside and self._index.source_of(photo_id) not in self._offline
                and self._index.lacks(photo_id, tiers, refresh_stale=self._refresh))

    def _still_lacks(self, photo_id: int) -> bool:
        return (self._index.source_of(photo_id) not in self._offline
                and self._index.lacks(photo_id, SMALL, refresh_stale=self._refresh))

    def _note_sources(self) -> None:
        """A drive that came back is tried at once."""
        offline = tuple(self._sources.offline_ids())
        if offline != self._offline:
            self._offline = offline
            self._aside.clear()
            self._order.forget()


class _Tally(msgspec.Struct):
    """What one step came to."""

    done: int = 0
    failed: int = 0
    reason: str = ""
    not_begun: list[int] = msgspec.field(default_factory=list)


def _full(cache: PreviewCache) -> str:
    if not cache.disk.ledger.budget():
        return f"the cache folder {cache.disk.root} has no room"
    return "the cache is full; a larger one can be set in the settings"
