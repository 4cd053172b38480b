"""Shapes of the requests and answers about copies of originals."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.choice import Choice
from photoarchive.catalog.copies import Copy, Trouble


class Listed(msgspec.Struct):
    """The token under which chosen photos are exported, and how many they are."""

    token: str
    count: int


class CopyRequest(Choice, kw_only=True):
    """Photos, a folder, “folders” or “flat”, and whether XMP sidecars are written."""

    target: str
    structure: str = "folders"
    sidecars: bool = True


class CopyAnswer(msgspec.Struct, kw_only=True):
    """One copy."""

    ok: bool = True
    copy: Copy


class CopyList(msgspec.Struct):
    """All copies, newest first."""

    copies: list[Copy]


class TroubleList(msgspec.Struct):
    """A page of originals that were not copied."""

    errors: list[Trouble]
    total: int
