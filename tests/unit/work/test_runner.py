"""The runner with real jobs in real threads: turns, pauses, yielding, errors, honest numbers."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from photoarchive.core.config import Config
from photoarchive.core.errors import NotFound, Unavailable
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.work.governor import Governor
from photoarchive.work.job import Budget, JobError, Lane, Progress
from photoarchive.work.runner import Runner


class Counting:
    """A job that has `left` items to count down, each taking `seconds`."""

    builder = True

    def __init__(self, name: str, left: int, *, lane: Lane = Lane.CPU, seconds: float = 0.001) -> None:
        self.name, self.title, self.lane = name, name.capitalize(), lane
        self.left, self.all, self.seconds = left, left, seconds
        self.steps: list[tuple[float, float, int]] = []      # begin, end, items
        self.bad: list[JobError] = []
        self.obstacle: Exception | None = None
        self.reason = ""
        self.working = False

    def pending(self) -> int:
        return self.left

    def total(self) -> int:
        return self.all

    def step(self, budget: Budget) -> Progress:
        begin = time.monotonic()
        if self.obstacle is not None:
            self.steps.append((begin, begin, 0))
            raise self.obstacle
        if self.reason:
            self.steps.append((begin, begin, 0))
            return Progress(0, reason=self.reason)
        self.working = True
        items = min(budget.items, self.left)
        time.sleep(items * self.seconds)
        self.left -= items
        self.steps.append((begin, time.monotonic(), items))
        self.working = False
        return Progress(items)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        return self.bad[offset:offset + limit], len(self.bad)


class Starting(Counting):
    """One whose first step starts a process."""

    starts = 0

    def step(self, budget: Budget) -> Progress:
        if not self.starts:
            self.starts += 1
            time.sleep(1.0)
        return super().step(budget)


class Bench:
    """A runner with its parts, ended with the test."""

    def __init__(self, home: Path) -> None:
        config = Config(home=home)
        self.bus = Bus()
        self.settings = SettingsStore(config.settings_path, config, self.bus)
        self.settings.update({"background_work_mode": "max"})
        self.governor = Governor(self.settings)
        self.runner = Runner(self.governor, self.bus)

    def start(self, *jobs: Counting) -> None:
        for job in jobs:
            self.runner.add(job)
        self.runner.start()

    def job(self, name: str) -> dict[str, Any]:
        return next(job for job in self.runner.snapshot()["jobs"] if job["name"] == name)


@pytest.fixture
def bench(home: Path) -> Iterator[Bench]:
    made = Bench(home)
    yield made
    assert made.runner.stop(5.0)


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def rests(*jobs: Counting) -> bool:
    """Whether no step of these is under way, nor begins within a moment."""
    steps = [len(job.steps) for job in jobs]
    if any(job.working for job in jobs):
        return False
    time.sleep(0.3)
    return not any(job.working for job in jobs) and [len(job.steps) for job in jobs] == steps


def test_jobs_run_until_nothing_is_left(bench: Bench) -> None:
    job = Counting("count", 300)
    bench.start(job)
    until(lambda: bench.job("count")["state"] == "idle" and job.left == 0)
    told = bench.job("count")
    assert (told["done"], told["total"], told["failed"], told["eta_seconds"]) == (300, 300, 0, None)
    assert bench.runner.snapshot()["mode"] == "max"


@pytest.mark.slow
def test_one_job_of_a_lane_at_a_time_and_lanes_side_by_side(bench: Bench) -> None:
    first, second = Counting("first", 60, seconds=0.01), Counting("second", 60, seconds=0.01)
    other = Counting("other", 60, lane=Lane.GPU, seconds=0.01)
    bench.start(first, second, other)
    until(lambda: not (first.left or second.left or other.left))
    same_lane = sorted(first.steps + second.steps)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(same_lane))
    assert any(a[0] < b[1] and b[0] < a[1] for a in same_lane for b in other.steps), "the other lane worked meanwhile"


@pytest.mark.slow
def test_equal_ranks_take_turns_and_pictures_wait_for_metadata(bench: Bench) -> None:
    metadata, scan = Counting("metadata", 200, seconds=0.005), Counting("scan", 200, seconds=0.005)
    previews = Counting("previews", 20, seconds=0.005)
    bench.start(previews, metadata, scan)
    until(lambda: len(metadata.steps) + len(scan.steps) >= 3)
    assert metadata.steps and scan.steps and not previews.steps
    assert bench.job("previews")["reason"] in {"after metadata", "after scan"}
    until(lambda: not previews.left)
    assert previews.steps[0][0] >= max(metadata.steps[-1][1], scan.steps[-1][1])


@pytest.mark.slow
def test_a_paused_job_rests_until_it_is_resumed(bench: Bench) -> None:
    job = Counting("count", 100_000, seconds=0.002)
    bench.start(job)
    until(lambda: job.steps)
    bench.runner.pause("count")
    told = bench.job("count")
    assert (told["state"], told["reason"], told["rate"]) == ("paused", "paused by you", None)
    until(lambda: rests(job))
    before = job.left
    time.sleep(0.5)
    assert job.left == before
    bench.runner.resume("count")
    until(lambda: job.left < before)


@pytest.mark.slow
def test_pause_all_and_resume_all(bench: Bench) -> None:
    jobs = [Counting("one", 100_000, seconds=0.002), Counting("two", 100_000, lane=Lane.GPU, seconds=0.002)]
    bench.start(*jobs)
    until(lambda: all(job.steps for job in jobs))
    bench.runner.pause_all()
    assert bench.runner.snapshot()["paused_all"]
    until(lambda: rests(*jobs))
    before = [job.left for job in jobs]
    time.sleep(0.5)
    assert [job.left for job in jobs] == before
    bench.runner.resume_all()
    until(lambda: all(job.left < then for job, then in zip(jobs, before, strict=True)))


def test_pauses_are_told_to_be_remembered_and_hold_in_the_next_runner(bench: Bench) -> None:
    kept: list[list[str]] = []
    first = Runner(bench.governor, bench.bus, remember=kept.append)
    first.add(Counting("count", 5))
    first.pause("count")
    first.pause_all()
    assert kept == [["count"], ["*", "count"]]
    again = Runner(bench.governor, bench.bus, remembered=kept[-1], remember=kept.append)
    job = Counting("count", 5)
    again.add(job)
    again.start()
    time.sleep(0.2)
    assert again.snapshot()["jobs"][0]["state"] == "paused" and again.paused_all and job.left == 5
    again.resume_all()
    until(lambda: job.left == 0)
    assert kept[-1] == []
    assert again.stop(5.0)


@pytest.mark.slow
def test_work_on_the_source_disk_yields_within_a_second_when_the_user_acts(bench: Bench) -> None:
    bench.settings.update({"background_work_mode": "light"})
    job = Counting("reader", 100_000, lane=Lane.SOURCE_DISK, seconds=0.003)
    bench.start(job)
    until(lambda: len(job.steps) >= 3)
    acted_at = time.monotonic()
    acting = threading.Event()

    def act() -> None:
        while not acting.wait(0.1):
            bench.governor.touch_user_activity()

    hands = threading.Thread(target=act)
    hands.start()
    try:
        time.sleep(1.6)
        late = [step for step in job.steps if step[1] > acted_at + 1.0]
        assert late == [], "no step touched the disk later than a second after the user began"
        assert (bench.job("reader")["state"], bench.job("reader")["reason"]) == ("waiting", "you are browsing")
    finally:
        acting.set()
        hands.join()
    steps = len(job.steps)
    until(lambda: len(job.steps) > steps, 30.0)


@pytest.mark.slow
def test_steps_shrink_until_they_fit_into_half_a_second(bench: Bench) -> None:
    job = Counting("slow", 200, seconds=0.05)
    bench.start(job)
    until(lambda: len(job.steps) >= 5)
    assert max(end - begin for begin, end, _ in job.steps[3:]) < 0.9


@pytest.mark.slow
def test_the_start_of_a_process_does_not_make_the_next_steps_small(bench: Bench) -> None:
    """The first step waits a second for its process: the second is as large, the third as the work allows."""
    job = Starting("reader", 2_000)
    bench.runner = Runner(bench.governor, bench.bus, process_starts=lambda: job.starts)
    bench.start(job)
    until(lambda: len(job.steps) >= 3)
    first, second, third = [items for _, _, items in job.steps[:3]]
    assert first == second < third


@pytest.mark.slow
def test_browse_mode_holds_builders_and_run_now_overrules_it(bench: Bench) -> None:
    bench.settings.update({"background_work_mode": "browse"})
    job = Counting("count", 40)
    scan = Counting("scan", 40, lane=Lane.GPU)
    scan.builder = False
    bench.start(job, scan)
    until(lambda: scan.left == 0)
    assert job.left == 40
    assert (bench.job("count")["state"], bench.job("count")["reason"]) == ("waiting", "the work mode is Browse")
    bench.runner.run_now("count")
    until(lambda: job.left == 0 and bench.job("count")["state"] == "idle")
    job.left = 10
    bench.runner.wake("count")
    time.sleep(0.3)
    assert job.left == 10, "run now ended with the work it was asked for"
    bench.settings.update({"background_work_mode": "max"})
    until(lambda: job.left == 0)


@pytest.mark.slow
def test_a_job_that_raises_shows_why_and_backs_off(bench: Bench) -> None:
    broken, fine = Counting("broken", 50), Counting("fine", 50)
    broken.obstacle = Unavailable("The disk with the previews is full.")
    bench.start(broken, fine)
    until(lambda: fine.left == 0)
    time.sleep(2.5)
    assert 1 <= len(broken.steps) <= 3, "tried after 1 s, 2 s, 4 s …, not in a loop"
    told = bench.job("broken")
    assert (told["state"], told["reason"]) == ("blocked", "The disk with the previews is full.")
    broken.obstacle = ValueError("boom")
    bench.runner.resume("broken")
    until(lambda: "ValueError: boom" in bench.job("broken")["reason"])
    broken.obstacle = None
    bench.runner.resume("broken")
    until(lambda: broken.left == 0)
    assert bench.job("broken")["state"] in {"idle", "running"}


def test_a_job_that_can_do_nothing_says_so_and_is_asked_again_when_woken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only because it is woken: by itself it would be asked an hour later."""
    monkeypatch.setattr("photoarchive.work.runner.RETRY_SECONDS", 3_600.0)
    job = Counting("wait", 5)
    job.reason = "the drive Archive is not connected"
    bench.start(job)
    until(lambda: bench.job("wait")["reason"] == "the drive Archive is not connected")
    assert bench.job("wait")["state"] == "waiting"
    time.sleep(0.5)
    assert len(job.steps) == 1
    job.reason = ""
    bench.runner.wake("wait")
    until(lambda: job.left == 0)


@pytest.mark.slow
def test_remaining_time_is_what_is_left_at_the_shown_rate(bench: Bench) -> None:
    job = Counting("count", 100_000, seconds=0.004)
    bench.start(job)
    until(lambda: bench.job("count")["rate"])
    told = bench.job("count")
    assert 0 < told["rate"] <= 250, "an item takes 4 ms or more"
    assert told["eta_seconds"] == pytest.approx((told["total"] - told["done"]) / told["rate"], rel=0.05)


def test_errors_of_items_are_counted_and_listed(bench: Bench) -> None:
    job = Counting("count", 5)
    job.bad = [JobError(7, "a/b.jpg", "truncated", 1.0), JobError(8, "c.jpg", "empty", 2.0)]
    job.all = 7
    bench.start(job)
    until(lambda: job.left == 0 and bench.job("count")["failed"] == 2)
    assert bench.job("count")["done"] == 5
    assert bench.runner.errors("count", 1, 1) == ([job.bad[1]], 2)
    with pytest.raises(NotFound, match="no job named nonsense"):
        bench.runner.errors("nonsense", 1, 0)


@pytest.mark.slow
def test_it_stops_at_the_next_batch_border(bench: Bench) -> None:
    bench.start(Counting("count", 100_000, seconds=0.01), Counting("other", 100_000, lane=Lane.GPU, seconds=0.01))
    time.sleep(1.0)
    begun = time.monotonic()
    assert bench.runner.stop(2.5)
    assert time.monotonic() - begun < 2.5
