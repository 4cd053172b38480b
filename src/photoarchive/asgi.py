"""`uvicorn photoarchive.asgi:app`: the application of the home the environment names."""

from __future__ import annotations

from photoarchive.app import create_app
from photoarchive.core.config import read_config

app = create_app(read_config())
