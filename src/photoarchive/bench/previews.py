"""previews: how many 24-megapixel JPEGs become previews in a second on one core, beside a plain Pillow loop.

In a real worker; the loop takes the same files in the same run. The files have the standard quality of cameras (5 MB);
`previews.fine_*` says the same of the finest (8 MB), whose compressed data takes longer to undo. Files are in the page
cache; medians of the rounds, after one warm-up.
"""

from __future__ import annotations

import io
import os
import statistics
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from photoarchive.bench import Report, bench_home
from photoarchive.bench._photographs import FINE, photographs
from photoarchive.core.clock import monotonic
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import TierSpec, render
from photoarchive.work.pool import Pool

QUALITY = 92
SM, MD, LG = (
    TierSpec(tier, side, QUALITY) for tier, side in ((Tier.SM, 400), (Tier.MD, 1920), (Tier.LG, 3840))
)
WANTED = (
    ("previews.sm_per_s_core", (SM,)),
    ("previews.sm_md_per_s_core", (SM, MD)),
    ("previews.all_per_s_core", (SM, MD, LG)),
)
ROUNDS, PLAIN_ROUNDS = 7, 3


def run(report: Report) -> None:
    """Report previews.*"""
    paths = photographs(bench_home() / "photographs")
    fine = photographs(bench_home() / "photographs", quality=FINE)
    rates: dict[str, float] = {}
    pool = Pool(1, preload=("photoarchive.imaging.tiers",))
    try:
        for name, specs in WANTED:
            rates[name] = _rate(_through(pool, specs), paths, ROUNDS)
            report(name, rates[name], "/s")
        for name, specs in WANTED:
            report(name.replace(".", ".fine_"), _rate(_through(pool, specs), fine, PLAIN_ROUNDS), "/s")
    finally:
        pool.close()
    plain = _rate(_plain_pillow, paths, PLAIN_ROUNDS)
    report("previews.ratio_plain_pillow", rates["previews.sm_md_per_s_core"] / plain, "×")


def _through(pool: Pool, specs: tuple[TierSpec, ...]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        pool.submit(render, _original(path), int(Kind.IMAGE), specs).result()

    return make


def _rate(make: Callable[[Path], None], paths: list[Path], rounds: int) -> float:
    """Files a second: the median over the rounds, each over all files."""
    make(paths[0])
    rates = []
    for _ in range(rounds):
        start = monotonic()
        for path in paths:
            make(path)
        rates.append(len(paths) / (monotonic() - start))
    return statistics.median(rates)


def _plain_pillow(path: Path) -> None:
    """The loop everybody writes first (BENCH: the baseline)."""
    for size in (1920, 400):
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        image.save(io.BytesIO(), "JPEG", quality=QUALITY)


def _original(path: Path) -> Original:
    return Original(os.fsencode(path.parent), os.fsencode(path.name))
