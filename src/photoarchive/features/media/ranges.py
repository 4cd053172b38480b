"""Byte ranges of HTTP (RFC 9110 §14): one range of a file, or all of it. Pure."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)\s*", re.IGNORECASE)


class NotSatisfiable(Exception):
    """The range begins behind the end of the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """(first byte, byte after the last) of a Range header; None: send everything.

    What is not one well-formed range of bytes is ignored, as the standard allows. Raises NotSatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:                                   # the last n bytes
        if int(last) == 0 or size == 0:
            raise NotSatisfiable
        return max(0, size - int(last)), size
    begin = int(first)
    if last and int(last) < begin:
        return None
    if begin >= size:
        raise NotSatisfiable
    return begin, min(int(last) + 1, size) if last else size
