"""Albums in views: the filter `album`, its counts, and the sort by an album's own order."""

from __future__ import annotations

import re

import numpy as np

from photoarchive.catalog.albums import AlbumMembers
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.facet_values import FacetValue
from photoarchive.catalog.query import Query
from photoarchive.core.errors import Invalid

FILTER = "album"            # also the name of the sort


class AlbumFilter:
    """Provider of the filter, the facet and the sort. Values are album ids; several mean any of them."""

    def __init__(self, members: AlbumMembers) -> None:
        self._members = members

    def revision(self) -> int:
        """Rises whenever an album changed."""
        return self._members.revision()

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos in any of the albums, a leader also for its parts. An album that is gone holds none."""
        mask = np.zeros(columns.rows, bool)
        for album_id in _ids(values):
            if album_id in self._members.names():
                shown = self._members.shown(album_id)
                mask[shown[shown < len(mask)]] = True
        return mask

    def facet(self, mask: Array) -> list[FacetValue]:
        """Every album and how many of the photos of the mask (rows,) it holds."""
        found = []
        for album_id, name in self._members.names().items():
            shown = self._members.shown(album_id)
            count = int(np.count_nonzero(mask[shown[shown < len(mask)]]))
            found.append(FacetValue(str(album_id), name, count))
        return found

    def arrange(self, query: Query, mask: Array, descending: bool) -> Array:
        """The photos of the mask in the order of the album that the query names. Raises Invalid without one."""
        albums = _ids(tuple(value for name, value in query.further if name == FILTER))
        if len(albums) != 1:
            raise Invalid("Sorting by album order needs the filter album with exactly one album.", field="sort")
        shown = self._members.shown(albums[0])
        shown = shown[shown < len(mask)]
        ordered = shown[mask[shown]]
        return ordered[::-1].copy() if descending else ordered


def _ids(values: tuple[str, ...]) -> list[int]:
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    for part in parts:
        if not re.fullmatch(r"[0-9]{1,9}", part):
            raise Invalid(f"album must be the number of an album, not “{part}”.", field=FILTER)
    return list(dict.fromkeys(int(part) for part in parts))
