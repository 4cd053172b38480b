"""Photos that look like one photo, like several, or like a part of one: the nearest look vectors of the daily model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photoarchive.catalog.view import ScoredSet


@dataclass(frozen=True)
class Region:
    """A part of a picture, as fractions of its width and height from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Similar:
    """Finds look-alikes. Thread-safe."""

    def to(self, photo_ids: Sequence[int], region: Region | None = None, limit: int = 200) -> ScoredSet:
        """The photos that look most like these (those left out), best first; scores are cosines.

        region: of the one photo asked for. Raises NotFound for an unknown photo, Conflict while it has no vector,
        Invalid for no photo, or a region of several.
        """
        raise NotImplementedError
