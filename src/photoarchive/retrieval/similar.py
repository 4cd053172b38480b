"""Photos that look like one photo, like several, or like a part of one: the nearest look vectors of the daily model."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import MISSING, UNREADABLE, Array
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import ScoredSet, Views
from photoarchive.core.errors import Conflict, Invalid, NotFound
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.miniature import part_of
from photoarchive.ml.embedder import Vectors, unit_rows
from photoarchive.ml.host import ModelHost
from photoarchive.ml.vectors import VectorStore

MOST_ASKED = 200            # photos one question may name
LEAST_PART = 0.02           # of width and height: less is a few pixels of the preview
NOT_YET = "has not been looked at yet. The Work panel shows how far that is."
NEVER = "This photo cannot be read, so nothing can be found that looks like it."


class Region(msgspec.Struct, frozen=True):
    """A part of a picture, as fractions of its width and height from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Similar:
    """Finds look-alikes. Thread-safe."""

    def __init__(self, views: Views, store: VectorStore, host: ModelHost, cache: PreviewCache) -> None:
        self._views, self._store, self._host, self._cache = views, store, host, cache

    @property
    def model(self) -> str:
        """Key of the vectors photos are compared by now."""
        return self._host.look_key()

    @property
    def revision(self) -> int:
        """Rises when an answer may have changed."""
        return self._store.index(self.model).revision + self._views.columns.revision("state", "bits", "leader")

    @property
    def threshold(self) -> float:
        """Two photos this alike are called similar."""
        return self._host.look_calibration().similar

    def among(self, photo_ids: Sequence[int], left: Array | None) -> ScoredSet:
        """The photos most like these among those of a mask (rows,); None: among all. Raises as to().

        The first look-alikes of everything would hold next to nothing of what words and filters leave.
        """
        return self.to(photo_ids, left=left)

    def to(
        self, photo_ids: Sequence[int], region: Region | None = None, limit: int = 200, left: Array | None = None
    ) -> ScoredSet:
        """The photos that look most like these (those left out), best first; scores are cosines.

        region: of the one photo asked for. left: (rows,) photos to look among; None: all. Raises NotFound for an
        unknown photo, Conflict while it has no vector, Invalid for no photo, too many, or a region of several or
        outside of the picture.
        """
        asked = self._known(photo_ids)
        model = self.model
        if region is not None:
            model, query = self._of_part(asked, region)
        else:
            query = self._of_photos(asked, model)
        index = self._store.index(model)
        with self._views.columns.lock:
            allowed = self._views.masks.base(Query()).copy()
        allowed[asked[asked < len(allowed)]] = False
        if left is not None:
            allowed[len(left):] = False
            allowed[:len(left)] &= left[:len(allowed)]
        ids, scores = index.top(query, limit, allowed)
        among = "all" if left is None else hash(allowed.tobytes())
        return ScoredSet(ids, scores, f"similar {model} {index.revision} {asked.tolist()} {region} {limit} {among}")

    def _known(self, photo_ids: Sequence[int]) -> Array:
        if not 0 < len(photo_ids) <= MOST_ASKED:
            raise Invalid(f"Ask for look-alikes of 1 to {MOST_ASKED} photos.", field="ids")
        columns = self._views.columns
        for photo in photo_ids:
            if not 0 < photo < columns.rows or columns["state"][photo] > MISSING:
                raise NotFound(f"There is no photo with the id {photo}.")
        asked = np.array(photo_ids, np.int64)
        leader = columns["leader"][asked]
        return np.where(leader > 0, leader, asked)

    def _of_photos(self, asked: Array, model: str) -> Vectors:
        """The mean direction of photos (d,)."""
        vectors = self._store.index(model).vectors(asked)
        vectors = vectors[np.abs(vectors).max(axis=1, initial=0.0) > 0]
        if not len(vectors):
            self._refuse_unreadable(asked)
            raise Conflict(f"This photo {NOT_YET}" if len(asked) == 1 else f"None of these photos {NOT_YET}")
        mean: Vectors = unit_rows(vectors.mean(axis=0, keepdims=True))[0]
        return mean

    def _refuse_unreadable(self, asked: Array) -> None:
        """Raise Conflict if there is one photo, of which there will be no picture: waiting does not help."""
        if len(asked) == 1 and self._views.columns["bits"][asked[0]] & UNREADABLE:
            raise Conflict(NEVER)

    def _of_part(self, asked: Array, region: Region) -> tuple[str, Vectors]:
        """The look of a part of a photo, taken now; and the model that took it."""
        if len(asked) != 1:
            raise Invalid("A part can be looked for in one photo only.", field="region")
        if (min(region.left, region.top) < 0 or min(region.width, region.height) < LEAST_PART
                or region.left + region.width > 1.0001 or region.top + region.height > 1.0001):
            raise Invalid("region must lie within the picture: left, top, width and height as fractions of it, at "
                          f"least {LEAST_PART:g} wide and high.", field="region")
        preview = self._cache.find(int(asked[0]), Tier.MD) or self._cache.find(int(asked[0]), Tier.SM)
        if preview is None:
            self._refuse_unreadable(asked)
            raise Conflict("This photo has no preview yet, so a part of it cannot be looked for.")
        part = part_of(preview.data, region.left, region.top, region.width, region.height)
        embedder = self._host.daily()
        sight = embedder.look_at([part])
        return embedder.look_key, (sight.vectors if sight.looks is None else sight.looks)[0]
