"""Shapes of the answers about videos."""

from __future__ import annotations

from typing import Literal

import msgspec

ProxyState = Literal["none", "waiting", "making", "ready", "failed"]


class ProxyView(msgspec.Struct, kw_only=True):
    """The copy of a video that every browser can play."""

    state: ProxyState
    fraction: float | None = None       # 0…1 while it is made; null when the film does not say how long it is
    eta_seconds: float | None = None
    reason: str = ""                    # of a failed one, or why it waits


class Playback(msgspec.Struct, kw_only=True):
    """GET /api/video/{id}/playback. For a live photo, that of its clip."""

    id: int                             # the video to play: the clip of a live photo
    url: str
    playable: bool                      # as it is, or by its copy
    unplayable: str | None              # why browsers cannot play the original
    codec: str | None
    duration: float | None              # seconds
    frame_rate: float | None
    proxy: ProxyView


class ProxyAnswer(msgspec.Struct, kw_only=True):
    """What asking for a copy, or cancelling one, came to."""

    ok: bool = True
    proxy: ProxyView
