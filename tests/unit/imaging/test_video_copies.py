"""Copies of films that browsers can play: upright, small enough, with sound; and the strips of their frames."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import films
from drawn_pictures import UPRIGHT_CORNERS, corners, quarters, with_rotation
from drawn_pictures import film as drawn_film
from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.video_proxy import Bounds, Copy, transcode
from photoarchive.imaging.video_strip import make_strip

pytestmark = pytest.mark.slow

NO_BOUNDS = Bounds()
TURNED = {0: UPRIGHT_CORNERS, 90: ["blue", "red", "white", "green"], 180: ["white", "blue", "green", "red"],
          270: ["green", "white", "red", "blue"]}


def original(path: Path) -> Original:
    return Original(os.fsencode(path.parent), os.fsencode(path.name))


def copied(path: Path, bounds: Bounds = NO_BOUNDS) -> tuple[Copy, bytes, list[float]]:
    sink, told = io.BytesIO(), []
    with open_original(original(path)) as opened:
        made = transcode(opened, sink, bounds, told.append)
    return made, sink.getvalue(), told


@pytest.mark.parametrize(("name", "codec", "sound", "pixels"), [
    ("a.mov", "libx265", "aac", "yuv420p"), ("a.mov", "prores_ks", "pcm_s16le", "yuv422p10le"),
    ("a.avi", "mpeg4", "pcm_s16le", "yuv420p"), ("a.mts", "mpeg2video", "ac3", "yuv420p"),
    ("a.wmv", "wmv2", "", "yuv420p"),
    ("a.mpg", "mpeg1video", "mp2", "yuv420p"), ("a.avi", "mjpeg", "", "yuvj420p"),
])
def test_what_browsers_cannot_play_becomes_h264_and_aac(tmp_path, name, codec, sound, pixels):
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = films.film(tmp_path / name, codec, sound=sound, pixels=pixels, **quiet)
    made, data, _ = copied(path)
    facts, frame = films.seen(data)
    assert (facts["codec"], facts["pixels"], facts["size"]) == ("h264", "yuv420p", (320, 240))
    assert facts["sound"] == (["aac"] if sound else [])
    assert facts["seconds"] == pytest.approx(2.0, abs=0.2)
    assert abs(facts["frames"] - 50) <= 2
    assert corners(frame) == UPRIGHT_CORNERS
    assert made.seconds == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize(("transfer", "codes", "greys"), [
    (16, [0.0, 0.38, 0.508, 0.5807, 0.7516], [0, 100, 186, 237, 255]),     # PQ: 0, 25, 100, 203, 1,000 nits
    (18, [0.0, 0.2, 0.5, 0.75, 1.0], [0, 50, 136, 237, 255]),              # HLG: 75 % is the white of paper
])
def test_films_of_high_range_are_neither_grey_nor_burnt_out(tmp_path, transfer, codes, greys):
    path = films.film_of_high_range(tmp_path / "a.mov", transfer, codes)
    with Image.open(io.BytesIO(make_strip(original(path), 1.0).data)) as strip:
        assert seen_greys(strip.crop((0, 0, 400, strip.height)), len(codes)) == pytest.approx(greys, abs=5)
    facts, frame = films.seen(copied(path)[1])
    assert seen_greys(frame, len(codes)) == pytest.approx(greys, abs=5)
    assert facts["pixels"] == "yuv420p"


def seen_greys(picture: Image.Image, stripes: int) -> list[int]:
    grey, width = picture.convert("L"), picture.width / stripes
    return [grey.getpixel((round(width * (place + 0.5)), grey.height // 2)) for place in range(stripes)]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_copies_and_strips_are_upright(tmp_path, degrees):
    """The picture itself is turned: a copy needs no rotation that a player might pass over."""
    path = tmp_path / "turned.mp4"
    path.write_bytes(drawn_film([quarters()] * 30, rotation=degrees))
    facts, frame = films.seen(copied(path)[1])
    assert facts["rotation"] == 0
    assert facts["size"] == ((160, 240) if degrees in (90, 270) else (240, 160))
    strip = make_strip(original(path), 3.0)
    first = Image.open(io.BytesIO(strip.data)).crop((0, 0, strip.width // strip.frames, strip.height))
    assert corners(frame) == corners(first) == TURNED[degrees]


def test_large_films_shrink_to_720_lines_and_portrait_ones_likewise(tmp_path):
    wide = copied(films.film(tmp_path / "wide.mp4", size=(1920, 1080), seconds=0.2))[0]
    tall = tmp_path / "tall.mp4"
    tall.write_bytes(with_rotation((tmp_path / "wide.mp4").read_bytes(), 90))
    assert (wide.width, wide.height) == (1280, 720)
    assert (copied(tall)[0].width, copied(tall)[0].height) == (720, 1280)


def test_slow_motion_is_thinned_to_what_screens_show(tmp_path):
    facts, _ = films.seen(copied(films.film(tmp_path / "slow.mp4", rate=240, seconds=1.0))[1])
    assert facts["frames"] == pytest.approx(60, abs=2)
    assert facts["seconds"] == pytest.approx(1.0, abs=0.1)


def test_progress_is_told_and_an_endless_film_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr("photoarchive.imaging.video_proxy.TELL_SECONDS", 0.0)
    path = films.film(tmp_path / "long.mkv", seconds=6.0)
    made, data, told = copied(path, Bounds(seconds=2.0))
    assert told == sorted(told)
    assert len(told) > 10
    assert 2.0 <= made.seconds < 2.5
    assert films.seen(data)[0]["seconds"] < 3.0
    with pytest.raises(Unreadable, match="larger than the cache"):
        copied(films.film(tmp_path / "noise.mp4", noise=True), Bounds(size=50_000))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_films_give_a_copy_or_a_reason(tmp_path, seed):
    chance = np.random.default_rng(seed)
    data = bytearray(films.film(tmp_path / "whole.mkv", "libx264", sound="aac").read_bytes())
    for place in chance.integers(200, len(data), 60):
        data[place] = chance.integers(0, 256)
    path = tmp_path / "torn.mkv"
    path.write_bytes(bytes(data[:int(len(data) * (1 - 0.2 * seed))]))
    try:
        assert films.seen(copied(path)[1])[0]["codec"] == "h264"
    except Unreadable as error:
        assert error.sentence.endswith(".")


def test_a_strip_spreads_over_the_film_and_leaves_black_out(tmp_path):
    grey = [Image.new("RGB", (160, 90), (2 * number, 60, 60)) for number in range(100)]
    (tmp_path / "grey.mp4").write_bytes(drawn_film(grey))
    strip = make_strip(original(tmp_path / "grey.mp4"), 10.0)
    picture = np.asarray(Image.open(io.BytesIO(strip.data)))
    assert (strip.frames, picture.shape) == (5, (90, 800, 3))
    reds = [part[..., 0].mean() / 2 for part in np.array_split(picture, 5, axis=1)]
    assert reds == pytest.approx([10, 30, 50, 70, 90], abs=3)
    black = [Image.new("RGB", (160, 90))] * 50 + [quarters(160, 90)] * 50
    (tmp_path / "half.mp4").write_bytes(drawn_film(black))
    assert make_strip(original(tmp_path / "half.mp4"), 10.0).frames == 3
    assert make_strip(original(tmp_path / "half.mp4"), 1.0).frames <= 3


def test_a_film_with_a_single_key_frame_still_has_different_frames(tmp_path):
    grey = [Image.new("RGB", (160, 90), (8 * number, 60, 60)) for number in range(30)]
    (tmp_path / "one.mp4").write_bytes(drawn_film(grey, codec="libx264", every_key=False))
    assert make_strip(original(tmp_path / "one.mp4"), 3.0).frames == 5
