"""The rows behind corrected times and places: what is known now, what is corrected, the new values, as arrays.

A field of n photos is an array of values and one of states; n is at most a part of a correction.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import NO_COORDINATE, NO_OFFSET, NO_TIME, Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.targets import as_text
from photoarchive.core.facts import Origin

LEAVE, VALUE, NONE, AS_READ = range(4)      # states: not concerned; a value; "there is none"; what the file says
FIELDS = ("taken_local", "taken_offset", "lat", "lon", "altitude")
INTEGERS = frozenset(("taken_local", "taken_offset"))
FEW = 2_000                 # up to here columns are read back row by row; more are handed over as arrays

Execute = Callable[..., Any]


def _dtype(name: str) -> Any:
    return np.int64 if name in INTEGERS else np.float64


class NewField(msgspec.Struct, frozen=True):
    """New values of one field. value (n,), state (n,) uint8."""

    value: Array
    state: Array

    @property
    def chosen(self) -> Array:
        """Photos whose value it says."""
        chosen: Array = self.state != LEAVE
        return chosen

    def only(self, mask: Array) -> NewField:
        """The same, leaving others alone."""
        return NewField(self.value, np.where(mask, self.state, LEAVE).astype(np.uint8))

    def taken(self, mask: Array) -> NewField:
        """Of some of the photos."""
        return NewField(self.value[mask], self.state[mask])

    def settled(self, held: Held, now: NewField) -> NewField:
        """What is shown afterwards: values or none, never "what the file says" or "not concerned"."""
        back = self.state == AS_READ
        read = held.state != AS_READ                    # where nothing is corrected, the present value is the file's
        states = np.where(back, np.where(read, held.read_state, now.state), self.state)
        values = np.where(back, np.where(read, held.read_value, now.value), self.value)
        states, values = (np.where(self.chosen, new, old) for new, old in ((states, now.state), (values, now.value)))
        return NewField(values.astype(now.value.dtype), states.astype(np.uint8))


NewValues = dict[str, NewField]


def value(values: Array) -> NewField:
    """A value for every photo."""
    return NewField(values, np.full(len(values), VALUE, np.uint8))


def kept(mask: Array, values: Array) -> NewField:
    """Values for the photos of a mask; the others are left alone."""
    return NewField(values, np.where(mask, VALUE, LEAVE).astype(np.uint8))


def none(count: int) -> NewField:
    """There is none, whatever the files say."""
    return NewField(np.zeros(count), np.full(count, NONE, np.uint8))


def as_read(count: int) -> NewField:
    """No correction."""
    return NewField(np.zeros(count), np.full(count, AS_READ, np.uint8))


class Known(msgspec.Struct, frozen=True):
    """What is shown of photos now. ids (n,) ascending; a field: its present values (VALUE or NONE)."""

    ids: Array
    fields: NewValues
    origin: Array               # of the taken time, core.facts.Origin
    derived: Array              # (n,) bool: what is not corrected of the UTC offset was worked out from the place
    offset_set: Array           # (n,) bool: the UTC offset is corrected

    def of(self, name: str) -> NewField:
        """One field."""
        return self.fields[name]

    def only(self, mask: Array) -> Known:
        """Of some of the photos."""
        fields = {name: field.taken(mask) for name, field in self.fields.items()}
        return Known(self.ids[mask], fields, self.origin[mask], self.derived[mask], self.offset_set[mask])

    @property
    def taken(self) -> Array:
        """Local wall time in ms; 0 where there is none."""
        return self.fields["taken_local"].value

    @property
    def dated(self) -> Array:
        """(n,) bool: those that have a time."""
        dated: Array = self.fields["taken_local"].state == VALUE
        return dated


class Held(msgspec.Struct, frozen=True):
    """The corrections of one field. state AS_READ: none. read_*: what the file says where one is held."""

    value: Array
    state: Array
    read_value: Array
    read_state: Array
    read_origin: Array


def read_known(execute: Execute, ids: Array) -> Known:
    """What these photos (ascending) show now; those that are gone are left out."""
    rows = execute(f"SELECT id, taken_origin, offset_from_place, EXISTS (SELECT 1 FROM overlays WHERE photo_id = "
                   f"photos.id AND field = 'taken_offset'), {', '.join(FIELDS)} FROM photos "
                   "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", (as_text(ids),)).fetchall()
    columns = list(zip(*rows, strict=True)) or [()] * (4 + len(FIELDS))
    fields = {name: _field(name, columns[4 + place]) for place, name in enumerate(FIELDS)}
    return Known(np.array(columns[0], np.int64), fields, np.array(columns[1], np.int64),
                 np.array(columns[2], bool), np.array(columns[3], bool))


def _field(name: str, values: tuple[Any, ...]) -> NewField:
    state = np.fromiter((NONE if one is None else VALUE for one in values), np.uint8, len(values))
    return NewField(np.fromiter((0 if one is None else one for one in values), _dtype(name), len(values)), state)


def read_held(execute: Execute, name: str, ids: Array) -> Held:
    """The corrections of one field of these photos (ascending)."""
    count = len(ids)
    held = Held(np.zeros(count, _dtype(name)), np.full(count, AS_READ, np.uint8), np.zeros(count, _dtype(name)),
                np.full(count, NONE, np.uint8), np.zeros(count, np.int64))
    rows = execute("SELECT photo_id, value, as_read, as_read_origin FROM overlays WHERE field = ? AND photo_id IN "
                   "(SELECT value FROM json_each(?))", (name, as_text(ids))).fetchall()
    if rows:
        photo, one, read, origin = zip(*rows, strict=True)
        places = np.searchsorted(ids, np.array(photo, np.int64))
        corrected, said = _field(name, one), _field(name, read)
        held.value[places], held.state[places] = corrected.value, corrected.state
        held.read_value[places], held.read_state[places] = said.value, said.state
        held.read_origin[places] = np.array(origin, np.int64)
    return held


def same(held: Held, field: NewField) -> Array:
    """(n,) bool: whether what is corrected is what a field says."""
    equal: Array = (held.state == field.state) & ((field.state != VALUE) | (held.value == field.value))
    return equal


# ---------------------------------------------------------------------- writing


def write_fields(tx: Transaction, columns: Columns, known: Known, fields: NewValues, held: dict[str, Held]) -> None:
    """Write new values into `overlays` and `photos`, and into the columns."""
    touched = np.zeros(len(known.ids), bool)
    shown, origin = dict(known.fields), known.origin.copy()
    for name, field in fields.items():
        touched |= field.chosen
        _write_overlays(tx, name, known, field)
        shown[name] = field.settled(held[name], known.of(name))
        if name == "taken_local":
            back = field.state == AS_READ
            origin[(field.state == VALUE) | (field.state == NONE)] = int(Origin.USER)
            restored = back & (held[name].state != AS_READ)
            origin[restored] = held[name].read_origin[restored]
    if touched.any():
        before, after = known.only(touched), {name: field.taken(touched) for name, field in shown.items()}
        place = _looked_up(before, after, fields["taken_offset"].taken(touched) if "taken_offset" in fields else None)
        after["taken_offset"] = place.offset
        _write_photos(tx, before.ids, after, origin[touched], place)
        _touch(tx, columns, before, after, origin[touched], place)


class Placing(msgspec.Struct, frozen=True):
    """What becomes of places, and of the UTC offsets that were worked out from them.

    moved, keeps, derived (n,) bool: it lies elsewhere now; the place stays, otherwise it is looked up and the offset
    worked out; what is not corrected of the offset comes from the place.
    """

    moved: Array
    keeps: Array
    derived: Array
    offset: NewField


def _looked_up(before: Known, after: NewValues, corrected: NewField | None) -> Placing:
    """An offset that nobody said follows the place and the time (summer time!), and goes with the place."""
    moved = ~(_equal(before.of("lat"), after["lat"]) & _equal(before.of("lon"), after["lon"]))
    offset, said, concerned = after["taken_offset"], before.offset_set, np.zeros(len(before.ids), bool)
    if corrected is not None:
        said, concerned = np.where(corrected.chosen, corrected.state != AS_READ, said), corrected.chosen
    follows = ~said & (before.derived | (offset.state != VALUE))
    located = after["lat"].state == VALUE
    again = moved | (follows & located & (concerned | ~_equal(before.of("taken_local"), after["taken_local"])))
    lost = follows & ~located
    return Placing(moved, ~again, before.derived & ~lost,
                   NewField(offset.value, np.where(lost, NONE, offset.state).astype(np.uint8)))


def _write_overlays(tx: Transaction, name: str, known: Known, field: NewField) -> None:
    now = known.of(name)
    new = np.flatnonzero((field.state == VALUE) | (field.state == NONE))
    rows = zip(known.ids[new].tolist(), [name] * len(new), _listed(field.taken(new)), _listed(now.taken(new)),
               known.origin[new].tolist(), strict=True)
    # What the file says is noted by the first correction only: after it the columns hold the user's value.
    tx.executemany("INSERT INTO overlays (photo_id, field, value, as_read, as_read_origin) VALUES (?, ?, ?, ?, ?) "
                   "ON CONFLICT (photo_id, field) DO UPDATE SET value = excluded.value", rows)
    gone = known.ids[field.state == AS_READ]
    if len(gone):
        tx.execute("DELETE FROM overlays WHERE field = ? AND photo_id IN (SELECT value FROM json_each(?))",
                   (name, as_text(gone)))


def _write_photos(tx: Transaction, ids: Array, shown: NewValues, origin: Array, place: Placing) -> None:
    values = [_listed(shown[name]) for name in FIELDS]
    tx.executemany(
        f"UPDATE photos SET {', '.join(f'{name} = ?' for name in FIELDS)}, taken_origin = ?, offset_from_place = ?, "
        "place_id = CASE WHEN ? THEN place_id END WHERE id = ?",
        zip(*values, origin.tolist(), place.derived.tolist(), place.keeps.tolist(), ids.tolist(), strict=True))


def _touch(  # noqa: PLR0917 - the arrays of one part
    tx: Transaction, columns: Columns, before: Known, field: NewValues, origin: Array, placing: Placing
) -> None:
    """Tell the columns: a few photos are read back, many are handed over."""
    ids = before.ids
    with columns.lock:
        place = columns["place"][ids]
    if (named := placing.moved & (place != 0)).any():
        tx.changes.touch("text", ids[named])                # the name of the place is looked up again
    if len(ids) <= FEW:
        tx.changes.touch("photos", ids)
        return
    place = np.where(placing.keeps, place, 0)
    offsets = field["taken_offset"]
    columns.stage(tx, ids, {
        "taken": _filled(field["taken_local"], NO_TIME), "taken_origin": origin.astype(np.uint8),
        "taken_offset": np.where((offsets.state == VALUE) & (abs(offsets.value) <= 1440), offsets.value,
                                 NO_OFFSET).astype(np.int16),
        "lat": _degrees(field["lat"]), "lon": _degrees(field["lon"]), "place": place.astype(np.int32),
    })


def _equal(one: NewField, other: NewField) -> Array:
    equal: Array = (one.state == other.state) & ((one.state != VALUE) | (one.value == other.value))
    return equal


def _filled(field: NewField, absent: int) -> Array:
    return np.where(field.state == VALUE, field.value, absent)


def _degrees(field: NewField) -> Array:
    return np.where(field.state == VALUE, np.rint(field.value * 1e7), NO_COORDINATE).astype(np.int32)


def _listed(field: NewField) -> list[Any]:
    """Values for SQL, None where there is none."""
    values: list[Any] = field.value.tolist()
    for place in np.flatnonzero(field.state != VALUE).tolist():
        values[place] = None
    return values


# ---------------------------------------------------------------------- the payload of a part


def pack(ids: Array, fields: NewValues, held: dict[str, Held]) -> bytes:
    """Ids, and per field what was corrected before and is now."""
    body = {"ids": ids.astype("<u4").tobytes(), "fields": {
        name: {"old": held[name].value.tobytes(), "old_state": held[name].state.tobytes(),
               "new": field.value.astype(_dtype(name)).tobytes(), "new_state": field.state.tobytes()}
        for name, field in fields.items()}}
    return zlib.compress(msgspec.msgpack.encode(body), 1)


def unpack(packed: bytes) -> tuple[Array, NewValues, NewValues]:
    """(ids, before, after) of what `pack` packed; fields that a photo was not corrected in are LEAVE in both."""
    body = msgspec.msgpack.decode(zlib.decompress(packed))
    before, after = {}, {}
    for name, one in body["fields"].items():
        new = NewField(np.frombuffer(one["new"], _dtype(name)), np.frombuffer(one["new_state"], np.uint8))
        old = NewField(np.frombuffer(one["old"], _dtype(name)), np.frombuffer(one["old_state"], np.uint8))
        before[name], after[name] = old.only(new.chosen), new
    return np.frombuffer(body["ids"], "<u4").astype(np.int64), before, after
