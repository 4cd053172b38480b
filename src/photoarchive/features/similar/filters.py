"""Duplicates in views: the filters `is=duplicate` and `duplicates` (with its counts)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.columns import Columns
from photoarchive.catalog.facet_values import FacetValue
from photoarchive.core.errors import Invalid
from photoarchive.retrieval.groups import DuplicateGroups, Groups

Array = npt.NDArray[Any]

LABELS = {
    "hide": "Keepers only", "open": "To review", "same": "Same picture", "near": "Nearly the same", "burst": "Bursts",
}


class IsDuplicate:
    """Provider of is=duplicate: photos that share a group with others."""

    def __init__(self, groups: DuplicateGroups) -> None:
        self._groups = groups

    def revision(self) -> int:
        """Rises whenever groups changed."""
        return self._groups.revision()

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos of groups."""
        return _marked(self._groups.all().photos, columns.rows)


class AlikeFilter:
    """Provider of `duplicates`: hide (of each group only the keeper), open, same, near, burst; several: any of them."""

    def __init__(self, groups: DuplicateGroups) -> None:
        self._groups = groups

    def revision(self) -> int:
        """Rises whenever groups or keepers changed."""
        return self._groups.revision()

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) the photos of any of the values."""
        chosen = list(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))
        for value in chosen:
            if value not in LABELS:
                raise Invalid(f"duplicates cannot be “{value}”. It is one of {', '.join(LABELS)}.", field="duplicates")
        groups = self._groups.all()
        mask = np.zeros(columns.rows, bool)
        for value in chosen:
            mask |= _mask_of(groups, value, columns.rows)
        return mask

    def facet(self, mask: Array) -> list[FacetValue]:
        """Every value and how many of the photos of the mask (rows,) it would show. None where there is no group."""
        groups = self._groups.all()
        if not len(groups):
            return []
        return [FacetValue(value, label, int(np.count_nonzero(mask & _mask_of(groups, value, len(mask)))))
                for value, label in LABELS.items()]


def _mask_of(groups: Groups, value: str, rows: int) -> Array:
    if value == "hide":
        hidden = np.ones(len(groups.photos), bool)
        hidden[groups.starts[:-1]] = False
        return ~_marked(groups.photos[hidden], rows)
    wanted = ~groups.settled if value == "open" else groups.kind == ("same", "near", "burst").index(value)
    return _marked(groups.photos[np.repeat(wanted, np.diff(groups.starts))], rows)


def _marked(photos: Array, rows: int) -> Array:
    mask = np.zeros(rows, bool)
    mask[photos[photos < rows]] = True
    return mask


