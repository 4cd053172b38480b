"""video: posters a second on one core, seeking in a large file, how fast playable copies are made.

The films are drawn once and kept: 1080p H.264 as cameras write it (posters), a real film whose index lies behind two
sparse gigabytes (seeking), 1080p HEVC (copies). Posters are whole sm previews made in a worker, a decoded key frame to
JPEG; median of the rounds after one warm-up. Seeking asks a real server, its security in front, for ranges near the end
of the large file; the server's reads are counted, and more than a few megabytes fail the benchmark. A copy is made as
the product makes it, in its own process, with all cores; the ratio is seconds of film a second.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from photoarchive.bench import Report, bench_home
from photoarchive.bench._films import SPARSE_BYTES, hd_film, hevc_film, sparse_film
from photoarchive.bench._server import BenchServer, launched
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.previews import WORKER_MODULES, TierSpec, render
from photoarchive.imaging.video_making import ProxyProcess
from photoarchive.work.pool import Pool

POSTER_FILMS, POSTER_ROUNDS = 6, 5
SEEKS = 60
MOST_READ = 64 << 20            # bytes the server may read for all seeks: a full read would be two gigabytes
SM = TierSpec(Tier.SM, 400, 92)


def run(report: Report) -> None:
    """Report video.*"""
    folder = bench_home() / "films"
    folder.mkdir(exist_ok=True)
    report("video.posters_per_s_core", _posters(folder), "/s")
    report("video.seek_first_byte_ms", _seeking(folder), "ms")
    report("video.proxy_realtime_ratio", _copying(folder), "×")


def _posters(folder: Path) -> float:
    """Posters a second: the median over the rounds."""
    films = [hd_film(folder / f"hd-{number}.mp4", number) for number in range(POSTER_FILMS)]
    originals = [Original(os.fsencode(film.parent), os.fsencode(film.name)) for film in films]
    pool, rates = Pool(1, preload=WORKER_MODULES), []
    try:
        for _ in range(POSTER_ROUNDS + 1):
            start = monotonic()
            for original in originals:
                pool.submit(render, original, int(Kind.VIDEO), (SM,), urgent=True).result()
            rates.append(len(originals) / (monotonic() - start))
    finally:
        pool.close()
    return statistics.median(rates[1:])


def _seeking(folder: Path) -> float:
    """Median milliseconds from asking for a range to its first byte."""
    film = sparse_film(folder / "sparse" / "large.mp4")
    home = bench_home() / "video-server"
    home.mkdir(exist_ok=True)
    with launched(home) as (process, address):
        server = BenchServer(address)
        server.wait_until(lambda: _answers(server), 60.0, "the server")
        photo = _prepared(server, film)
        before = _bytes_read(process)
        times = [_first_byte_ms(f"{address}/api/video/{photo}", film.stat().st_size - (place + 1) * 100_000)
                 for place in range(SEEKS)]
        if _bytes_read(process) - before > MOST_READ:
            raise Unavailable("The server read far more of the large film than was asked for.")
    return statistics.median(times)


def _prepared(server: BenchServer, film: Path) -> int:
    if not server.get("/api/catalog")["sources"]:
        server.post("/api/catalog/sources", {"path": str(film.parent), "scan": True})
    server.wait_until(lambda: server.get("/api/rankings?limit=1")["total_images"] == 1, 60.0, "the scan")
    return int(server.get("/api/rankings?limit=1")["images"][0]["id"])


def _answers(server: BenchServer) -> bool:
    try:
        return bool(server.get("/api/dev/status"))
    except OSError:
        return False


def _first_byte_ms(address: str, first: int) -> float:
    request = urllib.request.Request(address, headers={"Range": f"bytes={first}-"})
    start = monotonic()
    with urllib.request.urlopen(request, timeout=30) as answer:
        if answer.status != 206 or not answer.read(1):
            raise Unavailable("The server did not send the range.")
        return (monotonic() - start) * 1000


def _bytes_read(process: subprocess.Popen[bytes]) -> int:
    """What a process asked the system to read since it began."""
    lines = Path(f"/proc/{process.pid}/io").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])


def _copying(folder: Path) -> float:
    film, seconds = hevc_film(folder / "hevc.mov")
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as cache:
        with open_original(Original(bytes(film.parent), film.name.encode())) as opened:
            process = ProxyProcess(opened, Path(cache), SPARSE_BYTES)
        try:
            start = time.monotonic()
            while not process.finished:
                process.work(0.5)
            return seconds / (time.monotonic() - start)
        finally:
            process.close()
