"""Copies of videos that every browser can play: H.264 and AAC in an MP4, at most 720 lines, upright, square pixels.

`transcode` is the pure part. `main` is a process of its own that the server starts for each copy and may stop or kill
at any moment: it gets open descriptors, gives up every right to write elsewhere, and tells its progress line by line.
Which videos need a copy, and when one is made, is decided in features.video.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
import msgspec

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError, Unreadable
from photoarchive.core.guard import confine_worker
from photoarchive.core.paths import Original
from photoarchive.imaging.cache_folder import FULL_DISK
from photoarchive.imaging.decode import explained
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.video import open_film, picture_stream
from photoarchive.imaging.video_picture import PictureFilter
from photoarchive.work.worker import TOO_MUCH_MEMORY, end_with_the_server, limit_memory

LONG_SIDE, SHORT_SIDE = 1280, 720
CRF, PRESET = 23, "veryfast"            # x264: near transparent at this size, a few milliseconds a frame
KEY_SECONDS = 2                         # between key frames: how far the player must decode to jump
MOST_RATE = 60                          # slow-motion clips have 240 frames a second, screens show 60
AUDIO_BITS, MOST_AUDIO_RATE = 128_000, 48_000
CLOCK = Fraction(1, 90_000)
TELL_SECONDS = 0.2
OVERTIME = 1.5                          # a film that runs longer than it says, by this factor and a minute, is cut
MOST_BAD_PACKETS = 500
MEMORY_BYTES = 3 << 29                  # beyond the process's own size
NICE = 5


class Bounds(msgspec.Struct, frozen=True):
    """How far a copy may go. seconds: of film; size: bytes."""

    seconds: float = 6 * 3600.0
    size: int = 1 << 40


class Copy(msgspec.Struct, frozen=True):
    """What was made."""

    width: int
    height: int
    seconds: float


Tell = Callable[[float], None]


def transcode(source: OpenedOriginal, sink: BinaryIO, bounds: Bounds, tell: Tell) -> Copy:
    """Write the copy of a film into `sink`; tell(seconds done) every moment. Raises Unreadable with the reason."""
    with explained(source.original, "film"), contextlib.closing(open_film(source)) as film:
        picture = picture_stream(film)
        picture.codec_context.thread_count = 0          # the user waits: all cores
        picture.thread_type = "AUTO"
        with av.open(sink, "w", format="mp4") as output:
            copier = _Copier(film, output, picture, bounds, tell)
            copier.run(sink)
        return copier.result()


class _Copier:
    """One film on its way from one container into another."""

    def __init__(self, film: Any, output: Any, picture: Any, bounds: Bounds, tell: Tell) -> None:
        self._film, self._output, self._picture, self._bounds, self._tell = film, output, picture, bounds, tell
        self._begin = (film.start_time or 0) / av.time_base
        length = (film.duration or 0) / av.time_base
        self._end = min(bounds.seconds, length * OVERTIME + 60 if length > 0 else bounds.seconds)
        self._sound = _sound_of(film)
        self._filter = PictureFilter(LONG_SIDE, SHORT_SIDE, picture.sample_aspect_ratio, _rate_limit(picture))
        self._video: Any = None
        self._audio: Any = None
        self._done, self._told = 0.0, 0.0
        self._bad = 0

    def run(self, sink: BinaryIO) -> None:
        """Copy packet by packet until the end, or a bound."""
        streams = [stream for stream in (self._picture, self._sound) if stream is not None]
        for packet in self._packets(streams):
            for frame in self._decoded(packet):
                self._take(frame, is_picture=packet.stream.type == "video")
            if self._done > self._end:
                break
            if sink.tell() > self._bounds.size:
                raise Unreadable("The copy of this film would be larger than the cache may hold. "
                                 "Allow a larger cache in the settings.")
        if self._video is None:
            raise Unreadable("The film holds no frame that can be decoded.")
        for frame in self._filter.rest():
            self._write(self._video, frame)
        for stream in (self._video, self._audio):
            if stream is not None:
                self._output.mux(stream.encode(None))

    def result(self) -> Copy:
        """What was made."""
        return Copy(self._video.width, self._video.height, round(self._done, 3))

    def _packets(self, streams: list[Any]) -> Iterator[Any]:
        """Packets in order; what is broken at the end of a file ends it."""
        packets = self._film.demux(streams)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.EOFError):
                return
            except av.error.FFmpegError:
                if self._video is None:
                    raise
                return
            yield packet

    def _decoded(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            self._bad += 1
            if self._bad > MOST_BAD_PACKETS:
                raise Unreadable("Too much of the film is damaged.") from error
            return []

    def _take(self, frame: Any, *, is_picture: bool) -> None:
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(self._begin / frame.time_base)
        if not is_picture:
            self._hear(frame)
            return
        if self._video is None:
            self._add_streams(frame)
        self._done = max(self._done, float(frame.time or 0.0))
        for ready in self._filter.push(frame):
            self._write(self._video, ready)
        at = monotonic()
        if at - self._told >= TELL_SECONDS:
            self._told = at
            self._tell(self._done)

    def _hear(self, frame: Any) -> None:
        if self._audio is None:         # before the first picture nothing can be written yet: sound begins with it
            return
        frame.pts = None if frame.pts is not None and frame.pts < 0 else frame.pts
        self._write(self._audio, frame)

    def _add_streams(self, frame: Any) -> None:
        """The streams of the copy, now that the first picture says what shape it has."""
        width, height = self._filter.size_of(frame)
        rate = min(Fraction(self._picture.average_rate or 30), Fraction(MOST_RATE))
        video = self._output.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.time_base = CLOCK
        video.codec_context.gop_size = max(1, round(rate * KEY_SECONDS))
        video.options = {"crf": str(CRF), "preset": PRESET, "profile": "high"}
        for name, value in (("color_range", 1), ("colorspace", 1), ("color_primaries", 1), ("color_trc", 1)):
            setattr(video.codec_context, name, value)       # Rec. 709, limited range: what the filter gives
        self._video = video
        if self._sound is not None:
            rate_of_sound = min(self._sound.codec_context.sample_rate or MOST_AUDIO_RATE, MOST_AUDIO_RATE)
            layout = "mono" if self._sound.codec_context.channels == 1 else "stereo"
            self._audio = self._output.add_stream("aac", rate=_aac_rate(rate_of_sound), layout=layout)
            self._audio.bit_rate = AUDIO_BITS

    def _write(self, stream: Any, frame: Any) -> None:
        self._output.mux(stream.encode(frame))


def _sound_of(film: Any) -> Any:
    """The first sound that can be decoded; None for a silent film."""
    for stream in film.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            return stream
    return None


def _rate_limit(picture: Any) -> int | None:
    rate = picture.average_rate or picture.guessed_rate
    return MOST_RATE if rate is not None and rate > MOST_RATE + 1 else None


def _aac_rate(rate: int) -> int:
    """The nearest rate AAC knows that is not lower."""
    known = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
    return next((one for one in known if one >= rate), MOST_AUDIO_RATE)


# ---------------------------------------------------------------------- the process


def main(numbers: list[int]) -> None:
    """Make one copy. numbers: descriptors of the original, of an empty file and of a pipe for news; how many bytes the
    copy may have; where the film begins in the original, and its bytes.

    Each line of news is JSON: {"at": seconds}, at the end {"copy": {…}} or {"error": sentence}.
    """
    source, sink, news, most, begin, size = numbers
    end_with_the_server()
    os.nice(NICE)
    confine_worker()
    limit_memory(MEMORY_BYTES)
    facts = os.fstat(source)
    opened = OpenedOriginal(Original(b"/", b"film"), source, size, facts.st_mtime_ns, facts.st_ino, facts.st_dev, begin)
    with os.fdopen(news, "wb", buffering=0) as pipe:
        def say(**message: Any) -> None:
            pipe.write(json.dumps(message).encode() + b"\n")

        try:
            with io.open(sink, "w+b", buffering=1 << 20, closefd=False) as file:  # noqa: UP020 - a descriptor, no path
                made = transcode(opened, file, Bounds(size=most), lambda at: say(at=at))
            say(copy={"width": made.width, "height": made.height, "seconds": made.seconds})
        except PhotoArchiveError as error:
            say(error=error.sentence)
        except MemoryError:
            say(error=TOO_MUCH_MEMORY)
        except OSError as error:
            say(error=_words(error))


def _words(error: OSError) -> str:
    if error.errno in FULL_DISK:
        return "The disk with the preview cache is full: there is no room for a copy of this film."
    return f"The copy could not be written: {error.strerror or error}."


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])])
