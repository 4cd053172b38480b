"""Names of files as the file system has them (bytes) and as a person reads them (text)."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Original:
    """Where one original lies: the folder of its source and the path beneath it. Only `imaging.originals` opens it."""

    root: bytes       # canonical absolute path of the source
    relpath: bytes    # parts joined by b"/", never absolute, never with ".."

    def display(self) -> str:
        """The full path for a person."""
        return display_path(os.path.join(self.root, self.relpath))


def display_path(path: bytes) -> str:
    """Bytes of a file name as text that can be shown, stored and sent as JSON; undecodable bytes become U+FFFD."""
    return path.decode("utf-8", "replace")


def split_name(name: bytes) -> tuple[bytes, bytes]:
    """Stem and extension (lower case, with the dot) of a file name: b"IMG_1.JPG" → (b"IMG_1", b".jpg")."""
    stem, extension = os.path.splitext(name)
    return stem, extension.lower()
