"""Shapes of the requests and answers about corrections."""

from __future__ import annotations

from typing import Annotated

import msgspec

from photoarchive.catalog.choice import Choice
from photoarchive.web.parameters import LARGEST_ID

ZoneName = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Shift(msgspec.Struct, tag_field="kind", tag="shift", forbid_unknown_fields=True):
    """The clock was wrong by so many seconds; what is added puts it right."""

    seconds: int


class OtherZone(msgspec.Struct, tag_field="kind", tag="zone", forbid_unknown_fields=True):
    """The clock showed the time of one zone, the photos were taken in another (names such as Europe/Oslo)."""

    camera: ZoneName
    place: ZoneName


class WallClock(msgspec.Struct, tag_field="kind", tag="offset", forbid_unknown_fields=True):
    """The clock was right, in this zone: the UTC offset is noted."""

    zone: ZoneName


class SetTo(msgspec.Struct, tag_field="kind", tag="set", forbid_unknown_fields=True):
    """The first photo was taken at this local time ("2019-07-14 21:04:05"); the others keep their distance to it."""

    local: Annotated[str, msgspec.Meta(max_length=23)]
    zone: ZoneName | None = None


class ResetTime(msgspec.Struct, tag_field="kind", tag="reset", forbid_unknown_fields=True):
    """What the files say counts again."""


class At(msgspec.Struct, tag_field="kind", tag="at", forbid_unknown_fields=True):
    """A place: degrees, metres above the sea."""

    latitude: float
    longitude: float
    altitude: float | None = None


class CopyFrom(msgspec.Struct, tag_field="kind", tag="copy", forbid_unknown_fields=True):
    """The place of another photo."""

    photo_id: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]


class Nowhere(msgspec.Struct, tag_field="kind", tag="none", forbid_unknown_fields=True):
    """No place, whatever the files say."""


class ResetPlace(msgspec.Struct, tag_field="kind", tag="reset", forbid_unknown_fields=True):
    """What the files say counts again."""


TimeChange = Shift | OtherZone | WallClock | SetTo | ResetTime
PlaceChange = At | CopyFrom | Nowhere | ResetPlace


class TimeRequest(Choice, kw_only=True, forbid_unknown_fields=True):
    """POST /api/corrections/time."""

    change: TimeChange


class PlaceRequest(Choice, kw_only=True, forbid_unknown_fields=True):
    """POST /api/corrections/place."""

    change: PlaceChange


class Moment(msgspec.Struct):
    """When and where a photo was taken, before or after a correction."""

    date_taken: str | None
    taken_offset: int | None        # minutes east of UTC
    latitude: float | None
    longitude: float | None


class Previewed(msgspec.Struct):
    """One photo, as it is and as it would be."""

    id: int
    before: Moment
    after: Moment


class PreviewAnswer(msgspec.Struct):
    """The first photos; undated: how many of all have no time that could be moved."""

    count: int
    undated: int
    photos: list[Previewed]


class CorrectionAnswer(msgspec.Struct, kw_only=True):
    """changed: photos that say something else now; action_id: null when none does."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None


class Running(msgspec.Struct, frozen=True):
    """GET /api/corrections/running: photos done of all of the correction that this window waits for."""

    done: int
    total: int


class ZonesAnswer(msgspec.Struct):
    """Names of time zones; local: of this computer, if it is known."""

    zones: list[str]
    local: str | None
