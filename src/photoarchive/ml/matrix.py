"""The derived form of vectors that is searched: one int8 row per photo id in a memory-mapped file.

A vector is turned (and, for long vectors in large archives, shortened) by a basis before it is rounded: a turn by a
random orthonormal basis keeps dot products and gives every component the same spread, so that eight bits lose about
0.0007 of a score whatever the model. Everything here can be made again from SQLite; a header that does not fit, a
missing piece or a wrong checksum means exactly that.

Files: <name>.rows (capacity × width int8), <name>.map (header, basis, then per block of rows a checksum and one byte
per row that says whether there is a vector) and <name>.signs (a bit per component of the rows: which are below zero).
The last follows from the rows alone: it needs no checksum, is compared with them and mended from them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import xxhash

from photoarchive.ml.embedder import unit_rows

MAGIC = b"PAvec\x00\x00\x02"
PAGE = 4096
BLOCK = 4096                    # rows per checksum
RECORD = 8 + BLOCK              # checksum and presence of a block
HEADER = struct.Struct("<8s32sIIqq")    # magic, digest of whose it is, dimension, width, covered revision, learned at
CLIP = 5.0                      # components beyond so many standard deviations are cut: one in two million
GROWTH = 1.25

Ids = npt.NDArray[np.int64]
Basis = npt.NDArray[np.float32]
Signs = npt.NDArray[np.uint8]


class Owner(msgspec.Struct, frozen=True):
    """Whose vectors a matrix holds: another catalog, model or length means another matrix."""

    catalog: str
    model: str
    dimension: int

    def digest(self) -> bytes:
        """32 bytes of all three."""
        return hashlib.sha256(f"{self.catalog} {self.model} {self.dimension}".encode()).digest()


class Matrix:
    """The mapped files. Writers hold a lock of the caller; readers may read while rows are written."""

    def __init__(self, path: Path, owner: Owner, basis: Basis, *, covered: int, learned_at: int) -> None:
        self._path, self.owner, self.basis, self.learned_at = path, owner, basis, learned_at
        self.covered = covered      # the revision of the model up to which all changes are in
        self.width = basis.shape[1]
        self._sign_bytes = -(-self.width // 8)
        self.scale = 127.0 * np.sqrt(self.width) / CLIP
        self.rounding = 1 / self.scale / np.sqrt(6)     # standard deviation it adds to a score
        self._rows_file = os.open(rows_path(path), os.O_RDWR | os.O_CREAT, 0o600)
        self._map_file = os.open(map_path(path), os.O_RDWR | os.O_CREAT, 0o600)
        self._signs_file = os.open(signs_path(path), os.O_RDWR | os.O_CREAT, 0o600)
        self._start = _records_start(basis)
        self.used = 0               # rows up to the last one ever written: what a search reads of the capacity
        self._remap()

    # ------------------------------------------------------------------ opening

    @classmethod
    def create(cls, path: Path, owner: Owner, basis: Basis, learned_at: int) -> Matrix:
        """An empty matrix in place of whatever lies there. learned_at: how many vectors the basis was made from."""
        delete(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        matrix = cls(path, owner, basis, covered=0, learned_at=learned_at)
        os.ftruncate(matrix._map_file, matrix._start)
        os.pwrite(matrix._map_file, basis.tobytes(), PAGE)
        matrix.set_covered(0)
        return matrix

    @classmethod
    def open(cls, path: Path, owner: Owner) -> Matrix | None:
        """The matrix that lies there, or None if there is none that fits."""
        try:
            with map_path(path).open("rb") as file:
                magic, digest, dimension, width, covered, learned_at = HEADER.unpack(file.read(HEADER.size))
                if (magic, digest, dimension) != (MAGIC, owner.digest(), owner.dimension) or not 0 < width <= dimension:
                    return None
                file.seek(PAGE)
                basis = np.frombuffer(file.read(dimension * width * 4), np.float32).reshape(dimension, width)
                blocks, rest = divmod(os.fstat(file.fileno()).st_size - _records_start(basis), RECORD)
                if rest or blocks < 0 or rows_path(path).stat().st_size != blocks * BLOCK * width:
                    return None         # a kill between the two files, or one of them is gone
            return cls(path, owner, basis, covered=covered, learned_at=learned_at)
        except (OSError, struct.error, ValueError):
            return None

    def close(self) -> None:
        """Let go of the files; arrays still in use keep theirs."""
        os.close(self._rows_file)
        os.close(self._map_file)
        os.close(self._signs_file)

    # ------------------------------------------------------------------ what it holds

    def set_covered(self, revision: int) -> None:
        """All changes up to this revision are in."""
        header = HEADER.pack(MAGIC, self.owner.digest(), self.owner.dimension, self.width, revision, self.learned_at)
        os.pwrite(self._map_file, header, 0)
        self.covered = revision

    def read_ahead(self) -> None:
        """Ask the system to read the rows into its cache in one go: page by page it would take ten times as long."""
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):              # a wish: file systems need not know it
                os.posix_fadvise(self._signs_file, 0, self.signs[:self.used].nbytes, os.POSIX_FADV_WILLNEED)
                os.posix_fadvise(self._rows_file, 0, self.used * self.width, os.POSIX_FADV_WILLNEED)

    def is_whole(self) -> bool:
        """Whether every block is as it was written. Reads everything once, which also warms the page cache."""
        return all(self._checksum(block) == int(self._checksums[block]) for block in range(len(self._checksums)))

    def wrong_signs(self, blocks: Iterable[int] | None = None) -> list[int]:
        """Those of some blocks, or of all, whose sign bits are not those of their rows."""
        return [block for block in (self._used_blocks() if blocks is None else blocks)
                if not np.array_equal(self.signs[_of(block)], signs_of(self.rows[_of(block)]))]

    def mend_signs(self, blocks: Iterable[int]) -> None:
        """Make the sign bits of blocks again. Nobody may write meanwhile."""
        for block in blocks:
            self.signs[_of(block)] = signs_of(self.rows[_of(block)])

    def _used_blocks(self) -> range:
        return range(-(-self.used // BLOCK))

    # ------------------------------------------------------------------ writing

    def put(self, photo_ids: Ids, vectors: npt.NDArray[Any]) -> None:
        """Write rows."""
        if not len(photo_ids):
            return
        self._ensure(int(photo_ids.max()))
        rounded = self.rounded(vectors)
        self.rows[photo_ids] = rounded
        self.signs[photo_ids] = signs_of(rounded)
        self._mark(photo_ids, present=True)

    def clear(self, photo_ids: Ids) -> None:
        """Take rows away."""
        photo_ids = photo_ids[photo_ids < len(self.present)]
        if len(photo_ids):
            self.rows[photo_ids] = 0
            self.signs[photo_ids] = 0
            self._mark(photo_ids, present=False)

    def rounded(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
        """(n, dimension) → (n, width) int8 of unit length times `scale`."""
        turned = unit_rows(np.asarray(vectors, np.float32) @ self.basis)
        rounded: npt.NDArray[np.int8] = np.clip(np.rint(turned * np.float32(self.scale)), -127, 127).astype(np.int8)
        return rounded

    def _mark(self, photo_ids: Ids, *, present: bool) -> None:
        blocks, places = photo_ids // BLOCK, photo_ids % BLOCK
        self._presence[blocks, places] = present
        self.present[photo_ids] = present
        if present:
            self.used = max(self.used, int(photo_ids.max()) + 1)
        for block in np.unique(blocks):
            self._checksums[block] = self._checksum(int(block))

    def _checksum(self, block: int) -> int:
        rows = self.rows[_of(block)]
        return int(xxhash.xxh3_64_intdigest(rows.data) ^ xxhash.xxh3_64_intdigest(self._presence[block].tobytes()))

    # ------------------------------------------------------------------ room

    def _ensure(self, photo_id: int) -> None:
        if photo_id < len(self.present):
            return
        blocks = -(-max(photo_id + 1, int(len(self.present) * GROWTH)) // BLOCK)
        before = len(self._checksums)
        os.ftruncate(self._signs_file, blocks * BLOCK * self._sign_bytes)
        os.ftruncate(self._rows_file, blocks * BLOCK * self.width)      # sparse: takes no room until it is written
        os.ftruncate(self._map_file, self._start + blocks * RECORD)
        self._remap()
        for block in range(before, blocks):
            self._checksums[block] = self._checksum(block)

    def _remap(self) -> None:
        """Map the files at their present size; sign bits that are not of that size are made again."""
        blocks = os.fstat(self._rows_file).st_size // (BLOCK * self.width)
        if not blocks:
            self.signs: Signs = np.zeros((0, self._sign_bytes), np.uint8)
            self.rows: npt.NDArray[np.int8] = np.zeros((0, self.width), np.int8)
            self._checksums: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)
            self._presence: npt.NDArray[np.bool_] = np.zeros((0, BLOCK), bool)
            self.present: npt.NDArray[np.bool_] = np.zeros(0, bool)
            self.used = 0
            return
        rows = blocks * BLOCK
        fitting = os.fstat(self._signs_file).st_size == rows * self._sign_bytes
        os.ftruncate(self._signs_file, rows * self._sign_bytes)
        self.signs = np.asarray(np.memmap(signs_path(self._path), np.uint8, "r+", shape=(rows, self._sign_bytes)))
        self.rows = np.asarray(np.memmap(rows_path(self._path), np.int8, "r+", shape=(rows, self.width)))
        records = np.memmap(map_path(self._path), np.dtype([("sum", "<u8"), ("here", "?", BLOCK)]), "r+",
                            offset=self._start, shape=(blocks,))
        self._checksums, self._presence = np.asarray(records["sum"]), np.asarray(records["here"])
        self.present = self._presence.reshape(-1).copy()
        self.used = len(self.present) - int(np.argmax(self.present[::-1])) if self.present.any() else 0
        if not fitting:
            self.read_ahead()
            self.mend_signs(self._used_blocks())


def signs_of(rows: npt.NDArray[np.int8]) -> Signs:
    """(n, width) int8 → (n, width / 8 rounded up) bits: which components are below zero."""
    return np.packbits(rows < 0, axis=1)


def _of(block: int) -> slice:
    return slice(block * BLOCK, (block + 1) * BLOCK)


def _records_start(basis: Basis) -> int:
    """Where the records of blocks begin in the map file: after the header and the basis, at a page."""
    return PAGE + -(-basis.nbytes // PAGE) * PAGE


def rows_path(path: Path) -> Path:
    """The file of the rows."""
    return path.with_name(f"{path.name}.rows")


def map_path(path: Path) -> Path:
    """The file of header, basis, checksums and presence."""
    return path.with_name(f"{path.name}.map")


def signs_path(path: Path) -> Path:
    """The file of the sign bits."""
    return path.with_name(f"{path.name}.signs")


def delete(path: Path) -> None:
    """Take the files away."""
    signs_path(path).unlink(missing_ok=True)
    rows_path(path).unlink(missing_ok=True)
    map_path(path).unlink(missing_ok=True)


def random_turn(dimension: int) -> Basis:
    """A random orthonormal basis (d, d)."""
    chance = np.random.default_rng(dimension)
    turn, _ = np.linalg.qr(chance.standard_normal((dimension, dimension)))
    return np.ascontiguousarray(turn, np.float32)


def learned_basis(sample: npt.NDArray[Any], width: int) -> Basis:
    """The directions in which vectors of a sample (n, d) are longest, turned at random: (d, width), orthonormal.

    Principal components without subtracting the mean, so that dot products are kept as well as so few can.
    """
    sample = np.asarray(sample, np.float32)
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, ::-1][:, :width] @ random_turn(width), np.float32)
