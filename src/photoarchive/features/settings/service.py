"""Changing settings as a person: checked, recorded in the history, undoable. The settings live in core.settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.errors import Forbidden, Invalid
from photoarchive.core.settings import PATH_KEYS, RULES, SettingsStore
from photoarchive.features.settings.names import phrase

KIND = "settings"


class SettingsService:
    """Reads, saves and resets settings for a browser window."""

    def __init__(self, store: SettingsStore, db: Database, actions: ActionLog) -> None:
        self.store, self._db, self._actions = store, db, actions
        actions.register(KIND, self._revert)

    def save(self, changes: Mapping[str, Any], window: str, *, remote: bool) -> None:
        """Change the keys sent, as one undoable action.

        Raises Invalid with `field` and `range`; Forbidden when a session from another machine changes a folder.
        """
        if remote:
            self._refuse_paths(changes)
        self.store.check(changes)       # here, and not in the catalog's writer: a folder's drive may not answer
        self._record(lambda: self.store.change(changes), window, "Changed")

    def reset(self, keys: Iterable[str] | None, window: str, *, remote: bool) -> None:
        """Bring defaults back, for these keys or all, as one undoable action. From another machine folders stay."""
        wanted = frozenset(RULES) if keys is None else frozenset(keys)
        if remote:
            wanted -= PATH_KEYS
        self._record(lambda: self.store.change_back(wanted), window, "Reset")

    def _refuse_paths(self, changes: Mapping[str, Any]) -> None:
        present = msgspec.structs.asdict(self.store.current)
        for key in PATH_KEYS & changes.keys():
            if changes[key] != present[key]:
                raise Forbidden(f"{key} is a folder of the machine photoArchive runs on and can only be changed there.",
                                field=key)

    def _record(self, change: Callable[[], list[str]], window: str, verb: str) -> None:
        def do(tx: Transaction) -> list[str]:
            before = msgspec.structs.asdict(self.store.current)
            keys = change()
            if keys:
                after = msgspec.structs.asdict(self.store.current)
                payload = {"old": {key: before[key] for key in keys}, "new": {key: after[key] for key in keys}}
                self._actions.record(tx, KIND, f"{verb} {phrase(keys)}", window, 0, payload)
            return keys

        self.store.announce(self._db.write(do, durable=True))

    def _revert(self, tx: Transaction, payload: Any, direction: Direction) -> Outcome:
        """Give back each setting that still has the action's value; settings changed since are left alone."""
        now_set, wanted = payload["new"], payload["old"]
        if direction is Direction.REDO:
            now_set, wanted = wanted, now_set
        present = msgspec.msgpack.decode(msgspec.msgpack.encode(self.store.current))     # lists, as in the payload
        back = {key: value for key, value in wanted.items() if key in RULES and present[key] == now_set[key]}
        try:
            keys = self.store.change(back) if back else []
        except Invalid:
            return Outcome(0, len(wanted))        # it no longer goes together with what was changed since
        # Listeners may write to the catalog, and this is its writer's thread.
        tx.after_commit.append(lambda: threading.Thread(target=self.store.announce, args=(keys,)).start())
        return Outcome(len(back), len(wanted) - len(back))
