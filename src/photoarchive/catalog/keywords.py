"""Words that many photos share, stored once: keywords, cameras, lenses, file formats. Gives their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from photoarchive.catalog.database import Transaction

Pair = tuple[int, int]


def keyword_ids(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The number of each keyword, made where it is new."""
    return _ids(tx, "keywords", "name", names)


def lens_ids(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The number of each lens, made where it is new."""
    return _ids(tx, "lenses", "name", names)


def format_ids(tx: Transaction, extensions: Iterable[str]) -> dict[str, int]:
    """The number of each file format by its canonical extension, made where it is new."""
    return _ids(tx, "formats", "ext", extensions)


def camera_ids(tx: Transaction, cameras: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each camera (make, model), made where it is new."""
    wanted = sorted(set(cameras))
    found = {}
    for make, model in wanted:
        row = tx.execute("SELECT id FROM cameras WHERE make = ? AND model = ?", (make, model)).fetchone()
        if row is None:
            row = tx.execute("INSERT INTO cameras (make, model) VALUES (?, ?) RETURNING id", (make, model)).fetchone()
        found[make, model] = int(row[0])
    return found


def replace_read_keywords(tx: Transaction, words: Mapping[int, Iterable[str]]) -> list[int]:
    """Make these the keywords read from the files of these photos. What the user added or removed stays.

    words: photo id → keywords, none to take those read before away. Returns the photos whose keywords changed.
    """
    ids = keyword_ids(tx, (word for own in words.values() for word in own))
    before: dict[int, set[int]] = {}
    for photo_id, keyword_id in tx.execute(
        "SELECT photo_id, keyword_id FROM photo_keywords WHERE origin = 0 "
        "AND photo_id IN (SELECT value FROM json_each(?))",
        (as_json(words),),
    ):
        before.setdefault(photo_id, set()).add(keyword_id)
    gone: list[Pair] = []
    new: list[Pair] = []
    for photo_id, own in words.items():
        now = {ids[word] for word in own}
        old = before.get(photo_id, set())
        gone += [(photo_id, keyword_id) for keyword_id in old - now]
        new += [(photo_id, keyword_id) for keyword_id in now - old]
    tx.executemany("DELETE FROM photo_keywords WHERE photo_id = ? AND keyword_id = ? AND origin = 0", gone)
    tx.executemany("INSERT OR IGNORE INTO photo_keywords VALUES (?, ?, 0)", new)
    return sorted({photo_id for photo_id, _ in (*gone, *new)})


def as_json(ids: Iterable[int]) -> str:
    """Ids as one parameter for `IN (SELECT value FROM json_each(?))`."""
    return msgspec.json.encode(list(ids)).decode()


def _ids(tx: Transaction, table: str, column: str, names: Iterable[str]) -> dict[str, int]:
    wanted = sorted(set(names))
    if not wanted:
        return {}
    chosen = msgspec.json.encode(wanted).decode()
    sql = f"SELECT {column}, id FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
    found = dict(tx.execute(sql, (chosen,)).fetchall())
    if len(found) < len(wanted):
        tx.executemany(f"INSERT INTO {table} ({column}) VALUES (?)", ((name,) for name in wanted if name not in found))
        found = dict(tx.execute(sql, (chosen,)).fetchall())
    return found
