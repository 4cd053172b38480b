"""The user's choices: what they are, what they may be, and the file that keeps them.

A save changes only the keys sent, all or none of them. Keys of other versions stay in the file untouched.
Whoever depends on a setting reads `SettingsStore.current` when it needs it, or listens to `settings.changed`;
nothing needs a restart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from photoarchive.core import clock
from photoarchive.core.atomic import write_atomically
from photoarchive.core.config import Config
from photoarchive.core.errors import Invalid, Unavailable
from photoarchive.core.events import Bus, Event
from photoarchive.core.setting_rules import (
    DAYS,
    Choice,
    ClockTime,
    Days,
    Folder,
    Name,
    Real,
    Rule,
    Switch,
    Terms,
    TimeZone,
    Whole,
    check_sizes,
)

log = logging.getLogger(__name__)

PathCheck = Callable[[str, Path], None]
"""(key, resolved path): raises Invalid when the folder may not be used, e.g. as it lies inside a source."""


class Settings(msgspec.Struct, frozen=True):
    """All settings with their defaults. Folders are empty here: `default_settings` names them."""

    thumb_size_sm: int = 400
    thumb_size_md: int = 1920
    thumb_size_lg: int = 3840
    thumb_quality: int = 92
    ssd_cache_dir: str = ""
    ssd_cache_gb: float = 100.0
    memory_cache_gb: float = 0.5
    cache_profile: str = "original_heavy"
    pregenerate_on_idle: bool = True
    background_thumb_workers: int = 2
    pregen_generate_batch: int = 16
    pregen_batch_pause_ms: int = 250
    embed_batch_pause_ms: int = 250
    embed_batch_size: int = 8
    embed_model_id: str = "Qwen/Qwen3-VL-Embedding-2B"
    embed_model_revision: str = "main"
    embed_model_dir: str = ""
    deep_model_id: str = "Qwen/Qwen3-VL-Embedding-8B"
    deep_model_revision: str = "main"
    deep_model_dir: str = ""
    search_calibrated: bool = True                          # False: search_similarity_threshold decides
    search_similarity_threshold: float = 0.35
    background_work_mode: str = "light"
    deep_search_terms: tuple[str, ...] = ()
    deep_search_schedule_enabled: bool = True
    deep_search_schedule_days: tuple[str, ...] = DAYS
    deep_search_schedule_start: str = "22:00"
    deep_search_schedule_end: str = "07:00"
    deep_search_schedule_timezone: str = "local"
    show_loupe_cache_status: bool = True
    people_scan_enabled: bool = True
    face_model_id: str = "bundled"
    face_model_dir: str = ""
    face_detection_size: int = 640
    face_similarity_threshold: float | None = None          # None: the value that belongs to the model
    face_merge_suggestion_threshold: float | None = None


RULES: dict[str, Rule] = {
    "thumb_size_sm": Whole(64, 4096),
    "thumb_size_md": Whole(128, 8192),
    "thumb_size_lg": Whole(128, 8192),
    "thumb_quality": Whole(40, 100),
    "ssd_cache_dir": Folder(),
    "ssd_cache_gb": Real(0, 4096),
    "memory_cache_gb": Real(0, 64),
    "cache_profile": Choice(("browse_fast", "balanced", "original_heavy")),
    "pregenerate_on_idle": Switch(),
    "background_thumb_workers": Whole(1, 4),
    "pregen_generate_batch": Whole(4, 64),
    "pregen_batch_pause_ms": Whole(0, 5000),
    "embed_batch_pause_ms": Whole(0, 5000),
    "embed_batch_size": Whole(1, 32),
    "embed_model_id": Name(),
    "embed_model_revision": Name(),
    "embed_model_dir": Folder(),
    "deep_model_id": Name(),
    "deep_model_revision": Name(),
    "deep_model_dir": Folder(),
    "search_calibrated": Switch(),
    "search_similarity_threshold": Real(0.1, 0.8),
    "background_work_mode": Choice(("browse", "light", "max")),
    "deep_search_terms": Terms(),
    "deep_search_schedule_enabled": Switch(),
    "deep_search_schedule_days": Days(),
    "deep_search_schedule_start": ClockTime(),
    "deep_search_schedule_end": ClockTime(),
    "deep_search_schedule_timezone": TimeZone(),
    "show_loupe_cache_status": Switch(),
    "people_scan_enabled": Switch(),
    "face_model_id": Name(),
    "face_model_dir": Folder(),
    "face_detection_size": Whole(160, 1280),
    "face_similarity_threshold": Real(0.1, 0.95, optional=True),
    "face_merge_suggestion_threshold": Real(0.1, 0.95, optional=True),
}

PATH_KEYS = frozenset(key for key, rule in RULES.items() if isinstance(rule, Folder))

OLD_KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "jpeg_quality": ("thumb_quality", lambda value: value),
    "disk_cache_dir": ("ssd_cache_dir", lambda value: value),
    "memory_cache_mb": ("memory_cache_gb", lambda value: value / 1024),
}
"""Keys of the first photoArchive: translated when the file is read, gone after the next save."""


def default_settings(config: Config) -> Settings:
    """The settings of a home nobody has changed yet."""
    models = config.models_dir
    return Settings(
        ssd_cache_dir=str(config.default_cache_dir),
        embed_model_dir=str(models / "Qwen--Qwen3-VL-Embedding-2B"),
        deep_model_dir=str(models / "Qwen--Qwen3-VL-Embedding-8B"),
        face_model_dir=str(models / "faces"),
    )


class SettingsStore:
    """The settings in force and their file. Thread-safe; readers take `current`, a frozen snapshot."""

    def __init__(self, path: Path, defaults_from: Config, bus: Bus) -> None:
        self.path = path
        self.defaults = default_settings(defaults_from)
        self.notices: list[str] = []          # what was wrong with the file, in sentences for the user
        self.path_check: PathCheck | None = None
        self._bus = bus
        self._lock = threading.Lock()
        self._stored = self._read_file()      # the file: our keys that were ever set, and those of others
        self.current = self._build(self._stored)

    def update(self, changes: Mapping[str, Any]) -> Settings:
        """Change the given keys, all or none, save, and tell everybody. null for a folder brings its default back.

        Raises Invalid (field, range) for an unknown key or a value outside its rule, Unavailable if the file cannot
        be written.
        """
        self.announce(self.change(changes))
        return self.current

    def reset(self, keys: frozenset[str] | None = None) -> Settings:
        """Bring the defaults back, for these keys or for all, and tell everybody."""
        self.announce(self.change_back(keys))
        return self.current

    def check(self, changes: Mapping[str, Any]) -> None:
        """Raise what `change` would raise; nothing is changed. May wait for the drive of a folder."""
        self._accept(changes)

    def change(self, changes: Mapping[str, Any]) -> list[str]:
        """Like update, told to nobody yet: returns the keys whose value is another one now, for `announce`."""
        with self._lock:
            return self._replace(self._stored | self._accept(changes))

    def change_back(self, keys: frozenset[str] | None = None) -> list[str]:
        """Like reset, told to nobody yet. Keys of other versions stay in the file."""
        wanted = frozenset(RULES) if keys is None else keys
        with self._lock:
            for key in sorted(wanted - RULES.keys()):
                raise _unknown(key)
            rest = {key: value for key, value in self._stored.items() if key not in wanted}
            values = msgspec.structs.asdict(self._build(rest))
            check_sizes(values, values, RULES)
            return self._replace(rest)

    def announce(self, keys: list[str]) -> None:
        """Publish `settings.changed`; each set of keys is an event of its own, so none is lost by coalescing."""
        if keys:
            self._bus.publish(Event("settings.changed", {"keys": keys}, key=",".join(keys)))

    def ranges(self) -> dict[str, dict[str, Any]]:
        """What each setting may be, as JSON."""
        return {key: rule.range() for key, rule in RULES.items()}

    # ------------------------------------------------------------------ changing (the lock is held)

    def _accept(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        accepted: dict[str, Any] = {}
        for key, value in changes.items():
            rule = RULES.get(key)
            if rule is None:
                raise _unknown(key)
            empty_folder = isinstance(rule, Folder) and value in (None, "")
            accepted[key] = rule.read(key, getattr(self.defaults, key) if empty_folder else value)
            if isinstance(rule, Folder) and self.path_check and accepted[key] != getattr(self.current, key):
                self.path_check(key, Path(accepted[key]))
        check_sizes(msgspec.structs.asdict(self.current) | accepted, accepted, RULES)
        return accepted

    def _replace(self, stored: dict[str, Any]) -> list[str]:
        """Save, then put in force; a failed save changes nothing. Returns the keys with another value now."""
        try:
            write_atomically(self.path, _as_text(stored))
        except OSError as error:
            raise Unavailable(f"The settings could not be saved to {self.path}: {error.strerror}.") from error
        before, after = self.current, self._build(stored)
        self._stored, self.current = stored, after
        return [key for key in RULES if getattr(before, key) != getattr(after, key)]

    def _build(self, stored: Mapping[str, Any]) -> Settings:
        return msgspec.structs.replace(self.defaults, **{key: stored[key] for key in RULES if key in stored})

    # ------------------------------------------------------------------ reading the file

    def _read_file(self) -> dict[str, Any]:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(f"The settings {self.path} cannot be read: {error.strerror}.") from error
        try:
            stored = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._set_file_aside(str(error))
            return {}
        return self._drop_bad_sizes(self._drop_bad_values(self._translate_old_keys(stored)))

    def _set_file_aside(self, why: str) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged-{int(clock.now())}")
        self.path.rename(aside)
        self._notice(f"The settings file was damaged ({why}). It was kept as {aside.name}; "
                     "the defaults are in force.")

    def _translate_old_keys(self, stored: dict[str, Any]) -> dict[str, Any]:
        for old, (new, translate) in OLD_KEYS.items():
            if old not in stored:
                continue
            value = stored.pop(old)
            try:
                stored.setdefault(new, translate(value))
            except TypeError:
                self._notice(f"The old setting {old} was ignored: {value!r} is not a value it can have.")
        return stored

    def _drop_bad_values(self, stored: dict[str, Any]) -> dict[str, Any]:
        good = dict(stored)
        for key, rule in RULES.items():
            if key not in stored:
                continue
            try:
                good[key] = rule.read(key, stored[key])
            except Invalid as error:
                del good[key]
                self._notice(f"In {self.path.name}, {error.sentence} It says {stored[key]!r}; "
                             "the default is in force.")
        return good

    def _drop_bad_sizes(self, stored: dict[str, Any]) -> dict[str, Any]:
        values = msgspec.structs.asdict(self._build(stored))
        try:
            check_sizes(values, values, RULES)
        except Invalid as error:
            self._notice(f"In {self.path.name}, {error.sentence} The default sizes are in force.")
            return {key: value for key, value in stored.items() if not key.startswith("thumb_size_")}
        return stored

    def _notice(self, sentence: str) -> None:
        self.notices.append(sentence)
        log.warning("%s", sentence)


def _unknown(key: str) -> Invalid:
    return Invalid(f"There is no setting named {key}.", field=key, range={})


def _as_text(stored: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(stored), indent=2) + b"\n"
