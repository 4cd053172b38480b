"""Which sources are made up: the rows-only demo has photos without files, shown by drawn placeholders.

Such a source has no drive to look at and no original to read; everything else about it is like a real one.
"""

from __future__ import annotations

from collections.abc import Iterable

from photoarchive.catalog.database import Database, Transaction

KEY = "demo_rows_only"      # in `meta`: ids of the sources, comma separated


def mark_demo_sources(tx: Transaction, source_ids: Iterable[int]) -> None:
    """Note that these sources have rows only."""
    tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEY, ",".join(str(i) for i in source_ids)))


def demo_source_ids(db: Database) -> frozenset[int]:
    """Ids of sources that have rows only; empty for a real catalog."""
    return frozenset(int(part) for part in str(db.meta(KEY, "")).split(",") if part)
