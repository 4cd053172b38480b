"""How hard background work may go, for every state of the machine and the user."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.work.governor import Decision, Governor, Readings, decide

QUIET = Readings(load_1m=0.1, own_load=0.0, cpu_count=4, available_memory_gb=8.0, swap_used_pct=0.0, idle_seconds=120.0,
                 disk_wait_ms=2.0, battery_pct=None)


def decided(work_mode: str = "light", **changes: float | None) -> Decision:
    return decide(msgspec.structs.replace(QUIET, **changes), work_mode)   # type: ignore[arg-type]


@pytest.mark.parametrize(("changes", "mode"), [
    ({}, "normal"),
    ({"swap_used_pct": 65.0}, "paused"), ({"swap_used_pct": 64.9}, "gentle"), ({"swap_used_pct": 40.0}, "gentle"),
    ({"swap_used_pct": 39.9}, "normal"),
    ({"available_memory_gb": 1.99}, "paused"), ({"available_memory_gb": 2.0}, "normal"),
    ({"idle_seconds": 9.9}, "gentle"), ({"idle_seconds": 10.0}, "normal"),
    ({"load_1m": 3.4}, "gentle"), ({"load_1m": 3.39}, "normal"),
    ({"load_1m": 4.0, "own_load": 2.0}, "normal"),
    ({"disk_wait_ms": 150.0}, "gentle"), ({"disk_wait_ms": None}, "normal"),
    ({"battery_pct": 80.0}, "gentle"), ({"battery_pct": 12.0}, "paused"),
])
def test_the_start_values_of_the_reference(changes: dict[str, float | None], mode: str) -> None:
    decision = decided(**changes)
    assert decision.mode == mode
    assert decision.pause == (mode == "paused")
    assert bool(decision.reason) == (mode != "normal"), "whatever is held back says why"


def test_max_ignores_load_and_battery_but_not_the_users_hands_or_hard_limits() -> None:
    assert decided("max", load_1m=9.0, battery_pct=90.0, idle_seconds=5.0).mode == "normal"
    assert decided("max", idle_seconds=1.0).mode == "gentle"
    assert decided("max", available_memory_gb=1.0).mode == "paused"


def test_a_big_model_waits_for_a_quiet_machine() -> None:
    assert decided().heavy_models
    for changes in ({"idle_seconds": 59.0}, {"load_1m": 2.9}, {"available_memory_gb": 5.9}):
        assert not decided(**changes).heavy_models


@pytest.fixture
def governor(home: Path) -> Governor:
    config = Config(home=home)
    return Governor(SettingsStore(config.settings_path, config, Bus()))


def test_the_users_action_is_seen_in_the_very_next_decision(governor: Governor) -> None:
    assert not governor.decision().user_active
    governor.touch_user_activity()
    decision = governor.decision()
    assert decision.user_active
    assert decision.idle_seconds < 10
    assert decision.mode in {"gentle", "paused"}


def test_the_decision_says_all_its_numbers(governor: Governor) -> None:
    told = governor.decision().as_json()
    assert {"mode", "intensity", "pause", "reason", "load_1m", "cpu_count", "available_memory_gb", "swap_used_pct",
            "idle_seconds"} <= told.keys()
    assert told["available_memory_gb"] > 0


def test_budgets_keep_steps_short_and_follow_the_settings(governor: Governor) -> None:
    normal, gentle = decided(), decided(idle_seconds=1.0)
    assert governor.budget("metadata", 1000.0, normal).items == 500, "half a second at the job's own pace"
    assert governor.budget("metadata", 1000.0, gentle).items == 150
    assert governor.budget("metadata", 0.1, normal).items == 1, "the slowest job still moves"
    assert governor.budget("metadata", None, gentle).items == 15, "a first step worth the start of a process"
    assert governor.budget("duplicates", None, gentle).items == 2
    previews = governor.budget("previews", 1000.0, normal)
    assert (previews.items, previews.workers, previews.pause_ms) == (16, 2, 250)
    assert governor.budget("previews", 1000.0, decided("max")).pause_ms == 0
    assert governor.budget("previews", 1000.0, gentle).workers == 1
