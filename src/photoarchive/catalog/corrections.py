"""Corrected times and places of photos: for one or a million, as one action that is undone and redone exactly.

Owns `corrections`, `correction_parts` and the fields of time and place in `overlays` (texts: catalog.overlays). What
the files say is kept beside each correction, so that it can be shown, and counts again without a file being read.

A correction of many photos is written part by part: between two parts others may write. A kill between them leaves an
action of the photos that were reached; an undo that was cut short is finished at the next start.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.correction_rows import (
    Known,
    NewField,
    NewValues,
    as_read,
    kept,
    none,
    pack,
    read_held,
    read_known,
    same,
    unpack,
    value,
    write_fields,
)
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.overlays import Corrected
from photoarchive.catalog.targets import leaders_of, with_parts
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable

__all__ = ["Corrections", "Known", "NewField", "NewValues", "as_read", "kept", "none", "value"]

log = logging.getLogger(__name__)

PART = 2_500                # photos a transaction: 0.1 to 0.2 s with a million photos in the catalog
REVERT_SECONDS = 0.05       # after so long no further part is taken back in the same transaction

Compute = Callable[[Known], NewValues]
Label = Callable[[int], str]
Told = Callable[[int, int], object]
"""Hears how many of how many photos are done."""


class _Run(msgspec.Struct):
    """A correction while it is written."""

    label: Label
    window: str
    leaders: Array              # (photos,) bool by id: those that are counted
    correction: int = 0
    action: int | None = None
    parts: int = 0
    changed: int = 0


class Corrections:
    """Writes corrections and takes them back. Thread-safe."""

    KIND = "capture"

    def __init__(self, db: Database, columns: Columns, actions: ActionLog) -> None:
        self._db, self._columns, self._actions = db, columns, actions
        actions.register(self.KIND, self._revert)
        self._finish_reverts()

    # ------------------------------------------------------------------ doing

    def apply(
        self, photo_ids: Array, compute: Compute, label: Label, window: str = "", told: Told = lambda done, total: None
    ) -> Corrected:
        """Correct photos, and the parts shown behind them, as one action.

        compute: from what is known of some photos to new values of fields; called part by part, for photos in
        ascending order. label: the sentence for the history by how many photos changed. Raises Invalid, NotFound.
        """
        leaders = leaders_of(self._columns, photo_ids)
        everything = with_parts(self._columns, leaders)
        counted = np.zeros(int(everything[-1]) + 1, bool)
        counted[leaders] = True
        run = _Run(label, window, counted)
        for start in range(0, len(everything), PART):
            ids = everything[start:start + PART]
            if not self._db.write(functools.partial(self._apply_part, run=run, ids=ids, compute=compute), durable=True):
                break
            told(min(start + PART, len(everything)), len(everything))
        return Corrected(len(leaders), run.changed, run.action)

    def preview(self, photo_ids: Array, compute: Compute) -> tuple[Known, NewValues]:
        """What a correction would make of a few photos, in ascending order; nothing is changed."""
        known = read_known(self._db.read().execute, np.sort(photo_ids))
        return known, _settled(self._db.read().execute, known, compute(known))

    def _apply_part(self, tx: Transaction, run: _Run, ids: Array, compute: Compute) -> bool:
        """Correct some photos. False: somebody has undone the correction already."""
        if run.action is not None and tx.execute("SELECT undone FROM corrections WHERE id = ?",
                                                 (run.correction,)).fetchone()[0]:
            return False
        known = read_known(tx.execute, ids)
        fields = compute(known)
        held = {name: read_held(tx.execute, name, known.ids) for name in fields}
        differs = {name: field.chosen & ~same(held[name], field) for name, field in fields.items()}
        touched = np.logical_or.reduce(list(differs.values()))
        if not touched.any():
            return True
        fields = {name: field.only(differs[name]) for name, field in fields.items()}
        write_fields(tx, self._columns, known, fields, held)
        self._record(tx, run, int(np.count_nonzero(run.leaders[known.ids[touched]])))
        tx.execute("INSERT INTO correction_parts (correction_id, part, payload) VALUES (?, ?, ?)",
                   (run.correction, run.parts, pack(known.ids, fields, held)))
        run.parts += 1
        return True

    def _record(self, tx: Transaction, run: _Run, changed: int) -> None:
        run.changed += changed
        if run.action is None:
            run.correction = int(tx.execute("INSERT INTO corrections DEFAULT VALUES RETURNING id").fetchone()[0])
            run.action = self._actions.record(tx, self.KIND, run.label(run.changed), run.window, run.changed,
                                              {"correction": run.correction})
        else:
            tx.execute("UPDATE actions SET label = ?, count = ? WHERE id = ?",
                       (run.label(run.changed), run.changed, run.action))

    # ------------------------------------------------------------------ undo and redo

    def _revert(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        correction = payload["correction"]
        tx.execute("UPDATE corrections SET undone = ? WHERE id = ?", (direction is Direction.UNDO, correction))
        changed, skipped, rest = self._revert_some(tx, correction)
        return Outcome(changed, skipped, functools.partial(self._go_on, correction) if rest else None)

    def _revert_some(self, tx: Transaction, correction: int) -> tuple[int, int, bool]:
        """Bring parts into the wanted state for a moment: (photos changed, left alone, whether more is to be done)."""
        until, changed, skipped = monotonic() + REVERT_SECONDS, 0, 0
        undone = bool(tx.execute("SELECT undone FROM corrections WHERE id = ?", (correction,)).fetchone()[0])
        rows = tx.execute("SELECT part FROM correction_parts WHERE correction_id = ? AND undone != ? ORDER BY part",
                          (correction, undone)).fetchall()
        for place, (part,) in enumerate(rows):
            if place and monotonic() > until:
                return changed, skipped, True
            some, left = self._revert_part(tx, correction, part, undone=undone)
            changed, skipped = changed + some, skipped + left
        return changed, skipped, False

    def _revert_part(self, tx: Transaction, correction: int, part: int, *, undone: bool) -> tuple[int, int]:
        tx.execute("UPDATE correction_parts SET undone = ? WHERE correction_id = ? AND part = ?",
                   (undone, correction, part))
        packed = tx.execute("SELECT payload FROM correction_parts WHERE correction_id = ? AND part = ?",
                            (correction, part)).fetchone()[0]
        ids, before, after = unpack(packed)
        known = read_known(tx.execute, ids)             # photos deleted meanwhile are missing
        alive = np.isin(ids, known.ids)
        fields, held, done, left = {}, {}, np.zeros(len(known.ids), bool), np.zeros(len(known.ids), bool)
        for name in after:
            have, give = (after[name].taken(alive), before[name].taken(alive))
            if not undone:
                have, give = give, have
            held[name] = read_held(tx.execute, name, known.ids)
            untouched = have.chosen & same(held[name], have)
            fields[name] = give.only(untouched)
            done |= untouched
            left |= have.chosen & ~untouched
        write_fields(tx, self._columns, known, fields, held)
        return self._photos(known.ids[done]), self._photos(known.ids[left & ~done])

    def _photos(self, ids: Array) -> int:
        """How many of these stand for themselves."""
        with self._columns.lock:
            return int(np.count_nonzero(self._columns["leader"][ids] == 0))

    # ------------------------------------------------------------------ what is left to do

    def _go_on(self, correction: int) -> Outcome:
        """Take back the rest."""
        changed, skipped, rest = 0, 0, True
        while rest:
            try:
                some, left, rest = self._db.write(lambda tx: self._revert_some(tx, correction))
            except Unavailable:
                log.info("The rest of a correction is taken back at the next start.")
                break
            changed, skipped = changed + some, skipped + left
        return Outcome(changed, skipped)

    def _finish_reverts(self) -> None:
        """Undo and redo that a kill cut short: in the background, nobody waits for it."""
        rows = self._db.read().execute(
            "SELECT DISTINCT c.id FROM corrections c JOIN correction_parts p ON p.correction_id = c.id "
            "WHERE p.undone != c.undone").fetchall()
        if rows:
            threading.Thread(target=lambda: [self._go_on(correction) for (correction,) in rows],
                             name="corrections", daemon=True).start()


def _settled(execute: Callable[..., Any], known: Known, fields: NewValues) -> NewValues:
    """New values with what the files say where they shall count again."""
    return {name: field.settled(read_held(execute, name, known.ids), known.of(name)) for name, field in fields.items()}
