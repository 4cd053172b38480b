"""What a video says of itself, through libav: shape, duration, codec, rotation, date, place, camera."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import av.error

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Facts
from photoarchive.imaging.avchd import SEARCHED_BYTES, read_avchd
from photoarchive.imaging.containers import boxes, index_box, is_picture_track
from photoarchive.imaging.dates import Moment, as_utc, parse_date
from photoarchive.imaging.field_place import iso6709
from photoarchive.imaging.fields import facts_of, number, tidy, without_make
from photoarchive.imaging.metadata import MetadataError, read_xmp
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.sidecars import clean_packet
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import readable

_APPLE = "com.apple.quicktime."
_EPOCHS_MS = frozenset((0, -2_082_844_800_000))         # 1970 and 1904: the zero of a clock that was never set
_MOST_TAG = 4_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

av.logging.set_level(av.logging.PANIC)


def read_video(opened: OpenedOriginal) -> tuple[Facts, Moment | None, dict[str, str]]:
    """Facts of a video, when it was taken, and its tags as text. Raises Unreadable with the reason."""
    try:
        with av.open(opened.file(), mode="r", metadata_errors="replace", options={"export_xmp": "1"}) as container:
            if not container.streams.video:
                raise Unreadable("The file holds no video.")
            return _facts(container, opened)
    except (av.error.FFmpegError, OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"The video cannot be opened: {reason}.") from error


def _facts(container: Any, opened: OpenedOriginal) -> tuple[Facts, Moment | None, dict[str, str]]:
    stream = container.streams.video[0]
    said = {str(key).lower(): readable(str(value)) for key, value in
            (*stream.metadata.items(), *container.metadata.items())}
    facts = _facts_of_xmp(said.pop("xmp", ""))
    rotation = _rotation(opened)
    _read_shape(stream, rotation, facts)
    facts.duration = _duration(container, stream)
    rate = stream.average_rate or stream.guessed_rate
    facts.frame_rate = round(float(rate), 3) if rate else None
    facts.codec = stream.codec_context.name if stream.codec_context is not None else None
    _read_words(said, facts)
    texts = {f"Video.{key}": value[:_MOST_TAG] for key, value in said.items() if value}
    texts |= {"Video.codec": facts.codec or "unknown", "Video.rotation": str(rotation)}
    if container.streams.audio and container.streams.audio[0].codec_context is not None:
        texts["Audio.codec"] = container.streams.audio[0].codec_context.name
    moment = _at_place(_moment(said, local=container.format.name == "avi"), facts)
    if moment is None and container.format.name == "mpegts":
        recording = read_avchd(opened.read_at(0, SEARCHED_BYTES))
        moment, facts.shutter = recording.moment, recording.shutter
        facts.camera_make = facts.camera_make or recording.maker
    return facts, moment, texts


def _facts_of_xmp(packet: str) -> Facts:
    """Words, keywords and ratings that editing programs put into the film's XMP block."""
    try:
        return facts_of(read_xmp(clean_packet(packet.encode()))) if packet else Facts()
    except (MetadataError, ValueError):
        return facts_of(Tags())


def _read_shape(stream: Any, rotation: int, facts: Facts) -> None:
    width, height = int(stream.width or 0), int(stream.height or 0)
    if width <= 0 or height <= 0:
        raise Unreadable("The video's picture size cannot be read; the file is damaged.")
    facts.stored_width, facts.stored_height, facts.rotation = width, height, rotation
    aspect = stream.sample_aspect_ratio
    shown = max(1, round(width * float(aspect))) if aspect and 0.1 < float(aspect) < 10 else width
    facts.width, facts.height = (height, shown) if rotation in (90, 270) else (shown, height)
    facts.orientation = 1


def _duration(container: Any, stream: Any) -> float | None:
    if container.duration and container.duration > 0:
        return round(int(container.duration) / 1_000_000, 3)
    if stream.duration and stream.duration > 0 and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return None


def _moment(said: dict[str, str], *, local: bool) -> Moment | None:
    """Apple's date carries its offset; QuickTime's and Matroska's own are UTC; AVI's is local, whatever libav says."""
    for key in (_APPLE + "creationdate", "com.android.capture.date", "date_recorded"):
        moment = parse_date(said.get(key))
        if moment is not None:
            return moment
    moment = parse_date(said.get("creation_time"))
    if moment is not None and moment.local_ms not in _EPOCHS_MS:
        return Moment(moment.local_ms) if local else as_utc(moment)
    moment = parse_date(said.get("date"))
    return moment if moment is not None and moment.local_ms not in _EPOCHS_MS else None


def _at_place(moment: Moment | None, facts: Facts) -> Moment | None:
    """An instant as the clocks showed it where the film was taken, if it says where."""
    if moment is None or not moment.from_utc or not facts.lat or not facts.lon:
        return moment
    offset = offset_at(facts.lat, facts.lon, moment.local_ms)
    return moment if offset is None else Moment(moment.local_ms + offset * 60_000, offset)


def offset_at(lat: float, lon: float, utc_ms: int) -> int | None:
    """Minutes east of UTC at a place and an instant; None on the high seas, or where the zone is not known here."""
    import numpy as np

    from photoarchive.geo.gazetteer import gazetteer
    from photoarchive.geo.timezones import zone_of

    known = gazetteer()             # half a second, once in each worker that meets such a film
    number = int(known.find(np.array([lat]), np.array([lon])).zone[0])
    zone = zone_of(known.zones[number]) if number >= 0 else None
    offset = (_EPOCH + timedelta(milliseconds=utc_ms)).astimezone(zone).utcoffset() if zone is not None else None
    return None if offset is None else round(offset.total_seconds() / 60)


def _read_words(said: dict[str, str], facts: Facts) -> None:
    """Camera, place and words; what an XMP block already said stays."""
    make = tidy(_first(said, _APPLE + "make", "com.android.manufacturer", "make"))
    model = tidy(_first(said, _APPLE + "model", "com.android.model", "model"))
    facts.camera_make = make or facts.camera_make
    facts.camera_model = without_make(make, model) or facts.camera_model
    facts.lens = tidy(_first(said, _APPLE + "camera.lens_model")) or facts.lens
    lat, lon, altitude, _ = iso6709(_first(said, _APPLE + "location.iso6709", "location", "location-eng"))
    if lat is not None:
        facts.lat, facts.lon, facts.altitude = lat, lon, altitude
    facts.title = facts.title or _first(said, _APPLE + "title", "title", _APPLE + "displayname")
    facts.caption = facts.caption or _first(said, _APPLE + "description", "description", "comment")
    facts.creator = facts.creator or _first(said, _APPLE + "author", "artist", "author")
    facts.copyright = facts.copyright or _first(said, _APPLE + "copyright", "copyright")
    if not facts.keywords:
        words = _first(said, _APPLE + "keywords", "keywords") or ""
        facts.keywords = tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    stars = number(_first(said, _APPLE + "rating.user"))
    if facts.rating is None and stars is not None and 0 <= stars <= 5:
        facts.rating = round(stars)
    facts.content_identifier = _first(said, _APPLE + "content.identifier")


def _first(said: dict[str, str], *keys: str) -> str | None:
    return next((said[key].strip() for key in keys if said.get(key, "").strip()), None)


# ---------------------------------------------------------------------- rotation


def _rotation(opened: OpenedOriginal) -> int:
    """Degrees a player turns the picture clockwise, from the track header's matrix (ISO 14496-12 §8.3.2)."""
    index = index_box(opened.read_at, opened.size)
    for kind, start, end in boxes(index, 0, len(index)):
        if kind != b"trak":
            continue
        parts = {name: (first, last) for name, first, last in boxes(index, start, end)}
        if b"tkhd" in parts and b"mdia" in parts and is_picture_track(index, *parts[b"mdia"]):
            return _matrix_degrees(index, *parts[b"tkhd"])
    return 0


def _matrix_degrees(index: bytes, start: int, end: int) -> int:
    at = start + (52 if index[start] == 1 else 40)
    if at + 36 > end:
        return 0
    a, b = struct.unpack_from(">ii", index, at)
    return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360
