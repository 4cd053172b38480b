"""Shapes of the Library's requests and answers."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.cards import Card
from photoarchive.catalog.choice import Choice
from photoarchive.catalog.groups import DateGroup, FolderCount
from photoarchive.catalog.saved_views import SavedView


class FlagRequest(Choice, kw_only=True):
    """Photos and the flag to give them."""

    flag: str


class StarsRequest(Choice, kw_only=True):
    """Photos and the stars to give them; null takes the user's stars away."""

    stars: int | None


class LabelRequest(Choice, kw_only=True):
    """Photos and the colour label to give them; 0 takes it away."""

    label: int


class ChangedMarks(msgspec.Struct):
    """Photos whose marks changed, with their bits as the feed has them; ids is null when they are too many to name.

    revision: what was changed after it is not told here.
    """

    revision: int
    ids: list[int] | None
    bits: list[int]


class OneFlagRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The flag of one photo."""

    flag: str


class SaveViewRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A name and the URL parameters of a view. replace: it takes the place of the one under this name."""

    name: str
    query: str = ""
    replace: bool = False


class FlagAnswer(msgspec.Struct, kw_only=True):
    """count: photos asked for; changed: those that had another flag; action_id: null when nothing changed."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None
    flag: str


class StarsAnswer(msgspec.Struct, kw_only=True):
    """Like FlagAnswer."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None
    stars: int | None


class LabelAnswer(msgspec.Struct, kw_only=True):
    """Like FlagAnswer."""

    ok: bool = True
    count: int
    changed: int
    action_id: int | None
    label: int


class Rankings(msgspec.Struct, kw_only=True):
    """A page of a view. total: photos in the library; kept: those not rejected; visible: photos in the view."""

    images: list[Card]
    total_images: int
    total_kept: int
    visible_images: int
    hidden_pending_thumbnails: int = 0


class CardList(msgspec.Struct):
    """Cards in the order asked for."""

    images: list[Card]


class Position(msgspec.Struct):
    """Where a photo stands in a view, from 0."""

    index: int


class Neighbours(msgspec.Struct):
    """Ids around a photo; index: its place in the view; start: the place of the first id."""

    ids: list[int]
    index: int
    start: int


class DateGroups(msgspec.Struct):
    """Months of a view."""

    groups: list[DateGroup]


class Folders(msgspec.Struct):
    """Folder tree in path order, and the root that all share ("" when there are several sources)."""

    folders: list[FolderCount]
    root: str


class FilterOptions(msgspec.Struct):
    """What the library's photos offer to filter by."""

    years: list[int]
    file_types: list[str]
    undated: int
    cameras: list[str]
    lenses: list[str]


class SavedViewList(msgspec.Struct):
    """All saved views."""

    views: list[SavedView]


class Marker(msgspec.Struct):
    """One photo on the map."""

    id: int
    filename: str
    lat: float
    lng: float
    thumb_url: str


class Markers(msgspec.Struct):
    """The first located photos of a view; gps_count: how many there are; total_count: photos in the view."""

    markers: list[Marker]
    total_count: int
    gps_count: int
