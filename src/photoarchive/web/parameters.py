"""URL parameters of a request, read one by one with a sentence for each that does not fit."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Path, Request

from photoarchive.core.errors import Invalid

LARGEST_ID = 2**31 - 1          # ids are dense; what is larger than this never was one
RowId = Annotated[int, Path(le=LARGEST_ID)]
"""An id in the path of an address. A larger number is refused here: SQLite could not even look for it."""


def whole_number(request: Request, name: str, default: int | None, low: int, high: int) -> int:
    """A whole number from low to high; default when it is not given (None: it must be). Raises Invalid."""
    text = request.query_params.get(name, "")
    if not text and default is not None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise Invalid(f"{name} must be a whole number from {low} to {high}, not “{text}”.", field=name)
    return int(text)


def required(request: Request, name: str) -> str:
    """A text that must be given. Raises Invalid."""
    text = request.query_params.get(name, "").strip()
    if not text:
        raise Invalid(f"{name} is missing.", field=name)
    return text
