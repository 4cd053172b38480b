"""All tags of one photo: read from the file when it can be reached, else as they were read last."""

from __future__ import annotations

import logging

from photoarchive.catalog.database import Database
from photoarchive.catalog.details import Details
from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.paths import Original
from photoarchive.features.metadata.views import ExifAnswer
from photoarchive.imaging.beside import match_sidecars
from photoarchive.imaging.inspect import all_tags
from photoarchive.work.pool import Pool

log = logging.getLogger(__name__)

LIVE_SECONDS = 10.0         # a person waits: after this the catalog answers


class MetadataService:
    """Answers what a photo's file says. Thread-safe; blocks while the file is read."""

    def __init__(self, db: Database, sources: SourceTable, pool: Pool) -> None:
        self._details, self._files = Details(db), Files(db)
        self._sources, self._pool = sources, pool

    def exif(self, photo_id: int) -> ExifAnswer:
        """Every tag of a photo as readable text. Raises NotFound for an unknown photo."""
        stored = self._details.tags(photo_id)
        reason = "The file is not connected."
        for place in self._files.locations(photo_id):
            if not place.present or place.removed or not self._sources.is_online(place.source_id):
                continue
            try:
                return ExifAnswer(self._read(place), live=True)
            except PhotoArchiveError as error:
                log.info("Tags of photo %d come from the catalog: %s", photo_id, error.sentence)
                reason = error.sentence
        return ExifAnswer(stored, live=False, reason=reason)

    def _read(self, place: Location) -> dict[str, str]:
        folder, _, name = place.original.relpath.rpartition(b"/")
        beside = match_sidecars([name, *self._details.sidecar_names(place.file_id)])
        sidecars = tuple(Original(place.original.root, folder + b"/" + one if folder else one)
                         for one in beside.get(name, ()))
        task = self._pool.submit(all_tags, place.original, sidecars, urgent=True, timeout=LIVE_SECONDS,
                                 device=self._sources.device_of(place.source_id))
        return task.result()
