"""dedupe: what is found and what is false; the time for 100,000 photos, and for one more of a million.

Precision and recall: pairs of photos that share a group, on sets of make_neardups where the collection of real media
is at hand, else on variants drawn here. From scratch: small previews (in memory) decoded in two threads as the job does
it, compared and written; a tenth of them are copies, five of a picture. Of the other pairs about one in ten thousand is
near enough by chance to be looked at closer, as of real photos (of one shape). loop_lag: of an event loop beside it.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from photoarchive.bench import Report, bench_home
from photoarchive.bench._million import ROWS
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.duplicate_decisions import Decision
from photoarchive.catalog.duplicates import Duplicates, Prints
from photoarchive.core.clock import monotonic
from photoarchive.imaging.miniature import SIDE, miniature
from photoarchive.retrieval import bursts, fingerprint
from photoarchive.retrieval.duplicates import GROUPED, Finder, LikestPairs
from photoarchive.retrieval.groups import names_of

Array = npt.NDArray[Any]

SCRATCH = 100_000
BATCH, THREADS = 512, 2     # as features.similar.jobs
DRAWN = 200                 # previews that are decoded over and over
COPIES_EVERY, OF_ONE = 10, 50       # each tenth photo is a copy; those among so many show one picture
SETS, GROUPS_OF_SET = 3, 40
ALIKE = ("", "same_file", "same_pixels", "similar")
NEW_PHOTOS = 40
TICK = 0.005


def run(report: Report) -> None:
    """All four figures, and the lag of a loop beside the work."""
    precision, recall = _quality()
    report("dedupe.precision", precision, "")
    report("dedupe.recall", recall, "")
    seconds, lag = _from_scratch()
    report("dedupe.from_scratch_100k_s", seconds, "s")
    report("dedupe.loop_lag_p99_ms", lag, "ms")
    report("dedupe.new_photo_ms_1m", _new_photo(), "ms")


# ---------------------------------------------------------------------- precision and recall


def _quality() -> tuple[float, float]:
    right = wrong = missed = 0
    for seed in range(1, SETS + 1):
        rows = _neardups(seed)
        groups = _groups([preview for _, _, preview in rows])
        for (one, first), (other, second) in combinations(zip(rows, groups.tolist(), strict=True), 2):
            joined = bool(first) and first == second
            alike = one[0] == other[0] != "neg" and one[1] in ALIKE and other[1] in ALIKE
            right += alike and joined
            missed += alike and not joined
            wrong += joined and (one[0] != other[0] or one[0] == "neg")
    return right / max(right + wrong, 1), right / max(right + missed, 1)


def _neardups(seed: int) -> list[tuple[str, str, bytes]]:
    """(group, what is expected, preview) of every file of a set."""
    shared = Path(os.environ.get("PHOTOARCHIVE_TEST_MEDIA") or Path(__file__).parents[4] / "shared" / "media")
    tool = shared.parent / "tools" / "make_neardups.py"
    if not tool.is_file():
        return _drawn_set(seed)
    folder = bench_home() / f"neardups-{seed}"
    if not (folder / "neardups.csv").exists():
        subprocess.run([sys.executable, tool, "--src", shared, "--out", folder, "--n", str(GROUPS_OF_SET),
                        "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
    with (folder / "neardups.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["group"], row["expect"], _preview(Image.open(folder / row["path"]))) for row in rows]


def _drawn_set(seed: int) -> list[tuple[str, str, bytes]]:
    found = []
    for number in range(GROUPS_OF_SET):
        picture = _scene(seed * 1000 + number)
        width, height = picture.size
        made = (picture, picture.resize((width // 2, height // 2)), picture.point(lambda value: int(value * 0.62)),
                picture.crop((int(width * .025), int(height * .025), int(width * .975), int(height * .975))))
        found += [(f"g{number}", "similar", _preview(one, quality)) for one, quality in
                  zip(made, (92, 60, 88, 88), strict=True)]
        found.append(("neg", "different", _preview(_scene(seed * 1000 + 500 + number))))
    return found


def _groups(previews: list[bytes]) -> Array:
    """(n,) group of each preview, 0 none."""
    with tempfile.TemporaryDirectory() as home, _Lab(Path(home), len(previews)) as lab:
        lab.add(np.arange(1, len(previews) + 1), previews)
        pairs = lab.finder.forest.pairs
        nothing: list[Decision] = []
        names = names_of(pairs[pairs["likeness"] >= GROUPED], nothing)
        return np.pad(names, (0, max(0, len(previews) + 1 - len(names))))[1 : len(previews) + 1]


# ---------------------------------------------------------------------- time


def _from_scratch() -> tuple[float, float]:
    """(seconds, p99 of the lag of an event loop in ms)."""
    previews = [_preview(_scene(number)) for number in range(DRAWN)]
    chance = np.random.default_rng(1)
    lag = _Lag()
    with tempfile.TemporaryDirectory() as home, _Lab(Path(home), SCRATCH) as lab:
        lag.start()
        began = monotonic()
        for first in range(1, SCRATCH + 1, BATCH):
            photos = np.arange(first, min(first + BATCH, SCRATCH + 1))
            lab.add(photos, [previews[_drawn(photo)] for photo in photos.tolist()], chance)
        seconds = monotonic() - began
    return seconds, lag.stop()


def _drawn(photo: int) -> int:
    """Which of the previews a photo is made of; copies of one picture, of the same."""
    return (photo // OF_ONE if photo % COPIES_EVERY == 0 else photo) % DRAWN


def _new_photo() -> float:
    """Median ms of fingerprinting, comparing and writing one photo beside a million."""
    chance = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as home, _Lab(Path(home), ROWS + NEW_PHOTOS) as lab:
        known = np.arange(1, ROWS + 1)
        lab.finder.known.put(Prints(
            known, known.astype(np.uint64), chance.integers(0, 2**64, ROWS, np.uint64), np.full(ROWS, 19, np.int16),
            np.sort(chance.integers(10**12, 2 * 10**12, ROWS)) * bursts.CAMERAS + 1, np.ones(ROWS, bool)))
        previews = [_preview(_scene(number)) for number in range(NEW_PHOTOS)]
        times = []
        for number, preview in enumerate(previews):
            began = monotonic()
            lab.add(np.array([ROWS + 1 + number]), [preview])
            times.append((monotonic() - began) * 1000)
    return statistics.median(times[5:])


class _Lab:
    """A catalog with so many bare photos, and what finds duplicates in it."""

    def __init__(self, home: Path, photos: int) -> None:
        self.db = Database(home / "photoarchive.db")
        self.db.write(lambda tx: tx.execute(
            "INSERT INTO photos (id, created_at, source_id, folder_id, ready) WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, 0, 1, 1, 1 FROM n", (photos,)) and None)
        store = Duplicates(self.db)
        self.finder = Finder(store, Columns(self.db, home / ".run"), LikestPairs(store))
        self._pool = ThreadPoolExecutor(THREADS)

    def __enter__(self) -> _Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        self.db.close()

    def add(self, photos: Array, previews: list[bytes], chance: np.random.Generator | None = None) -> None:
        """Fingerprint and compare. chance: the pixels are mixed with others, so that each is a picture of its own."""
        small = list(self._pool.map(miniature, previews))
        pixels = np.stack([one.pixels for one in small])
        if chance is not None:
            pixels = pixels // 4 + _own_pixels(photos, chance) // 4 * 3
        self.finder.add(Prints(photos, photos.astype(np.uint64), fingerprint.hashes(pixels),
                               np.array([one.shape for one in small], np.int16),
                               np.full(len(photos), bursts.NO_MOMENT), np.zeros(len(photos), bool)),
                        fingerprint.details(pixels))


def _own_pixels(photos: Array, chance: np.random.Generator) -> Array:
    """(n, SIDE, SIDE): large and small detail that no two photos have in common, but copies of one picture."""
    coarse = chance.integers(0, 256, (len(photos), 8, 8), np.uint8).repeat(4, 1).repeat(4, 2)
    own: Array = coarse // 2 + chance.integers(0, 128, (len(photos), SIDE, SIDE), np.uint8)
    for place in np.flatnonzero(photos % COPIES_EVERY == 0).tolist():
        own[place] = np.random.default_rng(photos[place] // OF_ONE).integers(0, 256, (SIDE, SIDE), np.uint8)
    return own


class _Lag:
    """How late an event loop in a thread of its own wakes up."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._tick()), daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def stop(self) -> float:
        """p99 in ms."""
        self._ending.set()
        self._thread.join()
        return float(np.percentile(self._late, 99) * 1000)

    async def _tick(self) -> None:
        while not self._ending.is_set():
            began = monotonic()
            await asyncio.sleep(TICK)
            self._late.append(monotonic() - began - TICK)


# ---------------------------------------------------------------------- pictures


def _scene(seed: int) -> Image.Image:
    """A picture with detail of every size that no other seed gives."""
    chance = np.random.default_rng(seed)
    light = np.full((300, 400), 118.0)
    for cells, contrast in ((3, 46), (6, 34), (12, 26), (24, 18), (80, 12)):
        noise = Image.fromarray(chance.standard_normal((cells, cells)).astype(np.float32))
        light += contrast * np.asarray(noise.resize((400, 300), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).convert("RGB")


def _preview(picture: Image.Image, quality: int = 92) -> bytes:
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((400, 400), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=quality)
    return out.getvalue()
