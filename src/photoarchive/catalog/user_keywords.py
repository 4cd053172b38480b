"""Keywords as people add and take them away: for one photo or a whole view, as one undoable action each.

Rows of `photo_keywords` say where a keyword comes from: 0 read from a file, 1 the user's, 2 taken away by the user.
What was read and is taken away keeps its row, so that reading the file again does not bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.keywords import keyword_ids
from photoarchive.catalog.targets import as_text, leaders_of, packed, photos_of, unpacked, with_parts
from photoarchive.core.errors import Invalid

LONGEST = 200               # characters of a keyword, all its levels together
MOST_AT_ONCE = 50           # keywords of one change
MOST_SUGGESTED = 50
READ, ADDED, REMOVED = 0, 1, 2
_ABSENT = 255               # in payloads: there was no row

_STATES = "SELECT photo_id, origin FROM photo_keywords WHERE keyword_id = ?"
_SET = """
INSERT INTO photo_keywords (photo_id, keyword_id, origin)
SELECT given.value, :keyword, :origin FROM json_each(:ids) given JOIN photos ON photos.id = given.value
WHERE true ON CONFLICT (photo_id, keyword_id) DO UPDATE SET origin = excluded.origin
"""
_DROP = "DELETE FROM photo_keywords WHERE keyword_id = ? AND photo_id IN (SELECT value FROM json_each(?))"
# Names that begin with what was typed, then those of which a level does; the most used first.
_SUGGEST = """
SELECT name, (SELECT count(*) FROM photo_keywords WHERE keyword_id = keywords.id AND origin != 2) AS uses
FROM keywords
WHERE (name LIKE :begin ESCAPE '\\' OR name LIKE :level ESCAPE '\\' OR name LIKE :word ESCAPE '\\') AND uses > 0
ORDER BY name NOT LIKE :begin ESCAPE '\\', uses DESC, name LIMIT :limit
"""


class KeywordChange(msgspec.Struct, frozen=True):
    """What a change did. changed: photos that have other keywords now; action_id: null when none has."""

    count: int              # photos asked for
    changed: int
    keywords: tuple[str, ...]
    action_id: int | None


class UserKeywords:
    """Adds and takes away keywords. Thread-safe."""

    def __init__(self, db: Database, columns: Columns, actions: ActionLog) -> None:
        self._db, self._columns, self._actions = db, columns, actions
        for kind in ("keyword.add", "keyword.remove"):
            actions.register(kind, self._revert)

    def add(self, photo_ids: Array, words: Sequence[str], window: str = "") -> KeywordChange:
        """Give photos keywords; a hierarchy as “Nature|Birds”. One that exists in another case is taken as it is."""
        names = _checked(words)
        ids = leaders_of(self._columns, photo_ids)

        def write(tx: Transaction) -> KeywordChange:
            known = list(dict.fromkeys(_existing(tx, name) or name for name in names))
            wish = _Wish(ids, keyword_ids(tx, known), ADDED, len(photo_ids), f"Added {_quoted(known)} to")
            return self._change(tx, "keyword.add", wish, window)

        return self._db.write(write, durable=True)

    def remove(self, photo_ids: Array, words: Sequence[str], window: str = "") -> KeywordChange:
        """Take keywords away, from the parts behind the photos too. Those that no photo has are passed over."""
        names = _checked(words)
        ids = with_parts(self._columns, leaders_of(self._columns, photo_ids))

        def write(tx: Transaction) -> KeywordChange:
            known = [name for name in dict.fromkeys(_existing(tx, name) for name in names) if name is not None]
            wish = _Wish(ids, keyword_ids(tx, known), REMOVED, len(photo_ids), f"Took {_quoted(known)} away from")
            return self._change(tx, "keyword.remove", wish, window)

        return self._db.write(write, durable=True)

    def suggest(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Keywords to complete what is typed, each with how many photos have it."""
        text = " ".join(beginning.split()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._db.read().execute(_SUGGEST, {
            "begin": f"{text}%", "level": f"%|{text}%", "word": f"% {text}%", "limit": min(limit, MOST_SUGGESTED)})
        return [(row[0], row[1]) for row in rows]

    def _change(self, tx: Transaction, kind: str, wish: _Wish, window: str) -> KeywordChange:
        steps: list[dict[str, Any]] = []
        for code in wish.codes.values():
            ids, old = self._differing(tx, code, wish)
            if len(ids):
                tx.execute(_SET, {"keyword": code, "origin": wish.origin, "ids": as_text(ids)})
                steps.append({"keyword": code, "ids": packed(ids), "old": old.tobytes()})
        if not steps:
            return KeywordChange(wish.count, 0, tuple(wish.codes), None)
        changed = np.unique(np.concatenate([unpacked(step["ids"]) for step in steps]))
        _touch(tx, changed)
        action = self._actions.record(tx, kind, f"{wish.verb} {photos_of(len(changed))}", window, len(changed),
                                      {"new": wish.origin, "steps": steps})
        return KeywordChange(wish.count, len(changed), tuple(wish.codes), action)

    def _differing(self, tx: Transaction, code: int, wish: _Wish) -> tuple[Array, Array]:
        """The photos that a wish changes for one keyword, and what they hold: ids (n,), states (n,)."""
        states = _states(tx, code, self._columns.rows)
        old = states[wish.ids]
        has = (old == READ) | (old == ADDED)
        differs = ~has if wish.origin == ADDED else has
        return wish.ids[differs], old[differs]

    def _revert(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        changed, skipped = [], []
        for step in payload["steps"]:
            ids, old = unpacked(step["ids"]), np.frombuffer(step["old"], np.uint8)
            states = _states(tx, step["keyword"], max(self._columns.rows, int(ids.max(initial=0)) + 1))
            new = np.full(len(ids), payload["new"], np.uint8)
            held, wanted = (new, old) if direction is Direction.UNDO else (old, new)
            holds = states[ids] == held
            for origin in np.unique(wanted[holds]).tolist():
                chosen = ids[holds & (wanted == origin)]
                if origin == _ABSENT:
                    tx.execute(_DROP, (step["keyword"], as_text(chosen)))
                else:
                    tx.execute(_SET, {"keyword": step["keyword"], "origin": origin, "ids": as_text(chosen)})
            changed.append(ids[holds])
            skipped.append(ids[~holds])
        done = np.unique(np.concatenate(changed))
        _touch(tx, done)
        left = np.setdiff1d(np.concatenate(skipped), done)
        return Outcome(len(done), len(left))


class _Wish(msgspec.Struct, frozen=True):
    """One change: photos, keywords by name, what becomes of them, and the beginning of its sentence."""

    ids: Array
    codes: dict[str, int]
    origin: int
    count: int
    verb: str


def _states(tx: Transaction, code: int, rows: int) -> Array:
    """(rows,) the origin of one keyword at every photo, _ABSENT without a row."""
    found = tx.execute(_STATES, (code,)).fetchall()
    states = np.full(rows, _ABSENT, np.uint8)
    if found:
        pairs = np.array(found, np.int64)
        pairs = pairs[pairs[:, 0] < rows]
        states[pairs[:, 0]] = pairs[:, 1]
    return states


def _touch(tx: Transaction, ids: Array) -> None:
    tx.changes.touch("keywords", ids)
    tx.changes.touch("text", ids)


def _existing(tx: Transaction, name: str) -> str | None:
    """A keyword of this name: exactly so, else in another case."""
    row = tx.execute("SELECT name FROM keywords WHERE name = ? COLLATE NOCASE ORDER BY name = ? DESC, id LIMIT 1",
                     (name, name)).fetchone()
    return None if row is None else str(row[0])


def _checked(words: Sequence[str]) -> list[str]:
    """Tidy keywords, each once. Raises Invalid."""
    names = list(dict.fromkeys(filter(None, map(_tidy, words))))
    if not names:
        raise Invalid("Type a keyword.", field="keywords")
    if len(names) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} keywords can be changed at once.", field="keywords")
    for name in names:
        if len(name) > LONGEST or not name.isprintable():
            raise Invalid(f"A keyword has at most {LONGEST} visible characters.", field="keywords")
    return names


def _tidy(word: str) -> str:
    """“ Nature | Birds ” → “Nature|Birds”: no empty levels, single spaces."""
    levels = (" ".join(level.split()) for level in word.split("|"))
    return "|".join(level for level in levels if level)


def _quoted(names: Sequence[str]) -> str:
    shown = [f"“{name.replace('|', ' › ')}”" for name in names[:3]]
    more = f" and {len(names) - 3} more keywords" if len(names) > 3 else ""
    return f"the keyword{'s' if len(names) > 1 else ''} {', '.join(shown)}{more}"
