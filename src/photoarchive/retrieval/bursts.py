"""Photos taken within seconds by one camera: their moments as one number each, and who is near whom in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import NO_TIME
from photoarchive.catalog.columns import Columns
from photoarchive.core.facts import Origin

Array = npt.NDArray[Any]

NO_MOMENT = -(2**63)
CAMERAS = 4096              # codes of cameras kept apart within a moment
WITHIN_MS = 3_000           # photos this close in time may be of one burst
FEW = 16                    # up to here looking through all moments is quicker than sorting them


def moments(columns: Columns, photo_ids: Array) -> Array:
    """(n,) local time in ms × CAMERAS + code of the camera; NO_MOMENT where either is unknown or estimated."""
    with columns.lock:
        taken, camera = columns["taken"][photo_ids], columns["camera"][photo_ids]
        origin = columns["taken_origin"][photo_ids]
    known = (taken != NO_TIME) & (camera > 0) & (origin != Origin.MTIME) & (origin != 0)
    return np.where(known, np.where(known, taken, 0) * CAMERAS + camera % CAMERAS, NO_MOMENT)


def one_burst(one: Array, other: Array) -> Array:
    """(n,) whether two moments each are of one camera and near in time."""
    known = (one != NO_MOMENT) & (other != NO_MOMENT)
    apart = np.abs(np.where(known, one, 0) // CAMERAS - np.where(known, other, 0) // CAMERAS)
    same: Array = known & (one % CAMERAS == other % CAMERAS) & (apart <= WITHIN_MS)
    return same


def near_in_time(asked: Array, all_moments: Array) -> list[Array]:
    """For each of `asked` (n,) the places in all_moments (m,) that one_burst holds for."""
    reach = WITHIN_MS * CAMERAS
    if len(asked) <= FEW:
        found = [np.flatnonzero((all_moments >= moment - reach - CAMERAS) & (all_moments <= moment + reach + CAMERAS))
                 if moment != NO_MOMENT else np.zeros(0, np.int64) for moment in asked.tolist()]
    else:
        order = np.argsort(all_moments, kind="stable")
        ordered = all_moments[order]
        known = np.where(asked == NO_MOMENT, 0, asked)
        low = np.searchsorted(ordered, known - reach - CAMERAS)
        high = np.searchsorted(ordered, known + reach + CAMERAS, side="right")
        high = np.where(asked == NO_MOMENT, low, high)
        found = [order[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    return [places[one_burst(np.full(len(places), moment), all_moments[places])]
            for moment, places in zip(asked, found, strict=True)]
