"""Clusters of a window: nothing is lost or counted twice, wherever the window lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.core.errors import Invalid
from photoarchive.features.map.clusters import APART_PX, TILE_PX, Window, cluster
from photoarchive.features.map.service import UNDATED_DAY, mercator_x, mercator_y, of_year, years_of

points = st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180)), min_size=1, max_size=60)


def square(places: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    lat, lon = np.array(places).T
    return mercator_x(lon), mercator_y(lat)


@given(points, st.integers(0, 5), st.floats(-400, 400))
@settings(max_examples=60, deadline=None)
def test_the_whole_world_shows_every_photo_once_wherever_it_is_cut(places, zoom, west):
    x, y = square(places)
    found, inside = cluster(x, y, Window(west, -90, west + 360, 90, zoom))
    assert sorted(inside.tolist()) == list(range(len(places)))
    assert sum(one.count for one in found) == len(places)
    assert len({one.first for one in found}) == len(found)
    for one in found:
        box_west, south, east, north = one.bounds
        assert west - 1e-3 <= box_west <= one.lng + 1e-6 <= east + 2e-6 <= west + 360 + 1e-3
        assert south - 1e-6 <= one.lat <= north + 1e-6


@given(points, st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_circles_do_not_lie_on_each_other_after_joining(places, zoom):
    """At least from the larger one's view: what was nearer to it than a circle has joined it."""
    x, y = square(places)
    found, _ = cluster(x, y, Window(-180, -90, 180, 90, zoom))
    singles = [one for one in found if one.count == 1]
    world = TILE_PX * 2**zoom
    for place, one in enumerate(singles):
        for other in singles[place + 1:]:
            ax, ay = (one.lng + 180) / 360 * world, float(mercator_y(np.array([one.lat]))[0]) * world
            bx, by = (other.lng + 180) / 360 * world, float(mercator_y(np.array([other.lat]))[0]) * world
            assert np.hypot(ax - bx, ay - by) >= APART_PX - 1


def test_a_window_across_the_antimeridian_joins_both_sides():
    """Fiji: 179.9 east and 179.9 west are neighbours; from a map dragged east and one dragged west."""
    x, y = square([(-17, 179.9), (-17, -179.9), (50, 8)])
    for window in (Window(170, -30, 190, 0, 3), Window(-190, -30, -170, 0, 3)):
        found, inside = cluster(x, y, window)
        assert sorted(inside.tolist()) == [0, 1]
        assert [one.count for one in found] == [2]
        assert window.west <= found[0].lng <= window.east
        assert abs(abs((found[0].lng + 180) % 360 - 180) - 180) < 0.01


def test_poles_lie_on_the_edge_and_null_island_in_the_middle():
    x, y = square([(90, 0), (-90, 0), (0, 0)])
    assert y.tolist() == [0.0, 1.0, 0.5]
    _, inside = cluster(x, y, Window(-180, -90, 180, 90, 1))
    assert len(inside) == 3


def test_a_hundred_thousand_photos_of_one_spot_are_one_cluster_at_every_zoom():
    x, y = square([(47.5, 8.25)] * 100_000)
    for zoom in (0, 7, 14, 22):
        wide = 400 / 2**zoom
        window = Window(8.25 - wide, max(-90, 47.5 - wide), 8.25 + wide, min(90, 47.5 + wide), zoom)
        found, inside = cluster(x, y, window)
        assert [(one.count, one.first) for one in found] == [(100_000, 0)]
        assert len(inside) == 100_000


def test_the_first_photo_of_the_view_stands_for_its_cluster():
    x, y = square([(10, 10), (10.001, 10.001), (10.002, 10), (-40, 100)])
    found, _ = cluster(x, y, Window(-180, -90, 180, 90, 2))
    assert [(one.count, one.first) for one in found] == [(3, 0), (1, 3)]


def test_a_window_that_cannot_be_drawn_is_refused():
    with pytest.raises(Invalid):
        Window(10, 20, 5, 30, 3)
    x, y = square([(0, 0)])
    with pytest.raises(Invalid):
        cluster(x, y, Window(-180, -85, 180, 85, 20))


def test_years_are_counted_by_local_days():
    days = np.array([-1, 0, 364, 365, UNDATED_DAY, 18_628], np.int32)
    assert years_of(days) == [(1969, 1), (1970, 2), (1971, 1), (2021, 1)]
    assert of_year(days, 1970).tolist() == [False, True, True, False, False, False]
