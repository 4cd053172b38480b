"""places: how quickly places are looked up offline, and how often the country and the town are right.

Look-up: a million points around towns, one thread. The whole job: the 646,000 located photos of the synthetic million,
none of which has a place or says its UTC offset, until places, offsets, columns and filters have them all; meanwhile
somebody else writes every few milliseconds, and the longest wait is told. (The words for the search follow in a job of
their own.) Country: 20,000 points, half anywhere on land and half around towns,
against the border polygon that holds each (found by an exact test when the gazetteer was built). Town: 200 towns, more
than half of them at borders, at a point somewhere inside each that was not taken from the gazetteer.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from photoarchive.bench import Report
from photoarchive.bench._million import million_home
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.places import Places, plain
from photoarchive.features.places.jobs import PlacesJob
from photoarchive.geo.gazetteer import NO_TOWN, Gazetteer, gazetteer
from photoarchive.work.job import Budget

DATA = Path(__file__).parent / "data"
POINTS, ROUNDS, SEED = 200_000, 5, 7
WRITE_EVERY_SECONDS = 0.02


def run(report: Report) -> None:
    """Report places.photos_per_s, places.job_photos_per_s, places.job_wait_max_ms, and the two accuracies."""
    known = gazetteer()
    report("places.photos_per_s", photos_per_second(known), "/s")
    speed, longest = whole_job()
    report("places.job_photos_per_s", speed, "/s")
    report("places.job_wait_max_ms", longest, "ms")
    report("places.country_accuracy", country_accuracy(known), "")
    report("places.city_accuracy", city_accuracy(known)[0], "")


def photos_per_second(known: Gazetteer) -> float:
    """The median of some rounds over points scattered around towns, as photos are."""
    chance = np.random.default_rng(SEED)
    speeds = []
    for _ in range(ROUNDS):
        town = chance.integers(0, len(known.lat), POINTS)
        lat = np.clip(known.lat[town] + chance.normal(0, 0.03, POINTS), -89, 89)
        lon = (known.lon[town] + chance.normal(0, 0.04, POINTS) + 180) % 360 - 180
        began = time.perf_counter()
        known.find(lat, lon)
        speeds.append(POINTS / (time.perf_counter() - began))
    return float(np.median(speeds))


def whole_job() -> tuple[float, float]:
    """Photos a second of the job over a copy of the million, and the longest wait of another writer in ms."""
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as folder:
        home = Path(folder)
        for file in million_home().glob("photoarchive.db*"):
            shutil.copy(file, home / file.name)
        db = Database(home / "photoarchive.db")
        try:
            db.write(_unplace)
            columns = Columns(db, home / ".run")
            FullText(db, columns)                           # it takes part in every change
            return _drain(PlacesJob(Places(db, columns)), db)
        finally:
            db.close()


def _unplace(tx: Transaction) -> None:
    tx.execute("UPDATE photos SET place_id = NULL, taken_offset = NULL WHERE lat IS NOT NULL")
    tx.execute("DELETE FROM places")


def _drain(job: PlacesJob, db: Database) -> tuple[float, float]:
    over, waits = threading.Event(), [0.0]

    def write_now_and_then() -> None:
        while not over.wait(WRITE_EVERY_SECONDS):
            began = time.perf_counter()
            db.write(lambda tx: tx.execute("INSERT OR REPLACE INTO meta VALUES ('bench', 1)"))
            waits.append(time.perf_counter() - began)

    other = threading.Thread(target=write_now_and_then)
    other.start()
    done, began = 0, time.perf_counter()
    while step := job.step(Budget(items=4096, workers=1)).done:
        done += step
    seconds = time.perf_counter() - began
    over.set()
    other.join()
    return done / seconds, max(waits) * 1000


def country_accuracy(known: Gazetteer) -> float:
    """The share of the points whose country is the one of the polygon; lands within another's polygon count as it."""
    with np.load(DATA / "countries.npz", allow_pickle=False) as points:
        lat, lon, wanted = points["lat"] / 1e5, points["lon"] / 1e5, points["country"]
    index = {code: place for place, code in enumerate(known.codes)}
    right = known.group[known.find(lat, lon).country] == known.group[[index[code] for code in wanted.tolist()]]
    return float(right.mean())


def city_accuracy(known: Gazetteer) -> tuple[float, list[str]]:
    """The share of the towns that are found in the right country, and what was found instead of the others."""
    lines = (DATA / "towns.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    found = known.find(np.array([float(row[1]) for row in rows]), np.array([float(row[2]) for row in rows]))
    wrong = []
    for place, (code, _, _, _, names) in enumerate(rows):
        town, country = int(found.town[place]), known.codes[int(found.country[place])]
        name = known.town_name(town) if town != NO_TOWN else ""
        if country != code or plain(name) not in {plain(one) for one in names.split("|")}:
            wrong.append(f"{names} ({code}): {name} ({country})")
    return 1 - len(wrong) / len(rows), wrong
