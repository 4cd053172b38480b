"""Posters and frames of films: upright, never black while there is light, and no file opens another one."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from drawn_pictures import UPRIGHT_CORNERS, corners, film, quarters
from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import TierSpec, render
from photoarchive.imaging.video import upright_frames

SM = TierSpec(Tier.SM, 120, 90)
BLACK = Image.new("RGB", (240, 160))


def kept(folder: Path, data: bytes, name: str = "film.mp4") -> Original:
    (folder / name).write_bytes(data)
    return Original(os.fsencode(folder), os.fsencode(name))


def poster(folder: Path, data: bytes, name: str = "film.mp4") -> Image.Image:
    return Image.open(io.BytesIO(render(kept(folder, data, name), int(Kind.VIDEO), (SM,)).pictures[0].data))


@pytest.mark.parametrize(("container", "codec", "name"), [
    ("mp4", "mpeg4", "a.mp4"), ("mov", "mpeg4", "a.mov"), ("matroska", "mpeg4", "a.mkv"), ("avi", "mpeg4", "a.avi"),
    ("mpegts", "mpeg2video", "a.mts"), ("mpeg", "mpeg2video", "a.mpg"), ("asf", "wmv2", "a.wmv"),
    ("mp4", "h264", "a.mp4"),
    ("webm", "libvpx-vp9", "a.webm"), ("mpeg2video", "mpeg2video", "a.mpg"),
])
def test_every_container_gives_a_poster(tmp_path, container, codec, name):
    if container in ("mpegts", "mpeg", "mpeg2video"):      # the codec allows a few frame rates only
        data = broadcast(container)
    else:
        data = film([quarters()] * 12, container, codec)
    assert corners(poster(tmp_path, data, name)) == UPRIGHT_CORNERS


def broadcast(container: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 240, 160, "yuv420p", 4_000_000
        for _ in range(25):
            for packet in stream.encode(av.VideoFrame.from_image(quarters())):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize(("degrees", "expected"), [
    (90, ["blue", "red", "white", "green"]), (180, ["white", "blue", "green", "red"]),
    (270, ["green", "white", "red", "blue"]),
])
def test_the_rotation_of_the_film_is_applied(tmp_path, degrees, expected):
    found = poster(tmp_path, film([quarters()] * 10, rotation=degrees))
    assert corners(found) == expected
    assert found.size == ((120, 80) if degrees == 180 else (80, 120))


def test_the_poster_is_taken_near_a_tenth_of_the_length(tmp_path):
    frames = [Image.new("RGB", (64, 48), (40 + 2 * number, 60, 60)) for number in range(100)]
    red = np.asarray(poster(tmp_path, film(frames)))[..., 0].mean()
    assert 40 + 2 * 5 <= red <= 40 + 2 * 15


@pytest.mark.parametrize("dark", [range(40), [*range(9, 12)], range(5, 100)])
def test_black_frames_are_passed_over(tmp_path, dark):
    frames = [BLACK if number in dark else quarters() for number in range(100)]
    assert corners(poster(tmp_path, film(frames))) == UPRIGHT_CORNERS


def test_light_after_black_is_found_in_a_film_with_a_single_key_frame(tmp_path):
    frames = [BLACK] * 15 + [quarters()] * 15
    assert corners(poster(tmp_path, film(frames, codec="h264", every_key=False))) == UPRIGHT_CORNERS


def test_a_film_that_is_black_throughout_still_has_a_poster(tmp_path):
    assert np.asarray(poster(tmp_path, film([BLACK] * 20))).max() < 20


def test_a_dim_scene_with_detail_is_not_taken_for_black(tmp_path):
    night = Image.new("RGB", (240, 160), (4, 4, 6))
    night.paste((160, 150, 120), (100, 60, 130, 90))
    frames = [night] * 30 + [Image.new("RGB", (240, 160), (200, 200, 200))] * 70
    assert np.asarray(poster(tmp_path, film(frames))).mean() < 60


@pytest.mark.parametrize(("height", "width"), [(160, 240), (720, 1280)])
def test_colours_of_unmarked_films_are_right_in_standard_and_high_definition(tmp_path, height, width):
    """A saturated red differs by 20 levels between the two matrices."""
    buffer = io.BytesIO()
    colour = Image.new("RGB", (width, height), (180, 40, 40))
    matrix = 5 if height < 720 else 1
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 8_000_000
        frame = av.VideoFrame.from_image(colour).reformat(format="yuv420p", dst_colorspace=matrix)
        for _ in range(5):
            frame.pts = None
            for packet in stream.encode(frame):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    assert poster(tmp_path, buffer.getvalue()).getpixel((50, 40)) == pytest.approx((180, 40, 40), abs=8)


def test_frames_are_spread_over_the_film(tmp_path):
    frames = [Image.new("RGB", (64, 48), (2 * number, 60, 60)) for number in range(100)]
    found = upright_frames(kept(tmp_path, film(frames)), 3, 32)
    assert [round(np.asarray(image)[..., 0].mean() / 2) for image in found] == pytest.approx([17, 50, 83], abs=3)
    assert {image.size for image in found} == {(32, 24)}


def test_frames_are_upright(tmp_path):
    original = kept(tmp_path, film([quarters()] * 10, rotation=180))
    assert corners(upright_frames(original, 1, 120)[0]) == ["white", "blue", "green", "red"]


def test_a_playlist_named_like_a_film_opens_no_other_file(tmp_path):
    (tmp_path / "secret.mp4").write_bytes(film([quarters()] * 10))
    playlist = b"#EXTM3U\n#EXTINF:1,\n" + os.fsencode(tmp_path) + b"/secret.mp4\n"
    for data in (playlist, b"ffconcat version 1.0\nfile secret.mp4\n"):
        with pytest.raises(Unreadable):
            poster(tmp_path, data)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_a_film_cut_short_gives_a_picture_or_a_reason(tmp_path, part):
    data = film([quarters()] * 30, "matroska")
    try:
        assert poster(tmp_path, data[:int(len(data) * part)], "a.mkv").size == (120, 80)
    except Unreadable as error:
        assert error.sentence.endswith(".")


def test_a_film_without_its_index_says_so(tmp_path):
    data = film([quarters()] * 30)
    with pytest.raises(Unreadable, match="film data cannot be decoded"):
        poster(tmp_path, data[:len(data) // 2])


def test_sound_alone_is_no_film(tmp_path):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        sound.sample_rate = 44100
        for packet in [*stream.encode(sound), *stream.encode()]:
            output.mux(packet)
    with pytest.raises(Unreadable, match="no moving picture"):
        poster(tmp_path, buffer.getvalue())


def test_films_with_oblong_pixels_are_shown_in_their_shape(tmp_path):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 240, 160, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        for _ in range(10):
            for packet in stream.encode(av.VideoFrame.from_image(quarters())):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    assert poster(tmp_path, buffer.getvalue(), "a.mkv").size == (120, 40)
