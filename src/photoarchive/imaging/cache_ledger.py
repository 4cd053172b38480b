"""The books of the disk cache: what it holds, what it may hold, what was used. Touches no picture file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from photoarchive.catalog.previews import TIERS, CacheFile, Previews
from photoarchive.core import clock
from photoarchive.core.tiers import Tier
from photoarchive.imaging.budgets import Held, disk_budgets, disk_limit, wanted_limit

STRIP_SHARE = 0.05              # of what full may hold, for the frames of videos: 60 kB each …
CLIP_SHARE = 0.05               # … and for copies of clips inside photos: a megabyte each
FREE_SECONDS = 5.0              # how long a reading of the free space is good


class Limits(msgspec.Struct, frozen=True):
    """The settings the disk cache depends on."""

    folder: Path
    ssd_cache_gb: float
    profile: str


class Ledger:
    """Counts, budgets and uses. Thread-safe. eligible: how many photos should have previews."""

    def __init__(self, previews: Previews, limits: Limits, eligible: Callable[[], int]) -> None:
        self._previews, self._eligible = previews, eligible
        self._lock = threading.RLock()
        self._held: dict[tuple[int, Tier], Held] | None = None
        self._uses: dict[tuple[int, Tier], tuple[float, bool]] = {}
        self._free, self._free_at = 0, -FREE_SECONDS
        self.limits = limits
        self.here = 0               # id of the present cache folder, 0 before it was first used

    # ------------------------------------------------------------------ what is held

    def count(self, file: CacheFile, sign: int) -> None:
        """A file came (+1) or went (−1)."""
        with self._lock:
            usage, key = self._usage(), (file.folder_id, file.tier)
            held = usage.get(key, Held())
            usage[key] = Held(held.files + sign, held.bytes + sign * file.size)
            if file.folder_id == self.here:
                self._free = max(0, self._free - sign * file.size)

    def held(self) -> dict[Tier, Held]:
        """Files and bytes per tier, in all folders."""
        with self._lock:
            sums = {tier: Held() for tier in TIERS}
            for (_, tier), held in self._usage().items():
                sums[tier] = Held(sums[tier].files + held.files, sums[tier].bytes + held.bytes)
            return sums

    def _usage(self) -> dict[tuple[int, Tier], Held]:
        if self._held is None:
            self._held = {key: Held(*value) for key, value in self._previews.usage().items()}
        return self._held

    def _bytes_here(self) -> int:
        return sum(held.bytes for (folder, _), held in self._usage().items() if folder == self.here)

    # ------------------------------------------------------------------ what it may hold

    def budget(self) -> int:
        """Bytes the cache may hold now."""
        with self._lock:
            here = self._bytes_here()
            elsewhere = sum(held.bytes for held in self._usage().values()) - here
            return min(wanted_limit(self.limits.ssd_cache_gb), elsewhere + disk_limit(here, self._free_now()))

    def budgets(self) -> dict[Tier, int]:
        """The same, per tier."""
        with self._lock:
            shares = disk_budgets(self.budget(), self.limits.profile, self._eligible(), self.held())
            strips, clips = (int(shares[Tier.FULL] * share) for share in (STRIP_SHARE, CLIP_SHARE))
            return shares | {Tier.FULL: shares[Tier.FULL] - strips - clips, Tier.STRIP: strips, Tier.CLIP: clips}

    def room(self, tier: Tier) -> int:
        """Bytes a tier may still take without pushing anything out; negative: so much must go."""
        with self._lock:
            held = self.held()
            return min(self.budgets()[tier] - held[tier].bytes, self.budget() - sum(h.bytes for h in held.values()))

    def look_at_disk(self) -> None:
        """The free space is another one now."""
        self._free_at = -FREE_SECONDS

    def _free_now(self) -> int:
        if clock.monotonic() - self._free_at > FREE_SECONDS:
            self._free = _free_above(self.limits.folder)
            self._free_at = clock.monotonic()
        return self._free

    # ------------------------------------------------------------------ what was used

    def used(self, photo_id: int, tier: Tier, *, looked: bool) -> None:
        """A file was read; looked: because a person wanted to see it. Costs a microsecond; written by `flush`."""
        with self._lock:
            before = self._uses.get((photo_id, tier))
            self._uses[photo_id, tier] = (clock.now(), looked or (before is not None and before[1]))

    def flush(self) -> None:
        """Write the uses of the last moments into the manifest."""
        with self._lock:
            uses, self._uses = self._uses, {}
        self._previews.record_use(uses)


def _free_above(path: Path) -> int:
    """Free bytes of the disk on which a folder is, or will be; 0 if that cannot be known."""
    try:
        while not path.exists() and path != path.parent:
            path = path.parent
        status = os.statvfs(path)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
