"""embed: how many photos the bundled model, and the architecture of the big one, look at in a second.

The bundled one on one core, from md previews as the cache holds them; the big one with random weights, on whatever
device is there, where torch is.
One thread, previews in RAM, their decoding included; the processor's own time, so that neighbours do not count.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from photoarchive.bench import Report, bench_home
from photoarchive.bench._photographs import photographs
from photoarchive.bench._tiny_qwen import write_tiny_model
from photoarchive.core.clock import monotonic
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.crops import decode_preview
from photoarchive.imaging.previews import TierSpec, render
from photoarchive.imaging.scenery import draw, encode, palette_of
from photoarchive.ml.embedder import Picture
from photoarchive.ml.lite import LiteEmbedder
from photoarchive.ml.qwen3vl import QwenModel, Wanted

MD = TierSpec(Tier.MD, 1920, 92)
PREVIEWS, ROUNDS, BATCH = 12, 5, 4
QWEN_TOKENS, QWEN_DIMENSION = 256, 64


def run(report: Report) -> None:
    """Report embed.*"""
    previews = _previews()
    model = LiteEmbedder(bench_home() / "models")

    def look() -> None:
        for data in previews:
            model.look_at([decode_preview(data, model.side * 3 // 2)])

    report("embed.lite_per_s_core", len(previews) / _median(look, time.process_time), "/s")
    if importlib.util.find_spec("torch") is not None:
        report("embed.qwen_tiny_per_s", _tiny_qwen([decode_preview(data, 640) for data in previews]), "/s")


def _tiny_qwen(pictures: list[Picture]) -> float:
    """Pictures a second through the seeded tiny model, four at a time."""
    with tempfile.TemporaryDirectory() as folder:
        model = QwenModel(Wanted(str(write_tiny_model(Path(folder))), 284_512, QWEN_DIMENSION, QWEN_TOKENS))

        def look() -> None:
            for start in range(0, len(pictures), BATCH):
                model.encode_images(pictures[start:start + BATCH])

        return len(pictures) / _median(look, monotonic)


def _median(work: Callable[[], None], clock: Callable[[], float]) -> float:
    """Seconds: the median of the rounds, after one to warm up."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        begun = clock()
        work()
        seconds.append(clock() - begun)
    return sorted(seconds)[ROUNDS // 2]


def _previews() -> list[bytes]:
    """md previews of drawn pictures, and of photographs full of detail."""
    folder = bench_home() / "embed"
    folder.mkdir(exist_ok=True)
    paths = photographs(bench_home() / "photographs")
    for number in range(PREVIEWS - len(paths)):
        path = folder / f"drawn-{number}.jpg"
        if not path.exists():
            path.write_bytes(encode(draw(palette_of(number), number, 2400, 1600), b""))
        paths.append(path)
    return [render(Original(bytes(path.parent), path.name.encode()), int(Kind.IMAGE), (MD,)).pictures[0].data
            for path in paths]
