"""Looking up all places anew that is killed in the middle."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.places import AGAIN_KEY, RULES_KEY, Places, place_ids
from photoarchive.features.places import jobs
from photoarchive.features.places.jobs import PlacesJob
from photoarchive.work.job import Budget

TESTS = Path(__file__).resolve().parents[1]
PHOTOS = 3_000
SMALL_BATCH = 20
STEPS = 10              # before a kill


@contextmanager
def opened(home: Path) -> Iterator[tuple[Database, Columns, PlacesJob]]:
    """The catalog of a home and the job over it, as a start of the program would make them."""
    jobs.BATCH = SMALL_BATCH
    db = Database(home / "photoarchive.db")
    try:
        columns = Columns(db, home / ".run")
        FullText(db, columns)
        yield db, columns, PlacesJob(Places(db, columns))
    finally:
        db.close()


def look_up(job: PlacesJob) -> int:
    """Run the job to its end; how many photos it looked at."""
    done = 0
    while step := job.step(Budget(items=8, workers=1)).done:
        done += step
    return done


def write_photos(tx: Transaction) -> None:
    """Photos from pole to pole and around the world."""
    tx.execute("INSERT INTO sources (id, path, display_name, added_at) VALUES (1, x'2f', 'Photos', 0)")
    tx.execute("INSERT INTO folders VALUES (1, 1, x'')")
    tx.executemany(
        "INSERT INTO photos (id, created_at, source_id, folder_id, ready, width, height, taken_local, lat, lon) "
        "VALUES (?, 0, 1, 1, 1, 3, 2, 1563105600000, ?, ?)",
        [(n, n * 7 % 160 - 80 + n / 1e4, n * 13 % 360 - 180 + n / 1e4) for n in range(1, PHOTOS + 1)])
    tx.changes.touch_all("photos")


def forget_the_truth(tx: Transaction) -> None:
    """As if an earlier gazetteer had known one place only."""
    place, = place_ids(tx, [("XX", "Atlantis", "", "Atlantis")])
    tx.execute("UPDATE photos SET place_id = ?, taken_offset = NULL, offset_from_place = 0", (place,))
    tx.execute("UPDATE meta SET value = 'gazetteer 0' WHERE key = ?", (RULES_KEY,))
    tx.changes.touch_all("photos")


def test_killed_again_and_again_the_new_look_up_goes_on_where_it_was_and_ends_right(home: Path) -> None:
    """kill -9 three times: each start goes on behind what is done, no photo is without a place meanwhile."""
    with opened(home) as (db, columns, job):
        db.write(write_photos)
        assert look_up(job) == PHOTOS
        truth = [columns[name].tolist() for name in ("place", "taken_offset")]
        db.write(forget_the_truth)
    chance = random.Random()
    reached = 1
    for _ in range(3):
        process = subprocess.Popen([sys.executable, __file__, str(home)], stdout=subprocess.PIPE,
                                   env=os.environ | {"PYTHONPATH": f"{TESTS}:{os.environ.get('PYTHONPATH', '')}"})
        assert process.stdout is not None
        for _ in range(STEPS):
            assert process.stdout.readline() == b"a step\n"
        time.sleep(0.01 * chance.random())
        process.kill()
        process.wait()
        process.stdout.close()
        with opened(home) as (db, columns, job):
            again = int(db.meta(AGAIN_KEY))
            assert reached + STEPS * SMALL_BATCH <= again <= PHOTOS
            assert job.pending() == PHOTOS + 1 - again
            assert columns["place"][1:].all()
            assert columns["place"][:again].tolist() == truth[0][:again]
            reached = again
    with opened(home) as (db, columns, job):
        assert look_up(job) == PHOTOS + 1 - reached
        assert [columns[name].tolist() for name in ("place", "taken_offset")] == truth
        assert np.count_nonzero(columns["place"]) == PHOTOS and db.meta(AGAIN_KEY) is None


if __name__ == "__main__":
    with opened(Path(sys.argv[1])) as (_, _, job_):
        while job_.step(Budget(items=8, workers=1)).done:
            print("a step", flush=True)
