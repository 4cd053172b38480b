"""OpenBLAS calculates in the thread that asks, wherever the server is started from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ONE_THREAD = "from photoarchive.core.library_threads import calculate_in_one_thread as one; one()\n"
COUNT_THREADS = """
import os
import numpy as np
for _ in range(3):
    np.ones((600, 600), np.float32) @ np.ones((600, 600), np.float32)
print(len(os.listdir("/proc/self/task")))
"""
SAY_WHEN_NUMPY_COMES = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_NUM_THREADS"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
"""


def _said(code: str, home: Path, **environment: str) -> str:
    """What a fresh process prints in which nothing says how many threads there may be, unless it is given."""
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True,
                              env=plain | {"PHOTOARCHIVE_HOME": str(home)} | environment)
    return finished.stdout.strip()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir() or (os.cpu_count() or 1) < 2, reason="counts threads in /proc")
def test_a_product_of_matrices_starts_no_threads(tmp_path: Path) -> None:
    assert int(_said(COUNT_THREADS, tmp_path)) > 1, "else this test shows nothing"
    assert int(_said(ONE_THREAD + COUNT_THREADS, tmp_path)) == 1


def test_what_the_user_has_set_stays(tmp_path: Path) -> None:
    code = ONE_THREAD + "import os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert _said(code, tmp_path, OPENBLAS_NUM_THREADS="3") == "3"


@pytest.mark.parametrize("start", [
    "from photoarchive.cli import main; main(['serve'])", "from photoarchive.cli import main; main(['bench', 'view'])",
    "import photoarchive.asgi",
])
def test_every_start_says_so_before_numpy_is_there(start: str, tmp_path: Path) -> None:
    """When numpy has been imported it is too late."""
    assert _said(SAY_WHEN_NUMPY_COMES + start, tmp_path) == "1"
