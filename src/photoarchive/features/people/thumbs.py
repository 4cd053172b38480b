"""Small square pictures of faces, cut from cached previews. Keeps the last ones in memory; never reads an original."""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.demo_marker import demo_source_ids
from photoarchive.core.errors import NotFound
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PreviewCache

KEPT_BYTES = 24 << 20
LEAST_PIXELS = 96           # of a face in sm: below, a larger preview is taken


class FaceThumb(msgspec.Struct, frozen=True):
    """A finished picture: JPEG."""

    data: bytes
    etag: str


class FaceThumbs:
    """Makes and keeps them. Thread-safe."""

    def __init__(self, db: Database, cache: PreviewCache) -> None:
        self._db, self._cache = db, cache
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, face_id: int, side: int) -> FaceThumb:
        """The face in a square of side × side pixels. Raises NotFound: no such face, or no preview of its photo."""
        row = self._db.read().execute("SELECT photo_id, x, y, w, h FROM faces WHERE id = ? AND shown = 1",
                                      (face_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no face with the id {face_id}.")
        photo_id, box = row[0], (row[1], row[2], row[3], row[4])
        files = self._cache.previews.files(photo_id)
        for tier in self._tiers(side, max(box[2], box[3])):
            file = files.get(tier)
            if file is None:
                continue
            etag = f'"{face_id}-{side}-{file.version.hex()}-{tier}-{hash(box) & 0xFFFFFFFF:x}"'
            kept = self._find(etag)
            if kept is not None:
                return FaceThumb(kept, etag)
            picture = self._cache.find(photo_id, tier, file.version)
            if picture is not None:
                from photoarchive.imaging.crops import thumbnail

                made = thumbnail(picture.data, box, side)
                self._keep(etag, made)
                return FaceThumb(made, etag)
        return FaceThumb(self._drawn(photo_id, box, side), f'"{face_id}-{side}-drawn"')

    def _drawn(self, photo_id: int, box: tuple[float, float, float, float], side: int) -> bytes:
        """The same of a demonstration photo that has no file. Raises NotFound for others."""
        row = self._db.read().execute("SELECT source_id FROM photos WHERE id = ?", (photo_id,)).fetchone()
        if row is None or row[0] not in demo_source_ids(self._db):
            raise NotFound("There is no preview of this photo yet.")
        from photoarchive.imaging.crops import thumbnail
        from photoarchive.imaging.scenery import placeholder

        return thumbnail(placeholder(photo_id, 400, 300), box, side)

    def _tiers(self, side: int, share: float) -> tuple[Tier, ...]:
        """Previews to cut from, the one that suits first: a small one where the face fills it."""
        if share * 400 >= min(side, LEAST_PIXELS):
            return Tier.SM, Tier.MD, Tier.LG
        return Tier.MD, Tier.LG, Tier.SM

    def _find(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: str, data: bytes) -> None:
        with self._lock:
            self._bytes += len(data) - len(self._kept.pop(key, b""))
            self._kept[key] = data
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
