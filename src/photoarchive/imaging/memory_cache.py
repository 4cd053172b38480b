"""Previews in RAM, ready to be sent: least recently used goes first, each tier in its own share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from photoarchive.core.tiers import PREVIEW_TIERS, Tier

OVERHEAD = 200          # bytes an entry costs beside its picture


class Picture(msgspec.Struct, frozen=True):
    """An encoded picture and what the browser is told of it."""

    data: bytes
    etag: str           # with its quotes
    media_type: str = "image/jpeg"


class _Shelf:
    """One tier. Guarded by the cache's lock."""

    def __init__(self) -> None:
        self.pictures: OrderedDict[int, Picture] = OrderedDict()
        self.bytes = 0
        self.budget = 0

    def put(self, photo_id: int, picture: Picture) -> None:
        self.drop(photo_id)
        cost = len(picture.data) + OVERHEAD
        if cost <= self.budget:
            self.pictures[photo_id] = picture
            self.bytes += cost
            self.trim()

    def drop(self, photo_id: int) -> None:
        picture = self.pictures.pop(photo_id, None)
        if picture is not None:
            self.bytes -= len(picture.data) + OVERHEAD

    def trim(self) -> None:
        while self.bytes > self.budget:
            _, picture = self.pictures.popitem(last=False)
            self.bytes -= len(picture.data) + OVERHEAD


class MemoryCache:
    """sm, md and lg previews by photo id. Thread-safe; every call takes microseconds."""

    def __init__(self, budgets: Mapping[Tier, int]) -> None:
        self._lock = threading.Lock()
        self._shelves = {tier: _Shelf() for tier in PREVIEW_TIERS}
        self.resize(budgets)

    def get(self, photo_id: int, tier: Tier) -> Picture | None:
        """The picture, which now counts as used; None if it is not here."""
        shelf = self._shelves.get(tier)
        if shelf is None:
            return None
        with self._lock:
            picture = shelf.pictures.get(photo_id)
            if picture is not None:
                shelf.pictures.move_to_end(photo_id)
            return picture

    def holds(self, photo_id: int, tier: Tier) -> bool:
        """Whether a picture is here; does not count as use."""
        shelf = self._shelves.get(tier)
        return shelf is not None and photo_id in shelf.pictures

    def put(self, photo_id: int, tier: Tier, picture: Picture) -> None:
        """Keep a picture, in the place of an older one; what was used longest ago makes room."""
        shelf = self._shelves.get(tier)
        if shelf is not None:
            with self._lock:
                shelf.put(photo_id, picture)

    def drop(self, photo_ids: Iterable[int], tiers: Iterable[Tier] = PREVIEW_TIERS) -> None:
        """Forget pictures that are no longer right."""
        shelves = [self._shelves[tier] for tier in tiers if tier in self._shelves]
        with self._lock:
            for photo_id in photo_ids:
                for shelf in shelves:
                    shelf.drop(photo_id)

    def clear(self, tiers: Iterable[Tier] = PREVIEW_TIERS) -> None:
        """Forget whole tiers."""
        with self._lock:
            for tier in tiers:
                if tier in self._shelves:
                    self._shelves[tier].pictures.clear()
                    self._shelves[tier].bytes = 0

    def resize(self, budgets: Mapping[Tier, int]) -> None:
        """Other budgets, in bytes per tier, from now on."""
        with self._lock:
            for tier, shelf in self._shelves.items():
                shelf.budget = budgets.get(tier, 0)
                shelf.trim()

    def usage(self) -> dict[Tier, tuple[int, int, int]]:
        """Per tier: pictures, bytes, budget."""
        with self._lock:
            return {tier: (len(shelf.pictures), shelf.bytes, shelf.budget) for tier, shelf in self._shelves.items()}
