"""The job of Deep Search: terms first, because they are answered in a moment; then vectors of photos the large model
has not seen. Works while its schedule is open, at any hour in Max mode, and when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from photoarchive.core import clock
from photoarchive.core.settings import SettingsStore
from photoarchive.features.deep.terms import DeepTerms
from photoarchive.ml.embedder import Embedder, model_key
from photoarchive.retrieval.deep import Schedule
from photoarchive.work.governor import Decision
from photoarchive.work.job import Budget, JobError, Lane, Progress

NOT_READY = "its model is not ready"


class Photos(Protocol):
    """Making the deep model's vectors of photos: the work of the daily job, for another model."""

    def pending(self) -> int:
        """Photos with a preview that lack a vector and were not set aside."""
        ...

    def total(self) -> int:
        """Photos that can have a vector."""
        ...

    def step(self, budget: Budget) -> Progress:
        """Make the vectors of the next photos."""
        ...

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """A page of the photos set aside, and how many there are."""
        ...


class DeepJob:
    """Answers terms and makes deep vectors. Thread-safe. deep: the installed model, loaded or not; None: none is."""

    name, title, lane, builder = "deep", "Deep search", Lane.GPU, True

    def __init__(
        self, *, settings: SettingsStore, terms: DeepTerms, photos: Photos, deep: Callable[[], Embedder | None],
        decision: Callable[[], Decision],
    ) -> None:
        self._settings, self._terms, self._photos = settings, terms, photos
        self._deep, self._decision = deep, decision
        self.asked = False          # the user wants it now; until nothing is left

    # ------------------------------------------------------------------ Job

    def pending(self) -> int:
        """Photos without a deep vector, and terms without a deep answer."""
        model = self.model()
        left = self._photos.pending() + len(self._terms.open(model)) if model else 0
        if not left:
            self.asked = False
        return left

    def total(self) -> int:
        """Photos and terms."""
        model = self.model()
        return self._photos.total() + self._terms.count(model)[1] if model else 0

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Terms, then photos, that were set aside."""
        terms = self._terms.failures(self.model())
        shown = terms[offset:offset + limit]
        photos, count = self._photos.errors(max(1, limit - len(shown)), max(0, offset - len(terms)))
        return [*shown, *photos][:limit], len(terms) + count

    def step(self, budget: Budget) -> Progress:
        """Answer one term, or make the vectors of some photos. Raises Unavailable when the model cannot be loaded."""
        embedder = self._deep()
        if embedder is None:
            return Progress(0, reason=NOT_READY)
        if reason := self._must_wait(embedder):
            return Progress(0, reason=reason)
        model = model_key(embedder)
        if (terms := self._terms.open(model)) and self._photos.total() > self._photos.pending():
            answered = self._terms.answer(terms[0], model, embedder)
            return Progress(int(answered), int(not answered))
        if not self._photos.pending():
            return Progress(0, reason="waiting for previews of photos to look at")
        return self._photos.step(budget)

    # ------------------------------------------------------------------ when

    def ask(self) -> None:
        """Work now, whatever the schedule says, until nothing is left."""
        self.asked = True
        self._terms.forget()

    def model(self) -> str:
        """Key of the deep model's vectors; "" while none is installed. Loads nothing."""
        embedder = self._deep()
        return model_key(embedder) if embedder is not None else ""

    def _must_wait(self, embedder: Embedder) -> str:
        """Why it may not work now, "" if it may."""
        settings, at = self._settings.current, clock.now()
        schedule = Schedule.of(settings)
        decision = self._decision()
        may = self.asked or decision.work_mode == "max" or schedule.window_at(at) is not None
        if not may:
            if schedule.next_window(at) is None:
                return "waiting: its schedule is switched off"
            zone = "" if schedule.zone == "local" else f" ({schedule.zone})"
            return f"waiting until {schedule.start}{zone}"
        if not self.asked and getattr(embedder, "loaded", True) is None and not decision.heavy_models:
            return "waiting for a quiet minute to load the large model"
        return ""
