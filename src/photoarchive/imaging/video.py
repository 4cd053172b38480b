"""Still pictures of films: a poster near 10 % that is never black, and frames spread over the length.

FFmpeg reads through our handle and is told the container, so no file can make it open another file or address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import numpy as np
from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging import limits
from photoarchive.imaging.decode import Picture, explained
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.probe import HEAD_BYTES, probe
from photoarchive.imaging.resize import fit, shrink, upright
from photoarchive.imaging.video_hdr import ordinary, transfer_of

CONTAINERS = {
    ".mp4": "mov", ".mov": "mov", ".m4v": "mov", ".3gp": "mov", ".mkv": "matroska", ".webm": "matroska",
    ".avi": "avi", ".wmv": "asf", ".mts": "mpegts", ".mpg": "mpeg",
}
POSTER_AT = (0.1, 0.3, 0.5, 0.7, 0.02)     # of the length: the first that is not black is taken
SEARCH_FRAMES = 240                        # decoded from the start when every place above is black
DARK, FLAT = 24, 12                        # mean and spread (of 255) below which a frame counts as black
HD_HEIGHT = 720                            # unmarked films this high are Rec. 709, lower ones Rec. 601
REC_709, REC_601, UNMARKED = 1, 5, 2       # swscale's and AVColorSpace's numbers
TURN_OF_ROTATION = {90: 8, 180: 3, -180: 3, -90: 6, 270: 6, -270: 8}      # counter-clockwise degrees → EXIF


def poster(opened: OpenedOriginal, extension: str) -> Picture:
    """The frame that stands for a film, upright orientation still to be applied. Raises Unreadable with the reason."""
    with explained(opened.original, "film"), _opened_film(opened, extension) as film:
        stream = picture_stream(film)
        best: tuple[float, Any] | None = None
        for frame in _candidates(film, stream):
            light = _light(frame)
            if light >= DARK:
                return _picture(frame, stream)
            if best is None or light > best[0]:
                best = (light, frame)
        if best is None:
            raise Unreadable("The film holds no frame that can be decoded.")
        return _picture(best[1], stream)


def upright_frames(original: Original, count: int, long_side: int) -> list[Image.Image]:
    """`count` upright frames, evenly spread over the film, as small pictures; fewer if the film is that short.

    Black ones are left out unless all are. Raises Unreadable with the reason.
    """
    pictures: list[tuple[float, Image.Image]] = []
    with open_original(original) as opened, explained(original, "film"), open_film(opened) as film:
        stream = picture_stream(film)
        shown: set[int | None] = set()
        for index in range(count):
            frame = _frame_near(film, stream, (index + 0.5) / count, shown)
            if frame is not None and frame.pts not in shown:
                shown.add(frame.pts)
                picture = _picture(frame, stream)
                small = shrink(picture.image, fit(*picture.size, long_side))
                pictures.append((_light(frame), upright(small, picture.orientation)))
    if not pictures:
        raise Unreadable("The film holds no frame that can be decoded.")
    bright = [image for light, image in pictures if light >= DARK]
    return bright or [pictures[0][1]]


def open_film(opened: OpenedOriginal) -> Any:
    """An original as a container of PyAV, to be closed by the caller. Raises Unreadable."""
    found = probe(opened.read_at(0, HEAD_BYTES), opened.original.relpath.rpartition(b"/")[2])
    if found is None:
        raise Unreadable("The content is no film that is known here.")
    return _opened_film(opened, found.extension)


def _opened_film(opened: OpenedOriginal, extension: str) -> Any:
    file: BinaryIO = opened.file()
    head = opened.read_at(0, 4)
    container = "mpegvideo" if head == b"\0\0\1\xb3" else CONTAINERS.get(extension)
    if container is None:
        raise Unreadable(f"Films of the kind {extension} cannot be shown.")
    return av.open(file, format=container, metadata_errors="ignore")


def picture_stream(film: Any) -> Any:
    """The stream with the moving picture, decoded in one thread. Raises Unreadable if there is none, or it is huge."""
    stream = next((s for s in film.streams.video if not _is_cover(s)), None)
    if stream is None:
        raise Unreadable("The file holds sound but no moving picture.")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width and height:
        limits.refuse_impossible(width, height)
        limits.refuse_hungry(width * height * 60)      # a decoder keeps up to 16 frames
    stream.codec_context.thread_count = 1
    return stream


def _is_cover(stream: Any) -> bool:
    return "attached_pic" in str(getattr(stream, "disposition", ""))


def _candidates(film: Any, stream: Any) -> Iterator[Any]:
    for part in POSTER_AT:
        frame = next(_frames_at(film, stream, part), None)
        if frame is not None:
            yield frame
    for number, frame in enumerate(_frames_at(film, stream, 0.0)):
        if number >= SEARCH_FRAMES:
            break
        if number % 5 == 0:
            yield frame


def _frames_at(film: Any, stream: Any, part: float) -> Iterator[Any]:
    """Frames from the key frame before this part of the length on; from the start when seeking is not possible."""
    duration = film.duration or 0
    try:
        film.seek(max(0, int(duration * part)) + (film.start_time or 0))
    except av.FFmpegError:
        try:
            film.seek(0)
        except av.FFmpegError:
            return
    try:
        yield from film.decode(stream)
    except av.FFmpegError:
        return


def _frame_near(film: Any, stream: Any, part: float, shown: set[int | None]) -> Any | None:
    """A frame at about this part of the length: a key frame, or where the same one comes again one after it."""
    wanted = ((film.duration or 0) * part + (film.start_time or 0)) / av.time_base
    last = None
    for number, frame in enumerate(_frames_at(film, stream, part)):
        last = frame
        if frame.pts not in shown and (number == 0 or frame.time is None or frame.time >= wanted):
            break
        if number >= SEARCH_FRAMES:
            break
    return last


def _light(frame: Any) -> float:
    """How bright a frame is (0–255); a dark frame with detail, such as a night scene, counts as bright."""
    small = frame.reformat(width=64, height=64, format="gray").to_ndarray()[:, :64]
    return float(max(small.mean(), DARK if small.std() > FLAT else 0.0))


def _picture(frame: Any, stream: Any) -> Picture:
    """A frame as RGB, with square pixels."""
    limits.refuse_impossible(frame.width, frame.height)
    transfer = transfer_of(frame)
    if transfer is not None:
        pixels = ordinary(frame, transfer).to_ndarray()
    else:
        colours = frame.colorspace
        if colours in (0, UNMARKED):
            colours = REC_709 if frame.height >= HD_HEIGHT else REC_601
        pixels = frame.reformat(format="rgb24", src_colorspace=colours, dst_colorspace=REC_709).to_ndarray()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    shape = stream.sample_aspect_ratio
    if shape and 0 < shape != 1 and 1 / 8 <= shape <= 8:
        width, height = image.size
        wide = shape > 1
        square = (width, max(1, round(height / shape))) if wide else (max(1, round(width * shape)), height)
        image = image.resize(square, Image.Resampling.LANCZOS)
    return Picture(image, b"", TURN_OF_ROTATION.get(int(frame.rotation), 1), image.size)
