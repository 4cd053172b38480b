"""Points of a window of the map, drawn together where they would lie on each other. Pure.

The same rule as in the browser (js/features/map/clusters.js): cells of CELL_PX at the whole zoom step, a cluster stands
in the middle of its points, and a smaller one that would touch a larger one joins it.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Invalid

Array = npt.NDArray[Any]

TILE_PX = 512               # MapLibre: the world is this wide at zoom 0
CELL_PX = 64
APART_PX = 52               # circles nearer to each other than this are one
MAX_ZOOM = 22
MOST_CELLS = 100_000        # a window of 20,000 × 20,000 px


class Window(msgspec.Struct, frozen=True):
    """What the map shows: degrees, west ≤ east (east may be beyond 180), and the zoom of MapLibre."""

    west: float
    south: float
    east: float
    north: float
    zoom: int

    def __post_init__(self) -> None:
        if not (-90 <= self.south <= self.north <= 90 and self.west <= self.east):
            raise Invalid("bbox needs west and south before east and north.", field="bbox")


class Found(msgspec.Struct, frozen=True):
    """Points that are drawn as one. first: of its points the first in the order given; bounds: of them all."""

    lng: float
    lat: float
    count: int
    first: int
    bounds: tuple[float, float, float, float]       # west, south, east, north; may be beyond ±180 as the window is


def cluster(x: Array, y: Array, window: Window) -> tuple[list[Found], Array]:
    """Clusters of the points inside a window, the largest first, and the places of those points in the input.

    x, y (n,) float32 in the square of the world.
    """
    scale = TILE_PX * 2.0 ** window.zoom / CELL_PX          # cells the world is wide
    left, right = (window.west + 180) / 360, (window.east + 180) / 360
    top, bottom = _y_of(window.north), _y_of(window.south)
    if right - left >= 1:
        middle = (left + right) / 2
        left, right = middle - 0.5, middle + 0.5
    first_column, first_row = math.floor(left * scale), math.floor(top * scale)
    columns, rows = math.floor(right * scale) - first_column + 1, math.floor(bottom * scale) - first_row + 1
    if columns * rows > MOST_CELLS:
        raise Invalid("This part of the world is too large for that zoom.", field="zoom")
    turned = (x - np.float32(left % 1.0)) % np.float32(1.0) # x from the window's left edge, around the world
    inside = np.flatnonzero((turned <= np.float32(right - left)) & (y >= np.float32(top)) & (y <= np.float32(bottom)))
    if not len(inside):
        return [], inside
    px = turned[inside].astype(np.float64) + left
    py = y[inside].astype(np.float64)
    column = np.clip(np.floor(px * scale).astype(np.int64) - first_column, 0, columns - 1)
    row = np.clip(np.floor(py * scale).astype(np.int64) - first_row, 0, rows - 1)
    cell = row * columns + column
    return _summed(cell, px, py, (inside, columns * rows), scale * CELL_PX), inside


def _summed(
    cell: Array, px: Array, py: Array, of: tuple[Array, int], world_px: float
) -> list[Found]:
    """Cells → clusters. of: (the points' places in the input, how many cells); world_px: width of the world."""
    inside, cells = of
    counts = np.bincount(cell, minlength=cells)
    used = np.flatnonzero(counts)
    order = np.argsort(cell.astype(np.uint16) if cells <= 1 << 16 else cell, kind="stable")     # 16 bits: radix sort
    starts = np.concatenate([[0], np.cumsum(counts[used])])[:-1]
    sx, sy = px[order], py[order]
    sums = np.stack([np.add.reduceat(sx, starts), np.add.reduceat(sy, starts)])
    edges = np.stack([np.minimum.reduceat(sx, starts), np.minimum.reduceat(sy, starts),
                      np.maximum.reduceat(sx, starts), np.maximum.reduceat(sy, starts)])
    first = inside[order[starts]]
    return [
        Found(_lon(x / n), _lat(y / n), n, int(at), (_lon(west), _lat(south), _lon(east), _lat(north)))
        for x, y, n, at, (west, north, east, south) in merged(counts[used], sums, first, edges, APART_PX / world_px)
    ]


def merged(
    counts: Array, sums: Array, first: Array, edges: Array, apart: float
) -> list[tuple[float, float, int, int, tuple[float, float, float, float]]]:
    """Join what lies nearer than `apart` to something larger: (sum of x, sum of y, count, first, edges), largest first.

    counts, first (n,); sums (2, n); edges (4, n): west, north, east, south.
    """
    centre = sums / counts
    order = np.lexsort((first, -counts))
    cx, cy = centre[0][order], centre[1][order]
    taken = np.zeros(len(order), bool)
    found = []
    for place in range(len(order)):
        if taken[place]:
            continue
        near = ~taken & (np.abs(cx - cx[place]) < apart) & (np.abs(cy - cy[place]) < apart)
        near &= (cx - cx[place]) ** 2 + (cy - cy[place]) ** 2 < apart * apart
        near[place] = True
        taken |= near
        own = order[near]
        box = edges[:, own]
        found.append((float(sums[0, own].sum()), float(sums[1, own].sum()), int(counts[own].sum()),
                      int(first[own].min()), (float(box[0].min()), float(box[1].min()), float(box[2].max()),
                                              float(box[3].max()))))
    return sorted(found, key=lambda one: (-one[2], one[3]))


def _y_of(lat: float) -> float:
    if abs(lat) >= 85.0511287798066:
        return 0.0 if lat > 0 else 1.0
    return 0.5 - math.atanh(math.sin(math.radians(lat))) / (2 * math.pi)


def _lon(x: float) -> float:
    return x * 360 - 180


def _lat(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))
