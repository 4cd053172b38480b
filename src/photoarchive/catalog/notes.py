"""Small named values the program remembers across restarts (table `meta`), as JSON. What a person chose is settings."""

from __future__ import annotations

from typing import Any

import msgspec

from photoarchive.catalog.database import Database, Transaction


def read_note(db: Database, key: str, default: Any = None) -> Any:
    """The value kept under this key, or the default."""
    text = db.meta(key)
    return default if text is None else msgspec.json.decode(text)


def write_note(db: Database, key: str, value: Any) -> None:
    """Keep a value under this key."""
    text = msgspec.json.encode(value).decode()

    def keep(tx: Transaction) -> None:
        tx.execute("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                   (key, text))

    db.write(keep)
