"""Sets and shifts when and where photos were taken. Owns no SQL (catalog.corrections) and no HTTP."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import numpy as np

from photoarchive.catalog.cards import local_time
from photoarchive.catalog.choice import chosen_ids
from photoarchive.catalog.column_layout import NO_COORDINATE, NO_TIME, Array
from photoarchive.catalog.correction_rows import VALUE
from photoarchive.catalog.corrections import Corrections, NewField
from photoarchive.catalog.overlays import Corrected
from photoarchive.catalog.targets import leaders_of, photos_of
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.corrections import changes
from photoarchive.features.corrections.views import (
    At,
    CopyFrom,
    Moment,
    Nowhere,
    OtherZone,
    PlaceRequest,
    PreviewAnswer,
    Previewed,
    Running,
    SetTo,
    Shift,
    TimeRequest,
    WallClock,
    ZonesAnswer,
)

SHOWN = 8                   # photos of a preview
_SPELLINGS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")

Plan = tuple[changes.Compute, Callable[[int], str]]


class CorrectionService:
    """Corrections of one catalog. Thread-safe."""

    def __init__(self, views: Views, corrections: Corrections) -> None:
        self._views, self._corrections = views, corrections
        self._running: dict[str, Running] = {}          # by window

    def correct(self, body: TimeRequest | PlaceRequest, window: str) -> Corrected:
        """Correct photos as one action. Raises Invalid, NotFound, Gone, Conflict."""
        ids = chosen_ids(self._views, body)
        compute, label = self._plan(body, ids)
        try:
            return self._corrections.apply(ids, compute, label, window,
                                           lambda done, total: self._running.update({window: Running(done, total)}))
        finally:
            self._running.pop(window, None)

    def running(self, window: str) -> Running:
        """How far the correction of a window is; zeros when there is none."""
        return self._running.get(window, Running(0, 0))

    def preview(self, body: TimeRequest | PlaceRequest) -> PreviewAnswer:
        """What that would do to the first photos; nothing is changed. Raises likewise."""
        ids = chosen_ids(self._views, body)
        compute, _ = self._plan(body, ids)
        leaders = leaders_of(self._views.columns, ids)
        first = leaders[:SHOWN].astype(np.int64)
        known, after = self._corrections.preview(first, compute)
        photos = [Previewed(int(photo_id), _moment(known.fields, place), _moment(known.fields | after, place))
                  for place, photo_id in enumerate(known.ids.tolist())]
        by_id = {one.id: one for one in photos}
        with self._views.columns.lock:
            undated = int(np.count_nonzero(self._views.columns["taken"][leaders] == NO_TIME))
        return PreviewAnswer(len(leaders), undated, [by_id[one] for one in first.tolist() if one in by_id])

    def zones(self) -> ZonesAnswer:
        """The zones people choose from."""
        names = sorted(name for name in zoneinfo.available_timezones()
                       if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")))
        local = getattr(dt.datetime.now().astimezone().tzinfo, "key", None)
        return ZonesAnswer(["UTC", *names], local)

    # ------------------------------------------------------------------ what a request means

    def _plan(self, body: TimeRequest | PlaceRequest, ids: Array) -> Plan:
        if isinstance(body, TimeRequest):
            return self._plan_of_time(body, ids)
        return self._plan_of_place(body)

    def _plan_of_time(self, body: TimeRequest, ids: Array) -> Plan:
        change = body.change
        if isinstance(change, Shift):
            return changes.shift(change.seconds * 1000), _says("Shifted the time of {} by " + _span(change.seconds))
        if isinstance(change, OtherZone):
            return changes.other_zone(change.camera, change.place), _says(
                f"Changed the time zone of {{}} from {change.camera} to {change.place}")
        if isinstance(change, WallClock):
            return changes.same_wall_clock(change.zone), _says(f"Noted the time zone {change.zone} of {{}}")
        if isinstance(change, SetTo):
            local, first = _local_ms(change.local), self._taken_of_first(ids)
            return changes.set_to(local, first, change.zone), _says("Set the time of {}")
        return changes.read_again("time"), _says("Took back the corrected time of {}")

    def _plan_of_place(self, body: PlaceRequest) -> Plan:
        change = body.change
        if isinstance(change, At):
            compute = changes.place_at(change.latitude, change.longitude, change.altitude)
        elif isinstance(change, CopyFrom):
            compute = changes.place_at(*self._place_of(change.photo_id))
        elif isinstance(change, Nowhere):
            return changes.no_place, _says("Removed the place of {}")
        else:
            return changes.read_again("place"), _says("Took back the corrected place of {}")
        return compute, _says("Set the place of {}")

    def _taken_of_first(self, ids: Array) -> int | None:
        leader = leaders_of(self._views.columns, ids)[0]
        with self._views.columns.lock:
            taken = int(self._views.columns["taken"][leader])
        return None if taken == NO_TIME else taken

    def _place_of(self, photo_id: int) -> tuple[float, float, float | None]:
        leader = leaders_of(self._views.columns, np.array([photo_id], np.uint32))
        with self._views.columns.lock:
            unknown = self._views.columns["lat"][leader[0]] == NO_COORDINATE
        if unknown:
            raise Invalid("That photo has no location to copy.", field="photo_id")
        known, _ = self._corrections.preview(leader.astype(np.int64), lambda _: {})
        altitude = known.of("altitude")
        return (float(known.of("lat").value[0]), float(known.of("lon").value[0]),
                float(altitude.value[0]) if altitude.state[0] == VALUE else None)


def _says(sentence: str) -> Callable[[int], str]:
    return lambda count: sentence.format(photos_of(count))


def _span(seconds: int) -> str:
    """“+1 h”, “−2 d 3 h 5 min”."""
    rest, parts = abs(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole:,} {unit}")
    return ("−" if seconds < 0 else "+") + (" ".join(parts) or "0 s")


def _local_ms(text: str) -> int:
    """“2019-07-14 21:04:05” as ms. Raises Invalid."""
    for spelling in _SPELLINGS:
        try:
            at = dt.datetime.strptime(text.strip().replace("T", " "), spelling)
        except ValueError:
            continue
        return (at - dt.datetime(1970, 1, 1)) // dt.timedelta(milliseconds=1)
    raise Invalid("A time is written as 2019-07-14 21:04:05.", field="local")


def _moment(fields: dict[str, NewField], place: int) -> Moment:
    def one(name: str) -> float | None:
        field = fields[name]
        return field.value[place].item() if field.state[place] == VALUE else None

    local, offset = one("taken_local"), one("taken_offset")
    return Moment(None if local is None else local_time(int(local)), None if offset is None else int(offset),
                  one("lat"), one("lon"))
