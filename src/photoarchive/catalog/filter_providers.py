"""What other parts bring to a query: filters of their own, and an answer to its words. Owns the agreements only."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.query import Query


class FilterProvider(Protocol):
    """A filter of another part (people, place, albums, duplicates), registered under its parameter name."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) bool. Raises Invalid for a value that makes no sense."""
        ...

    def revision(self) -> int:
        """Rises whenever a mask may have changed."""
        ...


@runtime_checkable
class PreparedFilter(Protocol):
    """A registered filter that takes a while: it is asked before the columns' lock is taken, and keeps its answer."""

    def prepare(self, values: tuple[str, ...]) -> None:
        """Do the slow part now. Raises what `mask` raises."""
        ...


@runtime_checkable
class NamedFilter(Protocol):
    """A registered filter whose values have names a person can type: `person:anna`."""

    def named(self, text: str) -> tuple[str, ...]:
        """Its values whose name contains the text, letter case ignored; the best fitting first."""
        ...

    def names(self, text: str, limit: int) -> list[str]:
        """Names to complete the text with: those that begin so first, then those that contain it."""
        ...


class TextSearch(Protocol):
    """Answers the words of a query (`q`): by text alone, or by meaning too when retrieval is registered."""

    def prepare(self, query: Query) -> object:
        """Do the slow part now; what was found, for query.found. Called without any lock.

        The others answer from query.found where they get it. They may be called with the columns' lock: then nothing
        may be computed that waits for another thread, because that thread may be waiting for the lock.
        """
        ...

    def mask(self, query: Query) -> Array:
        """(rows,) bool: photos that the words find."""
        ...

    def ranked(self, query: Query) -> tuple[Array, Array]:
        """(ids, scores) of found photos, greater is better; of some only, if the rest has no order."""
        ...

    def key(self, query: Query) -> tuple[object, ...]:
        """Changes whenever mask or ranked may answer differently."""
        ...

    def similarities(self, query: Query, photo_ids: Array) -> list[float | None]:
        """Score by meaning of each of these photos (n,); None where it was not found by meaning."""
        ...

    def shows_missing(self, query: Query) -> bool:
        """Whether the words ask for photos whose file is missing, which no view holds otherwise."""
        ...


class WordSearch:
    """TextSearch by the words of the catalog alone."""

    def __init__(self, text: FullText) -> None:
        self._text = text

    def prepare(self, query: Query) -> object:
        """Ask the text index, which keeps what it found."""
        self._text.prepare(query.q)
        return None

    def mask(self, query: Query) -> Array:
        """(rows,) photos whose words match."""
        return self._text.mask(query.q)

    def ranked(self, query: Query) -> tuple[Array, Array]:
        """Best text match first."""
        return self._text.ranked(query.q)

    def key(self, query: Query) -> tuple[object, ...]:
        """Nothing beyond the column group "text", which every key of words holds."""
        return ()

    def similarities(self, query: Query, photo_ids: Array) -> list[float | None]:
        """No photo is found by meaning here."""
        return [None] * len(photo_ids)

    def shows_missing(self, query: Query) -> bool:
        """Plain words never do."""
        return False
