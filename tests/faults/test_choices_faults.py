"""kill -9 in the middle of choosing: no answered choice is lost, and the ratings are those of the log."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faults import choosing_process
from rating_lab import RatingLab, same, vectors_of
from taste import make_taste


@pytest.mark.parametrize("answers", [2, 23, 61])
def test_kill_9_between_a_choice_and_its_look_alikes(home: Path, answers: int) -> None:
    """What was answered is in the log; opened again, the rows equal a rebuild to 1e-6."""
    command = [sys.executable, choosing_process.__file__, str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline().split() for _ in range(answers)]
    time.sleep(0.004)
    process.send_signal(signal.SIGKILL)
    lines += [line.split() for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    chosen = {int(line[1]) for line in lines if line[0] == "chosen"}
    undone = {int(line[1]) for line in lines if line[0] == "undone"}

    taste = make_taste(choosing_process.PHOTOS, 1)
    lab = RatingLab(home, choosing_process.PHOTOS, vectors_of(taste, range(choosing_process.PHOTOS)))
    try:
        assert lab.db.read().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        found = {number: lab.log.by_key(f"choice {number}") for number in chosen}
        assert all(found.values())
        assert all(found[number].undone for number in undone)
        assert lab.ratings.standing.taken == lab.log.totals()[0] >= len(chosen) - len(undone) - 1
        lab.follower.settle()
        rows = lab.rows()
        lab.ratings.rebuild()
        lab.follower.settle()
        assert same(lab.rows(), rows)
    finally:
        lab.close()
