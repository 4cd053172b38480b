"""How the room of the caches is shared among the tiers. Pure arithmetic: no file, no clock, no catalog."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from photoarchive.core.tiers import Tier

GB = 1_000_000_000              # what the settings call one; sizes are shown in the same
FREE_SHARE = 0.9                # of what is free or already ours; the rest of the disk stays the user's

MEMORY_SHARES: dict[str, dict[Tier, float]] = {
    "browse_fast": {Tier.SM: 0.30, Tier.MD: 0.50, Tier.LG: 0.20},
    "balanced": {Tier.SM: 0.20, Tier.MD: 0.45, Tier.LG: 0.35},
    "original_heavy": {Tier.SM: 0.15, Tier.MD: 0.45, Tier.LG: 0.40},
}
LARGE_SHARES: dict[str, float] = {"browse_fast": 0.80, "balanced": 0.55, "original_heavy": 0.35}
"""Share of lg in what all sm and md leave over; full has the rest."""

TYPICAL_BYTES = {Tier.SM: 30_000, Tier.MD: 420_000}
"""Of one preview at the default sizes, until there are enough of our own to take the average of."""
ENOUGH_FOR_AVERAGE = 50
SPARE_PREVIEWS = 64             # room kept for photos that are not counted yet


class Held(msgspec.Struct, frozen=True):
    """What the disk cache holds of one tier."""

    files: int = 0
    bytes: int = 0


def memory_budgets(memory_cache_gb: float, profile: str) -> dict[Tier, int]:
    """Bytes of RAM for sm, md and lg."""
    return {tier: int(memory_cache_gb * GB * share) for tier, share in MEMORY_SHARES[profile].items()}


def wanted_limit(ssd_cache_gb: float) -> int:
    """Bytes the user allows."""
    return int(ssd_cache_gb * GB)


def disk_limit(used: int, free: int) -> int:
    """Bytes a cache may take of its disk: 90 % of what it holds there already and what is free."""
    return int((used + free) * FREE_SHARE)


def disk_budgets(total: int, profile: str, eligible: int, held: Mapping[Tier, Held]) -> dict[Tier, int]:
    """Bytes per tier: all sm first, then all md, and what they leave over is shared by lg and full.

    eligible: photos that should have previews. A small tier gets what all of them need, at its present average size.
    """
    sm = min(total, _needed(Tier.SM, eligible, held))
    md = min(total - sm, _needed(Tier.MD, eligible, held))
    rest = total - sm - md
    lg = int(rest * LARGE_SHARES[profile])
    return {Tier.SM: sm, Tier.MD: md, Tier.LG: lg, Tier.FULL: rest - lg}


def _needed(tier: Tier, eligible: int, held: Mapping[Tier, Held]) -> int:
    """What all photos need, and never less than what is there: offline photos keep theirs."""
    now = held.get(tier, Held())
    average = now.bytes / now.files if now.files >= ENOUGH_FOR_AVERAGE else float(TYPICAL_BYTES[tier])
    return max(now.bytes, int(average * (1.1 * max(eligible, now.files) + SPARE_PREVIEWS)))
