"""The shapes of the models API."""

from __future__ import annotations

from typing import Any

import msgspec


class RoleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which model is meant: daily or deep."""

    role: str


class FolderRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The folder of a role's model; null: the default one again."""

    role: str
    path: str | None = None


class InstallView(msgspec.Struct):
    """A running or unfinished install."""

    phase: str                      # asking, fetching, checking, stopped, failed, done
    done: int                       # bytes
    total: int
    bytes_per_second: float
    eta_seconds: float | None
    file: str
    sentence: str                   # why it failed


class FitView(msgspec.Struct):
    """Whether the model can run here. state: fits, slow, too_large or no_packages."""

    state: str
    sentence: str
    device: str
    precision: str


class ModelView(msgspec.Struct):
    """One card of the Models section. state: absent, installing, paused, checking, installed or wrong."""

    role: str
    title: str                      # "Daily search"
    name: str                       # "Qwen3-VL-Embedding 2B"
    model_id: str
    state: str
    sentence: str                   # what the state means, or what is wrong
    enables: str
    without: str                    # what works while it is not there
    size: int                       # bytes
    folder: str
    own_folder: bool                # photoArchive filled it and may delete its files
    default_folder: bool
    installable: bool
    revision: str
    version: str
    commit: str
    first_installed_at: float | None
    checked: float
    fit: FitView | None
    install: InstallView | None
    running: dict[str, Any] | None  # device, precision, speed: what the loaded model runs on


class ModelsAnswer(msgspec.Struct):
    """All cards, and where models come from."""

    models: list[ModelView]
    hub: str
    remote: bool = False
