"""serve: cached sm previews under 16 connections (`wrk -t1 -c16`), from a real server with its security in front.

The catalog holds 400 photos whose sm previews are made beforehand through the product itself. Every preview is asked
for once before the measurement, so that it lies in the RAM cache; then three runs of five seconds ask for photos in a
random order. Reported is the median of the runs. wrk, the server and its idle decode workers share the machine.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from pathlib import Path

from photoarchive.bench import Report, bench_home
from photoarchive.bench._server import BenchServer, running, wrk
from photoarchive.bench._shots import shots
from photoarchive.core.errors import Unavailable

PHOTOS = 400
CONNECTIONS = 16
RUNS, SECONDS = 3, 5
PREPARE_SECONDS = 300.0

ASK_AT_RANDOM = """
local ids = {%s}
request = function() return wrk.format("GET", "/api/thumb/sm/" .. ids[math.random(#ids)]) end
done = function(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%d %%d %%d %%d\\n",
    summary.requests, summary.duration, latency:percentile(95), wrong))
end
"""


def run(report: Report) -> None:
    """Report serve.sm_p95_ms and serve.sm_rps16."""
    program = wrk()
    with running(bench_home() / f"serve-{PHOTOS}") as server:
        ids = _prepare(server)
        for photo_id in ids:
            server.get(f"/api/thumb/sm/{photo_id}?cached=1")
        results = [load(program, server, ids, CONNECTIONS, SECONDS) for _ in range(RUNS)]
    report("serve.sm_p95_ms", statistics.median(p95 for p95, _ in results), "ms")
    report("serve.sm_rps16", statistics.median(rate for _, rate in results), "/s")


def load(program: str, server: BenchServer, ids: list[int], connections: int, seconds: int) -> tuple[float, float]:
    """p95 in ms and answers a second. Raises Unavailable if any answer was wrong."""
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as folder:
        script = Path(folder, "ask.lua")
        script.write_text(ASK_AT_RANDOM % ",".join(map(str, ids)))
        done = subprocess.run(
            [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script),
             server.address],
            capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, microseconds, p95, wrong = map(int, line.split()[1:])
    if wrong:
        raise Unavailable(f"{wrong} of {requests} answers were wrong.")
    return p95 / 1000, requests / (microseconds / 1e6)


def _prepare(server: BenchServer) -> list[int]:
    """Photo ids with their sm previews made; a prepared home needs nothing."""
    if not server.get("/api/catalog")["sources"]:
        server.post("/api/work/mode", {"mode": "max"})
        server.post("/api/catalog/sources", {"path": str(shots(PHOTOS)), "scan": True})
        server.wait_until(lambda: server.get("/api/rankings?limit=1")["total_images"] == PHOTOS,
                          PREPARE_SECONDS, "the scan")
        server.post("/api/cache/pregen/start")
    server.wait_until(lambda: server.get("/api/cache/status")["cached"] == PHOTOS, PREPARE_SECONDS, "the previews")
    return [card["id"] for card in server.get(f"/api/rankings?limit={PHOTOS}")["images"]]
