"""retrieval: how well the bundled model finds photos by words, beside the plain prototype.

The queries of the evaluation set of real media (PHOTOARCHIVE_TEST_MEDIA), all its photos as the pool, through md
previews as the product makes them.
Only meaning is measured: no file name or other text takes part. A query counts by the rank of its one photo.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import importlib.util
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from photoarchive.bench import Report, bench_home
from photoarchive.core.errors import Invalid, PhotoArchiveError
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.crops import decode_preview
from photoarchive.imaging.previews import WORKER_MODULES, TierSpec, render
from photoarchive.imaging.probe import kind_of_name
from photoarchive.ml.lite import LiteEmbedder
from photoarchive.ml.lite_files import TEXT_MODEL, image_network, read_packaged
from photoarchive.work.pool import Pool, TaskCrashed, TaskFailed, TaskTimedOut

MD = TierSpec(Tier.MD, 1920, 92)
EVALUATION = "semantic_evalonly/"
KINDS = (("caption", "captions"), ("class", "classes"))
RENDER_SECONDS = 20.0
PROTOTYPE_SIDE = 260

Vectors = npt.NDArray[np.float32]
Previews = dict[str, bytes]


def run(report: Report) -> None:
    """Report retrieval.*"""
    media = _media()
    previews = _previews(media)
    queries = [row for row in _rows(media / "captions.csv") if row["path"].startswith(EVALUATION)]
    model = LiteEmbedder(bench_home() / "models")
    names = list(previews)
    vectors = np.concatenate([model.encode_images([decode_preview(previews[name], 2 * model.side)]) for name in names])
    ours = _Ranks(names, vectors, lambda text: model.encode_texts([text])[0])
    for kind, called in KINDS:
        ranks = ours.of([row for row in queries if row["caption_kind"] == kind])
        report(f"retrieval.{called}_r1", float(np.mean(ranks == 1)), "")
        report(f"retrieval.{called}_mrr", float(np.mean(1 / ranks)), "")
    report("retrieval.photos", len(names), "")
    prototype = _prototype(media.parent / "reference" / "lite")
    if prototype is not None:
        vectors = np.stack([prototype.image(Image.open(io.BytesIO(previews[name])))[0] for name in names])
        plain = _Ranks(names, vectors, prototype.text)
        for kind, called in KINDS:
            ranks = plain.of([row for row in queries if row["caption_kind"] == kind])
            report(f"retrieval.baseline_{called}_mrr", float(np.mean(1 / ranks)), "")
            report(f"retrieval.baseline_{called}_r1", float(np.mean(ranks == 1)), "")


class _Ranks:
    """Where the photo of a query comes among all."""

    def __init__(self, names: list[str], vectors: Vectors, read: Callable[[str], Vectors]) -> None:
        self._place = {name: at for at, name in enumerate(names)}
        self._vectors, self._read = vectors, read

    def of(self, queries: list[dict[str, str]]) -> npt.NDArray[np.int64]:
        ranks = []
        for row in queries:
            scores = self._vectors @ self._read(row["caption"])
            ranks.append(1 + int(np.count_nonzero(scores > scores[self._place[row["path"]]])))
        return np.array(ranks)


def _media() -> Path:
    named = os.environ.get("PHOTOARCHIVE_TEST_MEDIA")
    folder = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "media"
    if not (folder / "captions.csv").is_file():
        raise Invalid("This benchmark needs the real media with their captions: set PHOTOARCHIVE_TEST_MEDIA.")
    return folder


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _previews(media: Path) -> Previews:
    """md previews of every file that can be shown, made at the first run and kept."""
    kept = bench_home() / "retrieval"
    kept.mkdir(parents=True, exist_ok=True)
    found: Previews = {}
    pool = Pool(os.cpu_count() or 1, preload=WORKER_MODULES)
    try:
        waiting = {}
        for name in sorted({row["path"] for row in _rows(media / "manifest.csv")}):
            file = kept / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.jpg"
            kind = kind_of_name(os.fsencode(name))
            if not file.exists() and kind is not None:
                waiting[name] = pool.submit(render, Original(os.fsencode(media), os.fsencode(name)), int(kind), (MD,),
                                            timeout=RENDER_SECONDS)
        for name, future in waiting.items():
            file = kept / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.jpg"
            data = b""                                  # an empty file: it cannot be shown, which is not tried again
            with contextlib.suppress(PhotoArchiveError, TaskCrashed, TaskFailed, TaskTimedOut):
                data = future.result().pictures[0].data
            file.write_bytes(data)
    finally:
        pool.close()
    for name in sorted({row["path"] for row in _rows(media / "manifest.csv")}):
        file = kept / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.jpg"
        if file.exists() and file.stat().st_size:
            found[name] = file.read_bytes()
    return found


def _prototype(folder: Path) -> Any:
    """The prototype this model is measured against, or None where it does not lie beside the media."""
    if not (folder / "bridge_ref.py").is_file():
        return None
    module = _load(folder / "bridge_ref.py")
    networks = bench_home() / "retrieval-models"
    networks.mkdir(parents=True, exist_ok=True)
    image, text = networks / "image.onnx", networks / "text.onnx"
    image.write_bytes(_single_view(image_network(networks)))
    text.write_bytes(read_packaged(TEXT_MODEL))
    return module.Lite(str(image), str(text))


def _single_view(network: bytes) -> bytes:
    """The image network as the prototype knows it: a square of 260 pixels, and one view of it."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(network)
    graph = model.graph
    for axis in (2, 3):
        graph.input[0].type.tensor_type.shape.dim[axis].dim_value = PROTOTYPE_SIDE
    graph.initializer.append(numpy_helper.from_array(np.array(0, np.int64), "whole"))
    for output in graph.output:
        both = f"{output.name}.both"
        for node in graph.node:
            node.input[:] = [both if name == output.name else name for name in node.input]
            node.output[:] = [both if name == output.name else name for name in node.output]
        graph.node.append(helper.make_node("Gather", [both, "whole"], [output.name], axis=1))
        del output.type.tensor_type.shape.dim[1]
    return bytes(model.SerializeToString())


def _load(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise Invalid(f"{path} cannot be read.")
    module = importlib.util.module_from_spec(specification)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        specification.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module
