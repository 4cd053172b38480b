"""Which photo a file is: moved, copied, changed or new. Pure decisions over what was seen; no SQL, no disk.

The content key (size, head, middle and tail of a file) only nominates. "Moved" needs the old place to be empty, the
key, and the same mtime or name; "copy" needs equal full hashes. A match by content goes before a match by place.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec


class Seen(msgspec.Struct, frozen=True):
    """A file as it was found on the disk and read."""

    folder_id: int
    relpath: bytes                  # of the file, beneath the source
    name: bytes
    kind: int                       # what its name promises: core.facts.Kind
    size: int
    mtime_ns: int
    inode: int
    key: bytes | None               # None: empty or unreadable, matches nothing
    full_hash: bytes | None         # known where the file is small enough to be read whole
    error: str | None
    known_id: int | None = None     # the present file the catalog has at this place


class Place(Enum):
    """What is found at the place where the catalog has a file."""

    THERE = "there"         # size and mtime as known
    VACATED = "vacated"     # nothing, or other content
    UNKNOWN = "unknown"     # its drive is away


class Candidate(msgspec.Struct, frozen=True):
    """A file of the catalog with the same content key as one seen."""

    file_id: int
    photo_id: int
    source_id: int
    root: bytes
    relpath: bytes                  # of the file
    folder_id: int
    name: bytes
    size: int
    mtime_ns: int
    inode: int | None
    full_hash: bytes | None
    present: bool                   # False: already marked missing
    online: bool


def choose_moved(seen: Seen, candidates: Iterable[tuple[Candidate, Place]]) -> Candidate | None:
    """The file that moved to where `seen` is, or None.

    Of several that fit, the one with the same inode, then with both name and mtime, then with the same name.
    """
    fitting = [
        (_likeness(seen, candidate), candidate) for candidate, place in candidates
        if place is Place.VACATED and not _contradicts(seen, candidate)
        and (candidate.mtime_ns == seen.mtime_ns or candidate.name == seen.name)
    ]
    return max(fitting, key=lambda pair: (pair[0], -pair[1].file_id))[1] if fitting else None


def nominate_copies(seen: Seen, candidates: Iterable[tuple[Candidate, Place]]) -> list[Candidate]:
    """The files whose full hash decides whether `seen` is a further place of their photo, cheapest first.

    Those that are neither hashed nor there to be hashed cannot decide anything.
    """
    useful = [(candidate, place) for candidate, place in candidates
              if not _contradicts(seen, candidate) and (candidate.full_hash is not None or place is Place.THERE)]
    useful.sort(key=lambda pair: (pair[0].full_hash is None, pair[1] is not Place.THERE, pair[0].file_id))
    one_per_photo: dict[int, Candidate] = {}
    for candidate, _ in useful:
        one_per_photo.setdefault(candidate.photo_id, candidate)
    return list(one_per_photo.values())


def _contradicts(seen: Seen, candidate: Candidate) -> bool:
    """Both full hashes are known and differ: two photos, whatever the key says."""
    return seen.full_hash is not None and candidate.full_hash is not None and seen.full_hash != candidate.full_hash


def _likeness(seen: Seen, candidate: Candidate) -> int:
    same_inode = candidate.inode is not None and candidate.inode == seen.inode
    return 4 * same_inode + 2 * (candidate.name == seen.name) + (candidate.mtime_ns == seen.mtime_ns)
