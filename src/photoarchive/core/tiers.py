"""The tiers of pictures. `full` is what a browser needs to show all there is: a copy of an original it can read, a
full-resolution JPEG of one it cannot, of a video the copy it can play. `strip` holds frames of a video side by side,
`clip` the copy of a clip that lies inside a photo and that browsers cannot play.
"""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """Name of a tier, smallest first."""

    SM = "sm"
    MD = "md"
    LG = "lg"
    FULL = "full"
    STRIP = "strip"
    CLIP = "clip"


PREVIEW_TIERS = (Tier.SM, Tier.MD, Tier.LG)   # the generated ones; their long sides are settings
SHOWN_TIERS = (*PREVIEW_TIERS, Tier.FULL)      # those every photo may have
