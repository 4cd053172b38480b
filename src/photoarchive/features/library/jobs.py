"""The words of very large changes, as a job: photos whose keywords or captions changed by the hundred thousand."""

from __future__ import annotations

from photoarchive.catalog.fulltext import FullText
from photoarchive.work.job import Budget, JobError, Lane, Progress

BATCH = 1_000       # photos of one step: the writer is busy for about 0.2 s


class SearchWordsJob:
    """Takes waiting words into the text index."""

    name = "words"
    title = "Search words"
    lane = Lane.CPU
    builder = False         # search misses them until it is done: Browse mode must not stop it

    def __init__(self, text: FullText) -> None:
        self._text = text
        self._most = 0

    def pending(self) -> int:
        """Photos whose words wait."""
        waiting = self._text.waiting()
        self._most = max(self._most, waiting) if waiting else 0
        return waiting

    def total(self) -> int:
        """As many as waited at most since there were none."""
        return self._most

    def step(self, budget: Budget) -> Progress:
        """One batch, which is one transaction."""
        return Progress(done=self._text.take_in(min(BATCH, budget.items * 10)))

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """There are no items that could fail by themselves."""
        return [], 0
