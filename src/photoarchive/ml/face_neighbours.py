"""Faces that look alike, among very many: which pairs come near enough to be compared as groups.

Vectors are sorted into cells around a few hundred centres; a face is compared with those of its nearest cells only, in
blocks of matrix products. Of a face's many neighbours in one cell the nearest few stay: groups need a few threads to
be tied by, not all. Pure arithmetic; yields between blocks.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ALL_AT_ONCE = 6_000         # up to here every pair is compared
CELLS_PER_ROOT = 1.5        # cells for n faces: 1.5 √n
PROBES = 10                 # cells a face is compared with
KEPT = 8                    # neighbours a face keeps of one cell
ROUNDS = 5                  # of finding centres
SAMPLE_PER_CELL = 40
BLOCK = 1_024               # a block of cosines stays in the processor's cache


class Pairs(msgspec.Struct):
    """Rows that look alike: one (k,) < other (k,), similarity (k,) float32."""

    one: Array
    other: Array
    similarity: Array


def near_pairs(vectors: Array, least: float) -> Generator[None, None, Pairs]:
    """Pairs of rows whose cosine is at least so much. vectors (n, d) float32 unit rows."""
    found: list[tuple[Array, Array]] = []
    count = len(vectors)
    if count <= ALL_AT_ONCE:
        everyone = np.arange(count)
        found.append(_compare(vectors, everyone, everyone, least))
        yield
    else:
        nearest = yield from _nearest_cells(vectors)
        members = _by_cell(nearest[:, :1])
        for cell, asking in enumerate(_by_cell(nearest)):
            inside = members[cell] if cell < len(members) else asking[:0]
            for start in range(0, len(asking), BLOCK):
                found.append(_compare(vectors, asking[start:start + BLOCK], inside, least))
            yield
    key, similarity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    found.clear()
    order = np.argsort(key)
    key, similarity = key[order], similarity[order]
    first = _first_of_each(key)
    key, similarity = key[first], similarity[first]
    return Pairs(key // count, key % count, similarity)


def _compare(vectors: Array, asking: Array, inside: Array, least: float) -> tuple[Array, Array]:
    """The best few neighbours of each asking row among others: (smaller row · n + larger row, cosine)."""
    cosines = vectors[asking] @ vectors[inside].T
    near = cosines >= least
    many = np.flatnonzero(near.sum(axis=1) > KEPT + 1)          # one of them may be the row itself
    if len(many):
        crowded = cosines[many]
        floor = np.partition(crowded, -KEPT - 1, axis=1)[:, -KEPT - 1:-KEPT]
        near[many] &= crowded >= floor
    place, columns = np.flatnonzero(near), max(1, len(inside))
    one, other, cosine = asking[place // columns], inside[place % columns], cosines.ravel()[place]
    different = one != other
    one, other = one[different], other[different]
    return np.minimum(one, other) * len(vectors) + np.maximum(one, other), cosine[different]


def sorted_once(values: Array) -> Array:
    """Each value once, ascending. (np.unique takes a hundred times as long for millions of whole numbers.)"""
    ordered = np.sort(values)
    return ordered[_first_of_each(ordered)]


def _first_of_each(ordered: Array) -> Array:
    """(n,) whether a value of a sorted array is the first of its kind."""
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _nearest_cells(vectors: Array) -> Generator[None, None, Array]:
    """(n, PROBES) the nearest cells of each row, the nearest one first."""
    cells = int(CELLS_PER_ROOT * len(vectors) ** 0.5)
    chance = np.random.default_rng(len(vectors))
    sample = vectors[np.sort(chance.choice(len(vectors), min(len(vectors), cells * SAMPLE_PER_CELL), replace=False))]
    centres = sample[chance.choice(len(sample), cells, replace=False)].copy()
    for _ in range(ROUNDS):
        mine = np.empty(len(sample), np.int64)
        for start in range(0, len(sample), BLOCK):
            mine[start:start + BLOCK] = (sample[start:start + BLOCK] @ centres.T).argmax(axis=1)
            yield
        order = np.argsort(mine, kind="stable")
        filled, first = np.unique(mine[order], return_index=True)
        centres[filled] = np.add.reduceat(sample[order], first, axis=0)
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    nearest = np.empty((len(vectors), PROBES), np.int32)
    for start in range(0, len(vectors), BLOCK):
        near = vectors[start:start + BLOCK] @ centres.T
        few = np.argpartition(near, -PROBES, axis=1)[:, -PROBES:]
        order = np.argsort(-np.take_along_axis(near, few, axis=1), axis=1, kind="stable")
        nearest[start:start + BLOCK] = np.take_along_axis(few, order, axis=1)
        yield
    return nearest


def _by_cell(cells: Array) -> list[Array]:
    """For each cell the rows (ascending) that name it. cells (n, k)."""
    flat = cells.ravel()
    order = np.argsort(flat, kind="stable")
    ends = np.searchsorted(flat[order], np.arange(int(flat.max()) + 2))
    rows = order // cells.shape[1]
    return [rows[ends[cell]:ends[cell + 1]] for cell in range(len(ends) - 1)]
