"""Cells of about equal size over the globe, to find what lies near many points at once. Pure.

Rows of latitude are divided into as many columns as fit, so a cell is nowhere narrower than it is high. Each row has
its last column once more before the first, and its first after the last: what lies around a point is then one run of
cells per row, at the antimeridian too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

KM_PER_DEGREE = 111.195     # mean earth radius 6,371.0 km


class Cells:
    """Cells `degrees` high; `km` is the distance from any point within which its neighbourhood holds everything."""

    def __init__(self, degrees: float) -> None:
        self.rows = round(180 / degrees)
        self.degrees = 180 / self.rows
        self.km = self.degrees * KM_PER_DEGREE
        edges = np.abs(np.arange(self.rows + 1) * self.degrees - 90)
        narrowest = np.cos(np.radians(np.maximum(edges[:-1], edges[1:])))
        self.columns = np.maximum(1, np.floor(360 * narrowest / self.degrees)).astype(np.int64)
        self.first = np.concatenate([[0], np.cumsum(self.columns + 2)])    # cell of the extra column of each row
        self.count = int(self.first[-1])

    def row_of(self, lat: Array) -> Array:
        """(n,) rows from the south."""
        return np.clip(((lat + 90) / self.degrees).astype(np.int64), 0, self.rows - 1)

    def column_of(self, row: Array, lon: Array) -> Array:
        """(n,) columns within these rows; -180 and 180 are the same meridian."""
        columns = self.columns[row]
        found = ((lon + 180) / 360 * columns).astype(np.int64)
        return np.where(found >= columns, 0, np.maximum(found, 0))

    def cell_of(self, lat: Array, lon: Array) -> Array:
        """(n,) cells."""
        row = self.row_of(lat)
        return np.asarray(self.first[row] + 1 + self.column_of(row, lon))

    def twins(self, lat: Array, lon: Array) -> tuple[Array, Array, Array]:
        """The points that lie in an extra column too: places among the points, cells, degrees to shift them east."""
        row = self.row_of(lat)
        column = self.column_of(row, lon)
        west = np.flatnonzero(column == 0)
        east = np.flatnonzero(column == self.columns[row] - 1)
        cells = np.concatenate([self.first[row[west]] + self.columns[row[west]] + 1, self.first[row[east]]])
        return np.concatenate([west, east]), cells, np.repeat([360.0, -360.0], [len(west), len(east)])

    def around(self, lat: Array, lon: Array) -> tuple[Array, Array]:
        """The neighbourhood of each point: (n, 3) first cells and (n, 3) cells after the last, a run for each row."""
        middle = self.row_of(lat)
        rows = middle[:, None] + np.array([-1, 0, 1])
        real = (rows >= 0) & (rows < self.rows)
        rows = np.clip(rows, 0, self.rows - 1)
        start = self.first[rows] + self.column_of(rows, np.broadcast_to(lon[:, None], rows.shape))
        return start, np.where(real, start + 3, start)


class CellIndex:
    """Points by the cell they lie in. lat, lon (m,) and points (m,): in order of cells, twins shifted by a turn.

    members (k,): only these of the points.
    """

    def __init__(self, degrees: float, lat: Array, lon: Array, members: Array | None = None) -> None:
        members = np.arange(len(lat)) if members is None else members
        lat, lon = lat[members], lon[members]
        self.cells = Cells(degrees)
        twins, twin_cells, shifts = self.cells.twins(lat, lon)
        cell = np.concatenate([self.cells.cell_of(lat, lon), twin_cells])
        order = np.argsort(cell, kind="stable")
        near = np.concatenate([np.arange(len(lat)), twins])[order]
        self.points = members[near].astype(np.int32)
        self.lat = lat[near].astype(np.float32)
        self.lon = np.concatenate([lon, lon[twins] + shifts])[order].astype(np.float32)
        self.starts = np.searchsorted(cell[order], np.arange(self.cells.count + 1)).astype(np.int32)

    def runs(self, lat: Array, lon: Array) -> tuple[Array, Array]:
        """(n, 3) and (n, 3): where in the order of cells the neighbours of each point begin and end."""
        first, after = self.cells.around(lat, lon)
        return self.starts[first], self.starts[after]


def distances(lat: Array, lon: Array, other_lat: Array, other_lon: Array) -> Array:
    """Kilometres between points that are at most some hundred kilometres apart (equirectangular: error below 1 %)."""
    east = ((lon - other_lon + 540) % 360 - 180) * np.cos(np.radians(lat))
    return np.asarray(np.hypot(east, lat - other_lat) * KM_PER_DEGREE)
