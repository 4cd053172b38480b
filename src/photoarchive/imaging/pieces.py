"""Originals piece by piece, in worker processes: for hashing and copying large files without holding anything up."""

from __future__ import annotations

import msgspec

from photoarchive.core.paths import Original
from photoarchive.imaging.originals import open_original


class Piece(msgspec.Struct):
    """Part of a file, and its size and mtime when it was read."""

    size: int
    mtime_ns: int
    data: bytes


def read_piece(root: bytes, relpath: bytes, offset: int, count: int) -> Piece:
    """Some bytes of an original; no data at its end. Raises like open_original."""
    with open_original(Original(root, relpath)) as opened:
        return Piece(opened.size, opened.mtime_ns, opened.read_at(offset, count))
