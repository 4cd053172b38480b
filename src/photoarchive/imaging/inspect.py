"""The door to reading originals in worker processes: what to read, in batches that no single file can end.

Light to import: the server hands these functions to the pool and never loads the libraries behind them (`reading`).
"""

from __future__ import annotations

import logging

import msgspec

from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable
from photoarchive.core.facts import Blame, Facts, InspectFailure, Inspection
from photoarchive.core.paths import Original
from photoarchive.imaging.probe import canonical_extension
from photoarchive.imaging.text import readable

__all__ = ["EXTRACTOR_VERSION", "Facts", "InspectFailure", "InspectItem", "Inspection", "inspect_batch"]

log = logging.getLogger(__name__)

EXTRACTOR_VERSION = 2       # raise it when reading improves: every file is then read again (2: motion photos)


class InspectItem(msgspec.Struct, frozen=True):
    """One file to read, with the sidecars that describe it, the most specific first."""

    file_id: int
    original: Original
    sidecars: tuple[Original, ...] = ()
    stamp: int = 0                  # handed through to the answer


def inspect_batch(items: list[InspectItem]) -> list[Inspection | InspectFailure]:
    """Read every item; the answers are in the same order. Never raises for the sake of one file."""
    return [_inspect_safely(item) for item in items]


def all_tags(original: Original, sidecars: tuple[Original, ...] = ()) -> dict[str, str]:
    """Every tag of a file and its sidecars as readable text. Raises Unreadable, NotFound, Unavailable."""
    from photoarchive.imaging.reading import read_tags_of

    return read_tags_of(original, sidecars)


def failure(item: InspectItem, reason: str, blame: Blame = Blame.FILE) -> InspectFailure:
    """The answer for a file that could not be read."""
    return InspectFailure(item.file_id, readable(reason), canonical_extension(item.original.relpath), blame, item.stamp)


def _inspect_safely(item: InspectItem) -> Inspection | InspectFailure:
    from photoarchive.imaging.reading import read_item

    try:
        return read_item(item)
    except NotFound as error:
        return failure(item, error.sentence, Blame.GONE)
    except Unavailable as error:
        return failure(item, error.sentence, Blame.DRIVE)
    except PhotoArchiveError as error:
        return failure(item, error.sentence)
    except Exception as error:   # one hostile file must not cost the batch; the reason is kept with it
        log.warning("Reading %s failed", item.original.display(), exc_info=True)
        return failure(item, f"The file could not be read ({type(error).__name__}: {error}).")
