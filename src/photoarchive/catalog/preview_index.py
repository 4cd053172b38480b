"""Which photo has which preview, as numpy bits by photo id: so that "how many are missing" costs a millisecond at 1 M.

A copy of what `previews`, `photos` and `preview_failures` say, filled in the background and kept current: changes of
the manifest arrive at once (`catalog.previews.Changes`), changes of photos within a tenth of a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.demo_marker import demo_source_ids
from photoarchive.catalog.preview_rows import Rows, read_rows
from photoarchive.catalog.preview_subjects import ACTIVE
from photoarchive.catalog.previews import NUMBER, CacheFile, Changes, Failure, Previews
from photoarchive.core.tiers import Tier

log = logging.getLogger(__name__)

CHUNK = 20_000              # rows read between two breaths
SETTLE_SECONDS = 0.05       # changes of one moment are read together
RETRY_SECONDS = 5.0
GROWTH = 1.5

BIT = {tier: np.uint8(1 << number) for tier, number in NUMBER.items()}
ELIGIBLE, FAILED = np.uint8(1), np.uint8(2)

Bits = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.uint32]
VersionsChanged = Callable[[Sequence[int]], None]


class Count(msgspec.Struct, frozen=True):
    """Files of one tier that show the present content. stale: of those, made with another size or quality."""

    files: int
    stale: int


class PreviewIndex(Changes):
    """The bits. Thread-safe."""

    def __init__(self, db: Database, previews: Previews, recipes: Callable[[], Mapping[Tier, int]]) -> None:
        self._db, self._recipes_now = db, recipes
        self._recipes: Mapping[Tier, int] = {}
        self._lock = threading.RLock()
        self._read_lock = threading.Lock()
        self._wake = threading.Condition()
        self._dirty: list[npt.NDArray[np.uint32]] = []
        self._everything = True
        self._busy = self._closed = False
        self._listeners: list[VersionsChanged] = []
        self.ready = threading.Event()
        self.revision = 0               # rises with every change
        self._counts: tuple[int, dict[Hashable, int]] = (-1, {})        # at a revision
        self._reading = False           # rows are being read, which may be older than
        self._news: list[Callable[[], None]] = []       # the news of the manifest that came meanwhile
        self._allocate(1024)
        previews.listen(self)
        db.after_commit(self._note)
        self._thread = threading.Thread(target=self._follow, name="preview-index", daemon=True)

    def start(self) -> None:
        """Load in the background, then follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def on_new_version(self, listener: VersionsChanged) -> None:
        """Tell of photos whose original now has another content."""
        self._listeners.append(listener)

    # ------------------------------------------------------------------ questions

    def has(self, photo_id: int, tier: Tier) -> bool:
        """Whether the cache holds this tier of the photo's present content, as far as is known."""
        return photo_id < len(self._cached) and bool(self._cached[photo_id] & BIT[tier])

    def holding(self, tiers: Tier | Sequence[Tier]) -> tuple[Ids, npt.NDArray[np.uint64]]:
        """Photos of whose present content the cache has this tier, or one of these; and that content: (n,), (n,)."""
        with self._lock:
            ids = np.flatnonzero(self._holding(tiers)).astype(np.uint32)
            return ids, self._version[ids]

    def holding_count(self, tier: Tier) -> int:
        """How many those are of one tier. Remembered until something changes."""
        return self._counted(tier, lambda: self._holding(tier))

    def eligible(self) -> int:
        """How many photos should have previews."""
        with self._lock:
            return int(np.count_nonzero(self._state & ELIGIBLE))

    def failed_count(self) -> int:
        """Of those, how many cannot be shown."""
        with self._lock:
            return int(np.count_nonzero(self._state == ELIGIBLE | FAILED))

    def count(self, tier: Tier) -> Count:
        """Files of one tier, of photos that should have them."""
        with self._lock:
            cached = self._holding(tier)
            return Count(int(np.count_nonzero(cached)), int(np.count_nonzero(cached & (self._stale & BIT[tier] != 0))))

    def lacking(self, tiers: Sequence[Tier], offline: Sequence[int], *, refresh_stale: bool) -> Ids:
        """Photos that lack one of the tiers and can get it: eligible, not failed, of a source that is there."""
        with self._lock:
            return np.flatnonzero(self._lacking(tiers, offline, refresh_stale=refresh_stale)).astype(np.uint32)

    def lacks(self, photo_id: int, tiers: Sequence[Tier], *, refresh_stale: bool) -> bool:
        """The same of one photo, whether or not its source is there."""
        with self._lock:
            if photo_id >= len(self._state) or self._state[photo_id] != ELIGIBLE:
                return False
            wanted = _bits(tiers)
            good = self._cached[photo_id] & ~(self._stale[photo_id] if refresh_stale else np.uint8(0))
            return bool(good & wanted != wanted)

    def lacking_count(self, tiers: Sequence[Tier], offline: Sequence[int], *, refresh_stale: bool) -> int:
        """How many those are. Remembered until something changes."""
        return self._counted((tuple(tiers), tuple(offline), refresh_stale),
                             lambda: self._lacking(tiers, offline, refresh_stale=refresh_stale))

    def source_of(self, photo_id: int) -> int:
        """The source of a photo; 0 for an unknown one."""
        return int(self._source[photo_id]) if photo_id < len(self._source) else 0

    def folders_of(self, ids: Ids) -> npt.NDArray[np.uint32]:
        """The folder of each photo."""
        with self._lock:
            return self._folder[ids]

    def _counted(self, key: Hashable, find: Callable[[], npt.NDArray[np.bool_]]) -> int:
        with self._lock:
            if self._counts[0] != self.revision:
                self._counts = (self.revision, {})
            counts = self._counts[1]
            if key not in counts:
                counts[key] = int(np.count_nonzero(find()))
            return counts[key]

    def _holding(self, tiers: Tier | Sequence[Tier]) -> npt.NDArray[np.bool_]:
        wanted = BIT[tiers] if isinstance(tiers, Tier) else _bits(tiers)
        mask: npt.NDArray[np.bool_] = (self._cached & wanted != 0) & (self._state & ELIGIBLE != 0)
        return mask

    def _lacking(self, tiers: Sequence[Tier], offline: Sequence[int], *, refresh_stale: bool) -> npt.NDArray[np.bool_]:
        wanted = _bits(tiers)
        good = self._cached & ~self._stale if refresh_stale else self._cached
        mask: npt.NDArray[np.bool_] = (good & wanted != wanted) & (self._state == ELIGIBLE)
        if offline:
            mask &= ~np.isin(self._source, np.asarray(offline, np.uint16))
        return mask

    # ------------------------------------------------------------------ news of the manifest (writer's thread)

    def put(self, files: Sequence[CacheFile]) -> None:
        """New files of the cache."""
        def work() -> None:
            for file in files:
                self._ensure(file.photo_id)
                self._set_file(file.photo_id, file.tier, int.from_bytes(file.version, "little"), file.recipe)
                self._state[file.photo_id] &= ~FAILED

        self._apply(work)

    def dropped(self, keys: Sequence[tuple[int, Tier]]) -> None:
        """Files that are gone."""
        def work() -> None:
            for photo_id, tier in keys:
                self._ensure(photo_id)
                self._cached[photo_id] &= ~BIT[tier]
                self._stale[photo_id] &= ~BIT[tier]

        self._apply(work)

    def failed(self, failures: Sequence[Failure]) -> None:
        """Photos set aside."""
        def work() -> None:
            for failure in failures:
                self._ensure(failure.photo_id)
                if self._version[failure.photo_id] == int.from_bytes(failure.version, "little"):
                    self._state[failure.photo_id] |= FAILED

        self._apply(work)

    def _apply(self, news: Callable[[], None]) -> None:
        """Take news over now, and once more if rows read before it are put on top of it."""
        with self._lock:
            news()
            self.revision += 1
            if self._reading:
                self._news.append(news)

    def recipes_changed(self) -> None:
        """Sizes or quality are others now: find out in the background what is stale."""
        with self._wake:
            self._everything = True
            self._wake.notify_all()

    def _note(self, tx: Transaction) -> None:
        """After a commit: remember which photos to read again."""
        with self._wake:
            if "photos" in tx.changes.whole:
                self._everything = True
            self._dirty += tx.changes.photos.get("photos", [])
            self._wake.notify_all()

    # ------------------------------------------------------------------ following (own thread)

    def _follow(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._everything or self._dirty)
                if not self._closed and not self._everything:
                    self._wake.wait_for(lambda: self._closed, SETTLE_SECONDS)
                if self._closed:
                    return
                everything, dirty = self._everything, self._dirty
                self._everything, self._dirty, self._busy = False, [], True
            try:
                if everything:
                    self._read_all()
                elif dirty:
                    self._read(np.unique(np.concatenate(dirty)))
            except Exception:
                if self._closed:
                    return
                log.exception("The index of previews could not be brought up to date; it is read again")
                with self._wake:
                    self._everything = True
                    self._wake.wait_for(lambda: self._closed, RETRY_SECONDS)
            with self._wake:
                self._busy = False
                self._wake.notify_all()

    def catch_up(self) -> None:
        """Read what changed until now, in this thread; for tests and for whoever cannot wait a moment."""
        with self._wake:
            self._wake.wait_for(lambda: not self._busy or self._closed)
            dirty, self._dirty = self._dirty, []
        if dirty:
            self._read(np.unique(np.concatenate(dirty)))

    def _read_all(self) -> None:
        self._recipes = dict(self._recipes_now())
        last = int(self._db.read().execute("SELECT coalesce(max(id), 0) FROM photos").fetchone()[0])
        demo = demo_source_ids(self._db)
        with self._lock:
            self._ensure(last)
        for first in range(0, 0 if demo else last + 1, CHUNK):
            if self._closed:
                return
            self._read_range(first, first + CHUNK - 1)
        self.ready.set()

    def _read(self, ids: npt.NDArray[np.uint32]) -> None:
        """Read these photos again; near neighbours together."""
        for run in np.split(ids, np.flatnonzero(np.diff(ids) > 64) + 1):
            for first in range(int(run[0]), int(run[-1]) + 1, CHUNK):
                self._read_range(first, min(first + CHUNK - 1, int(run[-1])))

    def _read_range(self, first: int, last: int) -> None:
        with self._read_lock:
            changed = self._take_range(first, last)
        for listener in self._listeners if changed else ():
            listener(changed)

    def _take_range(self, first: int, last: int) -> list[int]:
        """Read a range of ids and set its bits. Returns the photos whose content became another one."""
        with self._lock:
            self._reading = True
        rows = read_rows(self._db.read(), first, last)
        with self._lock:
            self._reading = False
            self._ensure(last)
            changed = self._set_photos(first, last, rows)
            self._set_files(first, last, rows)
            failed = rows.failed_photo[self._version[rows.failed_photo] == rows.failed_version]
            self._state[failed] |= FAILED
            news, self._news = self._news, []
            for one in news:
                one()
            self.revision += 1
        return changed

    def _set_photos(self, first: int, last: int, rows: Rows) -> list[int]:
        """Take over the photos of a range of ids. Returns those whose known content became another one."""
        before = self._version[first:last + 1].copy()
        for array in (self._version, self._state, self._source, self._folder):
            array[first:last + 1] = 0
        self._version[rows.photo] = rows.version
        self._source[rows.photo], self._folder[rows.photo] = rows.source, rows.folder
        self._state[rows.photo] = np.where((rows.state == ACTIVE) & (rows.version != 0), ELIGIBLE, 0)
        after = self._version[first:last + 1]
        return [int(place) + first for place in np.flatnonzero((before != 0) & (before != after))]

    def _set_files(self, first: int, last: int, rows: Rows) -> None:
        """Take over the previews of a range of ids."""
        self._cached[first:last + 1] = 0
        self._stale[first:last + 1] = 0
        version = self._version[rows.file_photo]
        current = (version == rows.file_version) | (version == 0)
        for tier, number in NUMBER.items():
            mine = current & (rows.file_tier == number)
            self._cached[rows.file_photo[mine]] |= BIT[tier]
            if tier in self._recipes:
                self._stale[rows.file_photo[mine & (rows.file_recipe != self._recipes[tier])]] |= BIT[tier]

    def _set_file(self, photo_id: int, tier: Tier, version: int, recipe: int) -> None:
        if int(self._version[photo_id]) not in (version, 0):
            self._cached[photo_id] &= ~BIT[tier]            # it shows an earlier content
            return
        self._cached[photo_id] |= BIT[tier]
        if tier in self._recipes and recipe != self._recipes[tier]:
            self._stale[photo_id] |= BIT[tier]
        else:
            self._stale[photo_id] &= ~BIT[tier]

    # ------------------------------------------------------------------ room

    def _allocate(self, size: int) -> None:
        self._cached: Bits = np.zeros(size, np.uint8)
        self._stale: Bits = np.zeros(size, np.uint8)
        self._state: Bits = np.zeros(size, np.uint8)
        self._source: npt.NDArray[np.uint16] = np.zeros(size, np.uint16)
        self._folder: npt.NDArray[np.uint32] = np.zeros(size, np.uint32)
        self._version: npt.NDArray[np.uint64] = np.zeros(size, np.uint64)

    def _ensure(self, photo_id: int) -> None:
        """Make room for a photo id; the lock is held."""
        size = len(self._state)
        if photo_id < size:
            return
        more = max(photo_id + 1, int(size * GROWTH)) - size
        for name in ("_cached", "_stale", "_state", "_source", "_folder", "_version"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(more, old.dtype)]))


def _bits(tiers: Sequence[Tier]) -> np.uint8:
    return np.uint8(sum(int(BIT[tier]) for tier in tiers))
