"""search: the vector part among a million vectors, and whole requests of a real server over a million photos.

The vector part among a million 512-d vectors and a hundred thousand 2048-d ones, with and without a filter, against
numpy in float32 on all cores in the same run.
Vectors are clustered as those of real photos (demo.vectors). A cold request is one whose words nobody has searched
for: text encoded, archive scored, text index asked, page with its cards and reasons built; a repeated one is asked
again of the same server. Warm-up: one question of each kind; background jobs are paused.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from photoarchive.bench import Report, bench_home
from photoarchive.bench._million import million_home
from photoarchive.bench._server import BenchServer, running
from photoarchive.catalog.database import Database
from photoarchive.core.config import Config
from photoarchive.demo.vectors import NAME, PREFIX, DemoEmbedder
from photoarchive.ml.embedder import unit_rows
from photoarchive.ml.lite import LiteEmbedder
from photoarchive.ml.vectors import VectorIndex, VectorStore
from photoarchive.retrieval.result_cache import KEPT_BEST

LENGTH = 512
QUESTIONS = 40
NUMPY_QUESTIONS = 5
BEST = 50
FILTER = 0.05               # share of the photos that pass
LONG, LONG_PHOTOS, LONG_CLUSTERS = 2048, 100_000, 1_000
LONG_MODEL = "bench:1"
REQUESTS = 20
REST_SECONDS = 20.0
SEED = 5

Floats = npt.NDArray[np.float32]

SCENES = ("at night", "in the snow", "on a table", "in a forest", "by the sea", "in the city")
THINGS = ("golden retriever", "sailboat", "church", "coffee mug", "violin", "school bus", "lighthouse", "pizza",
          "mountain bike", "castle", "daisy", "steam locomotive", "piano", "tiger cat", "suspension bridge", "canoe",
          "strawberry", "teapot", "zebra", "hot air balloon")


def run(report: Report) -> None:
    """Report search.*"""
    home = million_home(vectors=LENGTH)
    queries = _queries(home)
    with ProcessPoolExecutor(1, get_context("spawn")) as aside:
        report("search.memory_mb_1m", aside.submit(_peak_memory, home, queries[:3]).result(), "MB")
    db = Database(Config(home=home).database_path)
    try:
        store = VectorStore(db, Config(home=home).run_dir)
        index = store.index(f"{NAME}:{LENGTH}")
        index.warm()
        _measure(report, index, queries, "_1m")
        store.close()
    finally:
        db.close()
    _long(report)
    with running(home) as server:
        server.post("/api/work/pause-all")              # a first start has much to do with so many new photos
        server.wait_until(lambda: all(job["state"] != "running" for job in server.get("/api/work")["jobs"]),
                          REST_SECONDS, "the background work to pause")
        try:
            _requests(report, server)
        finally:
            server.post("/api/work/resume-all")


def _queries(home: Path) -> Floats:
    """(QUESTIONS, LENGTH) of things in scenes."""
    model = DemoEmbedder(lambda: LiteEmbedder(Config(home=home).models_dir), LENGTH)
    texts = [f"{PREFIX}{thing} {scene}" for scene in SCENES for thing in THINGS]
    return model.encode_texts(texts[:QUESTIONS])


def _peak_memory(home: Path, queries: Floats) -> float:
    """Anonymous memory of a fresh process at its highest while it opens the index and answers: the whole process, less
    what it had with everything imported."""
    import simsimd  # noqa: F401 – an import, not the index

    before = peak = _anonymous_mb()
    ending = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ending.wait(0.002):
            peak = max(peak, _anonymous_mb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    db = Database(Config(home=home).database_path)
    try:
        store = VectorStore(db, Config(home=home).run_dir)
        index = store.index(f"{NAME}:{LENGTH}")
        index.warm()
        some = np.arange(int(index.having().max()) + 1) % round(1 / FILTER) == 0
        for query in queries:
            index.top(query, BEST)
            index.top(query, BEST, some)
            index.above(query, 0.0, KEPT_BEST)
            index.all_scores(query)
        store.close()
    finally:
        db.close()
        ending.set()
        watcher.join()
    return peak - before


def _measure(report: Report, index: VectorIndex, queries: Floats, suffix: str) -> None:
    """Time and recall of one index; numpy in float32 over the same vectors."""
    ids = index.having()
    chance = np.random.default_rng(SEED)
    allowed = np.zeros(int(ids.max()) + 1, bool)
    allowed[ids[chance.random(len(ids)) < FILTER]] = True
    index.top(queries[0], BEST)
    index.top(queries[0], BEST, allowed)
    plain = _times(queries, lambda query: index.top(query, BEST))
    report(f"search.vector_p95_ms{suffix}", _p95(plain), "ms")
    report(f"search.vector_filtered_p95_ms{suffix}", _p95(
        _times(queries, lambda query: index.top(query, BEST, allowed))), "ms")
    exact, numpy_ms = _by_numpy(index, ids, queries[:NUMPY_QUESTIONS])
    found = [index.top(query, BEST)[0] for query in queries[:NUMPY_QUESTIONS]]
    recall = np.mean([len(np.intersect1d(a, b)) / BEST for a, b in zip(found, exact, strict=True)])
    report("search.recall50" if suffix == "_1m" else f"search.recall50{suffix}", float(recall), "")
    ratio = float(np.median(numpy_ms) / np.median(plain))
    report("search.ratio_numpy" if suffix == "_1m" else f"search.ratio_numpy{suffix}", ratio, "×")


def _by_numpy(
    index: VectorIndex, ids: npt.NDArray[np.int64], queries: Floats
) -> tuple[list[npt.NDArray[np.int64]], list[float]]:
    """The best photos of each query by brute force in float32 on all cores, and the milliseconds each took."""
    matrix = np.concatenate([index.vectors(ids[start : start + 50_000]) for start in range(0, len(ids), 50_000)])
    parts = np.array_split(matrix, os.cpu_count() or 1)
    found: list[npt.NDArray[np.int64]] = []
    times = []
    with ThreadPoolExecutor(len(parts)) as cores:
        for query in (queries[0], *queries):                # the first is the warm-up
            begun = time.perf_counter()
            scores = np.concatenate(list(cores.map(lambda part, query=query: part @ query, parts)))
            best = np.argpartition(-scores, BEST)[:BEST]
            times.append((time.perf_counter() - begun) * 1000)
            found.append(ids[best])
    del matrix
    gc.collect()
    return found[1:], times[1:]


def _long(report: Report) -> None:
    """Vectors of a big model: a hundred thousand of 2048 numbers, in clusters."""
    chance = np.random.default_rng(SEED)
    middles = unit_rows(chance.standard_normal((LONG_CLUSTERS, LONG), np.float32))
    queries = unit_rows(middles[:QUESTIONS] + 0.5 * unit_rows(chance.standard_normal((QUESTIONS, LONG), np.float32)))
    folder = bench_home() / f"vectors-{LONG_PHOTOS}-{LONG}"
    done = folder / ".complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    db = Database(folder / "photoarchive.db")
    try:
        store = VectorStore(db, folder / "run")
        if not done.exists():
            _store_long(db, store, middles, chance)
            done.touch()
        index = store.index(LONG_MODEL)
        index.warm()
        _measure(report, index, queries, "_100k_2048")
        store.close()
    finally:
        db.close()


def _store_long(db: Database, store: VectorStore, middles: Floats, chance: np.random.Generator) -> None:
    """Each vector is one of the middles with noise."""
    db.write(lambda tx: tx.executemany(
        "INSERT INTO photos (id, created_at, source_id, folder_id) VALUES (?, 0, 1, 1)",
        ((n,) for n in range(1, LONG_PHOTOS + 1))) and None)
    for start in range(1, LONG_PHOTOS + 1, 10_000):
        noise = chance.standard_normal((10_000, LONG), np.float32) * np.float32(0.75 / np.sqrt(LONG))
        chosen = chance.integers(0, LONG_CLUSTERS, 10_000)
        store.add(LONG_MODEL, np.arange(start, start + 10_000), unit_rows(middles[chosen] + noise))


def _requests(report: Report, server: BenchServer) -> None:
    """Whole requests with fifty cards and their reasons: words never asked before, then the same again."""
    stamp = str(time.time_ns())                         # so that nothing of an earlier run answers
    for _ in range(2):                                  # loads the model, as the server itself does after its start
        server.get(f"/api/search?q=warm%20up%20-x{stamp}")
    words = [f"{THINGS[n % len(THINGS)]} {SCENES[n % len(SCENES)]} -x{stamp[-6:]}{n}" for n in range(REQUESTS)]
    cold, repeated = [], []
    for text in words:
        cold.append(_request_ms(server, text))
    for text in words[-8:]:
        repeated.append(_request_ms(server, text))
        repeated.append(_request_ms(server, text))
    report("search.request_cold_ms_1m", _p95(cold), "ms")
    report("search.request_repeat_ms_1m", _p95(repeated), "ms")


def _request_ms(server: BenchServer, text: str) -> float:
    begun = time.perf_counter()
    answer = server.get(f"/api/search?q={quote(text)}&limit=50")
    taken = (time.perf_counter() - begun) * 1000
    if not answer["images"] or answer["search_mode"] == "metadata":
        raise AssertionError(f"“{text}” was not answered by meaning")
    return taken


def _anonymous_mb() -> float:
    """Anonymous resident memory of this process."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _times(queries: Floats, ask: Callable[[Floats], object]) -> list[float]:
    times = []
    for query in queries:
        begun = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))
