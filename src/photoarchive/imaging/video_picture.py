"""What happens to each picture of a film on its way into a copy: upright, square pixels, small, progressive, SDR.

A graph of FFmpeg's filters, built for the first frame and again whenever frames change their shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import av.filter

from photoarchive.imaging.video import TURN_OF_ROTATION
from photoarchive.imaging.video_hdr import ToneMap, transfer_of

TURNS = {8: ("cclock",), 6: ("clock",), 3: ("hflip", "vflip")}      # EXIF orientation → filters
SIDEWAYS = frozenset((6, 8))


class PictureFilter:
    """Turns, shrinks and converts frames. most_rate: frames a second above which some are dropped; None: all stay."""

    def __init__(self, long_side: int, short_side: int, aspect: Fraction | None, most_rate: int | None) -> None:
        self._long, self._short, self._most_rate = long_side, short_side, most_rate
        self._aspect = float(aspect) if aspect and 1 / 8 <= aspect <= 8 else 1.0
        self._graph: Any = None
        self._source: Any = None
        self._key: tuple[Any, ...] = ()
        self._size: tuple[int, int] | None = None

    def size_of(self, frame: Any) -> tuple[int, int]:
        """Width and height of the copy: those of its first frame, upright, within the limits, even numbers."""
        if self._size is None:
            width, height = frame.width * self._aspect, float(frame.height)
            if _orientation(frame) in SIDEWAYS:
                width, height = height, width
            scale = min(1.0, self._long / max(width, height), self._short / min(width, height))
            self._size = max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
        return self._size

    def push(self, frame: Any) -> Iterator[Any]:
        """Put a frame in; frames that are ready come out."""
        key = (frame.width, frame.height, frame.format.name, _orientation(frame), transfer_of(frame))
        if key != self._key:
            yield from self.rest()
            self._build(frame, key)
        self._source.push(frame)
        yield from self._ready()

    def rest(self) -> Iterator[Any]:
        """The film is over: what the filters still hold."""
        if self._graph is not None:
            self._source.push(None)
            yield from self._ready()
            self._graph = None

    def _ready(self) -> Iterator[Any]:
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            frame.pict_type = 0         # the encoder decides what becomes a key frame
            yield frame

    def _build(self, frame: Any, key: tuple[Any, ...]) -> None:
        graph, transfer = av.filter.Graph(), transfer_of(frame)
        self._source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format,
                                        time_base=frame.time_base)
        last = _linked(graph, self._source, self._smaller(frame))
        tone_map = ToneMap(graph, last, frame, transfer) if transfer is not None else None
        last = _linked(graph, last if tone_map is None else tone_map.last, _finished(frame))
        last.link_to(graph.add("buffersink"))
        graph.configure()
        if tone_map is not None:
            tone_map.start()
        self._graph, self._key = graph, key

    def _smaller(self, frame: Any) -> Iterator[tuple[str, str]]:
        if getattr(frame, "interlaced_frame", False):
            yield "yadif", "deint=interlaced"
        if self._most_rate is not None:
            yield "fps", f"fps={self._most_rate}"
        width, height = self.size_of(frame)
        before = (height, width) if _orientation(frame) in SIDEWAYS else (width, height)
        matrix = "" if transfer_of(frame) else ":out_color_matrix=bt709:out_range=tv"
        yield "scale", f"w={before[0]}:h={before[1]}:flags=bilinear{matrix}"


def _finished(frame: Any) -> Iterator[tuple[str, str]]:
    if transfer_of(frame):
        yield "scale", "out_color_matrix=bt709:out_range=tv"
    yield "format", "pix_fmts=yuv420p"
    for turn in TURNS.get(_orientation(frame), ()):
        yield ("transpose", f"dir={turn}") if _orientation(frame) in SIDEWAYS else (turn, "")
    yield "setsar", "sar=1"


def _linked(graph: Any, last: Any, steps: Iterable[tuple[str, str]]) -> Any:
    """The last of a chain of filters behind another."""
    for name, arguments in steps:
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    return last


def _orientation(frame: Any) -> int:
    return TURN_OF_ROTATION.get(int(frame.rotation), 1)
