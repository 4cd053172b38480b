"""Names of files as the file system has them (bytes) and as a person reads them (text)."""

from __future__ import annotations

import os

import msgspec

from photoarchive.core.errors import Invalid


class Original(msgspec.Struct, frozen=True):
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


def typed_path(text: str) -> bytes:
    """What a person typed, as an absolute path. Raises Invalid."""
    text = text.strip()
    if not text:
        raise Invalid("Type the path of a folder.", field="path")
    if "\0" in text:
        raise Invalid("A path cannot contain a zero byte.", field="path")
    try:
        path = os.fsencode(os.path.expanduser(text))  # noqa: PTH111 – bytes afterwards, a Path cannot hold them
    except UnicodeEncodeError:
        raise Invalid("This path contains characters that no file name can have.", field="path") from None
    if not path.startswith(b"/"):
        raise Invalid(f"{text} is not a full path. Begin it with “/”, or with “~” for your home folder.", field="path")
    return path
