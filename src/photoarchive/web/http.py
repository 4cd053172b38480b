"""What every route needs: JSON in, JSON out, work off the event loop, errors as one sentence."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from photoarchive.core.errors import Invalid, PhotoArchiveError

log = logging.getLogger(__name__)

# FastAPI loads the whole of pydantic's first version only to refuse its models. We have none, and it would be a
# fifteenth of the start: "not installed" is an answer FastAPI knows.
sys.modules.setdefault("pydantic.v1", None)   # type: ignore[arg-type]

MAX_BODY_BYTES = 1 << 20          # what one request may send
MAX_ID_LIST_BYTES = 16 << 20      # routes that take very many photo ids: their `max_body_size=`
OFFLOAD_THREADS = 8               # SQL and numpy free the GIL; more threads only mean more open readers
MAX_WINDOW_LENGTH = 64

P = ParamSpec("P")
T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_threads = ThreadPoolExecutor(OFFLOAD_THREADS, thread_name_prefix="request")

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The request is too large.",
}


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer built by msgspec (Structs, dicts, lists; 20,000 cards take a few ms). Never cached."""
    response = Response(_encoder.encode(body), status, media_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if headers:
        response.headers.update(headers)
    return response


async def offload(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run synchronous work in the request threads: everything that may take more than a millisecond."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: work(*args, **kwargs))


async def read_json(request: Request, shape: type[T]) -> T:
    """The request's body as a msgspec shape. Raises Invalid (400), or 415 for another content type.

    An empty body reads as {}, so that a POST without parameters needs none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind != "application/json" and (body or kind):
        raise WrongContentType("The body must be JSON (Content-Type: application/json).")
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise Invalid(f"The body does not fit: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.") from error


class WrongContentType(PhotoArchiveError):
    """A body that is not JSON."""

    status = 415


def browser_window(request: Request) -> str:
    """The browser window a change came from (header X-Window); undo is per window. "" when not sent."""
    return request.headers.get("x-window", "")[:MAX_WINDOW_LENGTH]


def is_remote(request: Request) -> bool:
    """True when the caller does not sit at this machine: such a session may not type paths."""
    return bool(request.scope.get("photoarchive.remote", True))


def error_response(error: PhotoArchiveError) -> Response:
    """{"error": sentence, …details} with the error's status."""
    return json_response({"error": error.sentence} | error.details, error.status)


def plain_error(error: Exception) -> Response:
    """{"error": sentence} for an error of the framework: an unknown address, a wrong method."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    headers = dict(getattr(error, "headers", None) or {})
    return json_response({"error": _SENTENCES.get(status, str(getattr(error, "detail", "")))}, status, headers)


def install_error_handlers(app: FastAPI) -> None:
    """Every failure becomes one sentence; the trace goes to the log only."""

    @app.exception_handler(PhotoArchiveError)
    async def ours(_request: Request, error: PhotoArchiveError) -> Response:
        if error.status >= 500:
            log.warning("%s", error.sentence)
        return error_response(error)

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> Response:
        return plain_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return json_response(_describe(error), 400)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return json_response({"error": "Something went wrong inside photoArchive. The log says what."}, 500)


def _describe(error: RequestValidationError) -> dict[str, str]:
    """FastAPI's list of complaints as one sentence about the first of them."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    if first["type"] == "int_parsing":
        return {"error": f"{name} must be a whole number, not “{first['input']}”.", "field": name}
    return {"error": f"{name}: {str(first['msg']).rstrip('.')}.", "field": name}
