"""Where a photo can be read now, and how to say that it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.preview_subjects import ACTIVE, Subject
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import NotFound, Unavailable


def places_to_read(files: Files, photo_id: int) -> list[Location]:
    """Files of a photo that should be there now, best first. Raises NotFound for an unknown photo."""
    return [place for place in files.locations(photo_id) if place.present and place.online and not place.removed]


def refuse_unreachable(subject: Subject, places: Sequence[Location], sources: SourceTable) -> None:
    """Raises Unavailable or NotFound, with the reason, if there is nowhere to read the photo."""
    if places:
        return
    if subject.is_gone:
        raise NotFound("The original is no longer where it was, and no preview of it was made in time.")
    if subject.state != ACTIVE:
        raise Unavailable(f"The source {subject.source_name} was removed from the catalog.")
    if not sources.is_online(subject.source_id):
        raise Unavailable(f"The drive with {subject.source_name} is not connected.", offline=True)
    raise NotFound("The original is no longer where it was, and no preview of it was made in time.")
