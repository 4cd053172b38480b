"""What can be known of a photo from its file: the values that travel from the reading workers to the catalog.

Plain data, no behaviour: imaging fills them, catalog.photos stores them. None or an empty tuple: "not said".
"""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Kind(IntEnum):
    """What an original is; stored in photos.kind."""

    IMAGE = 0
    RAW = 1
    VIDEO = 2


class Origin(IntEnum):
    """Where the taken time comes from; stored in photos.taken_origin."""

    NONE = 0
    EMBEDDED = 1
    SIDECAR = 2
    TAKEOUT = 3
    FILE_NAME = 4
    MTIME = 5       # estimated
    USER = 6


class Taken(msgspec.Struct, frozen=True):
    """When a photo was taken: the wall clock at the place, and how far that clock was from UTC."""

    local_ms: int                   # wall time read as if it were UTC, milliseconds since 1970
    offset: int | None = None       # minutes east of UTC, None unknown
    origin: Origin = Origin.EMBEDDED


class FaceRegion(msgspec.Struct, frozen=True):
    """A named face box: fractions of the upright picture, x and y of the upper left corner."""

    name: str
    x: float
    y: float
    w: float
    h: float


class Clip(msgspec.Struct, frozen=True):
    """Where a film lies inside the file of a motion photo: first byte, number of bytes."""

    start: int
    size: int


class Facts(msgspec.Struct):
    """Every field of a photo's metadata, units in the names' comments."""

    width: int | None = None                # as displayed, orientation applied
    height: int | None = None
    stored_width: int | None = None
    stored_height: int | None = None
    orientation: int = 1                    # EXIF 1–8, to be applied to the stored picture
    colour_profile: str | None = None
    taken: Taken | None = None
    camera_make: str | None = None
    camera_model: str | None = None         # without the make repeated
    lens: str | None = None
    iso: int | None = None
    aperture: float | None = None           # f-number
    shutter: float | None = None            # seconds
    focal: float | None = None              # mm
    focal35: float | None = None            # mm, 35 mm equivalent
    exposure_program: str | None = None
    exposure_bias: float | None = None      # EV
    metering: str | None = None
    white_balance: str | None = None
    flash: str | None = None
    lat: float | None = None                # degrees, 6 decimals
    lon: float | None = None
    altitude: float | None = None           # metres above the sea
    direction: float | None = None          # degrees from north
    title: str | None = None
    caption: str | None = None
    creator: str | None = None
    copyright: str | None = None
    keywords: tuple[str, ...] = ()          # hierarchy as "Nature|Birds"
    rating: int | None = None               # 0–5, −1 rejected
    picked: bool | None = None              # what culling tools wrote: True picked, False rejected
    label: str | None = None                # as read: "Red", "Green" …
    faces: tuple[FaceRegion, ...] = ()
    duration: float | None = None           # seconds
    frame_rate: float | None = None
    codec: str | None = None
    rotation: int | None = None             # degrees a player turns the picture clockwise
    content_identifier: str | None = None   # joins the image and the clip of a live photo
    clip: Clip | None = None                # the film inside a motion photo


class Inspection(msgspec.Struct):
    """What one readable original says, its sidecars merged in."""

    file_id: int
    kind: int                               # Kind
    extension: str                          # canonical, by content: ".jpg"
    facts: Facts = msgspec.field(default_factory=Facts)
    colour: int | None = None               # average, RGB565
    tags: bytes = b""                       # every tag as read: zlib of JSON {key: text}
    stamp: int = 0                          # mtime_ns the catalog had when the file was chosen to be read
    notes: tuple[str, ...] = ()             # what was wrong and passed over, e.g. a broken sidecar


class Blame(IntEnum):
    """What an unreadable original's failure says."""

    FILE = 0        # the file itself is broken: its reason is recorded
    DRIVE = 1       # the drive did not answer: nothing is recorded unless it answers when asked again
    GONE = 2        # the file is no longer there: the next scan finds out


class InspectFailure(msgspec.Struct, frozen=True):
    """Why one original could not be read."""

    file_id: int
    reason: str
    extension: str = ""                     # canonical, by name
    blame: Blame = Blame.FILE
    stamp: int = 0
