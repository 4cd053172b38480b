"""One photo's facts from all that speak of it. Pure.

Capture facts: embedded, then XMP sidecar, then Takeout. What people edit (words, keywords, rating, label, faces, a
corrected time or place): XMP sidecar, then embedded, then Takeout. Time at last: file name, then mtime (estimated).
The user's own corrections win over all of this in the catalog.
"""

from __future__ import annotations

import msgspec

from photoarchive.core.facts import Facts, Origin, Taken
from photoarchive.imaging.dates import REAL_OFFSETS, Moment, offset_between

EDITED = ("title", "caption", "creator", "copyright", "keywords", "rating", "picked", "label", "faces")
CAPTURED = ("colour_profile", "camera_make", "camera_model", "lens", "iso", "aperture", "shutter", "focal", "focal35",
            "exposure_program", "exposure_bias", "metering", "white_balance", "flash", "direction")
PLACE = ("lat", "lon", "altitude")
_SAME_MS = 1_500                # two readings of one clock: sub-seconds may be cut
_NAME_TOLERANCE_MS = 120_000    # a video's own date may be its end or the moment it was saved
_MINUTE_MS = 60_000


class Source(msgspec.Struct, frozen=True):
    """What one file (the original, a sidecar, a Takeout JSON) says."""

    facts: Facts
    moment: Moment | None


def merge(
    embedded: Source, sidecars: list[Source], takeout: list[Source], name: Moment | None, mtime: Moment | None
) -> Facts:
    """The facts of a photo; the embedded facts are completed in place and returned."""
    facts = embedded.facts
    for field in EDITED:
        _take(facts, field, [*sidecars, embedded, *takeout])
    for field in CAPTURED:
        _take(facts, field, [embedded, *sidecars, *takeout])
    for source in (*sidecars, embedded, *takeout):
        if source.facts.lat is not None and source.facts.lon is not None:
            place = {field: getattr(source.facts, field) for field in PLACE}
            for field, value in place.items():
                setattr(facts, field, value)
            break
    facts.taken = _taken(
        embedded.moment, [one.moment for one in sidecars], [one.moment for one in takeout], name, mtime,
        facts.duration or 0.0,
    )
    return facts


def _take(facts: Facts, field: str, best_first: list[Source]) -> None:
    for source in best_first:
        value = getattr(source.facts, field)
        if value is not None and value != ():
            setattr(facts, field, value)
            return


def _taken(  # noqa: PLR0917 – one value per origin, in their order
    embedded: Moment | None, sidecars: list[Moment | None], takeout: list[Moment | None], name: Moment | None,
    mtime: Moment | None, duration: float,
) -> Taken | None:
    sidecar = next((moment for moment in sidecars if moment is not None), None)
    google = next((moment for moment in takeout if moment is not None), None)
    candidates = (
        (_reconciled(embedded, sidecar) if embedded and sidecar else None, Origin.EMBEDDED),
        (sidecar, Origin.SIDECAR), (embedded, Origin.EMBEDDED), (google, Origin.TAKEOUT),
        (name, Origin.FILE_NAME), (mtime, Origin.MTIME),
    )
    for moment, origin in candidates:
        if moment is not None:
            if moment.from_utc and name is not None:
                moment = _on_wall_of(moment, name, duration)  # noqa: PLW2901
            return Taken(moment.local_ms, moment.offset, origin)
    return None


def _reconciled(embedded: Moment, sidecar: Moment) -> Moment | None:
    """The embedded time when the sidecar only repeats it, its offset filled in; None if the sidecar corrects it."""
    if abs(embedded.local_ms - sidecar.local_ms) < _SAME_MS:
        return embedded if embedded.offset is not None else Moment(embedded.local_ms, sidecar.offset)
    ours, theirs = embedded.instant_ms(), sidecar.instant_ms()
    if ours is not None and theirs is not None and abs(ours - theirs) < _SAME_MS:
        return embedded
    if embedded.offset is None and sidecar.offset == 0:         # some programs write the same time in UTC
        offset = offset_between(embedded, sidecar, _SAME_MS)
        return Moment(embedded.local_ms, offset) if offset is not None else None
    return None


def _on_wall_of(utc: Moment, name: Moment, duration: float) -> Moment:
    """An instant shown on the local clock that the file's name was made with, if a real time zone explains both."""
    if name.offset is not None:
        return utc
    difference = name.local_ms - utc.local_ms
    for end_ms in (0, round(duration * 1000)):                  # the name is made at the start; the date may be the end
        offset = round((difference + end_ms) / (15 * _MINUTE_MS)) * 15
        if offset in REAL_OFFSETS and abs(difference + end_ms - offset * _MINUTE_MS) <= _NAME_TOLERANCE_MS:
            return utc.at_offset(offset)
    return utc
