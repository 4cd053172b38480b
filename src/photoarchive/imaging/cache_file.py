"""One file of the disk cache: why and what is kept, and whether what lies on the disk is still what was kept.

Knows no folder and no budget: those are `imaging.cache_folder` and `imaging.cache_ledger`.
"""

from __future__ import annotations

import os
from enum import Enum

import msgspec
import xxhash

from photoarchive.catalog.previews import CacheFile
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache_folder import Writer, bytes_writer

COPY_CHUNK = 1 << 20
JPEG_BEGIN = b"\xff\xd8"


class Wish(Enum):
    """Why a file is made, and so what may make room for it."""

    LOOKED = "a person looks at it"         # whatever was used longest ago, pre-generated before all that was looked at
    STOCK = "it may be needed"              # nothing: it takes free room only


class NewFile(msgspec.Struct, frozen=True):
    """A file to be kept. data: its bytes, or for big ones a writer of exactly `size` bytes."""

    photo_id: int
    tier: Tier
    width: int
    height: int
    recipe: int
    version: bytes
    data: bytes | Writer
    size: int
    suffix: str = ".jpg"

    @property
    def writer(self) -> Writer:
        """Writes the content."""
        return bytes_writer(self.data) if isinstance(self.data, bytes) else self.data

    def row(self, folder_id: int) -> CacheFile:
        """What the manifest knows of it once it lies in this folder."""
        checksum = checksum_of(self.data) if isinstance(self.data, bytes) else 0
        return CacheFile(self.photo_id, self.tier, self.size, self.width, self.height, self.recipe, self.version,
                         self.suffix, checksum, folder_id)


def checksum_of(data: bytes) -> int:
    """xxh32, never 0."""
    return xxhash.xxh32_intdigest(data) or 1


def descriptor_writer(origin: int, size: int) -> Writer:
    """A writer that copies the first `size` bytes of an open file. Raises OSError if there are fewer."""
    def write(descriptor: int) -> None:
        at = 0
        while at < size:
            part = os.pread(origin, min(COPY_CHUNK, size - at), at)
            if not part:
                raise OSError(f"the file ends at {at} of {size} bytes")
            bytes_writer(part)(descriptor)
            at += len(part)

    return write


def read_whole(descriptor: int, file: CacheFile) -> bytes | None:
    """The bytes of an open cache file; None if it is damaged. Raises OSError."""
    data = _read_all(descriptor, file.size)
    sound = checksum_of(data) == file.checksum if file.checksum else _begins(data, file)
    return data if len(data) == file.size and sound else None


def looks_whole(descriptor: int, file: CacheFile) -> bool:
    """The same of a file too big to be read at once: its size and its beginning. Raises OSError."""
    return os.fstat(descriptor).st_size == file.size and _begins(os.pread(descriptor, 2, 0), file)


def _begins(head: bytes, file: CacheFile) -> bool:
    """A file whose blocks never reached the disk begins with zeros."""
    return file.suffix != ".jpg" or head[:2] == JPEG_BEGIN


def _read_all(descriptor: int, size: int) -> bytes:
    """Up to size + 1 bytes, so that a file that grew is noticed."""
    parts, at = [], 0
    while at <= size and (part := os.pread(descriptor, size + 1 - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)
