"""The bundled models as they lie in a home after the first use: built once per process, for tests that use them."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

from photoarchive.core.config import Config
from photoarchive.ml.face_files import bundled_files
from photoarchive.ml.lite_files import image_network


@functools.cache
def models_folder() -> Path:
    """A folder with the models of search and of faces."""
    folder = Path(tempfile.mkdtemp(prefix="photoarchive-test-models-"))
    image_network(folder / "lite")
    bundled_files(folder)
    return folder


def bring_models(home: Path) -> None:
    """Let this home have them as if it had used them before: building them takes seconds."""
    shutil.copytree(models_folder(), Config(home).models_dir, dirs_exist_ok=True)
