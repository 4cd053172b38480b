"""The instant picture as a task for the pool: importable in the server without loading any image library there."""

from __future__ import annotations

from photoarchive.core.paths import Original


def instant_task(original: Original, kind: int) -> bytes | None:
    """`imaging.instant.instant_picture`, in a worker."""
    from photoarchive.imaging.instant import instant_picture

    return instant_picture(original, kind)
