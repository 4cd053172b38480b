"""The job that keeps originals and large previews at hand of photos somebody is likely to look at closely."""

from __future__ import annotations

from collections import deque

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.preview_wishes import Likely, likely_wanted
from photoarchive.core import clock
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import Tier
from photoarchive.features.media.renders import Rank
from photoarchive.features.media.service import Media
from photoarchive.imaging.cache_file import Wish
from photoarchive.work.job import Budget, JobError, Lane, Progress

PLAN_SECONDS = 300.0            # the plan is made anew when it is worked off and this old
LOOKED_DAYS = 60
LG_BYTES = 1_600_000            # of a typical lg preview, until it is made
RAW_JPEG_SHARE = 0.4            # of a RAW file's size: its full-resolution JPEG
STEP_SECONDS = 0.8
RENDER_SECONDS = 90.0


class _Task(msgspec.Struct, frozen=True):
    photo_id: int
    tier: Tier
    size: int                   # estimated bytes


class OriginalsJob:
    """Copies originals, and makes lg previews, in the order in which they are likely to be needed."""

    name, title, lane, builder = "originals", "Originals", Lane.SOURCE_DISK, True

    def __init__(self, db: Database, media: Media, settings: SettingsStore) -> None:
        self._db, self._media, self._settings = db, media, settings
        self._plan: deque[_Task] = deque()
        self._chosen: set[tuple[int, Tier]] = set()     # everything of the plan, done or not: never makes room for it
        self._planned_at = -PLAN_SECONDS
        self._done = 0

    def pending(self) -> int:
        """Copies and large previews still to be made by the present plan."""
        if not self._settings.current.pregenerate_on_idle or not self._media.cache.index.ready.is_set():
            return 0
        if not self._plan and clock.monotonic() - self._planned_at >= PLAN_SECONDS:
            self._make_plan()
        return len(self._plan)

    def total(self) -> int:
        """All of the present plan."""
        return self._done + len(self._plan)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Photos that cannot be read are the preview job's to tell."""
        return [], 0

    def step(self, budget: Budget) -> Progress:
        """Make the next few."""
        over, done, reason = clock.monotonic() + STEP_SECONDS, 0, ""
        for _ in range(budget.items):
            if not self._plan or clock.monotonic() > over:
                break
            task = self._plan.popleft()
            try:
                made = self._media.cache.index.has(task.photo_id, task.tier) or self._make(task)
            except (PhotoArchiveError, TimeoutError) as error:
                made, reason = False, getattr(error, "sentence", "a drive does not answer")
            self._done += made
            done += 1                           # what could not be made is out of this plan
        return Progress(done, 0, reason)

    def _make(self, task: _Task) -> bool:
        if not self._room_for(task):
            return False
        if task.tier is Tier.FULL:
            return self._media.fulls.copy(self._media.subject(task.photo_id), Wish.STOCK)
        order = self._media.renders.order(task.photo_id, [task.tier], Rank.STOCK)
        outcome = order.done.result(RENDER_SECONDS)
        if outcome.error is not None:
            raise outcome.error
        return True

    def _room_for(self, task: _Task) -> bool:
        """Whether it fits, after what was made ahead earlier and is no longer likely to be wanted has gone."""
        disk = self._media.cache.disk
        while disk.ledger.room(task.tier) < task.size:
            old = [file for file in self._media.cache.previews.oldest(task.tier, 64, looked=False)
                   if (file.photo_id, file.tier) not in self._chosen]
            if not disk.drop(old[:8]):
                return False
        return True

    def _make_plan(self) -> None:
        """Fill what lg and full may hold with the likeliest photos; what is cached already counts."""
        self._planned_at, self._done = clock.monotonic(), 0
        cache = self._media.cache
        room = {tier: cache.disk.ledger.budgets()[tier] for tier in (Tier.LG, Tier.FULL)}
        tasks: list[_Task] = []
        for photo in likely_wanted(self._db, clock.now() - LOOKED_DAYS * 86_400):
            for task in _tasks(photo):
                if task.size <= room[task.tier]:
                    room[task.tier] -= task.size
                    tasks.append(task)
        self._chosen = {(task.photo_id, task.tier) for task in tasks}
        self._plan = deque(task for task in tasks if not cache.index.has(task.photo_id, task.tier))


def _tasks(photo: Likely) -> tuple[_Task, _Task]:
    full = int(photo.file_size * RAW_JPEG_SHARE) if photo.is_raw else photo.file_size
    return _Task(photo.photo_id, Tier.LG, LG_BYTES), _Task(photo.photo_id, Tier.FULL, full)
