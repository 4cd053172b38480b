"""Broken and hostile files go through the real pool: each gives a picture or a sentence, and nothing else suffers."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from conftest import shared_media
from drawn_pictures import corners, encoded, film, quarters, raw_file
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import Rendering, TierSpec, render
from photoarchive.work.pool import Pool

SPECS = (TierSpec(Tier.SM, 100, 90), TierSpec(Tier.MD, 200, 90))
SEED = 20240607
KINDS = {".dng": Kind.RAW, ".mp4": Kind.VIDEO, ".mkv": Kind.VIDEO}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(2, preload=("photoarchive.imaging.tiers",))
    yield pool
    pool.close()


Outcome = Rendering | PhotoArchiveError


def outcomes(pool: Pool, folder: Path, names: list[str], timeout: float = 30) -> dict[str, Outcome]:
    """Render every file; anything but a picture or one of our errors fails the test."""
    futures = {
        name: pool.submit(render, Original(os.fsencode(folder), os.fsencode(name)),
                          int(KINDS.get(os.path.splitext(name)[1], Kind.IMAGE)), SPECS, timeout=timeout)
        for name in names
    }
    found: dict[str, Outcome] = {}
    for name, future in futures.items():
        try:
            found[name] = future.result(120)
        except PhotoArchiveError as error:
            assert error.sentence.endswith("."), (name, error.sentence)
            found[name] = error
    return found


def still_decodes(pool: Pool, folder: Path) -> bool:
    (folder / "good.jpg").write_bytes(encoded(quarters(), "JPEG"))
    good = outcomes(pool, folder, ["good.jpg"])["good.jpg"]
    return isinstance(good, Rendering) and corners(good.pictures[0].data) == ["red", "green", "blue", "white"]


def samples() -> dict[str, bytes]:
    import pylibjxl

    picture = quarters()
    return {
        ".jpg": encoded(picture, "JPEG"), ".png": encoded(picture, "PNG"), ".webp": encoded(picture, "WEBP"),
        ".gif": encoded(picture, "GIF"), ".bmp": encoded(picture, "BMP"), ".avif": encoded(picture, "AVIF"),
        ".tif": encoded(picture, "TIFF", compression="tiff_lzw"), ".jxl": pylibjxl.encode(np.asarray(picture)),
        ".dng": raw_file(encoded(picture, "JPEG")), ".mp4": film([picture] * 10, codec="h264"),
        ".mkv": film([picture] * 10, "matroska"),
    }


@pytest.mark.parametrize("extension", sorted(samples()))
def test_random_damage_never_costs_more_than_the_file(pool, tmp_path, extension):
    """30 copies with random bytes changed (half of them in the header) and 6 cut short."""
    whole = samples()[extension]
    dice = random.Random(SEED + len(whole))
    for number in range(30):
        data = bytearray(whole)
        reach = len(data) if number % 2 else min(len(data), 400)
        for _ in range(dice.choice((1, 4, 20))):
            data[dice.randrange(4, reach)] = dice.randrange(256)
        (tmp_path / f"changed{number}{extension}").write_bytes(data)
    for number in range(6):
        (tmp_path / f"short{number}{extension}").write_bytes(whole[:dice.randrange(len(whole))])

    found = outcomes(pool, tmp_path, sorted(path.name for path in tmp_path.iterdir()))

    assert len(found) == 36
    assert still_decodes(pool, tmp_path)


def test_named_horrors_each_get_their_reason(pool, tmp_path):
    horrors = {
        "empty.jpg": b"", "one.jpg": b"\xff", "text.jpg": b"hello\n" * 99, "zeros.jpg": bytes(65536),
        "html.jpg": b"<html><script>x</script></html>", "elf.png": b"\x7fELF" + bytes(2000),
        "cr2.cr2": b"II*\0\x10\0\0\0CR\2\0" + bytes(5000), "x.heic": b"\0\0\0\x18ftypheic" + bytes(5000),
    }
    for name, data in horrors.items():
        (tmp_path / name).write_bytes(data)
    found = outcomes(pool, tmp_path, list(horrors))
    assert all(isinstance(outcome, Unreadable) for outcome in found.values()), found
    assert still_decodes(pool, tmp_path)


def test_a_sparse_giant_named_like_a_photo_is_refused_quickly(pool, tmp_path):
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(3 << 30)
    start = time.monotonic()
    assert isinstance(outcomes(pool, tmp_path, ["sparse.jpg"])["sparse.jpg"], Unreadable)
    assert time.monotonic() - start < 10


def test_a_fifo_and_links_among_the_photos_hang_nothing(pool, tmp_path):
    os.mkfifo(tmp_path / "fifo.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    found = outcomes(pool, tmp_path, ["fifo.jpg", "zero.jpg", "loop.jpg"], timeout=30)
    assert "regular file" in str(found["fifo.jpg"])
    assert "Links are not followed" in str(found["zero.jpg"])
    assert "Links are not followed" in str(found["loop.jpg"])


def test_every_malformed_file_of_the_collection_gives_a_picture_or_a_reason(pool, tmp_path):
    folder = shared_media() / "malformed"
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    found = outcomes(pool, folder, names)
    assert len(found) == len(names) > 100
    assert still_decodes(pool, tmp_path)
