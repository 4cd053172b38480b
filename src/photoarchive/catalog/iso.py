"""The filter `iso`: sensitivities of photos, read from SQLite when first asked for and kept up to date from then on."""

from __future__ import annotations

import re
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.core.errors import Invalid

FILTER = "iso"
UNKNOWN = 0
_ISO = "min(coalesce(iso, 0), 4294967295)"
_RANGE = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<low>\d{1,9})|(?P<from>\d{0,9})\.\.(?P<to>\d{0,9})")


class IsoFilter:
    """Provider of the filter. Values: 800, >=1600, 100..400; several mean any of them. Thread-safe."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lock = threading.Lock()
        self._values: Array = np.zeros(0, np.uint32)
        self._revision = -1

    def revision(self) -> int:
        """Rises with every change of photos."""
        return self._columns.revision("photos")

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos whose sensitivity lies in one of the ranges. Raises Invalid."""
        ranges = [iso_range(part.strip()) for value in values for part in value.split(",") if part.strip()]
        with columns.lock:
            iso = self._current()
            mask = np.zeros(columns.rows, bool)
            for low, high in ranges:
                mask |= (iso >= max(low, 1)) & (iso <= high)
        return mask

    def _current(self) -> Array:
        """(rows,) uint32. Called with the columns' lock."""
        columns = self._columns
        with self._lock:
            revision = columns.revision("photos")
            if revision != self._revision or len(self._values) != columns.rows:
                kept = self._values[: columns.rows]
                changed = columns.changed_since(("photos",), self._revision) if self._revision >= 0 else None
                values = np.zeros(columns.rows, np.uint32)
                values[: len(kept)] = kept
                if changed is None:
                    self._read(values, "", ())
                else:
                    values[changed] = UNKNOWN
                    chosen = msgspec.json.encode(changed.tolist()).decode()
                    self._read(values, "WHERE id IN (SELECT value FROM json_each(?))", (chosen,))
                self._values, self._revision = values, revision
            return self._values

    def _read(self, values: Array, where: str, parameters: tuple[str, ...]) -> None:
        ids, isos = self._columns.db.read().execute(
            f"SELECT group_concat(id, ' '), group_concat({_ISO}, ' ') FROM photos {where}", parameters).fetchone()
        places = np.fromstring(ids or "", np.int64, sep=" ")
        inside = places < len(values)
        values[places[inside]] = np.fromstring(isos or "", np.int64, sep=" ")[inside]


def iso_range(text: str) -> tuple[int, int]:
    """Lowest and highest sensitivity of "800", ">=1600", "100..400". Raises Invalid."""
    found = _RANGE.fullmatch(text)
    if not found or text == "..":
        raise Invalid(f"iso cannot be “{text}”. It is a number, >=1600 or 100..400.", field=FILTER)
    most = 2**32 - 1
    if found["low"] is None:
        return int(found["from"] or 0), int(found["to"] or most)
    number = int(found["low"])
    return {">=": (number, most), ">": (number + 1, most), "<=": (0, number), "<": (0, number - 1)}.get(
        found["sign"] or "", (number, number))
