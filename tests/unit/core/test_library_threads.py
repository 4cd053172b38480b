"""OpenBLAS calculates in the thread that asks, wherever the server is started from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CALCULATE = """
import numpy as np
for _ in range(3):
    np.ones((600, 600), np.float32) @ np.ones((600, 600), np.float32)
import os
print(len(os.listdir("/proc/self/task")))
"""


def _threads(code: str, home: Path) -> int:
    """How many threads a fresh process has after the code and a product of matrices."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    finished = subprocess.run([sys.executable, "-c", code + CALCULATE], capture_output=True, text=True, check=True,
                              env=environment | {"PHOTOARCHIVE_HOME": str(home)})
    return int(finished.stdout)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir() or (os.cpu_count() or 1) < 2, reason="counts threads in /proc")
def test_a_product_of_matrices_starts_no_threads(tmp_path: Path) -> None:
    wanted = "from photoarchive.core.library_threads import calculate_in_one_thread as one; one()"
    assert _threads("", tmp_path) > 1, "else this test shows nothing"
    assert _threads(wanted, tmp_path) == 1


def test_what_the_user_has_set_stays() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", "from photoarchive.core.library_threads import calculate_in_one_thread as one; one(); "
                               "import os; print(os.environ['OPENBLAS_NUM_THREADS'])"],
        capture_output=True, text=True, check=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "3"})
    assert finished.stdout.strip() == "3"


@pytest.mark.parametrize("start", ["from photoarchive.cli import main; main(['serve'])", "import photoarchive.asgi"])
def test_both_ways_to_start_say_so_before_numpy_is_there(start: str, tmp_path: Path) -> None:
    """When numpy has been imported it is too late."""
    watch = ("import sys\n"
             "class Watch:\n"
             "    def find_spec(self, name, path=None, target=None):\n"
             "        if name == 'numpy':\n"
             "            import os; print(os.environ.get('OPENBLAS_NUM_THREADS'), flush=True); os._exit(0)\n"
             "sys.meta_path.insert(0, Watch())\n")
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    finished = subprocess.run([sys.executable, "-c", watch + start], capture_output=True, text=True, timeout=60,
                              check=True, env=environment | {"PHOTOARCHIVE_HOME": str(tmp_path)})
    assert finished.stdout.strip() == "1"
