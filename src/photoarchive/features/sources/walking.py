"""Lists a tree of a source, in a worker process: names, sizes and times of photos and side files, folder by folder.

A task lists a slice of the tree and hands back the folders that are left, so that it stays short, can be abandoned
with its worker when the drive dies, and the next one goes on where it stopped.
"""

from __future__ import annotations

import os

import msgspec

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable
from photoarchive.features.sources.exclusions import CACHE_MARKER, Exclusions
from photoarchive.imaging.originals import Entry, list_folder
from photoarchive.imaging.probe import is_candidate, is_sidecar

SLICE_FILES = 4_000         # about 20 ms of listing on an SSD, and of comparing in the server
SLICE_SECONDS = 1.0
WALK_TIMEOUT_S = 60.0       # one huge folder on a slow disk

Row = tuple[bytes, int, int, int]       # name, size, mtime_ns, inode


class FolderListing(msgspec.Struct):
    """What lies directly in one folder, by name. error: why it could not be listed."""

    relpath: bytes
    files: list[Row] = msgspec.field(default_factory=list)
    sidecars: list[Row] = msgspec.field(default_factory=list)
    error: str | None = None


class TreeSlice(msgspec.Struct):
    """Some folders of a tree, and those still to be listed, the next one last."""

    folders: list[FolderListing]
    pending: list[bytes]
    trouble: str = ""       # the drive did not answer at the last of `pending`


def list_tree(root: bytes, pending: list[bytes], globs: tuple[str, ...], most: int = SLICE_FILES) -> TreeSlice:
    """List folders beneath root, depth first in the order of their names, until the slice is full.

    most: files and folders of a slice; 1 gives the slice of a single folder.
    """
    exclusions = Exclusions(globs)
    listed: list[FolderListing] = []
    count, deadline = 0, monotonic() + SLICE_SECONDS
    while pending and count < most and monotonic() < deadline:
        relpath = pending.pop()
        try:
            entries = sorted(list_folder(root, relpath))
        except NotFound:
            continue                            # it vanished since its parent was listed
        except Unavailable as error:
            return TreeSlice(listed, [*pending, relpath], error.sentence)
        except PhotoArchiveError as error:
            listed.append(FolderListing(relpath, error=about_a_folder(error.sentence)))
            continue
        folder, inner = _sort_out(relpath, entries, exclusions)
        pending.extend(reversed(inner))
        listed.append(folder)
        count += len(folder.files) + len(folder.sidecars) + 1
    return TreeSlice(listed, pending)


def _sort_out(relpath: bytes, entries: list[Entry], exclusions: Exclusions) -> tuple[FolderListing, list[bytes]]:
    """The photos and side files of a folder, and the folders to go into."""
    folder = FolderListing(relpath)
    inner: list[bytes] = []
    if relpath and any(entry.name == CACHE_MARKER for entry in entries):
        return folder, inner
    for entry in entries:
        if entry.is_dir:
            if not exclusions.skips_folder(relpath, entry.name):
                inner.append(os.path.join(relpath, entry.name))
            continue
        kept = folder.files if is_candidate(entry.name) else folder.sidecars if is_sidecar(entry.name) else None
        if kept is not None and not exclusions.skips_file(relpath, entry.name):
            kept.append((entry.name, entry.size, entry.mtime_ns, entry.inode))
    return folder, inner


def about_a_folder(sentence: str) -> str:
    """A sentence about a file as one about a folder."""
    return sentence.replace("this file", "this folder").replace("The file", "The folder")
