"""The cards of the models, and what a person can do with them. Owns the installs that run; the rest is in ml."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from photoarchive.catalog.model_records import ModelRecords
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Conflict, Invalid, PhotoArchiveError
from photoarchive.core.events import Bus, Event
from photoarchive.core.paths import typed_path
from photoarchive.core.settings import SettingsStore
from photoarchive.features.models.cards import TITLES, basic_card, card, faces_card
from photoarchive.features.models.views import ModelsAnswer, ModelView
from photoarchive.ml import hub
from photoarchive.ml.devices import Device, read_device
from photoarchive.ml.hub import PART
from photoarchive.ml.model_files import inspect_folder
from photoarchive.ml.model_install import Install
from photoarchive.ml.model_shelf import CHANGED, KNOWN, ROLES, SETTINGS, ModelShelf
from photoarchive.ml.model_supply import has_packages

DEVICE_SECONDS = 30.0

SaveSettings = Callable[[dict[str, Any], str, bool], None]
"""(changes, browser window, from another machine): saves as one undoable action."""


class ModelService:
    """Thread-safe. running: what the model host says of each role's loaded model, by role."""

    def __init__(
        self, shelf: ModelShelf, records: ModelRecords, settings: SettingsStore, bus: Bus, *,
        save: SaveSettings, running: Callable[[], Mapping[str, dict[str, Any]]] = dict,
    ) -> None:
        self._shelf, self._records, self._settings, self._bus = shelf, records, settings, bus
        self._save, self._running = save, running
        self._lock = threading.Lock()
        self._installs: dict[str, Install] = {}
        self._device: tuple[float, Device] | None = None

    # ------------------------------------------------------------------ what it says

    def answer(self, *, remote: bool = False) -> ModelsAnswer:
        """All cards."""
        running = self._running()
        cards = [self._card(role, running.get(role)) for role in ROLES]
        return ModelsAnswer([basic_card(running.get("lite")), *cards, faces_card()], _hub_name(), remote)

    def is_installing(self) -> bool:
        """Whether an install runs."""
        with self._lock:
            return any(install.running for install in self._installs.values())

    def _card(self, role: str, running: dict[str, Any] | None) -> ModelView:
        with self._lock:
            install = self._installs.get(role)
            installing = install is not None and install.running
        found = self._shelf.state(role)         # afterwards: one that ends meanwhile is not taken for a paused one
        if install is not None and install.place != found.place and not installing:
            install = None
        pin = self._records.pin(found.place.model_id, found.place.revision)
        default = getattr(self._settings.defaults, f"{SETTINGS[role]}_dir")
        return card(found, install, pin, self._read_device(), installing=installing, running=running,
                    packages=has_packages(), default_folder=default == str(found.place.folder))

    def _read_device(self) -> Device:
        """What models would run on, at most half a minute old: a driver's library takes a while to answer."""
        with self._lock:
            if self._device is None or monotonic() - self._device[0] > DEVICE_SECONDS:
                self._device = (monotonic(), read_device())
            return self._device[1]

    # ------------------------------------------------------------------ what a person can do

    def install(self, role: str) -> None:
        """Begin to fetch the model of a role from the hub, or go on. Raises Invalid or Conflict with the reason."""
        place = self._shelf.place(role)
        if place.model_id not in KNOWN:
            raise Invalid(f"{place.model_id} is not a model photoArchive knows. Known are {', '.join(KNOWN)}; for "
                          "another one, choose its folder.")
        found = self._shelf.state(role)
        if found.state in ("ready", "checking"):
            raise Conflict("This model is installed already.")
        if found.state == "wrong":
            raise Conflict(f"{found.reason} Nothing is installed over it: choose an empty folder.")
        hub.endpoint()
        with self._lock:
            before = self._installs.get(role)
            if before is not None and before.running:
                raise Conflict("This model is being installed already.")
            if any(one.running and one.place.folder == place.folder for one in self._installs.values()):
                raise Conflict(f"Another model is being installed into {place.folder}.")
            install = Install(place, self._records, lambda: self._changed(role))
            self._installs[role] = install
        install.start()
        self._changed(role)

    def pause(self, role: str) -> None:
        """End an install; what has arrived is kept. Raises Conflict when none runs."""
        self._running_install(role).stop()
        self._changed(role)

    def cancel(self, role: str) -> None:
        """End an install, or an unfinished one, and delete what has arrived. Raises Conflict when there is none."""
        place = self._shelf.place(role)
        with self._lock:
            install = self._installs.pop(role, None)
        if install is not None:
            install.stop()
            place = install.place
        elif self._shelf.state(role).state != "partial":
            raise Conflict("No install of this model is under way.")
        self._delete_ours(place.folder)
        self._changed(role)

    def remove(self, role: str) -> None:
        """Delete an installed model's files. Raises Conflict for a folder photoArchive did not fill, or one that two
        models are taken from.
        """
        found = self._shelf.state(role)
        for other in ROLES:
            if other != role and self._shelf.place(other).folder == found.place.folder:
                raise Conflict(f"{found.place.folder} is the folder of {TITLES[other]}, too. Let one of them use "
                               "another folder first.")
        with self._lock:
            install = self._installs.get(role)
            if install is not None and install.running:
                raise Conflict("This model is being installed. Stop that first.")
            self._installs.pop(role, None)
        if found.ours is None:
            raise Conflict(f"The files in {found.place.folder} were not put there by photoArchive, so they are not "
                           "deleted. Use the default folder again to stop using them.")
        self._delete_ours(found.place.folder)
        self._changed(role)

    def choose_folder(self, role: str, text: str | None, window: str, *, remote: bool) -> None:
        """Take the model of a role from another folder; None: the default one. Raises Unfit with the reason.

        An empty folder, or one that is not there yet, is where the next install goes.
        """
        place = self._shelf.place(role)
        key = f"{SETTINGS[role]}_dir"
        with self._lock:
            install = self._installs.get(role)
            if install is not None and install.running:
                raise Conflict("This model is being installed. Stop that first.")
        folder = None if text is None else Path(os.fsdecode(typed_path(text)))
        if folder is not None and not remote and folder != place.folder and _holds_something(folder):
            inspect_folder(folder)
        self._save({key: None if folder is None else str(folder)}, window, remote)
        self._changed(role)

    def close(self) -> None:
        """End all installs; they go on when the user asks for it."""
        with self._lock:
            installs = list(self._installs.values())
        for install in installs:
            install.stop(1.0)

    # ------------------------------------------------------------------ small things

    def _running_install(self, role: str) -> Install:
        self._shelf.place(role)
        with self._lock:
            install = self._installs.get(role)
        if install is None or not install.running:
            raise Conflict("No install of this model is running.")
        return install

    def _delete_ours(self, folder: Path) -> None:
        """Delete the files we put into a folder, and the folder if nothing else is in it."""
        ours = self._records.folder(str(folder))
        if ours is None:
            return
        names = set(ours.files)
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                base = path.name.rsplit(".", 2)[0] if path.name.endswith(PART) else path.name
                if base in names and not path.is_dir():
                    path.unlink()
        self._records.forget_folder(str(folder))
        with contextlib.suppress(OSError):
            folder.rmdir()

    def _changed(self, role: str) -> None:
        with contextlib.suppress(PhotoArchiveError):
            self._shelf.look_again(role)
        self._bus.publish(Event(CHANGED))


def _holds_something(folder: Path) -> bool:
    """A file, or a folder with anything in it."""
    try:
        return (folder.exists() and not folder.is_dir()) or any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Invalid(f"{folder} cannot be read: {error.strerror}.", field="path") from error


def _hub_name() -> str:
    try:
        return hub.endpoint()
    except PhotoArchiveError as error:
        return error.sentence
