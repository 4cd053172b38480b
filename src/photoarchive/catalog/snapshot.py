"""The column snapshot: one file of raw arrays that the next start maps instead of reading a million rows.

Owns the file format only. What a snapshot must match (catalog, schema, layout) is in its header; which snapshot is
current is written in the catalog (`catalog.columns`), in the transaction that empties the list of changed photos.
"""

from __future__ import annotations

import logging
import mmap
import os
from pathlib import Path

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array

log = logging.getLogger(__name__)

MAGIC = b"PACOLS1\n"
ALIGN = 4096                # arrays begin at page borders, so that a changed page of one does not copy another's
SPARE_ROWS = 16_384         # room after the last photo: a few new photos need no copy of the mapped arrays


class Section(msgspec.Struct, frozen=True):
    """Where one array lies in the file."""

    dtype: str
    length: int
    offset: int


class Header(msgspec.Struct, frozen=True):
    """First part of the file, as JSON."""

    catalog: str            # uuid of the catalog
    schema: int
    layout: int
    revision: int           # of the catalog when the arrays were written
    rows: int               # highest photo id + 1
    sections: dict[str, Section]


class Snapshot:
    """A mapped snapshot: arrays that are private copies page by page once written to."""

    def __init__(self, header: Header, memory: mmap.mmap) -> None:
        self.header = header
        self._memory = memory

    def array(self, name: str) -> Array:
        """One array of the file; writable, changes never reach the file. Raises KeyError for an unknown name."""
        section = self.header.sections[name]
        return np.frombuffer(self._memory, np.dtype(section.dtype), section.length, section.offset)


def write(
    path: Path, arrays: dict[str, Array], *, padded: frozenset[str],
    catalog: str, schema: int, layout: int, revision: int, rows: int,
) -> None:
    """Write a snapshot whole or not at all: temporary name, synchronised, renamed.

    padded: arrays that get SPARE_ROWS more elements when mapped (holes in the file, so they cost no disk).
    """
    sections: dict[str, Section] = {}
    offset = ALIGN * 4
    for name, array in arrays.items():
        length = len(array) + (SPARE_ROWS if name in padded else 0)
        sections[name] = Section(array.dtype.str, length, offset)
        offset += -(-length * array.itemsize // ALIGN) * ALIGN
    header = msgspec.json.encode(Header(catalog, schema, layout, revision, rows, sections))
    start = MAGIC + len(header).to_bytes(8, "little") + header
    if len(start) > ALIGN * 4:
        raise ValueError("the snapshot's header does not fit its space")
    temporary = path.with_suffix(".part")
    try:
        with temporary.open("wb") as file:
            file.write(start)
            for name, array in arrays.items():
                file.seek(sections[name].offset)
                np.ascontiguousarray(array).tofile(file)
            file.truncate(max(offset, ALIGN * 4))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def load(path: Path, *, catalog: str, schema: int, layout: int) -> Snapshot | None:
    """Map a snapshot, or None when there is none or it does not belong to this catalog, schema and layout."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC) + 8)
            if len(start) < len(MAGIC) + 8 or start[: len(MAGIC)] != MAGIC:
                return None
            header = msgspec.json.decode(file.read(int.from_bytes(start[len(MAGIC) :], "little")), type=Header)
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        log.info("No column snapshot is used (%s).", error)
        return None
    if (header.catalog, header.schema, header.layout) != (catalog, schema, layout):
        return None
    end = max((s.offset + s.length * np.dtype(s.dtype).itemsize for s in header.sections.values()), default=0)
    return Snapshot(header, memory) if end <= len(memory) else None
