"""The job of Deep Search: terms first, because they are answered in a moment; then vectors of photos the large model
has not seen. Works while its schedule is open, at any hour in Max mode, and when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from photoarchive.core import clock
from photoarchive.core.settings import SettingsStore
from photoarchive.features.deep.terms import DeepTerms
from photoarchive.ml.embedder import Embedder
from photoarchive.ml.model_process import ModelStart
from photoarchive.retrieval.deep import Schedule
from photoarchive.work.governor import Decision
from photoarchive.work.job import Budget, JobError, Lane, Progress


class Photos(Protocol):
    """Making the vectors of photos, shared with the daily job."""

    def missing(self, model: str) -> int:
        """Photos with a preview that lack a vector of this model and were not set aside."""
        ...

    def total(self) -> int:
        """Photos that can have a vector."""
        ...

    def step(self, embedder: Embedder, budget: Budget) -> Progress:
        """Make the vectors of the next photos."""
        ...

    def errors(self, model: str, limit: int, offset: int) -> tuple[list[JobError], int]:
        """A page of the photos set aside, and how many there are."""
        ...


class DeepModels(Protocol):
    """Gives the deep model (ml.host)."""

    def deep(self) -> Embedder | None:
        """The model, which may be loaded only when it is first asked; None: none is installed."""
        ...


class DeepJob:
    """Answers terms and makes deep vectors. Thread-safe."""

    name, title, lane, builder = "deep", "Deep search", Lane.GPU, True

    def __init__(
        self, *, settings: SettingsStore, terms: DeepTerms, photos: Photos, models: DeepModels,
        ready: Callable[[], ModelStart | None], decision: Callable[[], Decision],
    ) -> None:
        self._settings, self._terms, self._photos = settings, terms, photos
        self._models, self._ready, self._decision = models, ready, decision
        self._loaded = False
        self.asked = False          # the user wants it now; until nothing is left

    # ------------------------------------------------------------------ Job

    def pending(self) -> int:
        """Photos without a deep vector, and terms without a deep answer."""
        model = self.model()
        left = self._photos.missing(model) + len(self._terms.open(model)) if model else 0
        if not left:
            self.asked = False
        return left

    def total(self) -> int:
        """Photos and terms."""
        model = self.model()
        return self._photos.total() + self._terms.count(model)[1] if model else 0

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Terms, then photos, that were set aside."""
        model = self.model()
        terms = self._terms.failures(model)
        shown = terms[offset:offset + limit]
        if not model:
            return shown, len(terms)
        photos, count = self._photos.errors(model, limit - len(shown), max(0, offset - len(terms)))
        return [*shown, *photos], len(terms) + count

    def step(self, budget: Budget) -> Progress:
        """Answer one term, or make the vectors of some photos. Raises Unavailable when the model cannot be loaded."""
        if reason := self.must_wait():
            return Progress(0, reason=reason)
        embedder = self._models.deep()
        if embedder is None:
            return Progress(0, reason="the model of Deep Search is not ready")
        self._loaded = True
        model = self.model()
        open_terms = self._terms.open(model)
        seen = self._photos.total() - self._photos.missing(model)
        if open_terms and seen > 0:
            answered = self._terms.answer(open_terms[0], model, embedder)
            return Progress(int(answered), int(not answered))
        return self._photos.step(embedder, budget)

    # ------------------------------------------------------------------ when

    def ask(self) -> None:
        """Work now, whatever the schedule says, until nothing is left."""
        self.asked = True
        self._terms.forget()

    def model(self) -> str:
        """Key of the deep model's vectors; "" while none is installed. Loads nothing."""
        start = self._ready()
        return f"{start.name}:{start.version}" if start is not None else ""

    def must_wait(self) -> str:
        """Why it may not work now, "" if it may."""
        settings, at = self._settings.current, clock.now()
        schedule = Schedule.of(settings)
        decision = self._decision()
        may = self.asked or decision.work_mode == "max" or schedule.window_at(at) is not None
        if not may:
            following = schedule.next_window(at)
            return f"waiting until {settings.deep_search_schedule_start}" if following else \
                "waiting: its schedule is switched off"
        if not self.asked and not self._loaded and not decision.heavy_models:
            return "waiting for a quiet minute to load the large model"
        return ""
