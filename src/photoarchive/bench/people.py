"""people: how well faces are grouped, before and after questions; how long 500,000 take; how quickly people are shown.

Quality: labelled photographs through the real model, store and grouping; the answers are given by the labels. Time
and memory: made-up descriptors (demo.faces) in a process of their own. Pages and filters: a library of a million photos
with 500,000 faces, made once and kept; every question is asked for the first time after a change.
"""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from photoarchive.bench import Report
from photoarchive.bench._labelled import Labelled, labelled_previews
from photoarchive.bench._people_lab import PeopleBench, people_bench, people_million
from photoarchive.catalog.face_store import Scan, Seen
from photoarchive.catalog.people_answers import Whom
from photoarchive.catalog.query import Query
from photoarchive.imaging.crops import decode_preview
from photoarchive.ml.faces import OnnxFaces

FACES = 500_000
QUESTIONS = 0.2             # of the positive pairs
NEW_PHOTOS = 100
PAGES = 60

Pairs = set[tuple[int, int]]


def run(report: Report) -> None:
    """Report people.*"""
    _quality(report)
    _from_scratch(report)
    _million(report)


# ---------------------------------------------------------------------- quality


def _quality(report: Report) -> None:
    with people_bench() as bench:
        truth = _look(bench, labelled_previews())
        bench.regroup()
        wanted = _pairs(truth.items())
        found = _found(bench, truth)
        report("people.precision", len(found & wanted) / max(1, len(found)), "")
        report("people.recall", len(found & wanted) / max(1, len(wanted)), "")
        report("people.b3_f", _b_cubed(bench, truth), "")
        asked = _answer(bench, truth, int(len(wanted) * QUESTIONS))
        found = _found(bench, truth)
        report("people.recall_after_questions", len(found & wanted) / max(1, len(wanted)), "")
        report("people.precision_after_questions", len(found & wanted) / max(1, len(found)), "")
        report("people.questions_asked", asked, "")


def _look(bench: PeopleBench, photos: Sequence[Labelled]) -> dict[int, str]:
    """Scan the photos; face → who it is. With several people in a photo a face gets the name it fits best elsewhere."""
    model = OnnxFaces(bench.models.files())
    several: list[tuple[list[int], list[np.ndarray], tuple[str, ...]]] = []
    truth: dict[int, str] = {}
    looks: dict[str, list[np.ndarray]] = {}
    for photo_id, photo in zip(bench.add_photos(len(photos)), photos, strict=True):
        found = [Seen(one.box, one.score, one.quality, one.good, one.vector)
                 for one in model.find(decode_preview(photo.data))]
        faces = bench.scan(Scan(photo_id, b"12345678", found))
        if len(photo.people) == 1 and faces:
            largest = max(range(len(found)), key=lambda place: found[place].box[2] * found[place].box[3])
            truth[faces[largest]] = photo.people[0]
            looks.setdefault(photo.people[0], []).append(found[largest].vector)
        elif faces:
            several.append((faces, [one.vector for one in found], photo.people))
    for faces, vectors, people in several:
        known = [name for name in people if name in looks]
        fits = {(face, name): float(vector @ np.mean(looks[name], axis=0))
                for face, vector in zip(faces, vectors, strict=True) for name in known}
        for (face, name), _ in sorted(fits.items(), key=lambda item: -item[1]):
            if face not in truth and name not in {truth.get(other) for other in faces}:
                truth[face] = name
    return truth


def _pairs(items: object) -> Pairs:
    """Pairs of faces with the same value."""
    groups: dict[object, list[int]] = {}
    for face, value in items:                       # type: ignore[attr-defined]
        if value is not None:
            groups.setdefault(value, []).append(face)
    return {pair for faces in groups.values() for pair in itertools.combinations(sorted(faces), 2)}


def _found(bench: PeopleBench, truth: dict[int, str]) -> Pairs:
    return _pairs((face, bench.person_of(face)) for face in truth)


def _b_cubed(bench: PeopleBench, truth: dict[int, str]) -> float:
    """B³ F: for each face the shares of its group and of its person that are both, averaged (Bagga, Baldwin 1998)."""
    group = {face: bench.person_of(face) or -face for face in truth}
    both = Counter((group[face], name) for face, name in truth.items())
    groups, names = Counter(group.values()), Counter(truth.values())
    precision = float(np.mean([both[group[face], name] / groups[group[face]] for face, name in truth.items()]))
    recall = float(np.mean([both[group[face], name] / names[name] for face, name in truth.items()]))
    return 2 * precision * recall / (precision + recall)


def _answer(bench: PeopleBench, truth: dict[int, str], most: int) -> int:
    """Answer the most useful question, again and again, as somebody would who knows everybody."""
    for count in range(most):
        asked, _ = bench.questions.page(1, 0)
        if not asked:
            return count
        one, other = (_name_of(bench, side, truth) for side in (asked[0].subject, asked[0].candidate))
        subject, candidate = asked[0].subject, asked[0].candidate
        if one is None or one != other:
            bench.people.keep_apart(subject, candidate)
        elif subject > 0 and candidate > 0:
            bench.people.merge(subject, candidate)
        elif candidate > 0:
            bench.people.assign([-subject], Whom(candidate))
        elif subject > 0:
            bench.people.assign([-candidate], Whom(subject))
        else:
            bench.people.together([-subject, -candidate])
        bench.grouping.settle()
    return most


def _name_of(bench: PeopleBench, side: int, truth: dict[int, str]) -> str | None:
    faces = bench.lists.of_person(side) if side > 0 else [-side]
    names = Counter(truth[face] for face in faces if face in truth)
    return names.most_common(1)[0][0] if names else None


# ---------------------------------------------------------------------- time and memory

_CHILD = """
import json, resource, time
import numpy as np
from photoarchive.demo.faces import invent_faces
from photoarchive.ml.face_clusters import Apart, clusters
from photoarchive.ml.face_files import BUNDLED_THRESHOLDS
faces = invent_faces(2 * {count}, {count})
begun = time.perf_counter()
same = np.flatnonzero(faces.photo[1:] == faces.photo[:-1])
work = clusters(faces.vectors.astype(np.float32), np.zeros({count}, np.int64),
                Apart(np.stack([same, same + 1], axis=1)), BUNDLED_THRESHOLDS)
try:
    while True:
        next(work)
except StopIteration as end:
    result = end.value
print(json.dumps([time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def _from_scratch(report: Report) -> None:
    done = subprocess.run([sys.executable, "-c", _CHILD.format(count=FACES)], capture_output=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    report("people.group_500k_s", seconds, "s")
    report("people.group_500k_mb", megabytes, "MB")


# ---------------------------------------------------------------------- a million photos


def _million(report: Report) -> None:
    with people_million() as bench:
        bench.grouping.place([])                        # reads the groups, as the job does once after a start
        chance = random.Random()                        # other photos in each run: these faces are new
        times, new = [], list[int]()
        for photo_id in chance.sample(range(1, 1_000_000), NEW_PHOTOS):
            vector = np.random.default_rng(chance.getrandbits(32)).standard_normal(128).astype(np.float32)
            face = Seen((0.9, 0.9, 0.02, 0.02), 0.95, 0.9, True, vector / np.linalg.norm(vector))
            times.append(_timed(lambda photo_id=photo_id, face=face: new.extend(       # type: ignore[misc]
                bench.scan(Scan(photo_id, b"12345678", [face])))))
        report("people.new_photo_ms", float(np.percentile(times, 95)), "ms")
        bench.remove(new)
        report("people.page_p95_ms_1m", float(np.percentile(_page_times(bench, chance), 95)), "ms")


def _page_times(bench: PeopleBench, chance: random.Random) -> list[float]:
    """Pages of people, of a person, views by people with their facets; each after nothing is remembered of it."""
    named = bench.lists.section("named", "photos")
    bench.service.sections("", "photos", "", limit=24, offset=0)
    bench.views.glance(Query())
    times = []
    for one in chance.sample(named, PAGES):             # 25,800 faces to 150
        section = chance.choice(("named", "unnamed", "ignored"))
        total = len(bench.lists.section(section, "photos"))
        offset = chance.randint(0, max(0, total - 24))
        people = ",".join(map(str, chance.sample(named, 2)))
        key = chance.choice(("people", "people_all", "people_none"))
        query = bench.views.query({key: people, "sort": "date_taken_desc"})
        questions: list[Callable[[], object]] = [
            lambda section=section, offset=offset: bench.service.sections(      # type: ignore[misc]
                section, "photos", "", limit=24, offset=offset),
            lambda: bench.service.questions(5, 0, None),
            lambda query=query: bench.views.glance(query),                     # type: ignore[misc]
            lambda: bench.service.names("ma", 20, 0),
            lambda one=one: bench.service.person(one),                         # type: ignore[misc]
        ]
        times += [_timed(question) for question in questions]
    return times


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
