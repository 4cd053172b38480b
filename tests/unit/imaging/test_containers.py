"""The boxes of ISO media files, whole, cut off and hostile."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.imaging.containers import MOST_INDEX, ReadAt, boxes, file_boxes, index_box


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def long_box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


def reader(data: bytes, reads: list[tuple[int, int]] | None = None) -> ReadAt:
    """Reads from bytes as from a file, and notes what was asked for."""
    def read_at(offset: int, count: int) -> bytes:
        if reads is not None:
            reads.append((offset, count))
        return data[offset:offset + count]

    return read_at


@pytest.mark.parametrize("moov", [box(b"moov", b"the index"), long_box(b"moov", b"the index"),
                                  struct.pack(">I4s", 0, b"moov") + b"the index",
                                  struct.pack(">I4s", 900, b"moov") + b"the index"],
                         ids=["short", "long", "to the end", "cut off"])
def test_the_index_of_a_film_is_found_behind_its_pictures(moov: bytes) -> None:
    """However its length is written, also where the file ends too early."""
    film = box(b"ftyp", b"isom") + long_box(b"mdat", bytes(1000)) + moov
    assert index_box(reader(film), len(film)) == b"the index"


def test_a_length_beyond_the_file_asks_for_no_more_than_the_file() -> None:
    """A box of exabytes, as index and before it: nothing is read beyond the end, nor more than MOST_INDEX."""
    reads: list[tuple[int, int]] = []
    huge = struct.pack(">I4sQ", 1, b"moov", 2**63) + b"short"
    assert index_box(reader(huge, reads), len(huge)) == b"short"
    assert all(offset + count <= len(huge) for offset, count in reads)
    assert index_box(reader(huge.replace(b"moov", b"mdat") + box(b"moov", b"never")), 40) == b""
    index_box(reader(huge, reads), 2**62)
    assert max(count for _, count in reads) == MOST_INDEX


def test_a_file_of_empty_boxes_is_given_up() -> None:
    """A million boxes of eight bytes cost a thousand small reads."""
    reads: list[tuple[int, int]] = []
    assert len(list(file_boxes(reader(box(b"free") * 100_000, reads), 800_000))) == len(reads) == 1000


def test_what_is_no_iso_file_has_no_boxes() -> None:
    for other in (b"RIFF\x10\0\0\0AVI LIST" + bytes(40), b"\0\0\1\xba\x44\0\4\0" + bytes(600), b"", b"\0\0\0"):
        assert index_box(reader(other), len(other)) == b""


def test_a_file_that_has_become_shorter_ends_the_walk() -> None:
    film = box(b"ftyp", b"isom") + box(b"moov", b"the index")
    assert list(file_boxes(reader(film[:20]), len(film))) == [(b"ftyp", 8, 12)]


@given(st.lists(st.tuples(st.sampled_from([b"ftyp", b"moov", b"mdat"]), st.binary(max_size=40), st.booleans())),
       st.binary(max_size=12))
def test_a_file_and_its_bytes_are_walked_alike(parts: list[tuple[bytes, bytes, bool]], rest: bytes) -> None:
    """The boxes of the file are those of its bytes; a last one that is cut off is said only of the file."""
    data = b"".join((long_box if wide else box)(kind, content) for kind, content, wide in parts) + rest
    of_bytes = list(boxes(data, 0, len(data)))
    of_file = list(file_boxes(reader(data), len(data)))
    named = [one for one in of_bytes if one[0].isalnum()]
    assert of_file[:len(named)] == named and len(of_file) <= len(of_bytes) + 1
    assert all(start <= end <= len(data) for _, start, end in of_file)
