"""Which photos lack a vector of a model: the difference between the cached previews and the vectors, as arrays by id.

Reads the vectors' states once, then follows what the job itself writes and what the index says has changed. Owns no
vector and makes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.embeddings import of_frames
from photoarchive.catalog.preview_index import PreviewIndex
from photoarchive.core.tiers import Tier
from photoarchive.ml.vectors import VectorStore

Ids = npt.NDArray[np.int64]
Versions = npt.NDArray[np.uint64]


class Lack(msgspec.Struct, frozen=True):
    """Photos to be looked at, ascending, with the content their preview shows."""

    photo_ids: Ids
    versions: Versions
    outlived: list[int]     # photos with a vector of an earlier content, and no way to a new one


class Missing:
    """What one model lacks. Not thread-safe: its job asks with a lock."""

    def __init__(self, store: VectorStore, previews: PreviewIndex, key: str) -> None:
        self._store, self._previews, self.key = store, previews, key
        self._version: Versions = np.zeros(0, np.uint64)        # by photo id: content of the vector …
        self._here: npt.NDArray[np.bool_] = np.zeros(0, bool)   # … if there is one
        self._failed: Versions = np.zeros(0, np.uint64)         # by photo id: content that failed, 0: none
        self._revision = -1
        self._counted: tuple[Any, Lack] | None = None

    def lack(self) -> Lack:
        """What is missing now. Costs a few milliseconds per million photos, nothing while nothing changes."""
        index = self._store.index(self.key)
        revision = index.revision
        state = (self._previews.revision, revision)
        if self._counted is not None and self._counted[0] == state:
            return self._counted[1]
        self._follow(revision)
        ids, versions = self._previews.holding(Tier.MD)
        photo_ids = ids.astype(np.int64)
        self._reach(int(photo_ids.max(initial=0)))
        wanted = ~self._here[photo_ids] | ~self._is_current(photo_ids, versions)
        wanted &= (self._failed[photo_ids] != versions) | (versions == 0)
        lack = Lack(photo_ids[wanted], versions[wanted], self._store.embeddings.outlived(self.key))
        self._counted = (state, lack)
        return lack

    def failed(self, photo_id: int, version: int) -> None:
        """This one was set aside."""
        self._reach(photo_id)
        self._failed[photo_id] = version
        self._counted = None

    def _is_current(self, photo_ids: Ids, versions: Versions) -> npt.NDArray[np.bool_]:
        """Whose vector shows the present content; that of a film its frames, as soon as they are there."""
        films, _ = self._previews.holding(Tier.STRIP)
        has_frames = np.zeros(len(self._here), bool)
        has_frames[films[films < len(has_frames)]] = True
        seen = self._version[photo_ids]
        current: npt.NDArray[np.bool_] = seen == of_frames(versions)
        current |= (seen == versions) & ~has_frames[photo_ids]
        return current

    def _follow(self, revision: int) -> None:
        """Take over what others wrote since, or everything at the first call."""
        if revision == self._revision:
            return
        table = self._store.embeddings
        ids, versions = table.states(self.key, self._revision)
        gone = table.gone(self.key, self._revision)
        failed, failed_versions = table.failed_states(self.key)
        self._reach(int(max(ids.max(initial=0), failed.max(initial=0))))
        self._here[gone[gone < len(self._here)]] = False
        self._version[ids], self._here[ids], self._failed[failed] = versions, True, failed_versions
        self._revision = revision

    def _reach(self, photo_id: int) -> None:
        more = photo_id + 1 - len(self._here)
        if more > 0:
            more += len(self._here) // 2
            self._version = np.concatenate([self._version, np.zeros(more, np.uint64)])
            self._here = np.concatenate([self._here, np.zeros(more, bool)])
            self._failed = np.concatenate([self._failed, np.zeros(more, np.uint64)])


def chosen(lack: Lack, count: int, aside: Sequence[int]) -> Ids:
    """The first `count` photos that are not set aside."""
    free = ~np.isin(lack.photo_ids[:count + len(aside)], np.asarray(aside, np.int64))
    places = np.flatnonzero(free)[:count]
    return lack.photo_ids[places]
