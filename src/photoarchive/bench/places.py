"""places: how quickly places are looked up offline, and how often the country and the town are right.

Speed: a million points around towns, one thread. Country: 20,000 points, half anywhere on land and half around towns,
against the border polygon that holds each (found by an exact test when the gazetteer was built). Town: 200 towns, more
than half of them at borders, at a point somewhere inside each that was not taken from the gazetteer.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from photoarchive.bench import Report
from photoarchive.catalog.places import plain
from photoarchive.geo.gazetteer import NO_TOWN, Gazetteer, gazetteer

DATA = Path(__file__).parent / "data"
POINTS, ROUNDS, SEED = 200_000, 5, 7


def run(report: Report) -> None:
    """Report places.photos_per_s, places.country_accuracy and places.city_accuracy."""
    known = gazetteer()
    report("places.photos_per_s", photos_per_second(known), "/s")
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
