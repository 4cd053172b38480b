"""startup: from exec to the first page of rankings, on an empty home and on a million photos; and the memory after.

Each run is a fresh server process as a user starts it. The first start on a prepared home is the warm-up: it brings
the files into the page cache. Memory is RssAnon of the server process after a page, facets, date groups and a
filtered page, with the RAM preview cache empty; mapped files are not counted, decode workers are not running.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from photoarchive.bench import Report
from photoarchive.bench._million import million_home
from photoarchive.bench._server import launched
from photoarchive.core.errors import Unavailable

REPEATS = 5
REPEATS_1M = 3
LIMIT_SECONDS = 60.0
FIRST_PAGE = "/api/rankings?limit=100"
LOOKED_AT = (
    "/api/facets", "/api/date-groups", "/api/rankings?limit=100&sort=date_taken",
    "/api/rankings?limit=100&flag=picked&sort=newest&offset=500", "/api/facets?flag=picked",
)


def run(report: Report) -> None:
    """Report startup.empty_ms, startup.1m_ms (medians) and memory.1m_mb."""
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as folder:
        times = [_start(Path(folder, f"home{number}"))[0] for number in range(REPEATS + 1)][1:]
    report("startup.empty_ms", statistics.median(times), "ms")
    home = million_home()
    results = [_start(home, LOOKED_AT) for _ in range(REPEATS_1M + 1)][1:]
    report("startup.1m_ms", statistics.median(milliseconds for milliseconds, _ in results), "ms")
    report("memory.1m_mb", statistics.median(megabytes for _, megabytes in results), "MB")


def _start(home: Path, then: tuple[str, ...] = ()) -> tuple[float, float]:
    """Milliseconds from exec to the first page, and RssAnon in MB after asking for `then`."""
    home.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    with launched(home) as (process, address):
        _wait_for(address + FIRST_PAGE, process)
        milliseconds = (time.perf_counter() - begun) * 1000
        for path in then:
            with urllib.request.urlopen(address + path, timeout=LIMIT_SECONDS) as answer:
                answer.read()
        return milliseconds, _anonymous_bytes(process.pid) / 1e6


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as answer:
                answer.read()
                return
        except urllib.error.HTTPError as error:
            raise Unavailable(f"The server answered {error.code} for {url}.") from error
        except OSError:
            time.sleep(0.005)
    ended = "ended by itself; its log says why" if process.poll() is not None else "did not answer in time"
    raise Unavailable(f"The server {ended}.")


def _anonymous_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise Unavailable("This system does not tell a process's anonymous memory.")
