"""What a model is shown of a photo, and what becomes of it: one preview of a picture, a few frames of a film.

A film is the mean of its frames. Its vectors say (in their version) whether frames or only the poster were seen, so
that films looked at before their frames were there are looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from photoarchive.catalog.embeddings import of_frames
from photoarchive.catalog.previews import CacheFile
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.video_strip import cached_frames
from photoarchive.ml.embedder import Guess, Picture, Sight, Vectors, unit_rows


class Shown(msgspec.Struct, frozen=True):
    """A photo and what there is to look at: its md preview, and of a film a strip of frames or not yet."""

    file: CacheFile
    strip: CacheFile | None = None

    @property
    def photo_id(self) -> int:
        """Whose preview it is."""
        return self.file.photo_id

    @property
    def content(self) -> int:
        """The content the preview shows."""
        return int.from_bytes(self.file.version, "little")

    @property
    def version(self) -> int:
        """What the vector is of: this content, as a picture or as frames."""
        return self.content if self.strip is None else int(of_frames(np.array([self.content], np.uint64))[0])

    def pictures(self, cache: PreviewCache, side: int) -> list[Picture]:
        """The pictures for a model that wants `side` pixels; none if a file of the cache is gone. Raises Unreadable."""
        if self.strip is not None:
            return list(cached_frames(cache, self.photo_id, self.file.version))
        data = cache.disk.read(self.file)
        from photoarchive.imaging.crops import decode_preview

        return [] if data is None else [decode_preview(data, _wanted(self.file, side))]


def joined(sight: Sight, counts: Sequence[int]) -> Sight:
    """What was seen in runs of so many pictures, as one row each: means at unit length, and the likeliest guesses."""
    if all(count == 1 for count in counts):
        return sight
    ends = np.cumsum(counts).tolist()
    runs = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    guesses = sight.guesses
    return Sight(_means(sight.vectors, runs), None if sight.looks is None else _means(sight.looks, runs),
                 None if guesses is None else [_likeliest(guesses[run]) for run in runs])


def _means(rows: Vectors, runs: Sequence[slice]) -> Vectors:
    return unit_rows(np.stack([rows[run].mean(0) for run in runs]))


def _likeliest(guesses: Sequence[Sequence[Guess]]) -> list[Guess]:
    """Guesses about several pictures as those about one, as many as about the first."""
    sums: dict[str, float] = {}
    for guess in (guess for picture in guesses for guess in picture):
        sums[guess.label] = sums.get(guess.label, 0.0) + guess.probability
    best = sorted(sums, key=lambda label: -sums[label])[:len(guesses[0])]
    return [Guess(label, sums[label] / len(guesses)) for label in best]


def _wanted(file: CacheFile, side: int) -> int:
    """The long side a preview must be decoded at so that its short side has `side` pixels."""
    return math.ceil(side * max(file.width, file.height) / max(1, min(file.width, file.height)))
