"""Photos whose facts must be read again: noted by the writer without waiting, taken by the reader when it reads."""

from __future__ import annotations

import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array, distinct


class Due(msgspec.Struct, frozen=True):
    """What to read: everything, or these photos (ascending, without repeats)."""

    everything: bool
    photo_ids: Array


class Pending:
    """A list of changed photos. Its lock is never held while anything is read, so noting never waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everything = True
        self._ids: list[Array] = []

    def note(self, photo_ids: Array) -> None:
        """These photos changed."""
        with self._lock:
            self._ids.append(photo_ids.astype(np.int64))

    def note_everything(self) -> None:
        """All may have changed."""
        with self._lock:
            self._everything, self._ids = True, []

    def clear(self) -> None:
        """Nothing is due: a snapshot was taken over."""
        with self._lock:
            self._everything, self._ids = False, []

    def take(self) -> Due:
        """What is due; from now on only later changes are."""
        with self._lock:
            due = Due(self._everything, distinct(*self._ids))
            self._everything, self._ids = False, []
            return due

    @property
    def empty(self) -> bool:
        """Whether nothing is due."""
        return not self._everything and not self._ids
