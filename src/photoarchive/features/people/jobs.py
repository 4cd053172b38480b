"""The job that looks for faces in cached previews, and groups them. Never reads an original.

What is left to do is a difference: photos with a preview that the model in use has not looked at in that content,
boxes that files name, and a grouping from scratch when it is due. A photo that cannot be looked at gets its reason and
is left alone until its content changes.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_store import FaceStore, Scan, Seen
from photoarchive.catalog.people_regions import news, seed
from photoarchive.catalog.preview_subjects import Subjects
from photoarchive.core import clock
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import Tier
from photoarchive.features.people.grouping import Grouping
from photoarchive.features.people.models import FaceModels
from photoarchive.imaging.cache import PreviewCache
from photoarchive.ml.face_model import FaceModel, Picture
from photoarchive.work.job import Budget, JobError, Lane, Progress

TIERS = (Tier.LG, Tier.MD)      # the larger shows smaller faces
LOOKED_AT = 2560                # long side that is decoded of a large preview: enough for faces of 14 px in md
STEP_SECONDS = 0.8              # after this no further photo is begun
REGIONS_AT_ONCE = 200
BOXES_AT_ONCE = 8
ABSENT_SECONDS = 60.0           # a preview that was not there after all is asked for again


class FaceJob:
    """Finds faces in previews and keeps their groups."""

    name, title, lane, builder = "faces", "Faces", Lane.CPU, True

    def __init__(
        self, *, db: Database, columns: Columns, cache: PreviewCache, store: FaceStore, models: FaceModels,
        grouping: Grouping, settings: SettingsStore,
    ) -> None:
        self._db, self._columns, self._cache = db, columns, cache
        self._store, self._models, self._grouping, self._settings = store, models, grouping, settings
        self._subjects = Subjects(db)
        self._seen: tuple[int, Array] | None = None     # model → version last looked at, by photo id
        self._left: tuple[tuple[object, ...], Array, Array] | None = None
        self._absent: dict[int, float] = {}
        self._regrouping: Generator[None, None, None] | None = None
        self._shown_for = 0
        self._due = (0.0, False)

    # ------------------------------------------------------------------ numbers

    def pending(self) -> int:
        """Photos to look at, boxes of files to take over, and one for a grouping that is due."""
        if not self._settings.current.people_scan_enabled:
            return 0
        return len(self._todo()[0]) + self._news() + self._boxes() + int(self._grouping_due())

    def total(self) -> int:
        """Photos whose preview can be looked at."""
        return max(len(self._ready()[0]) + self._news(), self.pending())

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Photos that could not be looked at."""
        rows, count = self._store.errors(self._models.model_id(), limit, offset)
        return [JobError(photo_id, self._subjects.path(photo_id), reason, at) for photo_id, reason, at in rows], count

    def scanned(self) -> int:
        """Photos the model in use has looked at in their present content."""
        return len(self._ready()[0]) - len(self._todo()[0])

    def has_scanned(self, photo_id: int) -> bool:
        """Whether a photo was looked at."""
        seen = self._versions()
        return photo_id < len(seen) and bool(seen[photo_id])

    def _ready(self) -> tuple[Array, Array]:
        """Photos with a preview that stand for themselves in the library, and the version of their content."""
        ids, versions = self._cache.index.holding(TIERS)
        with self._columns.lock:
            known = ids < self._columns.rows
            known[known] = self._columns["leader"][ids[known]] == 0
        return ids[known], versions[known]

    def _todo(self) -> tuple[Array, Array]:
        """Photos to look at, ascending, and the version of their content."""
        model_id = self._models.model_id()
        key = (model_id, self._cache.index.revision, self._columns.revision("leader"), self._columns.rows)
        if self._left is None or self._left[0] != key:
            ids, versions = self._ready()
            seen = self._versions()
            before = np.where(ids < len(seen), seen[np.minimum(ids, len(seen) - 1)], 0)
            self._left = (key, ids[before != versions], versions[before != versions])
        _, ids, versions = self._left
        if self._absent:
            at = clock.monotonic()
            self._absent = {photo_id: until for photo_id, until in self._absent.items() if until > at}
            there = ~np.isin(ids, list(self._absent))
            return ids[there], versions[there]
        return ids, versions

    def _versions(self) -> Array:
        """(ids,) the version of each photo the model looked at last, 0 for none."""
        model_id = self._models.model_id()
        if self._seen is None or self._seen[0] != model_id:
            photos, versions = self._store.scanned(model_id)
            seen = np.zeros(int(photos.max(initial=0)) + 2, np.uint64)
            seen[photos] = versions
            self._seen = (model_id, seen)
        return self._seen[1]

    def _news(self) -> int:
        return int(self._db.read().execute("SELECT count(*) FROM face_region_news").fetchone()[0])

    def _boxes(self) -> int:
        """Drawn boxes to look into; more than a few are counted as that few."""
        return len(self._store.boxes_to_describe(self._models.model_id(), BOXES_AT_ONCE))

    def _grouping_due(self) -> bool:
        """Only when everything was looked at. Asked again after a while: it counts all faces."""
        if self._regrouping is not None:
            return True
        if len(self._todo()[0]):
            return False
        at = clock.monotonic()
        if at >= self._due[0]:
            self._due = (at + 2.0, self._grouping.due())
        return self._due[1]

    # ------------------------------------------------------------------ working

    def step(self, budget: Budget) -> Progress:
        """Take over boxes of files, else look at the next photos, else go on grouping."""
        if not self._cache.index.ready.is_set():
            return Progress(0, reason="the cache is being looked through")
        named = self._db.write(self._seed)
        if named:
            self._grouping.heard(tuple(named[1]))
            return Progress(named[0])
        self._show_faces()
        described = self._describe()
        if described:
            return Progress(described)
        photos, versions = self._todo()
        if len(photos):
            few = slice(0, max(1, budget.items))
            wanted = [int(version).to_bytes(8, "little") for version in versions[few].tolist()]
            return self._look(list(zip(photos[few].tolist(), wanted, strict=True)), max(1, budget.workers))
        return self._regroup()

    def _seed(self, tx: Transaction) -> tuple[int, list[int]] | None:
        photos = news(tx, REGIONS_AT_ONCE)
        return (len(photos), seed(tx, photos)) if photos else None

    def _describe(self) -> int:
        """Look into boxes that were drawn or named. Returns how many."""
        model_id = self._models.model_id()
        boxes = self._store.boxes_to_describe(model_id, BOXES_AT_ONCE)
        if not boxes:
            return 0
        done = []
        for face_id, photo_id, box in boxes:
            picture = self._best_picture(photo_id)
            one = None if picture is None or isinstance(picture, str) else self._models.model().describe(picture, box)
            seen = Seen(box, one.score, one.quality, one.good, one.vector) if one else None
            done.append((face_id, seen))
        for face_id, seen in done:
            self._db.write(lambda tx, face_id=face_id, seen=seen: self._store.describe(     # type: ignore[misc]
                tx, model_id, face_id, seen))
        self._grouping.place([face_id for face_id, seen in done if seen])
        return len(done)

    def _best_picture(self, photo_id: int) -> Picture | str | None:
        files = self._cache.previews.files(photo_id)
        return next((self._picture(photo_id, files[tier].version) for tier in TIERS if tier in files), None)

    def _show_faces(self) -> None:
        """Another model is in use than before, also before the last start: show what this one sees."""
        model_id = self._models.model_id()
        if self._shown_for == 0:
            self._shown_for = self._store.shown_model(model_id)
        if self._shown_for != model_id:
            self._store.show_faces_of(model_id)
            self._grouping.forget()
        self._shown_for = model_id

    def _look(self, wanted: list[tuple[int, bytes]], workers: int) -> Progress:
        """Look at photos of a version until the step is over: decoding in threads, two photos ahead of the model."""
        model, over = self._models.model(), clock.monotonic() + STEP_SECONDS
        scans: list[Scan] = []
        away = 0
        with ThreadPoolExecutor(min(workers, 2), "faces-decode") as threads:
            ahead = [threads.submit(self._picture, *one) for one in wanted[:2]]
            for place, (photo_id, version) in enumerate(wanted):
                if clock.monotonic() > over:
                    break
                if place + 2 < len(wanted):
                    ahead.append(threads.submit(self._picture, *wanted[place + 2]))
                picture = ahead[place].result()
                if picture is None:
                    self._absent[photo_id] = clock.monotonic() + ABSENT_SECONDS
                    away += 1
                else:
                    scans.append(_scan(model, photo_id, version, picture))
        self._store_scans(scans)
        failed = sum(scan.error is not None for scan in scans)
        return Progress(len(scans) - failed, failed,
                        "the cached previews cannot be read now" if away and not scans else "")

    def _picture(self, photo_id: int, version: bytes) -> Picture | str | None:
        """The pixels of the best cached preview of that content, or why not; None: there is none just now."""
        for tier in TIERS:
            cached = self._cached(photo_id, tier, version)
            if cached is not None:
                from photoarchive.imaging.crops import decode_preview

                try:
                    return decode_preview(cached, LOOKED_AT)
                except Unreadable as error:
                    return error.sentence
        return None

    def _cached(self, photo_id: int, tier: Tier, version: bytes) -> bytes | None:
        file = self._cache.previews.files(photo_id).get(tier)
        if file is None or file.version != version:
            return None
        picture = self._cache.find(photo_id, tier, version)
        return picture.data if picture is not None else None

    def _store_scans(self, scans: list[Scan]) -> None:
        if not scans:
            return
        model_id = self._models.model_id()
        faces = self._db.write(lambda tx: self._store.store(tx, model_id, scans))
        seen = self._versions()
        highest = max(scan.photo_id for scan in scans)
        if highest >= len(seen):
            seen = np.concatenate([seen, np.zeros(highest * 3 // 2 + 2 - len(seen), np.uint64)])
            self._seen = (model_id, seen)
        for scan in scans:
            seen[scan.photo_id] = int.from_bytes(scan.version, "little")
        self._left = None
        self._due = (0.0, False)
        if faces:
            self._grouping.place(faces)

    def _regroup(self) -> Progress:
        """Go on with a grouping from scratch, a piece after the other, until the step is over."""
        if self._regrouping is None:
            if not self._grouping.due():
                self._due = (clock.monotonic() + 2.0, False)
                return Progress(0, reason="")
            self._regrouping = self._grouping.regroup()
        over = clock.monotonic() + STEP_SECONDS
        try:
            for _ in self._regrouping:
                if clock.monotonic() > over:
                    return Progress(0, reason="grouping faces", unfinished=True)
        except PhotoArchiveError:
            self._regrouping = None
            raise
        self._regrouping, self._due = None, (0.0, False)
        return Progress(1)


def _scan(model: FaceModel, photo_id: int, version: bytes, picture: Picture | str) -> Scan:
    """What the model sees in one picture; its own trouble with a picture is that photo's error."""
    if isinstance(picture, str):
        return Scan(photo_id, version, error=picture)
    try:
        found = model.find(picture)
    except Exception as error:   # noqa: BLE001 – whatever a network chokes on is recorded on the photo
        return Scan(photo_id, version, error=f"The face model could not look at it: {str(error).splitlines()[0]}")
    return Scan(photo_id, version, [Seen(one.box, one.score, one.quality, one.good, one.vector) for one in found])
