"""What the job of faces does and how many there are: GET /api/people/status, and its pause."""

from __future__ import annotations

from typing import Any

import numpy as np

from photoarchive.catalog.database import Database
from photoarchive.catalog.face_columns import IGNORED, SHOWN, FaceColumns
from photoarchive.catalog.people_lists import SECTIONS, PeopleLists
from photoarchive.catalog.people_questions import Questions
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.settings import SettingsStore
from photoarchive.features.people.jobs import FaceJob
from photoarchive.features.people.models import FaceModels
from photoarchive.work.runner import Runner


class PeopleStatus:
    """Thread-safe."""

    def __init__(
        self, *, db: Database, faces: FaceColumns, lists: PeopleLists, questions: Questions, models: FaceModels,
        job: FaceJob, runner: Runner, settings: SettingsStore,
    ) -> None:
        self._db, self._faces, self._lists, self._questions = db, faces, lists, questions
        self._models, self._job, self._runner, self._settings = models, job, runner, settings

    def now(self) -> dict[str, Any]:
        """The answer of GET /api/people/status."""
        return {
            "worker": self._worker(), "enabled": self._settings.current.people_scan_enabled, "model": self._model(),
            "thresholds": self._thresholds(), "counts": self._counts(), "source_files_preserved": True,
            "revision": self._faces.revision(),
        }

    def has_scanned(self, photo_id: int) -> bool:
        """Whether the model in use has looked at a photo."""
        try:
            return self._job.has_scanned(photo_id)
        except PhotoArchiveError:
            return False

    def pause(self, paused: bool) -> dict[str, bool]:
        """Let the job rest, or work again."""
        (self._runner.pause if paused else self._runner.resume)(self._job.name)
        return {"ok": True, "paused": paused}

    def _worker(self) -> dict[str, Any]:
        mine = next(job for job in self._runner.snapshot()["jobs"] if job["name"] == self._job.name)
        state = mine["state"] if self._settings.current.people_scan_enabled else "disabled"
        return {"state": state, "reason": self._models.trouble or mine["reason"], "paused": mine["state"] == "paused",
                "rate": mine["rate"], "eta_seconds": mine["eta_seconds"]}

    def _model(self) -> dict[str, str]:
        chosen = self._settings.current.face_model_id
        try:
            name, key = self._models.name_and_key()
        except PhotoArchiveError as error:
            return {"id": chosen, "version": "", "name": "", "error": error.sentence}
        trouble = {"error": self._models.trouble} if self._models.trouble else {}
        return {"id": chosen, "version": key.rpartition(":")[2], "name": name} | trouble

    def _thresholds(self) -> dict[str, float | int | None]:
        try:
            limits = self._models.thresholds()
        except PhotoArchiveError:
            limits = None
        return {"similarity": limits.link if limits else None, "merge_suggestion": limits.suggest if limits else None,
                "detection_size": self._settings.current.face_detection_size}

    def _counts(self) -> dict[str, int]:
        faces, counted = self._faces.counted()
        sections = {name: len(self._lists.section(name, "photos")) for name in SECTIONS}
        shown = (faces.bits & SHOWN) != 0
        questions = self._questions.page(0, 0)[1]
        try:
            scanned, failed = self._job.scanned(), self._job.errors(0, 0)[1]
            pending = self._job.pending()
        except PhotoArchiveError:
            scanned = failed = pending = 0
        return {
            "people": sections["named"] + sections["unnamed"], "named": sections["named"],
            "unknown": sections["unnamed"], "ignored": sections["ignored"],
            "other_faces": int(np.count_nonzero(counted & (faces.person == 0))),
            "ignored_faces": int(np.count_nonzero(shown & ((faces.bits & IGNORED) != 0))),
            "detected_faces": int(np.count_nonzero(shown)), "scanned_images": scanned,
            "pending_cached_images": pending, "failed_images": failed,
            "merge_suggestions": self._questions.page(0, 0, people_only=True)[1], "questions": questions,
        }
