"""Which photo of a group to keep, and why: the user's own marks first, then what is seen, then what is stored.

Stars do not speak for a reduced copy: they often come with the file that was made for the web, and what was lost in it
is what a keeper is for.

Every quality is a number, greater is better, in steps so coarse that a difference means something; the first in which
two photos differ decides.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import NO_STARS
from photoarchive.catalog.query import FLAGS
from photoarchive.core.facts import Kind

Array = npt.NDArray[Any]

KEEPER_COLUMNS = ("flag", "stars", "width", "height", "kind", "size", "elo", "comparisons", "camera")
REASONS = ("picked", "not_rejected", "full_size", "stars", "resolution", "raw", "faces", "sharpness", "camera", "size",
           "rating", "first")
REASON_WORDS = {
    "picked": "You picked it", "not_rejected": "You did not reject it", "stars": "You gave it the most stars",
    "full_size": "Most pixels by far",
    "resolution": "Most pixels", "raw": "RAW file", "faces": "Clearest faces", "sharpness": "Sharpest",
    "size": "Least compressed", "rating": "Best rating", "camera": "Keeps the camera's data",
    "first": "First in the library",
}
REDUCED = 0.5               # with less of the pixels of the largest, a photo is a reduced copy
RESOLUTION_STEPS = 8        # per doubling of pixels: differences below 9 % are rounding of a resize
SHARPNESS_STEPS = 4         # per doubling of the fineness of edges: 19 %; copies of one picture differ by 10 %
SIZE_STEPS = 4              # per doubling of bytes: 19 %
FACE_STEPS = 5              # of a quality from 0 to 1; less tells nothing
ELO_STEP = 20.0


class Qualities(Protocol):
    """What is measured of photos in groups. Thread-safe."""

    @property
    def revision(self) -> int:
        """Rises with every change."""
        ...

    def sharpness(self, photo_ids: Array) -> Array:
        """(n,) strength of edges; 0 unknown."""
        ...

    def faces(self, photo_ids: Array) -> Array:
        """(n,) how well all faces are seen together (large, sharp, frontal, well lit); 0 unknown or nobody there."""
        ...


def keepers(
    photos: Array, group: Array, values: dict[str, Array], qualities: Qualities, *, in_burst: Array
) -> tuple[Array, Array]:
    """(order, reasons): places of the photos (n,) by group, best first, and per group why: a place in REASONS.

    values: KEEPER_COLUMNS of the photos. in_burst (n,) bool: faces and sharpness tell only shots of a burst apart; of
    copies of one picture a poor one seems sharper by its artefacts. Groups come in ascending order of their names.
    """
    ranks = _ranks(photos, group, values, qualities, in_burst)
    order = np.lexsort([*reversed([-rank for rank in ranks]), group])
    if not len(order):
        return order, np.zeros(0, np.int64)
    sorted_group = group[order]
    first = np.flatnonzero(np.concatenate([[True], sorted_group[1:] != sorted_group[:-1]]))
    best, second = order[first], order[np.minimum(first + 1, len(order) - 1)]
    differs = np.stack([rank[best] != rank[second] for rank in ranks])
    return order, np.argmax(differs, axis=0)


def _ranks(
    photos: Array, group: Array, values: dict[str, Array], qualities: Qualities, in_burst: Array
) -> list[Array]:
    """One number per photo for each of REASONS."""
    flag = values["flag"]
    pixels = values["width"].astype(np.float64) * values["height"]
    rated = np.where(values["comparisons"] > 0, values["elo"], 0.0)
    sharp, faces = qualities.sharpness(photos), np.zeros(len(photos))
    faces[in_burst] = qualities.faces(photos[in_burst])
    return [
        (flag == FLAGS.index("picked")).astype(np.int64),
        (flag != FLAGS.index("rejected")).astype(np.int64),
        (pixels >= REDUCED * _largest(pixels, group)).astype(np.int64),
        np.where(values["stars"] == NO_STARS, 0, values["stars"]).astype(np.int64),
        _steps(pixels, RESOLUTION_STEPS),
        (values["kind"] == Kind.RAW).astype(np.int64),
        np.rint(faces * FACE_STEPS).astype(np.int64),
        np.where(in_burst, _steps(sharp, SHARPNESS_STEPS), 0),
        (values["camera"] > 0).astype(np.int64),
        _steps(values["size"].astype(np.float64), SIZE_STEPS),
        np.rint(rated / ELO_STEP).astype(np.int64),
        -photos.astype(np.int64),
    ]


def _largest(amount: Array, group: Array) -> Array:
    """(n,) the largest amount in each photo's group."""
    _, place = np.unique(group, return_inverse=True)
    largest = np.zeros(int(place.max(initial=-1)) + 1)
    np.maximum.at(largest, place, amount)
    found: Array = largest[place]
    return found


def _steps(amount: Array, per_doubling: int) -> Array:
    steps: Array = np.rint(np.log2(np.maximum(amount, 1.0)) * per_doubling).astype(np.int64)
    return steps
