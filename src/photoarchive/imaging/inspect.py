"""Reads one batch of originals in a worker process: format, metadata, shape, average colour, sidecars.

One open per file. What cannot be read becomes an InspectFailure with its reason; it never ends the batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from photoarchive.core.facts import Facts, InspectFailure, Inspection
from photoarchive.core.paths import Original

__all__ = ["EXTRACTOR_VERSION", "Facts", "InspectFailure", "InspectItem", "Inspection"]

EXTRACTOR_VERSION = 1       # raise it when reading improves: every file is then read again


@dataclass(frozen=True, slots=True)
class InspectItem:
    """One file to read, with the sidecars that describe it."""

    file_id: int
    original: Original
    sidecars: tuple[Original, ...] = ()
    mtime_ns: int = 0
