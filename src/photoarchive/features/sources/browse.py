"""The in-page folder browser: quick places to begin, and the folders in a folder."""

from __future__ import annotations

import errno
import getpass
import os
from pathlib import Path

from photoarchive.core import mounts
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.paths import display_path, typed_path
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.views import BrowseAnswer, BrowseEntry

MOUNT_PARENTS = ("/media", "/mnt", "/run/media", "/Volumes")


def quick_roots() -> list[BrowseEntry]:
    """Home, Pictures, and every drive mounted where systems mount drives."""
    home = Path.home()
    places = [("Home", home), ("Pictures", _pictures(home))]
    places += [(path, Path(path)) for path in ("/media", "/mnt", f"/run/media/{_user()}", "/Volumes")]
    found = {str(path): BrowseEntry(name, str(path), os.access(path, os.R_OK | os.X_OK))
             for name, path in places if path.is_dir()}
    for mount in mounts.read_mounts():
        path = display_path(mount.point)
        if path.startswith(tuple(parent + "/" for parent in MOUNT_PARENTS)) and "�" not in path:
            found.setdefault(path, BrowseEntry(path.rpartition("/")[2], path, True))
    return list(found.values())


def browse(prober: Prober, text: str) -> BrowseAnswer:
    """What is in a folder a person looks at; the home folder if none is named. Problems are told in the answer."""
    wanted = text.strip() or str(Path.home())
    roots = quick_roots()
    try:
        path = typed_path(wanted)
    except PhotoArchiveError as error:
        return BrowseAnswer(wanted, None, False, False, False, roots, [], error.sentence)
    said = prober.browse(path)
    parent = display_path(os.path.dirname(path)) if path != b"/" else None  # noqa: PTH120 – bytes
    shown = display_path(path)
    if said is None:
        return BrowseAnswer(shown, parent, True, False, False, roots, [], f"{shown} does not answer.")
    if number := said.get("errno"):
        exists, is_dir = number not in (errno.ENOENT,), number in (errno.EACCES, errno.EPERM)
        return BrowseAnswer(shown, parent, exists, is_dir, False, roots, [], _why(shown, number))
    real = bytes.fromhex(said["real"])
    entries = [_entry(real, bytes.fromhex(name), readable) for name, readable in said["folders"]]
    note = "There are more folders than are shown; type the path." if said["more"] else None
    parent = display_path(os.path.dirname(real)) if real != b"/" else None  # noqa: PTH120 – bytes
    return BrowseAnswer(display_path(real), parent, True, True, True, roots, entries, note)


def _entry(parent: bytes, name: bytes, readable: bool) -> BrowseEntry:
    """A folder whose name is not UTF-8 cannot be named in JSON: it is shown, and can only be part of a source above."""
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        readable = False
    return BrowseEntry(display_path(name), display_path(os.path.join(parent, name)), readable)


def _why(shown: str, number: int) -> str:
    if number == errno.ENOENT:
        return f"There is no folder {shown}."
    if number == errno.ENOTDIR:
        return f"{shown} is a file."
    if number in (errno.EACCES, errno.EPERM):
        return f"There is no permission to read {shown}."
    return f"{shown} cannot be opened: {os.strerror(number)}."


def _pictures(home: Path) -> Path:
    """The desktop's folder for pictures, whatever it is called in the user's language."""
    try:
        lines = (home / ".config" / "user-dirs.dirs").read_text("utf-8", "replace").splitlines()
    except OSError:
        return home / "Pictures"
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "XDG_PICTURES_DIR":
            return Path(value.strip().strip('"').replace("$HOME", str(home)))
    return home / "Pictures"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
