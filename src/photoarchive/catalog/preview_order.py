"""The order in which missing previews are made: source by source, folder by folder, name by name, as disks like it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from photoarchive.catalog.database import Database
from photoarchive.catalog.preview_index import Ids, PreviewIndex


class PathOrder:
    """Hands out photos folder after folder. Holds a list of folders, never of all photos; used by one thread."""

    def __init__(self, db: Database, index: PreviewIndex) -> None:
        self._db, self._index = db, index
        self._folders: deque[int] = deque()
        self._photos: deque[int] = deque()

    def next(self, count: int, wanted: Callable[[], Ids], still_wanted: Callable[[int], bool]) -> list[int]:
        """Up to count photos. wanted: all that lack something; still_wanted: checked again for each."""
        batch: list[int] = []
        begun_anew = False
        while len(batch) < count:
            if not self._photos:
                if not self._folders:
                    if begun_anew or not self._plan(wanted()):
                        break
                    begun_anew = True
                self._photos.extend(self._by_name(self._folders.popleft()))
                continue
            photo_id = self._photos.popleft()
            if photo_id not in batch and still_wanted(photo_id):       # a new plan names those of this batch again
                batch.append(photo_id)
        return batch

    def put_back(self, photo_ids: list[int]) -> None:
        """These were handed out and not begun: they come first next time."""
        self._photos.extendleft(reversed(photo_ids))

    def forget(self) -> None:
        """Plan again at the next call: sources came or went, or what counts as missing changed."""
        self._folders.clear()
        self._photos.clear()

    def _plan(self, ids: Ids) -> bool:
        """Line up the folders of these photos by source and path."""
        if not len(ids):
            return False
        wanted = set(np.unique(self._index.folders_of(ids)).tolist())
        rows = self._db.read().execute("SELECT id FROM folders ORDER BY source_id, relpath")
        self._folders.extend(row[0] for row in rows if row[0] in wanted)
        return bool(self._folders)

    def _by_name(self, folder_id: int) -> list[int]:
        rows = self._db.read().execute(
            "SELECT p.id FROM photos p JOIN files f ON f.id = p.file_id WHERE p.folder_id = ? ORDER BY f.name",
            (folder_id,))
        return [row[0] for row in rows]
