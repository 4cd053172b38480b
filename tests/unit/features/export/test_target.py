"""What is said of the room of an export's folder."""

from __future__ import annotations

from photoarchive.features.export.target import size_text


def test_sizes_go_up_in_steps_of_1000():
    """As on the pages, and as drives are sold."""
    assert [size_text(count) for count in (0, 1, 2_000, 61_000_000, 3_100_000_000, 4_000_000_000_000)] == [
        "no space", "1 kB", "2 kB", "61.0 MB", "3.1 GB", "4.0 TB"]
