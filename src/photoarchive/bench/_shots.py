"""Many distinct photos with real detail, cut out of the benchmark photographs: so that previews have usual sizes."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image

from photoarchive.bench import bench_home
from photoarchive.bench._photographs import HEIGHT, WIDTH, photographs

SIZE = (2400, 1600)


def shots(count: int) -> Path:
    """A folder with `count` photos of 4 megapixels; made at the first call, about a tenth of a second each."""
    folder = bench_home() / f"shots-{count}"
    done = folder / ".complete"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    whole = [Image.open(path).convert("RGB") for path in photographs(bench_home() / "photographs", 2)]
    for number in range(count):
        left, top = chance.randrange(WIDTH - SIZE[0]), chance.randrange(HEIGHT - SIZE[1])
        cut = whole[number % len(whole)].crop((left, top, left + SIZE[0], top + SIZE[1]))
        cut.save(folder / f"shot-{number:04d}.jpg", quality=90)
    done.touch()
    return folder
