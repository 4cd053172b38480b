"""Threads of OpenBLAS, which numpy calculates with: none beside the one that asks.

Its idle threads spin for tens of milliseconds before they sleep. On two cores a product of small matrices so takes a
core away from whatever comes next, which in a search are the threads that go over the vectors: they need 80 ms, not 45.
"""

from __future__ import annotations

import os

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def calculate_in_one_thread() -> None:
    """For this process and those it starts; to be called before numpy is imported. What the user has set stays."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
