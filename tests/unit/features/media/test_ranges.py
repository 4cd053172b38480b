"""Byte ranges against the examples of RFC 9110 and against slices of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.features.media.ranges import NotSatisfiable, parse_range


@pytest.mark.parametrize(("header", "expected"), [
    ("bytes=0-499", (0, 500)), ("bytes=500-999", (500, 1000)), ("bytes=-500", (9500, 10000)),
    ("bytes=9500-", (9500, 10000)), ("bytes=0-0", (0, 1)), ("bytes=-1", (9999, 10000)),
    ("bytes=9000-99999", (9000, 10000)), ("bytes=-99999", (0, 10000)),
])
def test_one_range(header, expected):
    assert parse_range(header, 10_000) == expected


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "items=0-5", "bytes=5-2", "bytes=a-b", "bytes=-", "", "bytes 0-5"])
def test_what_is_not_one_good_range_is_ignored(header):
    assert parse_range(header, 10_000) is None


@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=10000-10001", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header):
    with pytest.raises(NotSatisfiable):
        parse_range(header, 10_000)


@given(size=st.integers(1, 1000), first=st.integers(0, 1200), length=st.integers(1, 1200))
def test_a_range_is_a_slice(size, first, length):
    data = bytes(i % 251 for i in range(size))
    header = f"bytes={first}-{first + length - 1}"
    if first >= size:
        with pytest.raises(NotSatisfiable):
            parse_range(header, size)
        return
    begin, end = parse_range(header, size) or (0, size)
    assert data[begin:end] == data[first:first + length]
