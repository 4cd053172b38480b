"""The shapes of the metadata answers."""

from __future__ import annotations

import msgspec


class ExifAnswer(msgspec.Struct, omit_defaults=True):
    """All tags of a photo. live: read from the file just now; else as they were read last, for the given reason."""

    exif: dict[str, str]
    live: bool
    reason: str = ""
