"""Rates and remaining times: honest, or not said."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from photoarchive.work import meter
from photoarchive.work.meter import Meter, OwnLoad


def test_a_rate_is_not_guessed_from_the_first_moment() -> None:
    meter = Meter()
    meter.begin(100.0)
    meter.add(50, 100.5)
    assert meter.rate(101.0) is None
    assert meter.eta(10, 101.0) is None
    assert meter.rate(105.0) == pytest.approx(10.0)
    assert meter.eta(100, 105.0) == pytest.approx(10.0)


def test_pauses_count_as_time_and_old_work_is_forgotten() -> None:
    meter = Meter(window=60.0)
    meter.begin(0.0)
    for second in range(30):
        meter.add(10, float(second))
    assert meter.rate(30.0) == pytest.approx(10.0)
    assert meter.rate(60.0) == pytest.approx(5.0), "half of the minute nothing was done"
    assert meter.rate(200.0) == 0.0
    assert meter.eta(10, 200.0) is None, "nothing moves, so no time can be said"


def test_after_a_reset_nothing_of_before_counts() -> None:
    meter = Meter()
    meter.add(1000, 0.0)
    meter.reset()
    meter.add(10, 100.0)
    assert meter.rate(110.0) == pytest.approx(1.0)


@pytest.mark.slow
def test_our_own_work_and_that_of_our_workers_is_measured_in_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "SAMPLE_SECONDS", 1.0)
    monkeypatch.setattr(meter, "WINDOW_SECONDS", 1.0)
    load = OwnLoad()
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(1.5)
        measured = load.cores()
    finally:
        busy.kill()
        busy.wait()
    assert 0.02 < measured < 2.0, "one child kept (a share of) a core busy"
    assert load.cores() == measured, "looked at again only after a while"
