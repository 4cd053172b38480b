"""What the user decided about photos that look alike. Owns `duplicate_decisions` and `duplicate_decision_photos`.

A decision names its photos, not a group: groups may be made anew at any time and the decision still holds. Deciding
also flags photos; both are one undoable action.
"""

from __future__ import annotations

import threading
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.column_layout import MISSING, Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.query import FLAGS
from photoarchive.catalog.targets import leaders_of, packed, photos_of, unpacked
from photoarchive.core.clock import now
from photoarchive.core.errors import Invalid

GROUP = "duplicates"            # what changes are told as, as in catalog.duplicates
ACTION = "duplicates"
UNFLAGGED, REJECTED = FLAGS.index("unflagged"), FLAGS.index("rejected")
FLAG_IMPORTED = 2               # bit of marks.imported


class Verdict(IntEnum):
    """What was decided; stored in duplicate_decisions.verdict."""

    KEEP_ALL = 0
    KEEP_SOME = 1
    APART = 2                   # they are no duplicates of each other


class Decision(msgspec.Struct, frozen=True):
    """One decision in force."""

    id: int
    verdict: Verdict
    photos: Array               # (n,) ids; of photos that are gone, none
    kept: Array                 # (n,) bool


class Decided(msgspec.Struct, frozen=True):
    """What deciding did."""

    decision_id: int
    action_id: int
    rejected: int               # photos newly flagged as rejected


class Decisions:
    """Makes and lists decisions. Thread-safe."""

    def __init__(self, db: Database, columns: Columns, actions: ActionLog) -> None:
        self._db, self._columns, self._actions = db, columns, actions
        self._lock = threading.Lock()
        self._all: list[Decision] | None = None
        self.revision = 0       # rises with every change
        actions.register(ACTION, self._revert)
        db.after_commit(self._forget)

    def all(self) -> tuple[int, list[Decision]]:
        """(revision, decisions in force, oldest first)."""
        with self._lock:
            if self._all is None:
                self._all = self._read()
            return self.revision, self._all

    def decide(self, verdict: Verdict, photo_ids: Array, kept: Array, window: str = "") -> Decided:
        """Decide about photos that look alike. kept: for KEEP_SOME, those that stay; the others are flagged rejected.

        A part stands for its leader. Raises Invalid for fewer than two photos, or kept ones that are none of them.
        """
        photos = leaders_of(self._columns, photo_ids)
        if len(photos) < 2:
            raise Invalid("A decision about duplicates needs at least two photos.", field="photo_ids")
        stays = leaders_of(self._columns, kept) if verdict is Verdict.KEEP_SOME else photos
        if not np.isin(stays, photos).all():
            raise Invalid("keep may only name photos of photo_ids.", field="keep")
        kept = np.isin(photos, stays)
        return self._db.write(lambda tx: self._decide(tx, verdict, photos, kept, window), durable=True)

    def _decide(self, tx: Transaction, verdict: Verdict, photos: Array, kept: Array, window: str) -> Decided:
        row = tx.execute("INSERT INTO duplicate_decisions (verdict, made_at) VALUES (?, ?) RETURNING id",
                         (int(verdict), now())).fetchone()
        tx.executemany(
            "INSERT INTO duplicate_decision_photos (decision_id, photo_id, version, kept) "
            "VALUES (?1, ?2, (SELECT version FROM fingerprints WHERE photo_id = ?2), ?3)",
            ((row[0], photo, int(stays)) for photo, stays in zip(photos.tolist(), kept.tolist(), strict=True)))
        old, imported = self._columns["flag"][photos], self._columns["imported"][photos]
        new = old.copy()
        if verdict is Verdict.KEEP_SOME:
            new = np.where(kept, np.where(old == REJECTED, UNFLAGGED, old), REJECTED).astype(old.dtype)
        changed = old != new
        _flag(tx, photos[changed], new[changed], imported[changed] & ~np.uint8(FLAG_IMPORTED))
        tx.changes.touch(GROUP, photos)
        payload = {"decision": row[0], "ids": packed(photos[changed]), "old": old[changed].tobytes(),
                   "new": new[changed].tobytes(), "imported": imported[changed].tobytes()}
        label = sentence(verdict, len(photos), int(kept.sum()))
        action = self._actions.record(tx, ACTION, label, window, len(photos), payload)
        return Decided(row[0], action, int(np.count_nonzero(changed & (new == REJECTED))))

    def _revert(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        undo = direction is Direction.UNDO
        tx.execute("UPDATE duplicate_decisions SET undone = ? WHERE id = ?", (int(undo), payload["decision"]))
        photos = unpacked(payload["ids"]).astype(np.int64)
        old, new = (np.frombuffer(payload[name], self._columns["flag"].dtype) for name in ("old", "new"))
        imported = np.frombuffer(payload["imported"], np.uint8)
        before, after = (new, old) if undo else (old, new)
        alive = photos < self._columns.rows
        alive[alive] = self._columns["state"][photos[alive]] <= MISSING
        holds = alive.copy()
        holds[alive] = self._columns["flag"][photos[alive]] == before[alive]
        sources = imported if undo else imported & ~np.uint8(FLAG_IMPORTED)
        _flag(tx, photos[holds], after[holds], sources[holds])
        rows = tx.execute("SELECT photo_id FROM duplicate_decision_photos WHERE decision_id = ? "
                          "AND photo_id IS NOT NULL", (payload["decision"],)).fetchall()
        tx.changes.touch(GROUP, [row[0] for row in rows])
        return Outcome(len(rows) - int(np.count_nonzero(~holds)), int(np.count_nonzero(~holds)))

    def _read(self) -> list[Decision]:
        rows = self._db.read().execute(
            "SELECT d.id, d.verdict, p.photo_id, p.kept FROM duplicate_decisions d "
            "JOIN duplicate_decision_photos p ON p.decision_id = d.id WHERE NOT d.undone AND p.photo_id IS NOT NULL "
            "ORDER BY d.id, p.photo_id").fetchall()
        found: dict[int, tuple[int, list[int], list[bool]]] = {}
        for decision, verdict, photo, kept in rows:
            _, photos, stays = found.setdefault(decision, (verdict, [], []))
            photos.append(photo)
            stays.append(bool(kept))
        return [Decision(key, Verdict(verdict), np.array(photos, np.int64), np.array(stays, bool))
                for key, (verdict, photos, stays) in found.items()]

    def _forget(self, tx: Transaction) -> None:
        """After a commit: decisions are read again when somebody asks."""
        if GROUP in tx.changes.photos or GROUP in tx.changes.whole or "photos" in tx.changes.photos:
            with self._lock:
                if self._all is None or self._all or GROUP in tx.changes.photos:
                    self._all = None
                    self.revision += 1


def adopt(tx: Transaction, photo_ids: Array, versions: Array) -> None:
    """Give decisions about deleted photos to these, if they show the same content (u64): the file came back."""
    if tx.execute("SELECT 1 FROM duplicate_decision_photos WHERE photo_id IS NULL LIMIT 1").fetchone() is None:
        return
    rows = ((photo, int(version).to_bytes(8, "little"))
            for photo, version in zip(photo_ids.tolist(), versions, strict=True))
    done = tx.executemany("UPDATE duplicate_decision_photos SET photo_id = ? WHERE photo_id IS NULL AND version = ?",
                          rows).rowcount
    if done > 0:
        tx.changes.touch(GROUP, photo_ids)


def _flag(tx: Transaction, photos: Array, flags: Array, imported: Array) -> None:
    tx.executemany(
        "INSERT INTO marks (photo_id, flag, imported) VALUES (?, ?, ?) ON CONFLICT (photo_id) "
        "DO UPDATE SET flag = excluded.flag, imported = excluded.imported",
        zip(photos.tolist(), flags.tolist(), imported.tolist(), strict=True))
    tx.changes.touch("marks", photos)


def sentence(verdict: Verdict, photos: int, kept: int) -> str:
    """What was decided, for the history."""
    if verdict is Verdict.KEEP_SOME:
        return f"Kept {kept:,} of {photos:,} look-alikes"
    if verdict is Verdict.KEEP_ALL:
        return f"Kept all of {photos:,} look-alikes"
    return f"Said that {photos_of(photos)} are not duplicates"
