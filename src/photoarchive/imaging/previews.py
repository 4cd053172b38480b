"""Pictures of one original, made in a worker: all missing tiers from one read and one decode. Owns no cache.

Pure functions of a file: what they return is stored elsewhere, and nothing is written.
"""

from __future__ import annotations

import msgspec

from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier

# What a worker imports before it drops its rights and counts its memory: give it to the pool as `preload`.
WORKER_MODULES = ("photoarchive.imaging.tiers", "photoarchive.imaging.raw", "photoarchive.imaging.video")


class TierSpec(msgspec.Struct, frozen=True):
    """What is wanted of one tier. long_side: pixels, never exceeded and never enlarged to. quality: JPEG, 40–100."""

    tier: Tier
    long_side: int
    quality: int


class Rendered(msgspec.Struct, frozen=True):
    """One finished picture: a JPEG."""

    tier: Tier
    data: bytes
    width: int
    height: int


class Rendering(msgspec.Struct, frozen=True):
    """Everything one decode gave."""

    pictures: tuple[Rendered, ...]
    colour: int              # average, RGB565
    width: int               # of the upright original
    height: int
    damaged: str             # "" or a sentence: what is wrong with a file that could be shown in part


def render(original: Original, kind: int, specs: tuple[TierSpec, ...]) -> Rendering:
    """Make the wanted tiers of one original. Raises Unreadable with the reason, NotFound or Unavailable."""
    from photoarchive.imaging.tiers import render_tiers

    return render_tiers(original, kind, specs)


def full_jpeg(original: Original, kind: int, quality: int) -> bytes:
    """A JPEG of full resolution of an original that browsers cannot show. Raises like render."""
    from photoarchive.imaging.tiers import render_full

    return render_full(original, kind, quality)
