"""How room is shared: exact shares, small previews first, never more than the disk bears."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.core.tiers import Tier
from photoarchive.imaging.budgets import GB, LARGE_SHARES, Held, disk_budgets, disk_limit, memory_budgets


@pytest.mark.parametrize(("profile", "shares"), [
    ("browse_fast", (30, 50, 20)), ("balanced", (20, 45, 35)), ("original_heavy", (15, 45, 40))])
def test_ram_is_split_by_the_profile(profile, shares):
    budgets = memory_budgets(1.0, profile)
    assert [round(100 * budgets[tier] / GB) for tier in (Tier.SM, Tier.MD, Tier.LG)] == list(shares)


@pytest.mark.parametrize(("profile", "lg_share"), [("browse_fast", 0.80), ("balanced", 0.55), ("original_heavy", 0.35)])
def test_lg_and_full_share_what_the_small_tiers_leave(profile, lg_share):
    budgets = disk_budgets(100 * GB, profile, 10_000, {})
    left = 100 * GB - budgets[Tier.SM] - budgets[Tier.MD]
    assert 90 * GB < left < 97 * GB, "10,000 photos need about 0.3 + 4.5 GB of small previews"
    assert budgets[Tier.LG] == pytest.approx(lg_share * left, rel=1e-6)
    assert budgets[Tier.FULL] == left - budgets[Tier.LG]


def test_an_unused_md_share_goes_on_to_the_large_tiers():
    """When all md are made and small, what they do not need is given to lg and full."""
    roomy = {Tier.SM: Held(1000, 1000 * 20_000), Tier.MD: Held(1000, 1000 * 100_000)}
    guessed = disk_budgets(10 * GB, "balanced", 1000, {})
    known = disk_budgets(10 * GB, "balanced", 1000, roomy)
    assert known[Tier.MD] < guessed[Tier.MD]
    assert known[Tier.LG] > guessed[Tier.LG]


def test_a_small_cache_serves_sm_before_md():
    budgets = disk_budgets(2_000_000, "balanced", 1000, {})
    assert budgets == {Tier.SM: 2_000_000, Tier.MD: 0, Tier.LG: 0, Tier.FULL: 0}


@given(total=st.integers(0, 10**12), eligible=st.integers(0, 10**6), profile=st.sampled_from(sorted(LARGE_SHARES)),
       sm=st.integers(0, 10**6), md=st.integers(0, 10**6))
def test_the_tiers_never_get_more_than_there_is(total, eligible, profile, sm, md):
    held = {Tier.SM: Held(sm, sm * 25_000), Tier.MD: Held(md, md * 400_000)}
    budgets = disk_budgets(total, profile, eligible, held)
    assert sum(budgets.values()) == total
    assert min(budgets.values()) >= 0


def test_a_tenth_of_the_free_disk_stays_with_the_user():
    assert disk_limit(used=0, free=1000) == 900
    assert disk_limit(used=900, free=100) == 900         # the same when it is full: filling it does not move the limit
