"""Which search models there are on this machine, by role: looked up, checked, ready to be started. Owns no process.

`daily` answers searches, `deep` answers saved terms better and slower. A model is ready when its folder fits
(ml.model_files) and the checksums of its files are known; they are computed once, in the background, and make the
version under which its vectors are kept. Files we installed must still be those that were installed first.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import msgspec

from photoarchive.catalog.model_records import InstalledFolder, ModelRecords
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import NotFound
from photoarchive.core.events import Bus, Event
from photoarchive.core.settings import SettingsStore
from photoarchive.ml.hub import PART
from photoarchive.ml.model_files import ModelFacts, Unfit, inspect_folder, sha256_of, version_of
from photoarchive.ml.model_process import ModelStart
from photoarchive.ml.qwen3vl import Wanted

log = logging.getLogger(__name__)

ROLES = ("daily", "deep")
SETTINGS = {"daily": "embed_model", "deep": "deep_model"}       # each with _id, _revision and _dir
IMAGE_TOKENS = {"daily": 256, "deep": 512}      # a 3:2 photo at 627 × 418 or 886 × 591 pixels
MOST_DIMENSIONS = 2048          # Matryoshka: of 4096 the first half loses next to nothing and halves every index
PROCESSING = "1"                # raise it when the same files would make other vectors: ml.qwen3vl changed
CHANGED = "models.changed"
FRESH_SECONDS = 2.0             # a look at the folder is good for so long


class KnownModel(msgspec.Struct, frozen=True):
    """A model that can be installed from the hub."""

    id: str
    title: str
    parameters: int
    size: int               # bytes of its files, before the hub was asked


KNOWN = {model.id: model for model in (
    KnownModel("Qwen/Qwen3-VL-Embedding-2B", "Qwen3-VL-Embedding 2B", 2_130_000_000, 4_270_000_000),
    KnownModel("Qwen/Qwen3-VL-Embedding-8B", "Qwen3-VL-Embedding 8B", 8_140_000_000, 16_300_000_000),
)}


class Place(msgspec.Struct, frozen=True):
    """Where the settings say a role's model is, and which one it should be."""

    role: str
    model_id: str
    revision: str
    folder: Path


class Shelved(msgspec.Struct, frozen=True):
    """What is in that place. state: absent, partial, checking, ready or wrong; reason: the sentence for wrong.

    ours: the folder as photoArchive filled it; None for a folder of the user's. checked: share of the files whose
    checksums are known, while checking.
    """

    place: Place
    state: str
    reason: str = ""
    facts: ModelFacts | None = None
    version: str = ""
    ours: InstalledFolder | None = None
    checked: float = 0.0


class ModelShelf:
    """Looks at the folders of both roles. Thread-safe; publishes `models.changed` when what is ready changes."""

    def __init__(self, settings: SettingsStore, records: ModelRecords, bus: Bus) -> None:
        self._settings, self._records, self._bus = settings, records, bus
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, Shelved]] = {}
        self._changes = 0           # how often somebody said that a folder has changed
        self._checking: dict[str, _Check] = {}
        self._closed = threading.Event()
        bus.on("settings.changed", self._on_settings)

    def close(self) -> None:
        """End the computing of checksums."""
        self._closed.set()

    def place(self, role: str) -> Place:
        """Where the model of a role belongs. Raises NotFound for a role there is not."""
        if role not in SETTINGS:
            raise NotFound(f"There is no model named {role}. There are: {', '.join(ROLES)}.")
        now_set, key = self._settings.current, SETTINGS[role]
        return Place(role, getattr(now_set, f"{key}_id"), getattr(now_set, f"{key}_revision"),
                     Path(getattr(now_set, f"{key}_dir")))

    def state(self, role: str) -> Shelved:
        """What is there now; a look at most two seconds old. May begin the computing of checksums."""
        place = self.place(role)
        with self._lock:
            at, seen = self._seen.get(role, (float("-inf"), None))
            if seen is not None and seen.place == place and monotonic() - at < FRESH_SECONDS:
                return self._with_progress(seen)
            changes = self._changes
        found = self._look(place)
        with self._lock:
            before = self._seen.get(role)
            if changes == self._changes:        # else it was looked at too early to be kept
                self._seen[role] = (monotonic(), found)
        if before is not None and (before[1].state, before[1].version) != (found.state, found.version):
            self._bus.publish(Event(CHANGED))
        return self._with_progress(found)

    def ready(self, role: str) -> ModelStart | None:
        """What the model process needs to begin; None while no model is ready for this role."""
        found = self.state(role)
        if found.state != "ready" or found.facts is None:
            return None
        facts = found.facts
        wanted = Wanted(str(facts.folder), facts.parameters, dimension_of(facts), IMAGE_TOKENS[role])
        # Two roles may share a folder: their vectors differ, so their names must too.
        name = facts.short_name if role == "daily" else f"{facts.short_name}-{role}"
        return ModelStart(wanted, name, found.version)

    def look_again(self, role: str) -> None:
        """The folder of this role has changed."""
        with self._lock:
            self._seen.pop(role, None)
            self._changes += 1
        self._bus.publish(Event(CHANGED))

    # ------------------------------------------------------------------ looking

    def _look(self, place: Place) -> Shelved:
        ours = self._records.folder(str(place.folder))
        try:
            names = [entry.name for entry in place.folder.iterdir()]
        except OSError:
            names = []
        if not names and not place.folder.is_file():
            return Shelved(place, "absent")
        if (ours is not None and ours.installed_at is None) or any(name.endswith(PART) for name in names):
            return Shelved(place, "partial", ours=ours)
        return self._look_inside(place, ours)

    def _look_inside(self, place: Place, ours: InstalledFolder | None) -> Shelved:
        try:
            facts = inspect_folder(place.folder)
        except Unfit as error:
            return Shelved(place, "wrong", error.sentence, ours=ours)
        known = {file.name: self._records.checksum(str(place.folder), file.name, file.size, file.mtime_ns)
                 for file in facts.files}
        checksums = {name: sha256 for name, sha256 in known.items() if sha256 is not None}
        if len(checksums) < len(known):
            if failure := self._begin_check(place, facts):
                return Shelved(place, "wrong", failure, facts=facts, ours=ours)
            return Shelved(place, "checking", facts=facts, ours=ours)
        if changed := self._changed_file(ours, checksums):
            return Shelved(place, "wrong", f"{changed} in {place.folder} is not the file that was installed. Remove "
                           "the model and install it again.", facts=facts, ours=ours)
        return Shelved(place, "ready", facts=facts, ours=ours,
                       version=version_of(checksums, f"{PROCESSING} {dimension_of(facts)} {IMAGE_TOKENS[place.role]}"))

    def _changed_file(self, ours: InstalledFolder | None, checksums: dict[str, str]) -> str | None:
        pin = self._records.pin(ours.model_id, ours.revision) if ours is not None else None
        if pin is None:
            return None
        return next((name for name, sha256 in checksums.items()
                     if name in pin.files and pin.files[name][1] != sha256), None)

    # ------------------------------------------------------------------ checksums

    def _begin_check(self, place: Place, facts: ModelFacts) -> str:
        """Compute what is missing, in the background. Returns why that failed for the same files before, or ""."""
        with self._lock:
            running = self._checking.get(place.role)
            if running is not None and running.facts == facts and (running.failure or running.thread.is_alive()):
                return running.failure
            if running is not None:
                running.stop.set()
            check = _Check(facts)
            check.thread = threading.Thread(target=self._check, args=(place.role, check), name="model-check",
                                            daemon=True)
            self._checking[place.role] = check
        check.thread.start()
        return ""

    def _check(self, role: str, check: _Check) -> None:
        folder = check.facts.folder
        for file in check.facts.files:
            try:
                sha256 = sha256_of(folder, file.name, check.read, lambda: check.stop.is_set() or self._closed.is_set())
            except (OSError, Unfit) as error:
                check.failure = f"{file.name} in {folder} cannot be read: {error}."
                log.warning("%s", check.failure)
                break
            if sha256 is None:
                return
            self._records.keep_checksum(str(folder), file.name, file.size, file.mtime_ns, sha256)
        self.look_again(role)

    def _with_progress(self, found: Shelved) -> Shelved:
        check = self._checking.get(found.place.role)
        if found.state != "checking" or check is None:
            return found
        return msgspec.structs.replace(found, checked=min(1.0, check.done / max(1, check.facts.size)))

    def _on_settings(self, event: Event) -> None:
        for role, key in SETTINGS.items():
            if any(name.startswith(key) for name in event.data.get("keys", [])):
                self.look_again(role)


class _Check:
    """The computing of one folder's checksums."""

    def __init__(self, facts: ModelFacts) -> None:
        self.facts = facts
        self.done = 0
        self.failure = ""
        self.stop = threading.Event()
        self.thread = threading.Thread()

    def read(self, count: int) -> None:
        """So many bytes more."""
        self.done += count


def dimension_of(facts: ModelFacts) -> int:
    """Length of the vectors that are kept."""
    return min(facts.hidden, MOST_DIMENSIONS)
