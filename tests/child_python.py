"""The environment of a Python that a test starts: it runs the same photoarchive as the test."""

from __future__ import annotations

import os
from pathlib import Path

import photoarchive

OURS = Path(photoarchive.__file__).resolve().parents[1]


def python_path(folder: Path) -> str:
    """PYTHONPATH with the modules of a folder, before those of this photoarchive."""
    return os.pathsep.join([str(folder), str(OURS)])


def child_environment(folder: Path) -> dict[str, str]:
    """This process's environment for a child that imports modules of a folder."""
    return os.environ | {"PYTHONPATH": python_path(folder)}
