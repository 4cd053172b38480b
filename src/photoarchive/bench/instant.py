"""instant: how many instant pictures a second one worker finds.

Embedded thumbnails, as the grid shows them before previews exist. Files are in the page cache; median of the rounds,
after one warm-up, the way to the worker and back included.
"""

from __future__ import annotations

import os
import statistics

from photoarchive.bench import Report, bench_home
from photoarchive.bench._photographs import photographs
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.imaging.instant import instant_picture
from photoarchive.work.pool import Pool

ROUNDS, PICTURES_A_ROUND = 5, 300


def run(report: Report) -> None:
    """Report instant.per_s."""
    paths = photographs(bench_home() / "photographs")
    originals = [Original(os.fsencode(path.parent), os.fsencode(path.name)) for path in paths]
    pool = Pool(1, preload=("photoarchive.imaging.instant",))
    try:
        rates = []
        for _ in range(ROUNDS + 1):
            start = monotonic()
            for number in range(PICTURES_A_ROUND):
                found = pool.submit(
                    instant_picture, originals[number % len(originals)], int(Kind.IMAGE), urgent=True
                ).result()
                if found is None:
                    raise Unreadable("A photograph of the benchmark has no embedded thumbnail.")
            rates.append(PICTURES_A_ROUND / (monotonic() - start))
    finally:
        pool.close()
    report("instant.per_s", statistics.median(rates[1:]), "/s")
