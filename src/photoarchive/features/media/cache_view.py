"""What the cache page shows: sizes and budgets, the preview job as the reference names its states, what to change."""

from __future__ import annotations

from typing import Any

import msgspec

from photoarchive.core.settings import SettingsStore
from photoarchive.features.media.jobs import SMALL, PreviewJob
from photoarchive.features.media.views import CacheStatus, Pregen
from photoarchive.imaging.budgets import GB, TYPICAL_BYTES
from photoarchive.imaging.cache import PreviewCache
from photoarchive.work.runner import Runner

PHASE = "sm and md previews"


class CacheView:
    """Puts the answers together. Thread-safe."""

    def __init__(self, cache: PreviewCache, job: PreviewJob, runner: Runner, settings: SettingsStore) -> None:
        self._cache, self._job, self._runner, self._settings = cache, job, runner, settings

    def start(self) -> Pregen:
        """Make previews now, until none lacks."""
        self._job.asked_for = True
        self._runner.run_now(self._job.name)
        begun = self.pregen()           # the runner takes a moment to say so
        return msgspec.structs.replace(begun, state="idle", message="") if begun.state == "paused" else begun

    def stop(self) -> Pregen:
        """Let the job rest until it is started again."""
        self._job.asked_for = False
        self._runner.pause(self._job.name)
        return self.pregen()

    def pregen(self) -> Pregen:
        """Where the preview job is."""
        return self._pregen(self._runner.snapshot())

    def status(self) -> CacheStatus:
        """GET /api/cache/status."""
        work, numbers = self._runner.snapshot(), self._cache.status()
        lacking = self._cache.index.lacking_count(SMALL, (), refresh_stale=False)
        failures = self._cache.index.failed_count()
        total = numbers["eligible_images"]
        return CacheStatus(
            memory=numbers["memory"], disk=numbers["disk"], eligible_images=total, total=total,
            cached=max(0, total - lacking - failures), stale_policy=self._cache.stale_policy,
            recommendations=self._recommendations(numbers), pregen=self._pregen(work), governor=work["governor"])

    def _pregen(self, work: dict[str, Any]) -> Pregen:
        job = next(one for one in work["jobs"] if one["name"] == self._job.name)
        pending = _pending(job)
        return Pregen(
            state=_state(job, work["governor"], enabled=self._job.enabled, trouble=self._cache.disk.trouble),
            phase=PHASE if pending else "", message=job["reason"] or self._cache.disk.trouble,
            rates={"images_per_second": job["rate"]}, eta_seconds=job["eta_seconds"], failures=job["failed"],
            done=job["done"], total=job["total"], pending=pending)

    def _recommendations(self, numbers: dict[str, Any]) -> list[str]:
        """What the user may want to change, in sentences."""
        advice = []
        tiers, eligible = numbers["disk"]["tiers"], numbers["eligible_images"]
        needed = sum(_needed(tiers[str(tier)], TYPICAL_BYTES[tier], eligible) for tier in SMALL)
        budget = numbers["disk"]["budget_bytes"]
        if numbers["disk"]["trouble"]:
            advice.append(numbers["disk"]["trouble"])
        elif needed > budget:
            wanted = self._settings.current.ssd_cache_gb * GB
            why = "allow more" if wanted <= budget * 1.05 else "free some space on its disk, or choose another folder"
            advice.append(f"The small previews of all photos need about {needed / GB:.1f} GB, and the cache may hold "
                          f"{budget / GB:.1f} GB: {why}.")
        stale = sum(tier["stale"] for tier in tiers.values())
        if stale and self._cache.stale_policy == "keep":
            advice.append(f"{stale:,} previews were made with other sizes or another quality. They are kept; they can "
                          "be made again in the background.")
        return advice


def _needed(tier: dict[str, Any], typical: int, eligible: int) -> int:
    average = tier["bytes"] / tier["count"] if tier["count"] >= 50 else typical
    return int(average * eligible)


def _state(job: dict[str, Any], governor: dict[str, Any], *, enabled: bool, trouble: str) -> str:
    """The state of the job in the words of the reference."""
    state = job["state"]
    if state == "paused":
        return "paused"
    if not enabled:
        return "disabled"
    if state == "blocked" or (trouble and state == "waiting"):
        return "error"
    if state == "waiting":
        return "waiting_for_idle" if "browsing" in job["reason"] or "Browse" in job["reason"] else "throttled"
    if state == "running":
        return "throttled" if governor["mode"] == "gentle" else "running"
    return "idle" if _pending(job) or not job["total"] else "complete"


def _pending(job: dict[str, Any]) -> int:
    return max(0, int(job["total"] - job["done"] - job["failed"]))
