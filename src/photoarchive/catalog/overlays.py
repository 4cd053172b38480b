"""What the user corrected: titles and captions, and what all corrections share. The table `overlays` wins over what
is read. Corrected times and places also stand in the columns of `photos`: `catalog.corrections`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.keywords import as_json
from photoarchive.catalog.targets import leaders_of, photos_of
from photoarchive.core.errors import Invalid

TEXTS = ("title", "caption")
FACTS = ("taken_local", "taken_offset", "lat", "lon", "altitude", "direction")      # columns of `photos` too
MAX_TITLE, MAX_CAPTION = 500, 20_000
GROUP = "captions"          # what changes of texts are told as: a group without columns

Value = int | float | str | None


class AsRead(msgspec.Struct, frozen=True):
    """Instead of a value: no correction, what the files say counts again."""


AS_READ = AsRead()
Wanted = Value | AsRead


class Corrected(msgspec.Struct, frozen=True):
    """What a change did. changed: photos; action_id: null when every photo had these values already."""

    count: int
    changed: int
    action_id: int | None


class Overlays:
    """Sets and takes back corrections. Thread-safe."""

    def __init__(self, db: Database, columns: Columns, actions: ActionLog) -> None:
        self._db, self._columns, self._actions = db, columns, actions
        actions.register("correction", self._revert)

    def set_texts(self, photo_ids: Array, texts: Mapping[str, str | None], window: str = "") -> Corrected:
        """Give photos a title, a caption or both; "" for none, None for what their files say. Raises Invalid."""
        wanted: dict[str, Wanted] = {}
        for field, text in texts.items():
            wanted[field] = AS_READ if text is None else checked_text(field, text)
        if not wanted:
            raise Invalid("Send a title or a caption.", field="title")
        names = " and ".join(field for field in TEXTS if field in wanted)

        def label(count: int) -> str:
            return f"Changed the {names} of {photos_of(count)}"

        values = {field: [value] * len(photo_ids) for field, value in wanted.items()}
        return self.correct(photo_ids, values, label, window)

    def correct(
        self, photo_ids: Array, values: Mapping[str, Sequence[Wanted]], label: Callable[[int], str], window: str = ""
    ) -> Corrected:
        """Set titles or captions, one value a photo, as one action.

        values: field → (n,) in the order of photo_ids; None means “there is none”, AS_READ takes a correction back.
        label: the sentence for the history by how many photos changed. Raises Invalid, NotFound.
        """
        for field in values:
            if field not in TEXTS:
                raise Invalid(f"{field} cannot be corrected.", field=field)
        ids = leaders_of(self._columns, photo_ids).tolist()
        if len(ids) < len(photo_ids):           # parts share their leader's values: the first given counts
            first: dict[int, int] = {}
            for place, photo_id in enumerate(self._leader_of_each(photo_ids)):
                first.setdefault(photo_id, place)
            values = {field: [given[first[photo_id]] for photo_id in ids] for field, given in values.items()}
        wanted = {field: dict(zip(ids, given, strict=True)) for field, given in values.items()}
        return self._db.write(lambda tx: self._correct(tx, wanted, (len(photo_ids), label, window)), durable=True)

    def _leader_of_each(self, photo_ids: Array) -> list[int]:
        with self._columns.lock:
            leader = self._columns["leader"][photo_ids]
        return [int(above) or int(own) for above, own in zip(leader, photo_ids, strict=True)]

    def _correct(
        self, tx: Transaction, wanted: dict[str, dict[int, Wanted]], told: tuple[int, Callable[[int], str], str]
    ) -> Corrected:
        count, label, window = told
        steps: list[dict[str, Any]] = []
        for field, new in wanted.items():
            old = held(tx, field, new)
            chosen = {photo_id: value for photo_id, value in new.items() if old.get(photo_id, AS_READ) != value}
            if chosen:
                _write(tx, field, chosen)
                steps.append({"field": field, "ids": list(chosen), "new": _coded(chosen.values()),
                              "old": _coded(old.get(photo_id, AS_READ) for photo_id in chosen)})
        if not steps:
            return Corrected(count, 0, None)
        changed = sorted({photo_id for step in steps for photo_id in step["ids"]})
        _touch(tx, changed)
        action = self._actions.record(tx, "correction", label(len(changed)), window, len(changed), {"steps": steps})
        return Corrected(count, len(changed), action)

    def _revert(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        done: set[int] = set()
        left: set[int] = set()
        for step in payload["steps"]:
            field, ids = step["field"], step["ids"]
            new, old = (dict(zip(ids, _decoded(step[name]), strict=True)) for name in ("new", "old"))
            before, after = (new, old) if direction is Direction.UNDO else (old, new)
            now = held(tx, field, ids)
            alive = {row[0] for row in tx.execute(
                "SELECT id FROM photos WHERE id IN (SELECT value FROM json_each(?))", (as_json(ids),))}
            chosen = {photo_id: after[photo_id] for photo_id in ids
                      if photo_id in alive and now.get(photo_id, AS_READ) == before[photo_id]}
            _write(tx, field, chosen)
            done |= set(chosen)
            left |= set(ids) - set(chosen)
        _touch(tx, sorted(done))
        return Outcome(len(done), len(left - done))


def checked_text(field: str, text: str) -> str:
    """A title in one line, a caption with its line breaks. Raises Invalid."""
    most = MAX_TITLE if field == "title" else MAX_CAPTION
    text = " ".join(text.split()) if field == "title" else text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > most:
        raise Invalid(f"A {field} has at most {most:,} characters.", field=field)
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise Invalid(f"The {field} contains characters that cannot be shown.", field=field)
    return text


def held(tx: Transaction, field: str, photo_ids: Any) -> dict[int, Value]:
    """The corrections of one field; photos without one are left out."""
    rows = tx.execute("SELECT photo_id, value FROM overlays WHERE field = ? AND photo_id IN "
                      "(SELECT value FROM json_each(?))", (field, as_json(photo_ids)))
    return dict(rows.fetchall())


def remember_as_read(tx: Transaction, read: Mapping[int, Mapping[str, Value]]) -> None:
    """A file was read again: what it says now of corrected facts. read: photo → columns of `photos` as read."""
    tx.executemany(
        "UPDATE overlays SET as_read = ?, as_read_origin = ? WHERE photo_id = ? AND field = ?",
        ((facts[field], facts["taken_origin"] if field == "taken_local" else 0, photo_id, field)
         for photo_id, facts in read.items() for field in FACTS))


def _write(tx: Transaction, field: str, chosen: dict[int, Wanted]) -> None:
    back = [photo_id for photo_id, value in chosen.items() if isinstance(value, AsRead)]
    kept = {photo_id: value for photo_id, value in chosen.items() if not isinstance(value, AsRead)}
    tx.executemany("INSERT INTO overlays (photo_id, field, value) VALUES (?, ?, ?) "
                   "ON CONFLICT (photo_id, field) DO UPDATE SET value = excluded.value",
                   ((photo_id, field, value) for photo_id, value in kept.items()))
    tx.executemany("DELETE FROM overlays WHERE photo_id = ? AND field = ?", ((photo_id, field) for photo_id in back))


def _touch(tx: Transaction, ids: list[int]) -> None:
    tx.changes.touch("text", ids)
    tx.changes.touch(GROUP, ids)


def _coded(values: Any) -> list[list[Value]]:
    """Values for a payload: [] for AS_READ, [value] for a correction."""
    return [[] if isinstance(value, AsRead) else [value] for value in values]


def _decoded(values: list[list[Value]]) -> list[Wanted]:
    return [value[0] if value else AS_READ for value in values]
