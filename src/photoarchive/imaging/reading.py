"""Reads one original with its sidecars: format, metadata, shape, average colour. Runs in worker processes only.

One open per file; everything it can say becomes one Inspection. `inspect` is the light-weight door to this module.
"""

from __future__ import annotations

import zlib

import msgspec

from photoarchive.core.errors import NotFound, Unreadable
from photoarchive.core.facts import Inspection, Kind
from photoarchive.core.paths import Original, display_path
from photoarchive.imaging.containers import JPEG_FIRST_READ
from photoarchive.imaging.dates import mtime_moment
from photoarchive.imaging.field_time import corrected_moment, taken_moment
from photoarchive.imaging.fields import facts_of
from photoarchive.imaging.inspect import InspectItem
from photoarchive.imaging.instant import average_colour
from photoarchive.imaging.merge import Source, merge
from photoarchive.imaging.motion_photo import clip_codec, find_clip
from photoarchive.imaging.name_dates import date_from_name
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.pictures import read_picture, set_shape
from photoarchive.imaging.probe import Format, probe
from photoarchive.imaging.sidecars import read_sidecar
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.takeout import read_takeout

MOST_TAG_BYTES = 64 << 10   # of JSON per photo, before compression
_UNKNOWN = "The content is no picture or video that photoArchive knows."


class _Reading(msgspec.Struct):
    """What one file says before its sidecars are asked."""

    form: Format
    source: Source
    texts: dict[str, str]
    stored: tuple[int, int]
    thumbnail: bytes
    mtime_ns: int


def read_item(item: InspectItem) -> Inspection:
    """Read one file and its sidecars. Raises Unreadable with the reason, NotFound, Unavailable."""
    reading = _read(item.original)
    facts = reading.source.facts
    sidecars, takeout, notes = _read_sidecars(item, reading)
    name = display_path(item.original.relpath.rsplit(b"/", 1)[-1])
    merge(reading.source, sidecars, takeout, date_from_name(name), mtime_moment(reading.mtime_ns))
    return Inspection(
        item.file_id, int(reading.form.kind), reading.form.extension, facts,
        colour=average_colour(reading.thumbnail) if reading.thumbnail else None,
        tags=packed_tags(reading.texts), stamp=item.stamp, notes=tuple(notes),
    )


def read_tags_of(original: Original, sidecars: tuple[Original, ...] = ()) -> dict[str, str]:
    """Every tag of a file and its sidecars as readable text, for the exif answer. Raises like read_item."""
    reading = _read(original)
    _read_sidecars(InspectItem(0, original, sidecars), reading)
    return reading.texts


def packed_tags(texts: dict[str, str]) -> bytes:
    """Tags as compressed JSON of at most MOST_TAG_BYTES; what does not fit is left out, the longest values first."""
    data = msgspec.json.encode(texts)
    if len(data) > MOST_TAG_BYTES:
        kept, size = {}, 2
        for key, value in sorted(texts.items(), key=lambda item: len(item[1])):
            size += len(msgspec.json.encode(key)) + len(msgspec.json.encode(value)) + 2
            if size > MOST_TAG_BYTES:
                break
            kept[key] = value
        data = msgspec.json.encode({key: kept[key] for key in texts if key in kept})
    return zlib.compress(data, 1)


def _read(original: Original) -> _Reading:
    with open_original(original) as opened:
        if opened.size == 0:
            raise Unreadable("The file is empty.")
        head = opened.read_at(0, JPEG_FIRST_READ)
        form = probe(head, original.relpath)
        if form is None:
            raise Unreadable(_UNKNOWN)
        if form.kind == Kind.VIDEO:
            return _read_video(opened, form)
        return _read_picture(opened, head, form)


def _read_video(opened: OpenedOriginal, form: Format) -> _Reading:
    from photoarchive.imaging.video_facts import read_video

    facts, moment, texts = read_video(opened)
    stored = (facts.stored_width or 0, facts.stored_height or 0)
    return _Reading(form, Source(facts, moment), texts, stored, b"", opened.mtime_ns)


def _read_picture(opened: OpenedOriginal, head: bytes, form: Format) -> _Reading:
    picture = read_picture(opened, head, form)
    tags = picture.tags
    facts = facts_of(tags, picture.orientation)
    set_shape(facts, tags)
    facts.clip = find_clip(opened, tags)
    facts.codec = clip_codec(opened, facts.clip) if facts.clip is not None else None
    source = Source(facts, taken_moment(tags))
    return _Reading(form, source, tags.texts, (tags.width, tags.height), tags.thumbnail, opened.mtime_ns)


def _read_sidecars(item: InspectItem, reading: _Reading) -> tuple[list[Source], list[Source], list[str]]:
    """XMP sidecars, Takeout files, and what was wrong with those that could not be read."""
    xmp: list[Source] = []
    takeout: list[Source] = []
    notes: list[str] = []
    for sidecar in item.sidecars:
        try:
            if sidecar.relpath.lower().endswith(b".json"):
                google = read_takeout(sidecar)
                if google is not None:
                    takeout.append(Source(google.facts, google.moment))
                    reading.texts |= google.texts
            else:
                tags = read_sidecar(sidecar)
                xmp.append(_sidecar_source(tags, reading))
                reading.texts |= {f"Sidecar.{key}": value for key, value in tags.texts.items()}
        except (Unreadable, NotFound) as error:
            notes.append(f"{display_path(sidecar.relpath.rsplit(b'/', 1)[-1])}: {error.sentence}")
    return xmp, takeout, notes


def _sidecar_source(tags: Tags, reading: _Reading) -> Source:
    """Face boxes of a sidecar count in the stored picture, so they need its size and orientation."""
    tags.width, tags.height = reading.stored
    return Source(facts_of(tags, reading.source.facts.orientation), corrected_moment(tags))
