"""The job that finds duplicates: fingerprints of photos that lack one, compared with all. Reads only previews."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.duplicates import Duplicates, Prints, put_sharpness
from photoarchive.catalog.previews import CacheFile
from photoarchive.core import clock
from photoarchive.core.errors import Unreadable
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.miniature import Miniature, miniature, sharpness
from photoarchive.retrieval import bursts, fingerprint
from photoarchive.retrieval.duplicates import Finder, LikestPairs
from photoarchive.retrieval.groups import DuplicateGroups
from photoarchive.retrieval.qualities import UNKNOWN, MeasuredQualities
from photoarchive.work.job import Budget, JobError, Lane, Progress

Array = npt.NDArray[Any]

STEP_SECONDS = 0.6          # after this no further batch is begun, so that a step ends when the user acts
BATCH = 512                 # photos of one transaction
SHARP_BATCH = 16            # a medium preview takes ten times as long as a small one


class Aside(msgspec.Struct, frozen=True):
    """A preview that could not be read: left alone until the photo has another content."""

    version: int
    reason: str
    at: float


class Parts(msgspec.Struct, frozen=True):
    """What the job works on."""

    db: Database
    columns: Columns
    cache: PreviewCache
    store: Duplicates
    likest: LikestPairs
    groups: DuplicateGroups
    qualities: MeasuredQualities


class DuplicatesJob:
    """Fingerprints what lacks one, compares it, and takes the sharpness of photos that came into groups."""

    name, title, lane, builder = "duplicates", "Duplicates", Lane.CACHE_DISK, True

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._finder: Finder | None = None
        self._aside: dict[int, Aside] = {}
        self._kept: dict[str, tuple[object, Any]] = {}
        self._changed = 0           # rises when this job changed something
        self._compared_again = 0    # rises when it compared photos anew
        self._deleted = False       # photos may be gone
        parts.db.after_commit(self._note)

    # ------------------------------------------------------------------ numbers

    def pending(self) -> int:
        """Photos to be fingerprinted or compared, and those in groups whose sharpness is not known."""
        if not self._parts.cache.index.ready.is_set():
            return 0
        if self._finder is None:
            return self._left_of_kept()
        return len(self._lacking()[0]) + len(self._uncompared()) + len(self._unsharp())

    def _left_of_kept(self) -> int:
        """The same before the first step, which reads the fingerprints (a second per million): at least that step."""
        small = self._parts.cache.index.holding_count(Tier.SM)
        if not small:
            return 0
        kept: int = self._remembered("kept", self._changed, self._parts.store.count_compared)
        return max(1, small - kept)

    def total(self) -> int:
        """Photos that have a small preview."""
        return max(self._parts.cache.index.holding_count(Tier.SM), self.pending())

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Photos whose preview could not be read."""
        found = [JobError(photo, "", aside.reason, aside.at) for photo, aside in sorted(self._aside.items())]
        return found[offset : offset + limit], len(found)

    @property
    def looking(self) -> int:
        """Photos not compared yet: duplicates among them may still turn up."""
        if not self._parts.cache.index.ready.is_set():
            return 0
        if self._finder is None:
            return self.pending()
        return len(self._lacking()[0]) + len(self._uncompared())

    # ------------------------------------------------------------------ working

    def step(self, budget: Budget) -> Progress:
        """A few batches: first new photos, then those to be compared again, then sharpness."""
        try:
            return self._work(self._loaded(), budget)
        except BaseException:           # what could not be kept must not be taken for done: read what is kept
            self._finder = None
            self._changed += 1
            raise

    def _work(self, finder: Finder, budget: Budget) -> Progress:
        begun, done, failed = clock.monotonic(), 0, 0
        while done + failed < budget.items and (not done or clock.monotonic() - begun < STEP_SECONDS):
            limit = min(BATCH, budget.items - done - failed)
            lacking, contents = self._lacking()
            if len(lacking):
                taken, broken = self._add(finder, lacking[:limit], contents[:limit], budget.workers)
            elif len(due := self._uncompared()):
                taken, broken = self._compare(finder, due[:limit]), 0
            elif len(unsharp := self._unsharp()):
                taken, broken = self._take_sharpness(finder, unsharp[: min(limit, SHARP_BATCH)], budget.workers)
            else:
                break
            self._changed += 1
            done, failed = done + taken, failed + broken
            if not taken and not broken:
                break
        return Progress(done, failed, reason="" if done or failed else "the previews cannot be read now")

    def _loaded(self) -> Finder:
        if self._deleted and self._finder is not None and self._finder.gone():
            self._finder = None
        self._deleted = False
        if self._finder is None:
            self._finder = Finder(self._parts.store, self._parts.columns, self._parts.likest)
            self._changed += 1
        return self._finder

    def _add(self, finder: Finder, photo_ids: Array, contents: Array, workers: int) -> tuple[int, int]:
        """Fingerprint and compare. Returns (done, set aside)."""
        expected = dict(zip(photo_ids.tolist(), contents.tolist(), strict=True))
        seen, broken = self._seen(expected, Tier.SM, miniature, workers)
        if not seen:
            return 0, broken
        photos = np.array(sorted(seen), np.int64)
        small: list[Miniature] = [seen[photo] for photo in photos.tolist()]
        pixels = np.stack([one.pixels for one in small])
        prints = Prints(
            photos, np.array([expected[photo] for photo in photos.tolist()], np.uint64), fingerprint.hashes(pixels),
            np.array([one.shape for one in small], np.int16), bursts.moments(self._parts.columns, photos),
            np.zeros(len(photos), bool))
        finder.add(prints, fingerprint.details(pixels))
        self._parts.qualities.put(photos, np.full(len(photos), UNKNOWN))
        return len(photos), broken

    def _compare(self, finder: Finder, photo_ids: Array) -> int:
        moved = np.intersect1d(photo_ids, finder.moved())
        hanging = np.union1d(finder.forest.members(photo_ids.tolist()), moved)
        if len(hanging):                        # a photo went, or moved in time: all that hung on it is compared again
            finder.forget(hanging)
        finder.compare(photo_ids)
        self._compared_again += 1
        return len(photo_ids)

    def _take_sharpness(self, finder: Finder, photo_ids: Array, workers: int) -> tuple[int, int]:
        contents = finder.known["version"][photo_ids]
        expected = dict(zip(photo_ids.tolist(), contents.tolist(), strict=True))
        seen, broken = self._seen(expected, Tier.MD, sharpness, workers)
        for photo in expected.keys() - seen.keys():     # not there after all: tried again when its content changes
            seen.setdefault(photo, 0.0)
        photos = sorted(seen)
        sharp = [seen[photo] for photo in photos]
        self._parts.db.write(functools.partial(_put_sharpness, photos=photos, sharp=sharp))
        self._parts.qualities.put(np.array(photos, np.int64), np.array(sharp))
        return len(photos) - broken, broken

    def _seen(
        self, expected: dict[int, int], tier: Tier, look: Callable[[bytes], Any], workers: int
    ) -> tuple[dict[int, Any], int]:
        """What `look` makes of previews of the expected contents, by photo; and how many could not be read."""
        files = self._parts.cache.previews.files_of(list(expected))
        wanted = [file for photo, tiers in files.items() if (file := tiers.get(tier)) is not None
                  and int.from_bytes(file.version, "little") == expected[photo]]
        with ThreadPoolExecutor(max(1, workers)) as pool:
            looked = list(pool.map(functools.partial(self._look, look=look), wanted))
        found = {file.photo_id: made for file, made in zip(wanted, looked, strict=True) if made is not None}
        return found, sum(photo in self._aside for photo in expected)

    def _look(self, file: CacheFile, look: Callable[[bytes], Any]) -> Any:
        data = self._parts.cache.disk.read(file)
        if data is None:                        # gone or damaged: its row went too, and it is made again
            return None
        try:
            return look(data)
        except Unreadable as error:
            self._aside[file.photo_id] = Aside(int.from_bytes(file.version, "little"), error.sentence, clock.now())
            return None

    # ------------------------------------------------------------------ what is missing

    def _lacking(self) -> tuple[Array, Array]:
        """Photos with a small preview whose present content has no fingerprint, and that content."""
        index, finder = self._parts.cache.index, self._finder
        if finder is None:
            return np.zeros(0, np.int64), np.zeros(0, np.uint64)
        found: tuple[Array, Array] = self._remembered(
            "lacking", (index.revision, self._changed), lambda: self._find_lacking(finder))
        return found

    def _find_lacking(self, finder: Finder) -> tuple[Array, Array]:
        ids, contents = self._parts.cache.index.holding(Tier.SM)
        if len(ids):
            finder.known.make_room(int(ids[-1]) + 1)
        lacking = ~finder.known["present"][ids] | (finder.known["version"][ids] != contents)
        ids, contents = ids[lacking].astype(np.int64), contents[lacking]
        if self._aside:
            tried = [self._may_try(photo, content) for photo, content in
                     zip(ids.tolist(), contents.tolist(), strict=True)]
            ids, contents = ids[tried], contents[tried]
        return ids, contents

    def _may_try(self, photo: int, version: int) -> bool:
        aside = self._aside.get(photo)
        if aside is not None and aside.version != version:
            del self._aside[photo]
            return True
        return aside is None

    def _uncompared(self) -> Array:
        """Photos whose pairs are not known, or were found when they were taken at another moment."""
        finder, columns = self._finder, self._parts.columns
        if finder is None:
            return np.zeros(0, np.int64)
        key = (self._compared_again, columns.revision("taken", "camera", "taken_origin"))
        moved = self._remembered("moved", key, finder.moved)
        # As old as what is lacking: a photo that is being added has left the one, and is in the other until it is kept.
        due = self._remembered("due", (self._parts.cache.index.revision, self._changed), lambda: finder.due(BATCH * 8))
        return np.union1d(due, moved)

    def _unsharp(self) -> Array:
        """Photos in groups whose sharpness is not known, as far as their medium preview is there."""
        parts = self._parts
        key = (self._changed, parts.likest.revision, parts.qualities.revision, parts.cache.index.revision)

        def find() -> Array:
            grouped = np.sort(parts.groups.all().photos)
            lacking = parts.qualities.lacking(grouped)
            holding = np.isin(lacking, parts.cache.index.holding(Tier.MD)[0])
            return np.array([photo for photo in lacking[holding].tolist() if photo not in self._aside], np.int64)

        found: Array = self._remembered("unsharp", key, find)
        return found

    def _remembered(self, name: str, key: object, find: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = self._kept[name] = (key, find())
        return kept[1]

    def _note(self, tx: Transaction) -> None:
        """After a commit: photos may have been deleted."""
        if "photos" in tx.changes.photos or "photos" in tx.changes.whole:
            self._deleted = True


def _put_sharpness(tx: Transaction, photos: Sequence[int], sharp: Sequence[float]) -> None:
    put_sharpness(tx, list(photos), list(sharp))
