"""Reads originals for their identity, in a worker process: content keys, full hashes, and what is at a place now."""

from __future__ import annotations

import os

import blake3
import msgspec
import xxhash

from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable
from photoarchive.core.paths import Original
from photoarchive.imaging.originals import OpenedOriginal, list_folder, open_original

SAMPLE_BYTES = 64 << 10                 # of head, middle and tail each
WHOLE_BYTES = 3 * SAMPLE_BYTES          # up to here the whole file is read, and its full hash costs nothing more
HASH_STEP = 8 << 20
EMPTY = "The file is empty."
KEY_FILES = 64                          # files of one task: about two seconds of seeks on a spinning disk
KEY_TIMEOUT_S = 90.0


class Reading(msgspec.Struct):
    """One file as it was when it was opened. gone: it was not there; the other fields mean nothing then."""

    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    key: bytes | None = None
    full_hash: bytes | None = None
    error: str | None = None
    gone: bool = False


class Readings(msgspec.Struct):
    """The files of a task that were read, in order; trouble: the drive did not answer at the next one."""

    files: list[Reading]
    trouble: str = ""


def read_keys(root: bytes, relpaths: list[bytes]) -> Readings:
    """The content keys of some files of a source. What is wrong with a file stands in its Reading."""
    readings: list[Reading] = []
    for relpath in relpaths:
        try:
            readings.append(_read_key(Original(root, relpath)))
        except NotFound:
            readings.append(Reading(gone=True))
        except Unavailable as error:
            return Readings(readings, error.sentence)
        except PhotoArchiveError as error:
            readings.append(Reading(error=error.sentence))
    return Readings(readings)


def _read_key(original: Original) -> Reading:
    with open_original(original) as opened:
        reading = Reading(opened.size, opened.mtime_ns, opened.inode)
        try:
            if opened.size == 0:
                reading.error = EMPTY
            elif opened.size <= WHOLE_BYTES:
                data = opened.read_at(0, opened.size)
                reading.key = content_key(opened.size, data)
                reading.full_hash = blake3.blake3(data).digest()
            else:
                reading.key = content_key(opened.size, *_samples(opened))
        except Unavailable:
            raise
        except PhotoArchiveError as error:
            reading.error = error.sentence
        return reading


def _samples(opened: OpenedOriginal) -> tuple[bytes, bytes, bytes]:
    middle = (opened.size - SAMPLE_BYTES) // 2
    return (opened.read_at(0, SAMPLE_BYTES), opened.read_at(middle, SAMPLE_BYTES),
            opened.read_at(opened.size - SAMPLE_BYTES, SAMPLE_BYTES))


def content_key(size: int, *samples: bytes) -> bytes:
    """16 bytes that nominate equal files: XXH3-128 of the size and the samples (the whole of a small file)."""
    state = xxhash.xxh3_128(size.to_bytes(8, "little"))
    for sample in samples:
        state.update(sample)
    return state.digest()


def read_full_hash(root: bytes, relpath: bytes) -> Reading:
    """BLAKE3 of a whole file, and its size and mtime while it was read. Raises like open_original."""
    hasher = blake3.blake3()
    with open_original(Original(root, relpath)) as opened:
        offset = 0
        while chunk := opened.read_at(offset, HASH_STEP):
            hasher.update(chunk)
            offset += len(chunk)
        return Reading(opened.size, opened.mtime_ns, opened.inode, full_hash=hasher.digest())


def look_at(root: bytes, relpaths: list[bytes]) -> Readings:
    """What is at some places now: size and mtime of each, or gone (a link counts as gone). Reads no content."""
    readings: list[Reading] = []
    for relpath in relpaths:
        try:
            with open_original(Original(root, relpath)) as opened:
                readings.append(Reading(opened.size, opened.mtime_ns, opened.inode))
        except NotFound:
            readings.append(Reading(gone=True))
        except Unavailable as error:
            return Readings(readings, error.sentence)
        except PhotoArchiveError:
            readings.append(_look_into_folder(root, relpath))
    return Readings(readings)


def _look_into_folder(root: bytes, relpath: bytes) -> Reading:
    """What the folder says of a file that may not be opened; one that has become a link is not listed."""
    parent, name = os.path.split(relpath)
    try:
        for entry in list_folder(root, parent):
            if entry.name == name and not entry.is_dir:
                return Reading(entry.size, entry.mtime_ns, entry.inode)
    except PhotoArchiveError as error:
        return Reading(error=error.sentence)
    return Reading(gone=True)
