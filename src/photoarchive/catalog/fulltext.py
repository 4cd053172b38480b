"""Words of photos: the FTS5 table, kept in the transaction that changes its facts, and plain text search over it.

Whoever changes a name, folder, caption, keyword, camera or person of a photo touches the group "text" with its id.
A change of more photos than AT_ONCE would hold the writer for minutes: a job takes their words in afterwards.
Meaning search is not here.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Hashable
from typing import TypeVar

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.joined import numbers

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_SEARCHES = 8           # of each kind of question
MOST_RANKED = 3_000         # more photos than these all match alike: BM25 takes 5 µs a photo, and tells little of them
AT_ONCE = 5_000             # photos indexed within the change itself: about a second
REBUILD_IDS = 20_000        # photos indexed per statement of a rebuild: bounds its memory

# Words of the chosen photos. Names are bytes of the file system; what the user corrected wins over what was read.
_TEXT_OF = """
SELECT photos.id,
  CAST(files.name AS TEXT),
  sources.display_name || '/' || CAST(folders.relpath AS TEXT),
  coalesce((SELECT value FROM overlays WHERE photo_id = photos.id AND field = 'title'), details.title),
  coalesce((SELECT value FROM overlays WHERE photo_id = photos.id AND field = 'caption'), details.caption),
  (SELECT group_concat(keywords.name, ' | ') FROM photo_keywords JOIN keywords ON keywords.id = keyword_id
   WHERE photo_id = photos.id AND origin != 2),
  coalesce(cameras.make || ' ' || cameras.model, '') || ' ' || coalesce(lenses.name, ''),
  (SELECT group_concat(name, ' | ') FROM (
     SELECT people.name FROM faces JOIN people ON people.id = faces.person_id
     WHERE faces.photo_id = photos.id AND people.name != '' AND shown = 1
     UNION SELECT name FROM face_regions WHERE photo_id = photos.id
       AND photo_id IN (SELECT photo_id FROM face_region_news))),
  (SELECT city || ' | ' || region || ' | ' || country FROM places WHERE places.id = photos.place_id),
  (SELECT sure FROM guesses WHERE photo_id = photos.id)
FROM photos
LEFT JOIN files ON files.id = photos.file_id
LEFT JOIN folders ON folders.id = photos.folder_id
LEFT JOIN sources ON sources.id = photos.source_id
LEFT JOIN details ON details.photo_id = photos.id
LEFT JOIN cameras ON cameras.id = photos.camera_id
LEFT JOIN lenses ON lenses.id = photos.lens_id
"""
_COLUMNS = "filename, folder, title, caption, keywords, camera, people, place, tags"
COLUMN_NAMES = tuple(_COLUMNS.split(", "))
_INDEX = f"INSERT OR REPLACE INTO photo_text (rowid, {_COLUMNS}) {_TEXT_OF}"
_CHOSEN = "(SELECT value FROM json_each(?))"
_WORD = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


class Words(msgspec.Struct, frozen=True):
    """A parsed search text, as FTS5 expressions; None: nothing of that kind."""

    wanted: str | None
    unwanted: str | None
    some: str | None            # any of the wanted ones
    whole: str | None           # the wanted ones but the last, which may be the beginning of a word


def parse_words(text: str) -> Words:
    """All words, a prefix match on the last plain one; "exact phrases"; -word excludes."""
    wanted: list[str] = []
    unwanted: list[str] = []
    last_plain = -1
    for minus, phrase, word in _WORD.findall(text):
        term = phrase or word
        if not any(character.isalnum() for character in term):
            continue                                        # punctuation alone is no word: FTS5 would match nothing
        quoted = '"' + term.replace('"', '""') + '"'
        if minus:
            unwanted.append(quoted)
        else:
            wanted.append(quoted)
            last_plain = len(wanted) - 1 if word else -1
    whole = " AND ".join(wanted[:-1]) or None
    if last_plain == len(wanted) - 1 and wanted:
        wanted[-1] += "*"
    return Words(" AND ".join(wanted) or None, " OR ".join(unwanted) or None, " OR ".join(wanted) or None, whole)


_TOKEN = re.compile(r"[^\W_]+")


def _tokens(text: str) -> list[str]:
    """Words as the index keeps them: without letter case and accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _TOKEN.findall(plain.casefold())


def _may_hold(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of these words may stand in a text: most hold none, and one quick look says so."""
    if not text.isascii():
        return True                 # accents and other scripts are for a closer look
    plain = text.lower()
    return any(word in plain for word in words)


def _standing(wanted: list[list[str]], text: str) -> list[str]:
    """The wanted terms as they stand in a text; the last word of each may be the beginning of one there."""
    if text.isascii():
        words = _TOKEN.findall(text)
        folded = [word.lower() for word in words]
    else:
        words = _TOKEN.findall(unicodedata.normalize("NFC", text))
        folded = ["".join(_tokens(word)) for word in words]
    found: dict[str, None] = {}
    for term in wanted:
        for at in range(len(words) - len(term) + 1):
            if folded[at : at + len(term) - 1] == term[:-1] and folded[at + len(term) - 1].startswith(term[-1]):
                found[" ".join(words[at : at + len(term)])] = None
    return list(found)


def rebuild(tx: Transaction) -> None:
    """Index the words of every photo anew, inside the given transaction."""
    tx.execute("DELETE FROM photo_text")
    newest = tx.execute("SELECT coalesce(max(id), 0) FROM photos").fetchone()[0]
    for start in range(1, newest + 1, REBUILD_IDS):
        tx.execute(f"{_INDEX} WHERE photos.id BETWEEN ? AND ?", (start, start + REBUILD_IDS - 1))


def take_in_later(tx: Transaction, photo_ids: Array) -> None:
    """Leave the words of photos to the job: of very many they would hold the writer for long."""
    chosen = msgspec.json.encode(photo_ids.tolist()).decode()
    tx.execute("INSERT OR IGNORE INTO words_later SELECT value FROM json_each(?)", (chosen,))


class FullText:
    """The text index of the catalog. Thread-safe."""

    def __init__(self, db: Database, columns: Columns) -> None:
        self._db, self._columns = db, columns
        self._lock = threading.Lock()
        self._found: dict[str, Array] = {}
        self._standing: dict[tuple[str, bytes], dict[int, dict[str, list[str]]]] = {}
        self._kept_revision = -1
        db.before_commit(self._keep)

    def mask(self, text: str) -> Array:
        """(rows,) photos whose words match. Text without any word matches nothing."""
        words = parse_words(text)
        mask = np.zeros(self._columns.rows, bool)
        if words.wanted:
            mask = self._matching(words.wanted)
        elif words.unwanted:
            mask = ~mask
        return mask & ~self._matching(words.unwanted) if words.unwanted else mask

    def prepare(self, text: str) -> None:
        """Ask the index now, so that `mask` answers at once afterwards."""
        words = parse_words(text)
        for match in (words.wanted, words.unwanted):
            if match:
                self._found_ids(match)

    def ranked(self, text: str) -> tuple[Array, Array]:
        """(ids, scores) of the matching photos by BM25, a greater score is a better match."""
        words = parse_words(text)
        most = MOST_RANKED + 1                              # as far as is known
        if words.whole:                                     # beginnings of words are the slow part
            most = self._count(words.whole, most)
        return self._ranked(words.wanted or "", words.unwanted or "", most)

    def _count(self, match: str, limit: int) -> int:
        """How many photos match, counted up to a limit."""
        return int(self._db.read().execute(
            "SELECT count(*) FROM (SELECT 1 FROM photo_text WHERE photo_text MATCH ? LIMIT ?)",
            (match, limit)).fetchone()[0])

    def _ranked(self, wanted: str, unwanted: str, most: int) -> tuple[Array, Array]:
        """most: no more photos than so many can match."""
        if not wanted or not most:
            return np.zeros(0, np.uint32), np.zeros(0, np.float32)
        match = f"({wanted}) NOT ({unwanted})" if unwanted else wanted
        if most > MOST_RANKED:
            found = self._found_ids(match)
            if not len(found) or len(found) > MOST_RANKED:  # BM25 counts every word first, found or not
                return found, np.zeros(len(found), np.float32)
        rows = self._db.read().execute(
            "SELECT rowid, -bm25(photo_text) FROM photo_text WHERE photo_text MATCH ?", (match,)).fetchall()
        return (np.fromiter((row[0] for row in rows), np.uint32, len(rows)),
                np.fromiter((row[1] for row in rows), np.float32, len(rows)))

    def has(self, word: str) -> bool:
        """Whether any photo has this word, or one that begins so."""
        wanted = parse_words(word).wanted
        return wanted is not None and self._count(wanted, 1) > 0

    def some(self, text: str) -> tuple[Array, Array]:
        """Like ranked, of photos that have any of the words: for a search that finds no photo with all of them."""
        words = parse_words(text)
        return self._ranked(words.some or "", words.unwanted or "", MOST_RANKED + 1)

    def matches(self, text: str, photo_ids: Array) -> dict[int, dict[str, list[str]]]:
        """Where the words of a text stand: photo → column ("folder", "keywords") → the words as they are there."""
        return self._kept(self._standing, (text, photo_ids.tobytes()), lambda: self._matches(text, photo_ids))

    def _matches(self, text: str, photo_ids: Array) -> dict[int, dict[str, list[str]]]:
        wanted = [_tokens(phrase or word) for minus, phrase, word in _WORD.findall(text) if not minus]
        wanted = [term for term in wanted if term]
        heads = tuple({term[0] for term in wanted})
        rows = self._db.read().execute(
            f"SELECT rowid, {_COLUMNS} FROM photo_text WHERE rowid IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(photo_ids.tolist()).decode(),)) if wanted else ()
        found: dict[int, dict[str, list[str]]] = {}
        standing: dict[str, list[str]] = {}                 # neighbours share folders, places, cameras
        for photo_id, *values in rows:
            for name, value in zip(COLUMN_NAMES, values, strict=True):
                if value and value not in standing:
                    standing[value] = _standing(wanted, value) if _may_hold(value, heads) else []
                if value and standing[value]:
                    found.setdefault(int(photo_id), {})[name] = standing[value]
        return found

    def _matching(self, match: str) -> Array:
        mask = np.zeros(self._columns.rows, bool)
        ids = self._found_ids(match)
        mask[ids[ids < len(mask)]] = True
        return mask

    def _found_ids(self, match: str) -> Array:
        """Ids that match."""
        return self._kept(self._found, match, lambda: self._ids(match))

    def _kept(self, kept: dict[K, V], key: K, find: Callable[[], V]) -> V:
        """What was found for a key, while no words change."""
        revision = self._columns.revision("text")
        with self._lock:
            if revision != self._kept_revision:
                self._found.clear()
                self._standing.clear()
                self._kept_revision = revision
            if key in kept:
                return kept[key]
        value = find()
        with self._lock:
            if revision == self._kept_revision:
                if len(kept) >= KEPT_SEARCHES:
                    kept.pop(next(iter(kept)))
                kept[key] = value
        return value

    def _ids(self, match: str) -> Array:
        row = self._db.read().execute(
            "SELECT group_concat(rowid, ' ') FROM photo_text WHERE photo_text MATCH ?", (match,)).fetchone()
        return numbers(row[0], np.uint32)

    def waiting(self) -> int:
        """How many photos' words are to be taken in after a very large change."""
        return int(self._db.read().execute("SELECT count(*) FROM words_later").fetchone()[0])

    def take_in(self, limit: int) -> int:
        """Index the words of up to `limit` waiting photos; how many there were."""
        def work(tx: Transaction) -> int:
            rows = tx.execute("SELECT photo_id FROM words_later LIMIT ?", (min(limit, AT_ONCE),)).fetchall()
            tx.changes.touch("text", [row[0] for row in rows])
            return len(rows)

        return self._db.write(work)

    def _keep(self, tx: Transaction) -> None:
        """Before a commit: bring the words of touched photos up to date in the same transaction."""
        if "text" in tx.changes.whole:
            tx.execute("DELETE FROM words_later")
            rebuild(tx)
        elif "text" in tx.changes.photos:
            ids = distinct(*tx.changes.photos["text"])
            if len(ids) > AT_ONCE:
                take_in_later(tx, ids)
                return
            chosen = msgspec.json.encode(ids.tolist()).decode()
            gone = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM photos)"
            tx.execute(f"DELETE FROM photo_text WHERE rowid IN ({gone})", (chosen,))
            tx.execute(f"{_INDEX} WHERE photos.id IN {_CHOSEN}", (chosen,))
            tx.execute(f"DELETE FROM words_later WHERE photo_id IN {_CHOSEN}", (chosen,))
