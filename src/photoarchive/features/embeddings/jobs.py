"""The job that looks at photos: vectors and guesses of every photo whose cached preview shows a content without them.

Reads md previews and the frames of films, from the cache only. The bundled model comes first, for it answers searches
until a bigger one has seen everything; then the installed model of daily searches. One batch is one transaction: a
kill loses at most that.

While an earlier version of the bundled model answers, photos that it has not seen come first, and what the present one
sees in them is kept for both: a new photo is found at once, not after all others have been looked at anew.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.embeddings import Tag, put_failure
from photoarchive.catalog.preview_subjects import Subjects
from photoarchive.core import clock
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.tiers import Tier
from photoarchive.features.embeddings.missing import Lack, Missing, chosen
from photoarchive.features.embeddings.sights import Shown, joined
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.video_strip import MOST_FRAMES
from photoarchive.ml.embedder import Embedder, Picture, Sight, model_key
from photoarchive.ml.host import ModelHost, lite_key, lite_look_key
from photoarchive.ml.vectors import Batch, VectorStore
from photoarchive.work.job import Budget, JobError, Lane, Progress

log = logging.getLogger(__name__)

ASIDE_SECONDS = 60.0        # a preview that is gone from the disk is made again; until then its photo waits
MOST_PICTURES = 64          # of one step: bounds the memory of decoded pictures


class Source(msgspec.Struct, frozen=True):
    """Where a job's model comes from: its keys without loading it, and how to get it.

    earlier: the keys of an earlier version that answers meanwhile, whose vectors mean the same.
    """

    key: str
    look_key: str
    load: Callable[[], Embedder]
    bundled: bool = False
    earlier: tuple[str, str] | None = None


class _Looked:
    """What came of a few photos."""

    def __init__(self) -> None:
        self.photos: list[Shown] = []
        self.sights: list[Sight] = []
        self.failures: list[tuple[Shown, str]] = []


class EmbedJob:
    """Makes the vectors that are missing, newest model last. sources: asked at every step, so that models may come and
    go; each is one index to be kept complete.
    """

    title, lane, builder = "Search index", Lane.CPU, True

    def __init__(
        self, name: str, sources: Callable[[], Sequence[Source]], *, host: ModelHost, store: VectorStore,
        cache: PreviewCache, subjects: Subjects,
    ) -> None:
        self.name = name
        self._sources, self._host, self._store = sources, host, store
        self._cache, self._subjects = cache, subjects
        self._missing: dict[str, Missing] = {}
        self._aside: dict[int, float] = {}
        self._lock = threading.RLock()

    # ------------------------------------------------------------------ numbers

    def pending(self) -> int:
        """Photos with a preview that a model has not looked at, summed over the models."""
        if not self._cache.index.ready.is_set():
            return 0
        with self._lock:
            now = clock.monotonic()
            self._aside = {photo_id: until for photo_id, until in self._aside.items() if until > now}
            left = sum(self._left(source.key) or self._is_new(source) for source in self._sources())
            return max(0, left - len(self._aside))

    def total(self) -> int:
        """Photos with a preview, once per model."""
        return len(self._sources()) * self._cache.index.holding_count(Tier.MD)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Photos no vector could be made of."""
        found: list[JobError] = []
        count = 0
        for source in self._sources():
            failures, here = self._store.embeddings.failures(source.key, limit + offset, 0)
            found += [JobError(one.photo_id, self._subjects.path(one.photo_id), one.reason, one.at) for one in failures]
            count += here
        return found[offset:offset + limit], count

    def remaining(self, key: str) -> int:
        """Photos one model has not looked at."""
        with self._lock:
            return self._left(key) if self._cache.index.ready.is_set() else 0

    def _left(self, key: str) -> int:
        lack = self._of(key).lack()
        return len(lack.photo_ids) + len(lack.outlived)

    def _of(self, key: str) -> Missing:
        if key not in self._missing:
            self._missing[key] = Missing(self._store, self._cache.index, key)
        return self._missing[key]

    # ------------------------------------------------------------------ working

    def step(self, budget: Budget) -> Progress:
        """Look at the next few photos with the first model that lacks some."""
        for source in self._sources():
            with self._lock:
                lack = self._of(source.key).lack()
                unseen = self._unseen(source, lack)
                count, aside = min(budget.items, MOST_PICTURES), list(self._aside)
                ids = chosen(unseen, count, aside)
                if not len(ids):
                    ids = chosen(lack, count, aside)
            if lack.outlived or unseen.outlived:
                keys = [source.key, source.look_key, *(source.earlier or ())]
                outlived = sorted({*lack.outlived, *unseen.outlived})
                self._store.remove(keys, outlived)
                return Progress(len(outlived))
            if len(ids):
                return self._look(source, ids.tolist(), budget)
            if not len(lack.photo_ids) and self._is_new(source):
                self._finish(source)
                return Progress(1)
        return Progress(0, reason="some previews are being made again" if self._aside else "")

    def _unseen(self, source: Source, lack: Lack) -> Lack:
        """Of the photos a model lacks, those that its earlier version, which answers meanwhile, lacks too."""
        if source.earlier is None:
            return Lack(lack.photo_ids[:0], lack.versions[:0], [])
        earlier = self._of(source.earlier[0]).lack()
        both = np.isin(lack.photo_ids, earlier.photo_ids, assume_unique=True)
        return Lack(lack.photo_ids[both], lack.versions[both], earlier.outlived)

    def _look(self, source: Source, ids: list[int], budget: Budget) -> Progress:
        embedder = source.load()
        if model_key(embedder) != source.key:       # exchanged in this moment
            return Progress(0, reason="the search model is being exchanged", unfinished=True)
        photos = self._shown(ids, budget.items)
        begun = clock.monotonic()
        shares = max(1, min(budget.workers, len(photos))) if source.bundled else 1
        with ThreadPoolExecutor(shares, "embed") as threads:
            parts = list(threads.map(lambda share: self._look_at(embedder, share),
                                     [photos[number::shares] for number in range(shares)]))
        done = sum(len(part.photos) for part in parts)
        for part in parts:
            self._keep(source, embedder, part)
        if done:
            self._host.note_speed(source.key, done, clock.monotonic() - begun)
        failed = sum(len(part.failures) for part in parts)
        return Progress(done, failed, "" if done or failed else "the previews of these photos are being made again")

    def _shown(self, ids: list[int], most: int) -> list[Shown]:
        """Photos with their previews, of about so many pictures; one without waits until it is made again."""
        found = self._cache.previews.files_of(ids)
        photos: list[Shown] = []
        pictures = 0
        for photo_id in ids:
            file, strip = found[photo_id].get(Tier.MD), found[photo_id].get(Tier.STRIP)
            if file is None:
                self._set_aside(photo_id)
                continue
            has_frames = strip is not None and strip.version == file.version
            photos.append(Shown(file, strip if has_frames else None))
            pictures += MOST_FRAMES if has_frames else 1
            if pictures >= most:
                break
        return photos

    def _look_at(self, embedder: Embedder, photos: Sequence[Shown]) -> _Looked:
        looked, pictures = _Looked(), list[list[Picture]]()
        for photo in photos:
            try:
                seen = photo.pictures(self._cache, embedder.side)
            except Unreadable as error:
                looked.failures.append((photo, error.sentence))
                continue
            if seen:
                pictures.append(seen)
                looked.photos.append(photo)
            else:
                self._set_aside(photo.photo_id)
        if pictures:
            self._encode(embedder, looked, pictures)
        return looked

    def _encode(self, embedder: Embedder, looked: _Looked, pictures: Sequence[list[Picture]]) -> None:
        """All at once; if that fails, photo by photo, so that one picture cannot stop the others."""
        try:
            looked.sights.append(_seen(embedder, pictures))
            return
        except PhotoArchiveError:
            raise                               # the model itself is not there: the job says so and waits
        except Exception as error:   # noqa: BLE001 – narrowed down below, where it is recorded on its photo
            log.warning("A batch of pictures failed (%s); they are tried one by one", error)
        kept: list[Shown] = []
        for photo, few in zip(looked.photos, pictures, strict=True):
            try:
                looked.sights.append(_seen(embedder, [few]))
                kept.append(photo)
            except PhotoArchiveError:
                raise
            except Exception as error:   # noqa: BLE001 – recorded on its photo
                looked.failures.append((photo, f"The search model failed on this photo ({type(error).__name__})."))
        looked.photos = kept

    def _keep(self, source: Source, embedder: Embedder, looked: _Looked) -> None:
        key = source.key
        if looked.sights:
            vectors = [(key, np.concatenate([sight.vectors for sight in looked.sights]))]
            if all(sight.looks is not None for sight in looked.sights) and embedder.look_key != key:
                vectors.append((embedder.look_key, np.concatenate(
                    [sight.looks for sight in looked.sights if sight.looks is not None])))
            guesses = [[Tag(guess.label, guess.probability) for guess in guesses]
                       for sight in looked.sights for guesses in sight.guesses or ()]
            batch = Batch(np.array([photo.photo_id for photo in looked.photos], np.int64),
                          np.array([photo.version for photo in looked.photos], np.uint64), vectors, guesses or None)
            self._keep_for_earlier(source, batch)
            self._store.add_batch(batch)
        if looked.failures:
            def work(tx: Transaction) -> None:
                for photo, reason in looked.failures:
                    put_failure(tx, key, embedder.dimension, photo_id=photo.photo_id, version=photo.content,
                                reason=reason)

            self._store.write(work)
            with self._lock:
                for photo, _ in looked.failures:
                    self._of(key).failed(photo.photo_id, photo.content)

    def _keep_for_earlier(self, source: Source, batch: Batch) -> None:
        """Let an earlier version that answers know the photos it has not seen."""
        if source.earlier is None:
            return
        with self._lock:
            new = np.isin(batch.photo_ids, self._of(source.earlier[0]).lack().photo_ids)
        vectors = [(key, rows[new]) for key, (_, rows) in zip(source.earlier, batch.vectors, strict=True)]
        self._store.add_batch(Batch(batch.photo_ids[new], batch.versions[new], vectors))

    def _set_aside(self, photo_id: int) -> None:
        with self._lock:
            self._aside[photo_id] = clock.monotonic() + ASIDE_SECONDS

    def _is_new(self, source: Source) -> bool:
        """Whether a model has just seen its last photo and this was not taken note of yet, or not to its end."""
        if self._store.index(source.key).dimension == 0:
            return False
        return source.key not in self._store.complete() or bool(self._replaced(source))

    def _finish(self, source: Source) -> None:
        """A model has looked at everything: it may answer, and earlier versions of it may go, in this order."""
        self._host.set_complete(source.key)
        for key in self._replaced(source):
            log.info("The vectors of %s are replaced by those of %s", key, source.key)
            self._store.drop(key)
            with self._lock:
                self._missing.pop(key, None)

    def _replaced(self, source: Source) -> list[str]:
        """Keys of the earlier versions of a model that still have vectors."""
        mine = {source.key, source.look_key}
        names = {key.partition(":")[0] for key in mine}
        return [key for key in self._store.models() if key.partition(":")[0] in names and key not in mine]


def daily_sources(host: ModelHost) -> Callable[[], Sequence[Source]]:
    """What the job `embed` keeps complete: the bundled model, and the installed one of daily searches."""
    def sources() -> Sequence[Source]:
        before = host.earlier_lite()
        earlier = (lite_key(before), lite_look_key(before)) if before else None
        found = [Source(lite_key(), lite_look_key(), host.lite, bundled=True, earlier=earlier)]
        big = host.registered("daily")
        if big is not None:
            found.append(Source(model_key(big), big.look_key, lambda: big))
        return found

    return sources


def _seen(embedder: Embedder, pictures: Sequence[list[Picture]]) -> Sight:
    """What a model sees in photos of one or more pictures each."""
    return joined(embedder.look_at([picture for few in pictures for picture in few]), [len(few) for few in pictures])
