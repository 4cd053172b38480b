"""Which photos a change of the user is stored on: known ones, each once, a part's on its leader."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import MISSING, Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.core.errors import Invalid, NotFound


def leaders_of(columns: Columns, photo_ids: Array) -> Array:
    """The photos that carry what is said of these, in the order given, uint32. Raises Invalid for none, NotFound."""
    if not len(photo_ids):
        raise Invalid("No photo was chosen.", field="image_ids")
    with columns.lock:
        known = (photo_ids > 0) & (photo_ids < columns.rows)
        known[known] = columns["state"][photo_ids[known]] <= MISSING
        if not known.all():
            missing = photo_ids[~known].tolist()
            raise NotFound(f"There is no photo with the id {missing[0]}.", image_ids=missing[:100])
        leader = columns["leader"][photo_ids]
    return once_each(np.where(leader > 0, leader, photo_ids))


def once_each(ids: Array) -> Array:
    """Ids without repeats, each at its first place, uint32."""
    if len(distinct(ids)) < len(ids):
        _, first = np.unique(ids, return_index=True)
        ids = ids[np.sort(first)]
    return ids.astype(np.uint32)


def with_parts(columns: Columns, photo_ids: Array) -> Array:
    """These photos and the parts shown behind them, ascending."""
    with columns.lock:
        chosen = np.zeros(columns.rows, bool)
        chosen[photo_ids] = True
        leader = columns["leader"]
        parts = np.flatnonzero(leader)
        parts = parts[(columns["state"][parts] <= MISSING) & chosen[leader[parts]]]
        chosen[parts] = True
    return np.flatnonzero(chosen)


def photos_of(count: int) -> str:
    """“1 photo”, “1,204 photos”."""
    return "1 photo" if count == 1 else f"{count:,} photos"


def packed(ids: Array) -> bytes:
    """Ids in any order, for the payload of an action."""
    return ids.astype("<u4").tobytes()


def unpacked(data: bytes) -> Array:
    """What `packed` packed."""
    return np.frombuffer(data, "<u4")


def as_text(ids: Array) -> str:
    """Ids as one parameter for `json_each(?)`."""
    return "[" + ",".join(map(str, ids.tolist())) + "]"
