"""The shapes of the settings API."""

from __future__ import annotations

from typing import Any

import msgspec


class ResetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which settings get their defaults back; none named: all."""

    keys: list[str] | None = None


class SettingsAnswer(msgspec.Struct):
    """Everything the settings page shows; the last four are told by the parts they belong to."""

    settings: dict[str, Any]
    defaults: dict[str, Any]
    ranges: dict[str, dict[str, Any]]
    notices: list[str]
    remote: bool                 # folders can only be changed at the machine itself
    cache: Any
    model: Any
    ai: Any
    catalog: Any
