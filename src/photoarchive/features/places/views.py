"""Shapes of the answers about places."""

from __future__ import annotations

import msgspec


class PlaceCount(msgspec.Struct):
    """One place of a list. value: for the filter `place`; image_id: a photo taken there; thumb_url: its
    picture, "" if none there can be read."""

    value: str
    label: str
    country: str
    region: str
    count: int
    image_id: int
    thumb_url: str


class PlaceList(msgspec.Struct):
    """Places of a view, the most frequent first. located: photos that have a location; nameless: of those, without a
    place that has a name; waiting: not looked up yet; total: photos of the view."""

    places: list[PlaceCount]
    located: int
    nameless: int
    waiting: int
    total: int


class DayPlaces(msgspec.Struct):
    """For each section of a view (its days, in order) a position in `names`, -1 where no name fits."""

    names: list[str]
    sections: list[int]
