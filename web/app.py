"""`uvicorn app:app` from this folder starts the server, as it always did."""

from photoarchive.asgi import app

__all__ = ["app"]
