"""Sorts of SPEC §7 as arrays of photo ids, missing values last both ways, ties by id.

An order of the whole catalog is kept per sort key and repaired when a few photos changed; a small view is sorted by
itself. Sorting packs the key and the id into one 64-bit number, because numpy sorts plain integers many times faster
than it argsorts.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import NO_INTERVAL, NO_OFFSET, NO_TIME, Array, distinct
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.dictionaries import Dictionaries
from photoarchive.catalog.names import GROUP as NAMES
from photoarchive.catalog.stars import NO_SUGGESTION, SuggestedStars

KEPT_ORDERS = 28            # every key both ways; 4 bytes a photo each
REPAIR_SHARE = 100          # up to one photo in a hundred is moved within a kept order; more: sort anew
SMALL_SHARE = 8             # a view of less than an eighth of the catalog is sorted by itself

COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "elo": ("elo", "taken"), "confidence": ("comparisons", "interval"), "comparisons": ("comparisons",),
    "date_taken": ("taken", "taken_offset"), "added": ("added",), "date_modified": ("modified",),
    "file_size": ("size",), "resolution": ("width", "height"), "camera": ("camera",), "lens": ("lens",),
    "filename": (NAMES,), "stars": ("stars", "elo", "comparisons", "state", "leader"), "random": (),
    "duration": ("duration",),
}
DAY_MS, UNDATED_DAY = 86_400_000, -50_000       # no photo is older than 1833
TIMES = {"date_taken": "taken", "added": "added", "date_modified": "modified"}
REPAIRABLE = frozenset(COLUMNS_OF) - {"stars", "random"}     # a photo's place there depends on no other photo

Slot = tuple[str, bool, int]        # sort key, descending, seed


class Key(msgspec.Struct, frozen=True):
    """What a sort compares: `values` (n,) integers, smaller first in the direction wanted; `missing` goes last.

    tie: a second key of the same kind for equal values, where a sort has one.
    """

    values: Array
    missing: Array
    tie: Array | None = None


class _Kept(msgspec.Struct, frozen=True):
    revision: int
    rows: int
    ids: Array


class Orders:
    """All sorts of one catalog. Thread-safe; takes the columns' lock while it reads them."""

    def __init__(self, columns: Columns, dictionaries: Dictionaries, stars: SuggestedStars) -> None:
        self._columns, self._dictionaries, self._stars = columns, dictionaries, stars
        self._kept: OrderedDict[Slot, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def revision(self, key: str) -> int:
        """When this order changed last."""
        names = COLUMNS_OF[key]
        return self._columns.revision(*names) if names else 0

    def arrange(self, mask: Array, key: str, descending: bool, seed: int = 0) -> Array | None:
        """The ids of a mask in order: (rows,) bool → (n,) uint32; None when `prepare` must be called first.

        Quick, because the caller holds the columns' lock.
        """
        with self._columns.lock:
            if key == "filename" and not self._columns.names.current:
                return None
            if int(np.count_nonzero(mask)) * SMALL_SHARE < len(mask):
                ids = np.flatnonzero(mask)
                return ordered(ids, self._key(key, descending, ids, seed))
            whole = self._ready((key, descending, seed if key == "random" else 0))
            return None if whole is None else whole[mask[whole]]

    def prepare(self, key: str, descending: bool, seed: int = 0) -> None:
        """Sort the whole catalog by a key, if that is not done, without holding up those who read the columns."""
        slot = (key, descending, seed if key == "random" else 0)
        columns = self._columns
        if key == "filename":
            columns.names.ranks(columns.rows)
        with columns.lock:
            if (key == "filename" and not columns.names.current) or self._ready(slot) is not None:
                return
            revision, rows = self.revision(key), columns.rows
            everything = np.arange(1, rows)
            values = self._key(key, descending, everything, seed)
        ids = ordered(everything, values)
        with self._lock:
            self._keep(slot, _Kept(revision, rows, ids))

    def _keep(self, slot: Slot, kept: _Kept) -> None:
        self._kept[slot] = kept
        self._kept.move_to_end(slot)
        while len(self._kept) > KEPT_ORDERS:
            self._kept.popitem(last=False)

    def _ready(self, slot: Slot) -> Array | None:
        """Every id of the catalog, deleted ones too, in order; None when it would have to be sorted."""
        with self._columns.lock, self._lock:
            kept = self._kept.get(slot)
            if kept is None:
                return None
            revision, rows = self.revision(slot[0]), self._columns.rows
            if kept.revision != revision or kept.rows != rows:
                ids = self._repaired(slot, kept)
                if ids is None:
                    return None
                kept = _Kept(revision, rows, ids)
            self._keep(slot, kept)
            return kept.ids

    def _repaired(self, slot: Slot, kept: _Kept) -> Array | None:
        """Move only the photos whose key changed; None when sorting anew is better."""
        key, descending, seed = slot
        rows = self._columns.rows
        changed = self._columns.changed_since(COLUMNS_OF[key], kept.revision) if key in REPAIRABLE else None
        if changed is None:
            return None
        moved = distinct(changed, np.arange(kept.rows, rows))
        if len(moved) * REPAIR_SHARE > rows:
            return None
        gone = np.zeros(rows, bool)
        gone[moved] = True
        rest = kept.ids[~gone[kept.ids]]
        arriving = ordered(moved, self._key(key, descending, moved, seed))
        return self._merged(rest, arriving, key, descending, seed)

    def _merged(self, rest: Array, arriving: Array, key: str, descending: bool, seed: int) -> Array:
        """Insert ids (in order) into an order, by a binary search of all of them side by side."""
        low = np.zeros(len(arriving), np.int64)
        high = np.full(len(arriving), len(rest), np.int64)
        while len(rest) and (open_ := low < high).any():
            middle = (low + high) // 2
            probe = rest[np.minimum(middle, len(rest) - 1)].astype(np.int64)
            after = self._comes_after(arriving.astype(np.int64), probe, key, descending, seed)
            low = np.where(open_ & after, middle + 1, low)
            high = np.where(open_ & ~after, middle, high)
        return np.insert(rest, low, arriving)

    def _comes_after(self, left: Array, right: Array, key: str, descending: bool, seed: int) -> Array:
        """(k,) whether left[i] is sorted after right[i]."""
        a, b = self._key(key, descending, left, seed), self._key(key, descending, right, seed)
        after = left > right
        if a.tie is not None and b.tie is not None:
            after = np.where(a.tie == b.tie, after, a.tie > b.tie)
        after = np.where(a.values == b.values, after, a.values > b.values)
        after = np.where(a.missing & b.missing, left > right, after)
        return np.where(a.missing != b.missing, a.missing, after)

    # ------------------------------------------------------------------ keys

    def _key(self, key: str, descending: bool, ids: Array, seed: int) -> Key:
        values, missing, tie = self._ascending(key, ids, seed)
        if descending:
            return Key(-values, missing, None if tie is None else -tie)
        return Key(values, missing, tie)

    def _ascending(self, key: str, ids: Array, seed: int) -> tuple[Array, Array, Array | None]:
        """(values, missing, tie) of these photos, as whole numbers."""
        if key in TIMES:
            times = self._columns[TIMES[key]][ids]
            return times, times == NO_TIME, self._instants(ids) if key == "date_taken" else None
        if key == "elo":            # in a library that is not compared yet all are equal: their days decide
            return float_key(self._columns["elo"][ids]), np.zeros(len(ids), bool), self._days(ids)
        if key == "confidence":
            return self._confidence(ids)
        if key == "random":
            values, missing = shuffled(ids, seed), None
        elif key in ("camera", "lens", "filename", "stars"):
            values, missing = self._ranked_value(key, ids)
        else:
            values, missing = self._plain_value(key, ids)
        return values, np.zeros(len(ids), bool) if missing is None else missing, None

    def _plain_value(self, key: str, ids: Array) -> tuple[Array, Array | None]:
        columns = self._columns
        if key == "resolution":
            pixels = columns["width"][ids].astype(np.int64) * columns["height"][ids]
            return pixels, pixels == 0
        if key == "duration":
            duration = columns["duration"][ids]
            return float_key(duration), duration == 0
        return columns[{"file_size": "size"}.get(key, key)][ids].astype(np.int64), None

    def _ranked_value(self, key: str, ids: Array) -> tuple[Array, Array]:
        if key == "filename":
            ranks = self._columns.names.ranks(self._columns.rows)[ids].astype(np.int64)
            return ranks, ranks == 0
        if key == "stars":
            stars = self._stars.effective()[ids]
            return stars.astype(np.int64), stars == NO_SUGGESTION
        codes = self._columns[key][ids]
        return self._name_ranks(key)[codes], codes == 0

    def _confidence(self, ids: Array) -> tuple[Array, Array, Array]:
        """More choices are surer; of equal ones the narrower interval."""
        interval = self._columns["interval"][ids]
        choices = self._columns["comparisons"][ids].astype(np.int64)
        wide = np.where(interval == NO_INTERVAL, np.float32(np.inf), interval)
        return choices, choices == 0, -float_key(wide)

    def _days(self, ids: Array) -> Array:
        """Local days since 1970, undated photos before all: few enough bits to be packed with a rating and an id."""
        taken = self._columns["taken"][ids]
        return np.where(taken == NO_TIME, UNDATED_DAY, np.maximum(taken // DAY_MS, UNDATED_DAY + 1))

    def _instants(self, ids: Array) -> Array:
        """What decides between equal wall times: the earlier instant is the one further east; unknown counts as UTC."""
        offset = self._columns["taken_offset"][ids].astype(np.int64)
        return -np.where(offset == NO_OFFSET, 0, offset)

    def _name_ranks(self, key: str) -> Array:
        """Code → place of its name in the alphabet, letter case ignored."""
        cameras, lenses = self._dictionaries.cameras, self._dictionaries.lenses
        names = {code: one.label for code, one in cameras().items()} if key == "camera" else lenses()
        ranks = np.zeros(max([*names, int(self._columns[key].max(initial=0))], default=0) + 1, np.int64)
        places = {name: place for place, name in enumerate(sorted({name.casefold() for name in names.values()}), 1)}
        for code, name in names.items():
            ranks[code] = places[name.casefold()]
        return ranks


def ordered(ids: Array, key: Key) -> Array:
    """Ids (n,), ascending, in the order of their keys → (n,) uint32."""
    if not len(ids):
        return np.zeros(0, np.uint32)
    present, absent = ids, ids[:0]
    values, tie = key.values, key.tie
    if key.missing.any():
        present, absent = ids[~key.missing], ids[key.missing]
        values, tie = values[~key.missing], None if tie is None else tie[~key.missing]
    return np.concatenate([_sorted(present, values, tie), absent]).astype(np.uint32)


def _sorted(ids: Array, values: Array, tie: Array | None) -> Array:
    if not len(ids):
        return ids
    if tie is not None and (tie == tie[0]).all():
        tie = None
    low, high = int(values.min()), int(values.max())
    id_bits = int(ids.max()).bit_length()
    if tie is not None:
        tie_low = int(tie.min())
        tie_bits = (int(tie.max()) - tie_low).bit_length()
        if (high - low).bit_length() + tie_bits + id_bits > 63:
            return ids[np.lexsort((ids, tie, values))]
        values, low, high = ((values - low) << tie_bits) | (tie - tie_low), 0, (high - low + 1) << tie_bits
    if (high - low).bit_length() + id_bits > 63:
        return ids[np.lexsort((ids, values))]
    packed = ((values - low) << id_bits) | ids
    packed.sort()
    return packed & ((1 << id_bits) - 1)


def float_key(values: Array) -> Array:
    """float32 (n,) → int64 (n,) that sorts the same way (IEEE 754 bits, the negative half turned round)."""
    bits = values.astype(np.float32).view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def shuffled(ids: Array, seed: int) -> Array:
    """A number per id that looks random and depends only on id and seed (SplitMix64, Steele et al. 2014), 42 bits."""
    x = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64((seed * 0xD1342543DE82EF95) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(22)).astype(np.int64)
