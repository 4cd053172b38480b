"""The shapes of the requests and answers about sources and scans."""

from __future__ import annotations

from typing import Any

import msgspec


class BrowseEntry(msgspec.Struct):
    """A folder one can go to."""

    name: str
    path: str
    readable: bool


class BrowseAnswer(msgspec.Struct):
    """What is in a folder; error: why it cannot be shown, or that not all of it is."""

    path: str
    parent: str | None
    exists: bool
    is_dir: bool
    readable: bool
    roots: list[BrowseEntry]
    entries: list[BrowseEntry]
    error: str | None


class ScanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/scan."""

    folder: str


class AddRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/catalog/sources."""

    path: str
    scan: bool = True


class RescanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/catalog/sources/{id}/rescan."""

    subfolder: str | None = None


class RemoveRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/catalog/sources/{id}/remove."""

    mode: str


class AnswerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/catalog/sources/{id}/answer."""

    answer: str


class SettingsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/catalog/sources/{id}/settings; only what is sent is changed."""

    exclude: list[str] | None = None
    watch: bool | None = None
    display_name: str | None = None


class ScanNumbers(msgspec.Struct):
    """A running scan of a source."""

    found: int
    new: int
    done_fraction: float | None


class SourceView(msgspec.Struct):
    """One source as the Catalog page shows it."""

    id: int
    path: str
    display_name: str
    state: str                          # online, offline, scanning, queued, removed
    included: bool
    online: bool
    image_count: int
    active_image_count: int
    video_count: int
    missing_count: int
    error_count: int
    last_scan_at: float | None
    last_scan: dict[str, Any]
    scan: ScanNumbers | None
    question: dict[str, Any] | None
    exclude: tuple[str, ...]
    watch: bool
    rotational: bool | None
    in_trash: bool
    removed_at: float | None
    added_at: float


class CatalogStats(msgspec.Struct):
    """All sources together."""

    sources: int
    total_images: int
    active_images: int
    video_images: int
    offline_images: int
    missing_images: int
    removed_images: int


class CatalogAnswer(msgspec.Struct):
    """GET /api/catalog."""

    sources: list[SourceView]
    stats: CatalogStats


class SourceAnswer(msgspec.Struct):
    """What a change of a source answers."""

    ok: bool
    source: SourceView
    catalog: CatalogAnswer
    scan_started: bool = False


class ScanStatusAnswer(msgspec.Struct):
    """GET /api/scan/status."""

    scanning: bool
    total_found: int
    total_inserted: int
    folder: str
    source_id: int | None
    done: bool
    error: str | None
    counts: dict[str, float]
    unread: int
    queued: list[int]
