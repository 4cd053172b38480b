"""Brings the models that are ready on the shelf to the host, and takes away those that are not any more."""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Callable
from typing import Literal, Protocol

from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.events import Bus
from photoarchive.ml.embedder import Embedder
from photoarchive.ml.model_process import ModelStart, QwenEmbedder
from photoarchive.ml.model_shelf import CHANGED, ModelShelf

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0         # a folder on a drive may come and go without anybody saying so
PACKAGES = ("torch", "transformers")
ROLES: tuple[Literal["daily", "deep"], ...] = ("daily", "deep")


class Host(Protocol):
    """Who keeps the models that are in use (ml.host)."""

    def register(self, role: Literal["daily", "deep"], embedder: Embedder | None) -> None:
        """Take a model on for a role, in place of the one before; None: there is none now."""
        ...


class ModelSupply:
    """Follows the shelf in a thread of its own: looking may wait for a drive."""

    def __init__(self, shelf: ModelShelf, host: Host, bus: Bus, *, brought: Callable[[], None] = lambda: None) -> None:
        self._shelf, self._host, self._brought = shelf, host, brought
        self._present: dict[str, ModelStart | None] = dict.fromkeys(ROLES)
        self._ending, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-supply", daemon=True)
        bus.on(CHANGED, lambda _event: self._wake.set())

    def start(self) -> None:
        """Begin to follow."""
        self._wake.set()
        self._thread.start()

    def close(self) -> None:
        """Stop following. The host ends its models itself."""
        self._ending.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            if not self._ending.is_set():
                self._follow()

    def _follow(self) -> None:
        for role in ROLES:
            try:
                start = self._shelf.ready(role) if has_packages() else None
            except PhotoArchiveError as error:
                log.warning("The %s model could not be looked at: %s", role, error.sentence)
                continue
            if start == self._present[role]:
                continue
            self._present[role] = start
            self._host.register(role, QwenEmbedder(start) if start is not None else None)
            log.info("The %s model is %s now", role, start.name if start is not None else "gone")
            self._brought()


def has_packages() -> bool:
    """Whether the packages of the extra [qwen] are installed."""
    return all(importlib.util.find_spec(package) for package in PACKAGES)
