"""Settings: what they may be, how they are kept, what happens to a damaged or older file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.core.config import Config
from photoarchive.core.errors import Invalid, Unavailable
from photoarchive.core.events import Bus, Event
from photoarchive.core.setting_rules import Terms
from photoarchive.core.settings import PATH_KEYS, RULES, Settings, SettingsStore

COMPAT_DEFAULTS = {
    "thumb_size_sm": 400, "thumb_size_md": 1920, "thumb_size_lg": 3840, "thumb_quality": 92, "ssd_cache_gb": 100,
    "memory_cache_gb": 0.5, "cache_profile": "original_heavy", "pregenerate_on_idle": True,
    "background_thumb_workers": 2, "pregen_generate_batch": 16, "pregen_batch_pause_ms": 250,
    "embed_batch_pause_ms": 250, "embed_batch_size": 8, "embed_model_id": "Qwen/Qwen3-VL-Embedding-2B",
    "deep_model_id": "Qwen/Qwen3-VL-Embedding-8B", "search_similarity_threshold": 0.35,
    "background_work_mode": "light", "deep_search_terms": (), "deep_search_schedule_enabled": True,
    "deep_search_schedule_days": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "deep_search_schedule_start": "22:00", "deep_search_schedule_end": "07:00",
    "deep_search_schedule_timezone": "local", "show_loupe_cache_status": True, "people_scan_enabled": True,
    "face_model_id": "bundled", "face_detection_size": 640,
}

RANGES = {
    "thumb_size_sm": (64, 1920), "thumb_size_md": (400, 3840), "thumb_size_lg": (1920, 8192),
    "thumb_quality": (40, 100),
    "ssd_cache_gb": (0, 4096), "memory_cache_gb": (0, 64), "background_thumb_workers": (1, 4),
    "pregen_generate_batch": (4, 64), "pregen_batch_pause_ms": (0, 5000), "embed_batch_pause_ms": (0, 5000),
    "embed_batch_size": (1, 32), "search_similarity_threshold": (0.1, 0.8), "face_detection_size": (160, 1280),
    "face_similarity_threshold": (0.1, 0.95), "face_merge_suggestion_threshold": (0.1, 0.95),
}


def open_store(home: Path, bus: Bus | None = None) -> SettingsStore:
    config = Config(home=home)
    return SettingsStore(config.settings_path, config, bus or Bus())


def test_every_setting_has_a_rule_and_the_default_of_the_reference(home: Path) -> None:
    defaults = msgspec.structs.asdict(open_store(home).current)
    assert set(RULES) == set(Settings.__struct_fields__)
    assert {key: defaults[key] for key in COMPAT_DEFAULTS} == COMPAT_DEFAULTS
    assert defaults["ssd_cache_dir"] == str(home / ".thumbcache")
    assert defaults["embed_model_dir"] == str(home / ".models" / "Qwen--Qwen3-VL-Embedding-2B")
    assert frozenset({"ssd_cache_dir", "embed_model_dir", "deep_model_dir", "face_model_dir"}) == PATH_KEYS


@pytest.mark.parametrize(("key", "low", "high"), [(key, *limits) for key, limits in RANGES.items()])
def test_a_range_ends_at_its_borders(home: Path, key: str, low: float, high: float) -> None:
    store = open_store(home)
    for value in (low, high):
        assert getattr(store.update({key: value}), key) == value
    for value in (low - 1, high + 1, str(low), True, None if not key.startswith("face_") else "x", float("nan")):
        with pytest.raises(Invalid) as refusal:
            store.update({key: value})
        assert refusal.value.details["field"] == key
        assert refusal.value.details["range"]
        assert getattr(store.current, key) == high, "a refused value changes nothing"


@pytest.mark.parametrize(("key", "value"), [
    ("cache_profile", "huge"), ("background_work_mode", "turbo"), ("pregenerate_on_idle", 1),
    ("deep_search_schedule_start", "24:00"), ("deep_search_schedule_days", []),
    ("deep_search_schedule_days", ["noday"]), ("deep_search_schedule_timezone", "../etc/passwd"),
    ("deep_search_terms", ["x" * 161]), ("deep_search_terms", "dogs"),
    ("deep_search_terms", [str(n) for n in range(201)]), ("embed_model_id", ""), ("ssd_cache_dir", "relative/path"),
    ("ssd_cache_dir", 5), ("ssd_cache_dir", "/" + "x" * 5000), ("no_such_setting", 1),
])
def test_a_bad_value_is_refused_with_its_field(home: Path, key: str, value: Any) -> None:
    store = open_store(home)
    with pytest.raises(Invalid) as refusal:
        store.update({"thumb_quality": 77, key: value})
    assert refusal.value.details["field"] == key
    assert key in refusal.value.sentence
    assert store.current.thumb_quality == 92, "all keys of a save or none"
    assert not store.path.exists()


def test_sizes_must_grow_and_the_sentence_says_what_is_possible(home: Path) -> None:
    store = open_store(home)
    with pytest.raises(Invalid, match="thumb_size_sm must be from 64 to 1920"):
        store.update({"thumb_size_sm": 2000})
    with pytest.raises(Invalid, match="thumb_size_lg"):
        store.update({"thumb_size_lg": 1000})
    store.update({"thumb_size_sm": 2000, "thumb_size_md": 2000, "thumb_size_lg": 2000})
    assert store.current.thumb_size_md == 2000


def test_a_save_keeps_other_keys_and_those_of_other_versions(home: Path) -> None:
    path = Config(home=home).settings_path
    path.write_text('{"from_the_future": {"a": [1]}, "thumb_quality": 80}')
    store = open_store(home)
    store.update({"memory_cache_gb": 2})
    kept = json.loads(path.read_text())
    assert kept == {"from_the_future": {"a": [1]}, "thumb_quality": 80, "memory_cache_gb": 2.0}
    store.reset()
    assert json.loads(path.read_text()) == {"from_the_future": {"a": [1]}}
    assert open_store(home).current == store.defaults


def test_old_keys_are_read_once(home: Path, tmp_path: Path) -> None:
    path = Config(home=home).settings_path
    path.write_text(json.dumps({"jpeg_quality": 85, "memory_cache_mb": 512, "disk_cache_dir": str(tmp_path / "old")}))
    store = open_store(home)
    assert (store.current.thumb_quality, store.current.memory_cache_gb) == (85, 0.5)
    assert store.current.ssd_cache_dir == str(tmp_path / "old")
    store.update({"thumb_size_sm": 300})
    assert not {"jpeg_quality", "memory_cache_mb", "disk_cache_dir"} & json.loads(path.read_text()).keys()
    assert open_store(home).current == store.current


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b'{"thumb_quality": 80'])
def test_a_damaged_file_is_set_aside_and_said(home: Path, damage: bytes) -> None:
    path = Config(home=home).settings_path
    path.write_bytes(damage)
    store = open_store(home)
    assert store.current == store.defaults
    assert len(store.notices) == 1 and "damaged" in store.notices[0]
    aside = [entry for entry in home.iterdir() if ".damaged-" in entry.name]
    assert [entry.read_bytes() for entry in aside] == [damage]


def test_a_bad_value_in_the_file_gets_its_default_and_a_notice(home: Path) -> None:
    Config(home=home).settings_path.write_text('{"thumb_quality": 3, "memory_cache_gb": 4}')
    store = open_store(home)
    assert (store.current.thumb_quality, store.current.memory_cache_gb) == (92, 4.0)
    assert "thumb_quality" in store.notices[0]


def test_listeners_hear_only_of_values_that_changed(home: Path) -> None:
    bus = Bus()
    heard: list[Event] = []
    bus.on("settings.changed", heard.append)
    store = open_store(home, bus)
    store.update({"thumb_quality": 92, "memory_cache_gb": 1})
    store.update({"memory_cache_gb": 1.0})
    assert [event.data["keys"] for event in heard] == [["memory_cache_gb"]]


def test_a_folder_is_shown_to_the_check_before_it_is_taken(home: Path, tmp_path: Path) -> None:
    store = open_store(home)
    seen: list[tuple[str, Path]] = []

    def refuse_sources(key: str, path: Path) -> None:
        seen.append((key, path))
        if path.name == "photos":
            raise Invalid("inside a source", field=key, range={})

    store.path_check = refuse_sources
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    with pytest.raises(Invalid, match="inside a source"):
        store.update({"ssd_cache_dir": str(tmp_path / "link")})
    assert seen == [("ssd_cache_dir", tmp_path / "photos")]
    store.update({"ssd_cache_dir": str(tmp_path / "cache")})
    assert store.update({"ssd_cache_dir": None}).ssd_cache_dir == str(home / ".thumbcache")


def test_a_folder_that_cannot_be_written_is_said_and_nothing_changes(home: Path) -> None:
    store = open_store(home)
    store.path = home / "missing" / "settings.json"
    with pytest.raises(Unavailable, match="could not be saved"):
        store.update({"thumb_quality": 50})
    assert store.current.thumb_quality == 92


@given(st.lists(st.text(max_size=40), max_size=30))
def test_saved_terms_are_folded_and_unique(terms: list[str]) -> None:
    kept = Terms().read("deep_search_terms", terms)
    assert len({term.casefold() for term in kept}) == len(kept)
    assert {term.casefold() for term in kept} == {" ".join(term.split()).casefold() for term in terms} - {""}
    assert all(term == " ".join(term.split()) for term in kept)


def test_two_threads_lose_no_change(home: Path) -> None:
    store = open_store(home)

    def save(key: str) -> None:
        for value in range(100, 130):
            store.update({key: value})

    threads = [threading.Thread(target=save, args=(key,)) for key in ("pregen_batch_pause_ms", "embed_batch_pause_ms")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = open_store(home).current
    assert (again.pregen_batch_pause_ms, again.embed_batch_pause_ms) == (129, 129)


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_save_leaves_the_old_file_or_the_new_one(home: Path) -> None:
    """A process that saves without pause is killed at 12 moments; each time the file is whole and its keys agree."""
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from photoarchive.core.config import Config
        from photoarchive.core.events import Bus
        from photoarchive.core.settings import SettingsStore
        config = Config(home=Path(sys.argv[1]))
        store = SettingsStore(config.settings_path, config, Bus())
        while True:
            for value in range(5001):
                store.update({"pregen_batch_pause_ms": value, "embed_batch_pause_ms": value,
                              "deep_search_terms": [f"term {n} of {value}" for n in range(200)]})
                if value == 0:
                    print("ready", flush=True)
    """)
    for attempt in range(12):
        process = subprocess.Popen([sys.executable, "-c", program, str(home)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.03 + attempt * 0.007)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        store = open_store(home)
        assert store.notices == []
        current = store.current
        assert current.pregen_batch_pause_ms == current.embed_batch_pause_ms
        assert current.deep_search_terms[0] == f"term 0 of {current.pregen_batch_pause_ms}"
