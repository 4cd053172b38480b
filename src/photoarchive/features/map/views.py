"""Shapes of the map's answers."""

from __future__ import annotations

import msgspec


class Cluster(msgspec.Struct):
    """Photos drawn as one. id: the first of them in the order of the view; bounds: west, south, east, north."""

    lng: float
    lat: float
    count: int
    id: int
    bounds: list[float]


class Clusters(msgspec.Struct):
    """What a window shows, the largest first. shown: photos in the window; image_ids: the first of them in the order
    of the view; located: photos of the view on the map; unreadable: of the photos named those without a picture."""

    clusters: list[Cluster]
    shown: int
    image_ids: list[int]
    located: int
    unreadable: list[int]
