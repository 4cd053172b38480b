"""`uvicorn photoarchive.asgi:app`: the application of the home the environment names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photoarchive.core.config import read_config
from photoarchive.core.library_threads import calculate_in_one_thread

if TYPE_CHECKING:
    from photoarchive.app import Application


def _application() -> Application:
    calculate_in_one_thread()
    from photoarchive.app import create_app

    return create_app(read_config())


app = _application()
