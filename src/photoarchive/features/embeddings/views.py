"""The shapes of the answers about embedding."""

from __future__ import annotations

from typing import Any

import msgspec


class IndexView(msgspec.Struct):
    """How far the vectors of one model are."""

    model: str                      # "lite"
    model_id: str                   # for a person: "Basic search (bundled)"
    key: str                        # under which its vectors are kept
    embedded: int
    total: int
    remaining: int
    progress_pct: float
    complete: bool                  # it once covered every photo: it may answer
    answers: bool                   # it answers the searches now
    earlier_answers: bool           # … or the index of an earlier version of it does until this one is complete


class AiStatus(msgspec.Struct):
    """GET /api/ai/status (COMPAT)."""

    embedded: int
    total: int
    total_images: int
    remaining: int
    failed: int
    progress_pct: float
    recent_images_per_min: float | None
    overall_images_per_min: float | None
    eta_seconds: int | None
    worker_state: str
    worker_ready: bool
    worker_message: str
    last_error: str
    model_id: str
    model_installed: bool
    installing: bool
    embedding_manual_pause: bool
    governor: dict[str, Any]
    embedding_indexes: dict[str, IndexView | None]
    models: dict[str, dict[str, Any]]
