"""What a scan passes by: hidden things, caches of other programs, recycle bins, and what the user excluded."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from photoarchive.core.errors import Invalid
from photoarchive.core.paths import display_path

MAX_GLOBS = 100
MAX_GLOB_LENGTH = 200

# Folders of other programs that hold copies, thumbnails or deleted files, never originals. Lower case.
SKIPPED_FOLDERS = frozenset((
    b"@eadir", b"#recycle", b"$recycle.bin", b"recycler", b"system volume information", b"lost+found", b"__macosx",
    b"ipod photo cache", b"captureone", b"lightroom previews", b"thumbnails.noindex",
))
SKIPPED_FOLDER_ENDS = (b".lrdata", b".lrcat-data", b".cocatalog", b".aplibrary", b".app")
PHOTOS_LIBRARY = b".photoslibrary"
ORIGINALS_IN_LIBRARY = frozenset((b"originals", b"masters"))
CACHE_MARKER = b"CACHEDIR.TAG"      # bford.info/cachedir: a folder with this file holds only what can be made again


class Exclusions:
    """The user's globs of one source, compiled, on top of what is always skipped. Paths lie beneath the source."""

    def __init__(self, globs: Sequence[str] = ()) -> None:
        names = [glob for glob in globs if "/" not in glob.strip("/")]
        paths = [glob for glob in globs if "/" in glob.strip("/")]
        self._names = _one_pattern([glob.strip("/") for glob in names])
        self._paths = _one_pattern([glob.strip("/") for glob in paths])

    def skips_folder(self, parent: bytes, name: bytes) -> bool:
        """Whether a folder is not entered."""
        lower = name.lower()
        if name.startswith(b".") or lower in SKIPPED_FOLDERS or lower.endswith(SKIPPED_FOLDER_ENDS):
            return True
        if parent.lower().endswith(PHOTOS_LIBRARY) and lower not in ORIGINALS_IN_LIBRARY:
            return True
        return self._excluded(parent, name)

    def skips_file(self, parent: bytes, name: bytes) -> bool:
        """Whether a file is passed by although its name says photo."""
        if name.startswith(b".") or parent.lower().endswith(PHOTOS_LIBRARY):
            return True
        return self._excluded(parent, name)

    def _excluded(self, parent: bytes, name: bytes) -> bool:
        if self._names is not None and self._names.match(display_path(name)):
            return True
        return self._paths is not None and self._paths.match(
            display_path(parent + b"/" + name if parent else name)) is not None


def check_globs(globs: Sequence[str]) -> tuple[str, ...]:
    """The globs as they are stored, without blanks around them and repeats. Raises Invalid with the first bad one."""
    cleaned = list(dict.fromkeys(glob.strip() for glob in globs if glob.strip()))
    if len(cleaned) > MAX_GLOBS:
        raise Invalid(f"At most {MAX_GLOBS} exclusions are possible, not {len(cleaned)}.", field="exclude")
    for glob in cleaned:
        if len(glob) > MAX_GLOB_LENGTH:
            raise Invalid(f"The exclusion {glob[:40]}… is longer than {MAX_GLOB_LENGTH} characters.", field="exclude")
        if not glob.strip("/*") or "\0" in glob:
            raise Invalid(f"The exclusion {glob!r} would leave nothing of the source.", field="exclude")
    return tuple(cleaned)


def _one_pattern(globs: Sequence[str]) -> re.Pattern[str] | None:
    if not globs:
        return None
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs), re.IGNORECASE)
