"""What the page knows of Deep Search, and "run now"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from photoarchive.core import clock
from photoarchive.core.errors import Conflict
from photoarchive.core.settings import SettingsStore
from photoarchive.features.deep.jobs import DeepJob, Photos
from photoarchive.features.deep.terms import DeepTerms
from photoarchive.features.deep.views import CountView, DeepStatus, ScheduleView, TermsAnswer, TermsRequest
from photoarchive.retrieval.deep import Schedule
from photoarchive.work.runner import Runner

STATES = {"idle": "complete", "running": "running", "waiting": "waiting", "paused": "paused", "blocked": "error"}
NO_MODEL = "Deep Search needs its model. Install it under Search models; Daily search answers everything until then."
SENTENCES = {
    "complete": "Every photo was looked at, and every term is answered.", "running": "Working now.",
    "paused": "Paused by you.",
}


class DeepService:
    """Thread-safe."""

    def __init__(
        self, *, settings: SettingsStore, terms: DeepTerms, job: DeepJob, photos: Photos, runner: Runner,
    ) -> None:
        self._settings, self._terms, self._job = settings, terms, job
        self._photos, self._runner = photos, runner

    def status(self) -> DeepStatus:
        """State, schedule and counts."""
        settings = self._settings.current
        model, work = self._job.model(), self._runner.snapshot()
        job: Mapping[str, Any] = next(one for one in work["jobs"] if one["name"] == self._job.name)
        answered, terms = self._terms.count(model)
        total = self._photos.total() if model else 0
        missing = self._photos.pending() if model else 0
        state = STATES[job["state"]] if model else "no_model"
        return DeepStatus(
            state=state, sentence=self._sentence(state, str(job["reason"])), schedule=self._schedule(),
            model_installed=bool(model), model_id=settings.deep_model_id, model=model,
            photos=CountView(max(0, total - missing), total), terms=CountView(answered if model else 0, terms),
            failed=int(job["failed"]), asked=self._job.asked, work_mode=settings.background_work_mode,
            rate=job["rate"], eta_seconds=job["eta_seconds"],
        )

    def terms(self) -> TermsAnswer:
        """The saved terms."""
        return self._terms.view(self._job.model())

    def change_terms(self, request: TermsRequest, window: str) -> TermsAnswer:
        """Save all terms, or add or take away one. Raises Invalid, Conflict, NotFound."""
        if request.terms is not None:
            self._terms.set(request.terms, window)
        if request.add is not None:
            self._terms.add(request.add, window)
        if request.remove is not None:
            self._terms.remove(request.remove, window)
        self._runner.wake(self._job.name)
        return self.terms()

    def run(self) -> DeepStatus:
        """Work now until nothing is left. Raises Conflict without a model."""
        if not self._job.model():
            raise Conflict(NO_MODEL)
        self._runner.run_now(self._job.name)
        return self.status()

    def _sentence(self, state: str, reason: str) -> str:
        if state == "no_model":
            return NO_MODEL
        if state in ("waiting", "error") and reason:
            plain = reason.removeprefix("waiting").lstrip(": ")
            plain = f"It waits {plain}" if plain.startswith(("for ", "until ")) else plain
            return f"{plain[:1].upper()}{plain[1:].rstrip('.')}."
        return SENTENCES.get(state, "Waiting.")

    def _schedule(self) -> ScheduleView:
        settings, at = self._settings.current, clock.now()
        schedule = Schedule.of(settings)
        window, following = schedule.window_at(at), schedule.next_window(at)
        return ScheduleView(
            enabled=schedule.enabled, days=schedule.days, start=schedule.start, end=schedule.end,
            timezone=schedule.zone, open=window is not None, opens_at=following.begin if following else None,
            closes_at=window.end if window else None,
        )


