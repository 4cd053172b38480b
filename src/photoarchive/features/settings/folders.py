"""Which folders a setting may name: none inside a source, none around one, and only what can be written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from photoarchive.core.errors import Invalid
from photoarchive.core.paths import display_path
from photoarchive.core.setting_rules import Folder


class FolderCheck:
    """The check the settings call before a folder changes. roots: the canonical paths of all sources."""

    def __init__(self, roots: Callable[[], Iterable[bytes]]) -> None:
        self._roots = roots

    def __call__(self, key: str, path: Path) -> None:
        """Raises Invalid that names the folder and what stands against it."""
        for root in self._roots():
            source = Path(os.fsdecode(root))
            shown = display_path(root)
            if path == source or source in path.parents:
                raise self._refuse(key, f"{key}: {path} lies inside the source {shown}. Nothing is ever written there.")
            if path in source.parents:
                raise self._refuse(key, f"{key}: {path} holds the source {shown}. Choose a folder apart from it.")
        existing = next(folder for folder in (path, *path.parents) if folder.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            raise self._refuse(key, f"{key}: {path} cannot be written by the user photoArchive runs as.")

    def _refuse(self, key: str, sentence: str) -> Invalid:
        return Invalid(sentence, field=key, range=Folder().range())
