"""The RAM cache against a plain model: least recently used goes first, each tier within its budget."""

from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from photoarchive.core.tiers import Tier
from photoarchive.imaging.memory_cache import OVERHEAD, MemoryCache, Picture

BUDGET = 10 * (100 + OVERHEAD)
steps = st.lists(
    st.tuples(st.sampled_from(["put", "get", "drop"]), st.integers(1, 15), st.integers(1, 300)), max_size=120)


@given(steps)
def test_it_behaves_like_a_list_ordered_by_use(moves):
    cache = MemoryCache({Tier.SM: BUDGET})
    model: OrderedDict[int, int] = OrderedDict()
    for verb, photo_id, size in moves:
        if verb == "put":
            cache.put(photo_id, Tier.SM, Picture(bytes(size), '"x"'))
            model.pop(photo_id, None)
            model[photo_id] = size + OVERHEAD
            while sum(model.values()) > BUDGET:
                model.popitem(last=False)
        elif verb == "get":
            found = cache.get(photo_id, Tier.SM)
            assert (found is not None) == (photo_id in model)
            if found is not None:
                assert len(found.data) + OVERHEAD == model[photo_id]
                model.move_to_end(photo_id)
        else:
            cache.drop([photo_id])
            model.pop(photo_id, None)
        count, used, budget = cache.usage()[Tier.SM]
        assert (count, used, budget) == (len(model), sum(model.values()), BUDGET)


def test_a_smaller_budget_takes_effect_at_once():
    cache = MemoryCache({Tier.SM: BUDGET, Tier.MD: BUDGET})
    for photo_id in range(10):
        cache.put(photo_id, Tier.SM, Picture(bytes(100), '"x"'))
    cache.resize({Tier.SM: BUDGET // 2})
    assert [photo_id for photo_id in range(10) if cache.holds(photo_id, Tier.SM)] == [5, 6, 7, 8, 9]
    cache.put(1, Tier.MD, Picture(bytes(100), '"x"'))
    assert not cache.holds(1, Tier.MD), "a tier without a budget keeps nothing"


def test_a_picture_larger_than_the_budget_is_not_kept_and_pushes_nothing_out():
    cache = MemoryCache({Tier.SM: BUDGET})
    cache.put(1, Tier.SM, Picture(bytes(100), '"x"'))
    cache.put(2, Tier.SM, Picture(bytes(BUDGET), '"x"'))
    assert cache.holds(1, Tier.SM)
    assert not cache.holds(2, Tier.SM)


def test_the_full_tier_is_never_held_in_ram():
    cache = MemoryCache({Tier.SM: BUDGET})
    cache.put(1, Tier.FULL, Picture(b"x", '"x"'))
    assert cache.get(1, Tier.FULL) is None
