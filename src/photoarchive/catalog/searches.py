"""What people searched for: the texts and how often, saved terms, query vectors and kept results. Owns no search.

A search is one text however it is spelled (letter case, white space). Vectors and results belong to the *words* of a
search (retrieval.language: the text without its filters) and to a model; they may be dropped at any time.
"""

from __future__ import annotations

import unicodedata
from concurrent.futures import Future

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, Invalid, NotFound

MAX_TERMS = 200                 # saved terms
MAX_TERM = 160                  # characters of one
MAX_RECORDED = 1_000            # characters of a search worth remembering
KEPT_SEARCHES = 5_000           # texts remembered besides the saved ones
KEPT_VECTORS = 5_000            # query vectors besides those of saved terms: 10 MB at 512 dimensions
MAX_RESULT_BYTES = 256 << 20    # of all kept results

_ROLE = "search_model:"         # in `meta`, before the role
_FIELDS = "id, text, uses, last_used, pinned IS NOT NULL"


class Search(msgspec.Struct, frozen=True):
    """One search. last_used: seconds since 1970, null for a saved term that was never used."""

    id: int
    text: str
    uses: int
    last_used: float | None
    pinned: bool


class KeptResult(msgspec.Struct, frozen=True):
    """The best photos for some words by one model: ids (n,) uint32 best first, scores (n,) float32.

    Every photo that scores at least `floor` by the vectors of index revision `revision` is among them.
    """

    ids: Array
    scores: Array
    floor: float
    revision: int
    made_at: float

    @property
    def bytes(self) -> int:
        """Room it takes."""
        return int(self.ids.nbytes + self.scores.nbytes)


class ResultSize(msgspec.Struct, frozen=True):
    """How much is kept."""

    results: int
    bytes: int
    limit: int


def normalised(text: str) -> str:
    """The form under which a search is one and the same: compatible characters, letter case, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class _Remembered(msgspec.Struct):
    model: str
    calibration: dict[str, float]


class Searches:
    """Reads and writes them. Thread-safe."""

    def __init__(self, db: Database, max_result_bytes: int = MAX_RESULT_BYTES) -> None:
        self._db, self._max_result_bytes = db, max_result_bytes
        self._coming: dict[tuple[str, str], Array] = {}     # query vectors that are still being written

    # ------------------------------------------------------------------ texts

    def record(self, text: str) -> Search | None:
        """Count one use of a search; None for a text without a character, or too long to be remembered."""
        noted = self.note(text)
        return None if noted is None else noted.result()

    def note(self, text: str) -> Future[Search] | None:
        """The same, without waiting for what else is being written."""
        shown, normal = " ".join(text.split()), normalised(text)
        if not normal or len(normal) > MAX_RECORDED:
            return None

        def write(tx: Transaction) -> Search:
            row = tx.execute(
                "INSERT INTO searches (normal, text, uses, last_used) VALUES (?, ?, 1, ?) ON CONFLICT (normal) DO "
                "UPDATE SET text = excluded.text, uses = uses + 1, last_used = excluded.last_used "
                f"RETURNING {_FIELDS}", (normal, shown, now())).fetchone()
            tx.execute("DELETE FROM searches WHERE pinned IS NULL AND id IN "
                       "(SELECT id FROM searches WHERE pinned IS NULL ORDER BY last_used DESC LIMIT -1 OFFSET ?)",
                       (KEPT_SEARCHES,))
            return _search(row)

        return self._db.submit(write)

    def recent(self, limit: int = 20, starting: str = "") -> list[Search]:
        """Searches used last, the newest first; those whose text begins so."""
        start = normalised(starting)
        return self._select("last_used IS NOT NULL AND substr(normal, 1, ?) = ? "
                            "ORDER BY last_used DESC, id DESC LIMIT ?", (len(start), start, limit))

    def most_used(self, limit: int) -> list[Search]:
        """Searches used most often, saved terms included."""
        return self._select("uses > 0 ORDER BY uses DESC, last_used DESC LIMIT ?", (limit,))

    def terms(self) -> list[Search]:
        """Saved terms, in the order they were saved."""
        return self._select("pinned IS NOT NULL ORDER BY pinned, id")

    def pin(self, search_id: int, pinned: bool) -> Search:
        """Save a search as a term, or no longer. Raises NotFound, Invalid (too long), Conflict (too many)."""
        def write(tx: Transaction) -> Search:
            row = tx.execute(f"SELECT {_FIELDS} FROM searches WHERE id = ?", (search_id,)).fetchone()
            if row is None:
                raise NotFound(f"There is no search {search_id}.")
            if pinned and not row[4]:
                _pin(tx, row[1])
            elif not pinned:
                tx.execute("UPDATE searches SET pinned = NULL WHERE id = ?", (search_id,))
            return _search(tx.execute(f"SELECT {_FIELDS} FROM searches WHERE id = ?", (search_id,)).fetchone())

        return self._db.write(write, durable=True)

    def set_terms(self, texts: list[str]) -> list[Search]:
        """Make these the saved terms, in this order. Raises Invalid (too long), Conflict (too many)."""
        def write(tx: Transaction) -> None:
            wanted = {normalised(text) for text in texts}
            for row in tx.execute("SELECT id, normal FROM searches WHERE pinned IS NOT NULL").fetchall():
                if row[1] not in wanted:
                    tx.execute("UPDATE searches SET pinned = NULL WHERE id = ?", (row[0],))
            for place, text in enumerate(texts):
                _pin(tx, text)
                tx.execute("UPDATE searches SET pinned = ? WHERE normal = ?", (place, normalised(text)))
            tx.execute("DELETE FROM searches WHERE pinned IS NULL AND uses = 0")

        self._db.write(write, durable=True)
        return self.terms()

    def forget(self, search_id: int) -> None:
        """Forget a search that is no saved term. Raises NotFound."""
        if not self._db.write(lambda tx: tx.execute(
                "DELETE FROM searches WHERE id = ? AND pinned IS NULL", (search_id,)).rowcount, durable=True):
            raise NotFound(f"There is no search {search_id}, or it is saved.")

    def forget_all(self) -> None:
        """Forget every search; saved terms stay."""
        self._db.write(lambda tx: (tx.execute("DELETE FROM searches WHERE pinned IS NULL"),
                                   tx.execute("UPDATE searches SET uses = 0, last_used = NULL")), durable=True)

    def _select(self, condition: str, values: tuple[object, ...] = ()) -> list[Search]:
        rows = self._db.read().execute(f"SELECT {_FIELDS} FROM searches WHERE {condition}", values).fetchall()
        return [_search(row) for row in rows]

    # ------------------------------------------------------------------ vectors of words

    def query_vector(self, words: str, model: str) -> Array | None:
        """(d,) float32 of these words by a model; None when it was never asked."""
        if (coming := self._coming.get((words, model))) is not None:
            return coming
        row = self._db.read().execute(
            "SELECT vector FROM search_vectors WHERE words = ? AND model = ?", (words, model)).fetchone()
        return None if row is None else np.frombuffer(row[0], "<f4")

    def keep_query_vector(self, words: str, model: str, vector: Array) -> Future[None]:
        """Remember what a model made of these words; nobody need wait for it: it is found while it is written, too."""
        kept = np.asarray(vector, "<f4")

        def write(tx: Transaction) -> None:
            tx.execute("INSERT OR REPLACE INTO search_vectors VALUES (?, ?, ?, ?)",
                       (words, model, kept.tobytes(), now()))
            excess = tx.execute("SELECT count(*) FROM search_vectors").fetchone()[0] - KEPT_VECTORS
            if excess > 0:
                tx.execute("DELETE FROM search_vectors WHERE (words, model) IN "
                           "(SELECT words, model FROM search_vectors "
                           "WHERE words NOT IN (SELECT normal FROM searches WHERE pinned IS NOT NULL) "
                           "ORDER BY used_at LIMIT ?)", (excess,))

        self._coming[words, model] = kept
        written = self._db.submit(write)
        written.add_done_callback(lambda _: self._coming.pop((words, model), None))
        return written

    def remember_model(self, role: str, model: str, calibration: dict[str, float]) -> None:
        """Note which model answers in a role ("deep") and what its scores mean, so that it need not be loaded."""
        text = msgspec.json.encode({"model": model, "calibration": calibration}).decode()
        self._db.write(lambda tx: tx.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (f"{_ROLE}{role}", text)))

    def model_in(self, role: str) -> tuple[str, dict[str, float]] | None:
        """(model, calibration) remembered for a role."""
        text = self._db.meta(f"{_ROLE}{role}")
        if text is None:
            return None
        known = msgspec.json.decode(text, type=_Remembered)
        return known.model, known.calibration

    # ------------------------------------------------------------------ results

    def result(self, words: str, model: str) -> KeptResult | None:
        """What was found for these words by a model, as it was kept."""
        row = self._db.read().execute(
            "SELECT ids, scores, floor, revision, made_at FROM search_results WHERE words = ? AND model = ?",
            (words, model)).fetchone()
        return None if row is None else KeptResult(np.frombuffer(row[0], "<u4"), np.frombuffer(row[1], "<f4"), *row[2:])

    def keep_result(self, words: str, model: str, result: KeptResult) -> Future[None]:
        """Keep what was found; the results not used for longest make room. Nobody need wait for it."""
        def write(tx: Transaction) -> None:
            tx.execute(
                "INSERT OR REPLACE INTO search_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (words, model, result.revision, result.floor, len(result.ids), result.ids.astype("<u4").tobytes(),
                 result.scores.astype("<f4").tobytes(), result.made_at, now()))
            _make_room(tx, self._max_result_bytes)

        return self._db.submit(write)

    def used_result(self, words: str, model: str) -> None:
        """Note that a kept result was of use again."""
        self._db.submit(lambda tx: tx.execute(
            "UPDATE search_results SET used_at = ? WHERE words = ? AND model = ?", (now(), words, model)))

    def result_size(self) -> ResultSize:
        """How much is kept, and how much may be."""
        row = self._db.read().execute("SELECT count(*), coalesce(sum(count), 0) * 8 FROM search_results").fetchone()
        return ResultSize(int(row[0]), int(row[1]), self._max_result_bytes)

    def clear_results(self) -> int:
        """Drop all kept results; says how many they were."""
        return self._db.write(lambda tx: tx.execute("DELETE FROM search_results").rowcount)


def _search(row: tuple[int, str, int, float | None, int]) -> Search:
    return Search(row[0], row[1], row[2], row[3], bool(row[4]))


def _pin(tx: Transaction, text: str) -> None:
    shown, normal = " ".join(text.split()), normalised(text)
    if not 1 <= len(shown) <= MAX_TERM:
        raise Invalid(f"A saved search may have 1 to {MAX_TERM} characters.", field="text")
    known = tx.execute("SELECT pinned FROM searches WHERE normal = ?", (normal,)).fetchone()
    if known is not None and known[0] is not None:
        return
    if tx.execute("SELECT count(*) FROM searches WHERE pinned IS NOT NULL").fetchone()[0] >= MAX_TERMS:
        raise Conflict(f"{MAX_TERMS} searches are saved already. Take one away first.")
    tx.execute("INSERT INTO searches (normal, text, pinned) VALUES (?, ?, ?) "
               "ON CONFLICT (normal) DO UPDATE SET pinned = excluded.pinned", (normal, shown, now()))


def _make_room(tx: Transaction, limit: int) -> None:
    """Delete the results not used for longest until the rest fits."""
    held = tx.execute("SELECT coalesce(sum(count), 0) * 8 FROM search_results").fetchone()[0]
    if held <= limit:
        return
    for words, model, count in tx.execute(
            "SELECT words, model, count FROM search_results ORDER BY used_at").fetchall():
        if held <= limit:
            return
        tx.execute("DELETE FROM search_results WHERE words = ? AND model = ?", (words, model))
        held -= count * 8
