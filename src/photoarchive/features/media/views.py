"""Shapes of the media answers and requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from photoarchive.web.parameters import LARGEST_ID

MAX_WARM, MAX_WARM_FULL = 96, 12
MAX_STATUS_IDS = 500

PhotoId = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]


class TierState(msgspec.Struct):
    """One tier of one photo."""

    cached: bool
    url: str
    cached_url: str


class MediaStatus(msgspec.Struct):
    """What is cached of one photo."""

    id: int
    tiers: dict[str, TierState]
    best_cached: str | None         # "full", "lg", "md", "sm" or null
    unplayable: str | None = None   # of a video: why browsers cannot play it, as a sentence


class StatusRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/images/media-status."""

    ids: list[PhotoId]


class StatusBatch(msgspec.Struct):
    """Its answer: `images` in the asked order, unknown ids left out."""

    images: list[MediaStatus]


class WarmRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/images/warm: photos the user is about to see, by tier."""

    tiers: dict[str, list[PhotoId]]


class WarmAnswer(msgspec.Struct):
    """How much is being made now, and what is cached already."""

    scheduled: int
    images: list[MediaStatus]


class ClearRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/cache/clear; no tiers: all."""

    tiers: list[Literal["sm", "md", "lg", "full"]] | None = None


class StaleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/cache/stale: what becomes of previews of another size or quality."""

    policy: Literal["keep", "refresh"]


class Pregen(msgspec.Struct):
    """The preview job as the reference shows it."""

    state: str                      # idle running paused waiting_for_idle throttled disabled complete error
    phase: str
    message: str
    rates: dict[str, float | None]
    eta_seconds: float | None
    failures: int
    done: int
    total: int
    pending: int


class CacheStatus(msgspec.Struct):
    """GET /api/cache/status."""

    memory: dict[str, Any]
    disk: dict[str, Any]
    eligible_images: int
    total: int
    cached: int
    stale_policy: str
    recommendations: list[str]
    pregen: Pregen
    governor: dict[str, Any]
