"""The four tiers of pictures. `full` is a copy of a browser-readable original, or its full-resolution JPEG."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """Name of a tier, smallest first."""

    SM = "sm"
    MD = "md"
    LG = "lg"
    FULL = "full"


PREVIEW_TIERS = (Tier.SM, Tier.MD, Tier.LG)   # the generated ones; their long sides are settings
