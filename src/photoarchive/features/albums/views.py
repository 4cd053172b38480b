"""Shapes of the requests and answers about albums."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.albums import Album
from photoarchive.catalog.choice import Choice


class CreateRequest(Choice, kw_only=True):
    """A name, and photos to begin with or none."""

    name: str


class RenameRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The new name."""

    name: str


class AlbumList(msgspec.Struct):
    """All albums by name. revision: of the catalog when they were read, to be compared with what events tell."""

    albums: list[Album]
    revision: int


class AlbumAnswer(msgspec.Struct, kw_only=True):
    """changed: photos that came or went; album: as it is now, null when deleted; action_id: null for no change."""

    ok: bool = True
    changed: int
    action_id: int | None
    album: Album | None
