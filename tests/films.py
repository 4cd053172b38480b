"""Films for tests of copies: in many codecs, noisy ones that take long, turned ones, with sound."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from drawn_pictures import quarters


def film(
    path: Path, codec: str = "mpeg4", *, size: tuple[int, int] = (320, 240), seconds: float = 2.0, rate: int = 25,
    sound: str = "", noise: bool = False, pixels: str = "yuv420p", **options: str,
) -> Path:
    """A film of the quarters picture (noise: of changing noise), its container by its name. sound: codec of a tone."""
    chance = np.random.default_rng(1)
    picture = np.asarray(quarters(*size))
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, pixels, 4_000_000
        audio = output.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        for _ in range(round(seconds * rate)):
            shown = chance.integers(0, 256, (size[1], size[0], 3), np.uint8) if noise else picture
            output.mux(stream.encode(av.VideoFrame.from_ndarray(shown, "rgb24")))
        output.mux(stream.encode(None))
        if audio is not None:
            _add_tone(output, audio, seconds)
    return path


def film_of_high_range(path: Path, transfer: int, codes: list[float]) -> Path:
    """Stripes of these coded greys in HEVC with 10 bits, Rec. 2020. transfer: 16 PQ, 18 HLG."""
    wide = np.repeat(np.array(codes), 640 // len(codes))
    pixels = np.rint(np.broadcast_to(wide[None, :, None], (360, len(wide), 3)) * 65_535).astype(np.uint16)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx265", rate=25, options={"x265-params": "log-level=none", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = len(wide), 360, "yuv420p10le"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb48le").reformat(
            format="yuv420p10le", dst_colorspace=9)
        for one in (stream.codec_context, frame):
            one.color_range, one.colorspace, one.color_primaries, one.color_trc = 1, 9, 9, transfer
        for number in range(25):
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _add_tone(output: av.container.OutputContainer, audio: av.AudioStream, seconds: float) -> None:
    samples = 1024
    for number in range(round(seconds * 48_000 / samples)):
        at = np.arange(samples) + number * samples
        wave = (8000 * np.sin(at * 2 * np.pi * 440 / 48_000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], "s16", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * samples, Fraction(1, 48_000)
        output.mux(audio.encode(frame))
    output.mux(audio.encode(None))


def seen(data: bytes) -> tuple[dict[str, object], Image.Image]:
    """What a film says of itself, and a frame from its middle, as a player shows it."""
    with av.open(io.BytesIO(data)) as found:
        stream = found.streams.video[0]
        frames = list(found.decode(stream))
        facts = {
            "codec": stream.codec_context.name, "size": (stream.width, stream.height), "frames": len(frames),
            "sound": [one.codec_context.name for one in found.streams.audio], "seconds": found.duration / av.time_base,
            "pixels": stream.codec_context.pix_fmt, "rotation": int(frames[0].rotation),
        }
        return facts, frames[len(frames) // 2].to_image()
