"""What the catalog says of the photos and previews of a range of ids, as numpy columns: for `catalog.preview_index`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.previews import VERSION_MIX, content_version

Column = npt.NDArray[Any]
KEY_BYTES, VERSION_BYTES = 16, 8


class Rows(msgspec.Struct, frozen=True):
    """Columns of equal length, one entry per row. photos: state, source, folder, version (0: no file known)."""

    photo: Column           # u32
    state: Column           # u8
    source: Column          # u16
    folder: Column          # u32
    version: Column         # u64, little-endian of the 8 bytes
    # previews
    file_photo: Column      # u32
    file_tier: Column       # u8
    file_version: Column    # u64
    file_recipe: Column     # u32
    # failures
    failed_photo: Column    # u32
    failed_version: Column  # u64


def read_rows(connection: sqlite3.Connection, first: int, last: int) -> Rows:
    """The photos with ids from first to last, as of one moment."""
    connection.execute("BEGIN")
    try:
        photos = connection.execute(_PHOTOS, (first, last)).fetchall()
        files = connection.execute(_FILES, (first, last)).fetchall()
        failures = connection.execute(_FAILURES, (first, last)).fetchall()
    finally:
        connection.execute("COMMIT")
    photo, state, source, folder, key, size, mtime = _columns(photos, 7)
    file_photo, tier, version, recipe = _columns(files, 4)
    failed_photo, failed_version = _columns(failures, 2)
    return Rows(
        np.array(photo, np.uint32), np.array(state, np.uint8), np.array(source, np.uint16), np.array(folder, np.uint32),
        _versions(key, size, mtime), np.array(file_photo, np.uint32), np.array(tier, np.uint8), _as_numbers(version),
        np.array(recipe, np.int64).astype(np.uint32), np.array(failed_photo, np.uint32), _as_numbers(failed_version))


def _columns(rows: Sequence[Sequence[Any]], count: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) or [()] * count


def _as_numbers(versions: Sequence[bytes]) -> Column:
    return np.frombuffer(b"".join(versions), "<u8")


def _versions(keys: Sequence[bytes | None], sizes: Sequence[int | None], mtimes: Sequence[int | None]) -> Column:
    """`content_version` of many files at once; 0 where there is no file."""
    plain = [key if key is not None and len(key) == KEY_BYTES else bytes(KEY_BYTES) for key in keys]
    halves = np.frombuffer(b"".join(plain), "<u8").reshape(-1, 2)
    versions = halves[:, 0] ^ (halves[:, 1] * np.uint64(VERSION_MIX))
    for place, (key, size, mtime) in enumerate(zip(keys, sizes, mtimes, strict=True)):
        if size is None:
            versions[place] = 0
        elif key is None or len(key) != KEY_BYTES:
            versions[place] = int.from_bytes(content_version(key, size, mtime or 0), "little")
    return versions


_PHOTOS = """
SELECT p.id, p.state, p.source_id, p.folder_id, f.content_key, f.size, f.mtime_ns
FROM photos p LEFT JOIN files f ON f.id = p.file_id WHERE p.id BETWEEN ? AND ?
"""
_FILES = "SELECT photo_id, tier, version, recipe FROM previews WHERE photo_id BETWEEN ? AND ?"
_FAILURES = "SELECT photo_id, version FROM preview_failures WHERE photo_id BETWEEN ? AND ?"
