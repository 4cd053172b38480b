"""The terms Deep Search answers: those the user saved and those that were searched for. Owns no search.

Saved terms are a setting (`deep_search_terms`), so that they are checked, undoable and in the history; the searches'
table follows it, because results and vectors of saved terms are kept for longer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from photoarchive.catalog.searches import Searches
from photoarchive.core.clock import monotonic, now
from photoarchive.core.errors import Conflict, Invalid, NotFound, PhotoArchiveError
from photoarchive.core.events import Bus, Event
from photoarchive.core.setting_rules import MAX_TERM_LENGTH, MAX_TERMS
from photoarchive.core.settings import SettingsStore
from photoarchive.features.deep.views import TermsAnswer, TermView
from photoarchive.ml.embedder import Embedder
from photoarchive.retrieval.deep import USED_TERMS, fold_term, terms_to_answer
from photoarchive.work.job import JobError

log = logging.getLogger(__name__)

KEY = "deep_search_terms"
FRESH_SECONDS = 10.0        # looking through all terms takes some ten milliseconds

SaveSettings = Callable[[dict[str, Any], str], object]
"""(changes, browser window): saves as one undoable action."""


class TermSearch(Protocol):
    """What Deep Search asks of the searcher (retrieval.searcher)."""

    def words_of(self, text: str) -> str:
        """The words of a text without its filters; "" if it has none."""
        ...

    def deepen(self, text: str, embedder: Embedder) -> int:
        """Score the archive for a term and keep the result."""
        ...

    def is_deep(self, text: str, model: str) -> bool:
        """Whether this model's result is in use for the term."""
        ...


class DeepTerms:
    """Which terms there are and which of them a model has answered. Thread-safe."""

    def __init__(
        self, settings: SettingsStore, searches: Searches, searcher: TermSearch, bus: Bus, save: SaveSettings
    ) -> None:
        self._settings, self._searches, self._searcher = settings, searches, searcher
        self._bus, self._save = bus, save
        self._lock = threading.Lock()
        self._open: tuple[float, str, list[str]] = (float("-inf"), "", [])
        self._failures: dict[tuple[str, str], JobError] = {}
        bus.on("settings.changed", self._on_settings)

    # ------------------------------------------------------------------ saved terms

    def saved(self) -> tuple[str, ...]:
        """The saved terms, in their order."""
        return tuple(self._settings.current.deep_search_terms)

    def set(self, texts: list[str], window: str) -> None:
        """Save these terms instead of the present ones. Raises Invalid with field and range."""
        self._save({KEY: texts}, window)

    def add(self, text: str, window: str) -> None:
        """Save one more term. Raises Invalid, or Conflict when it is saved already."""
        if not fold_term(text):
            raise Invalid("Type the words to look for.", field="add")
        if fold_term(text).casefold() in {term.casefold() for term in self.saved()}:
            raise Conflict(f"“{fold_term(text)}” is saved already.")
        self.set([*self.saved(), text], window)

    def remove(self, text: str, window: str) -> None:
        """Take a saved term away. Raises NotFound."""
        wanted = fold_term(text).casefold()
        left = [term for term in self.saved() if term.casefold() != wanted]
        if len(left) == len(self.saved()):
            raise NotFound(f"“{fold_term(text)}” is not a saved term.")
        self.set(left, window)

    def _on_settings(self, event: Event) -> None:
        if KEY in event.data.get("keys", []):
            self.forget()
            self.follow_settings()

    def follow_settings(self) -> None:
        """Let the searches' table hold the same saved terms."""
        try:
            self._searches.set_terms(list(self.saved()))
        except PhotoArchiveError as error:
            log.warning("The saved terms could not be kept with the searches: %s", error.sentence)

    # ------------------------------------------------------------------ what is answered

    def all(self) -> list[str]:
        """Saved terms, then used ones; only those with words to look for."""
        used = [search.text for search in self._searches.most_used(USED_TERMS)]
        return [text for text in terms_to_answer(self.saved(), used) if self._searcher.words_of(text)]

    def open(self, model: str) -> list[str]:
        """Terms this model has not answered and that did not fail. At most ten seconds old."""
        with self._lock:
            at, known, texts = self._open
            if known == model and monotonic() - at < FRESH_SECONDS:
                return texts
        texts = [text for text in self.all()
                 if (model, text) not in self._failures and not self._searcher.is_deep(text, model)]
        with self._lock:
            self._open = (monotonic(), model, texts)
        return texts

    def count(self, model: str) -> tuple[int, int]:
        """(answered by this model, all)."""
        total = len(self.all())
        return total - len(self.open(model)) - len(self.failures(model)), total

    def answer(self, text: str, model: str, embedder: Embedder) -> bool:
        """Let the model answer one term. A failure is set aside with its reason; then the answer is False."""
        try:
            self._searcher.deepen(text, embedder)
            failure = "" if self._searcher.is_deep(text, model) else "The model could not answer it."
        except PhotoArchiveError as error:
            failure = error.sentence
        finally:
            with self._lock:
                at, known, texts = self._open
                self._open = (at, known, [one for one in texts if one != text])
        if failure:
            self._failures[(model, text)] = JobError(None, f"“{text}”", failure, now())
        return not failure

    def failures(self, model: str) -> list[JobError]:
        """Terms this model could not answer since the start."""
        return [error for (failed_by, _), error in self._failures.items() if failed_by == model]

    def forget(self) -> None:
        """Look through all terms again; failed ones may be tried again."""
        self._failures.clear()
        with self._lock:
            self._open = (float("-inf"), "", [])

    def view(self, model: str) -> TermsAnswer:
        """The saved terms as the page shows them. model: key of the deep model, "" without one."""
        known: Mapping[str, Any] = {search.text.casefold(): search for search in self._searches.terms()}
        saved = self.saved()
        terms = []
        for text in saved:
            search = known.get(text.casefold())
            terms.append(TermView(text, bool(model) and self._searcher.is_deep(text, model),
                                  search.uses if search else 0, search.last_used if search else None))
        used = self.all()[len([text for text in saved if self._searcher.words_of(text)]):]
        answered = sum(self._searcher.is_deep(text, model) for text in used) if model else 0
        return TermsAnswer(terms, len(used), answered, MAX_TERMS, MAX_TERM_LENGTH)
