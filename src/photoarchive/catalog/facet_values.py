"""Values of filters with counts, and what a filter that is registered from elsewhere says to have them counted."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from photoarchive.catalog.column_layout import Array


class FacetValue(msgspec.Struct, frozen=True):
    """One value of a filter: as a parameter, for a person, and how many photos it would show."""

    value: str
    label: str
    count: int


@runtime_checkable
class CountedFilter(Protocol):
    """A registered filter (see masks.FilterProvider) that has values to choose from."""

    def facet(self, mask: Array) -> list[FacetValue]:
        """All its values and how many of the photos of the mask (rows,) each would show."""
        ...


@runtime_checkable
class LongFilter(CountedFilter, Protocol):
    """One with so many values that only the first are listed; facets.FacetCounter finds the others."""

    def listed(self, mask: Array) -> tuple[list[FacetValue], int]:
        """The first values of `facet`, and how many more there are."""
        ...

    def folded(self, name: str) -> str:
        """The label of a value, or a part of one as it is typed, for comparing them."""
        ...
