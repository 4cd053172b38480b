"""The strip of a video: three to five of its frames side by side in one JPEG, for scrubbing in the grid and for search.

Made in a worker (`make_strip`), kept in the preview cache as the tier `strip`; the recipe of the cached file says how
many frames it holds.
"""

from __future__ import annotations

import io

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache import PreviewCache, etag_of
from photoarchive.imaging.cache_file import NewFile

FRAME_SIDE = 400            # as the small previews: what search needs, and enough for a tile
MOST_FRAMES, FEWEST_FRAMES = 5, 3
SHORT_SECONDS = 2.0         # shorter films have the fewest
QUALITY = 85
GENERATION = 1              # rises when strips should be made anew
_GENERATIONS = 100          # recipe = GENERATION × this + frames

Pixels = npt.NDArray[np.uint8]


class Strip(msgspec.Struct, frozen=True):
    """Frames of one film from left to right, all of one size."""

    data: bytes             # JPEG
    frames: int
    width: int              # of the whole strip
    height: int


class CachedStrip(msgspec.Struct, frozen=True):
    """A strip from the cache, ready to be sent."""

    data: bytes
    frames: int
    etag: str


def make_strip(original: Original, duration: float | None) -> Strip:
    """The strip of a film, upright. Raises Unreadable with the reason, NotFound or Unavailable."""
    from PIL import Image

    from photoarchive.imaging.video import upright_frames

    count = FEWEST_FRAMES if duration is not None and duration < SHORT_SECONDS else MOST_FRAMES
    frames = upright_frames(original, count, FRAME_SIDE)
    width, height = frames[0].size
    strip = Image.new("RGB", (width * len(frames), height))
    for place, frame in enumerate(frames):
        strip.paste(frame if frame.size == (width, height) else frame.resize((width, height)), (width * place, 0))
    buffer = io.BytesIO()
    strip.save(buffer, "JPEG", quality=QUALITY)
    return Strip(buffer.getvalue(), len(frames), *strip.size)


def as_file(photo_id: int, version: bytes, strip: Strip) -> NewFile:
    """A strip as the cache keeps it."""
    return NewFile(photo_id, Tier.STRIP, strip.width, strip.height, GENERATION * _GENERATIONS + strip.frames, version,
                   strip.data, len(strip.data))


def cached_strip(cache: PreviewCache, photo_id: int, version: bytes | None = None) -> CachedStrip | None:
    """The strip of a video's present content; None if the cache has none. version None: any content will do."""
    file = cache.previews.files(photo_id).get(Tier.STRIP)
    if file is None or (version is not None and file.version != version):
        return None
    data = cache.disk.read(file)
    if data is None:
        return None
    return CachedStrip(data, file.recipe % _GENERATIONS, etag_of(file.version, file.recipe))


def cached_frames(cache: PreviewCache, photo_id: int, version: bytes | None = None) -> list[Pixels]:
    """The frames of a video as RGB pictures (h, w, 3), at most 400 pixels long, from the cache alone.

    Empty while its strip is not made (or it is no video). For embeddings: a film is what its frames show. Raises
    Unreadable.
    """
    strip = cached_strip(cache, photo_id, version)
    if strip is None:
        return []
    from PIL import Image

    try:
        with Image.open(io.BytesIO(strip.data)) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable(f"The frames of the video cannot be read: {error}.") from error
    return [np.ascontiguousarray(part) for part in np.array_split(pixels, strip.frames, axis=1)]
