"""The way to the archive of a home: its running server, or one of our own for as long as the command takes."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from photoarchive.core.config import Config
from photoarchive.core.errors import PhotoArchiveError, Unavailable
from photoarchive.web.server import ServerNote, new_local_token, read_note, serving, set_up_log

TIMEOUT_SECONDS = 120.0


class Refused(PhotoArchiveError):
    """The server answered with an error; the sentence is the server's."""


class Connection:
    """Calls to one server's API, signed in with its note."""

    def __init__(self, note: ServerNote) -> None:
        self.note = note

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answer of a GET."""
        with self._open(self._request(path, parameters)) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of a POST."""
        request = self._request(path, {})
        request.data = json.dumps(body or {}).encode()
        request.add_header("Content-Type", "application/json")
        request.add_header("X-Window", "command-line")
        with self._open(request) as answer:
            return json.load(answer)

    def download(self, path: str, target: BinaryIO, **parameters: Any) -> None:
        """Write the answer of a GET as it comes."""
        with self._open(self._request(path, parameters)) as answer:
            shutil.copyfileobj(answer, target)

    def _request(self, path: str, parameters: dict[str, Any]) -> urllib.request.Request:
        given = {name: value for name, value in parameters.items() if value is not None}
        query = f"?{urllib.parse.urlencode(given)}" if given else ""
        request = urllib.request.Request(self.note.address + path + query)
        request.add_header("Authorization", f"Bearer {self.note.token}")
        return request

    @contextlib.contextmanager
    def _open(self, request: urllib.request.Request) -> Iterator[http.client.HTTPResponse]:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(_sentence(error)) from error
        except urllib.error.URLError as error:
            raise Unavailable(f"The server at {self.note.address} does not answer ({error.reason}).") from error
        except TimeoutError as error:
            raise Unavailable(f"The server at {self.note.address} did not answer in time.") from error


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        answer = json.load(error)
    except ValueError:
        return f"The server answered {error.code} {error.reason}."
    return str(answer.get("error", answer)) if isinstance(answer, dict) else str(answer)


def running(config: Config) -> Connection | None:
    """A connection to the server of this home, or None when none runs."""
    note = read_note(config)
    if note is None:
        return None
    connection = Connection(note)
    try:
        connection.get("/api/dev/status")
    except Unavailable:
        return None
    return connection


@contextlib.contextmanager
def connected(config: Config) -> Iterator[Connection]:
    """A connection to the running server, or to our own, which ends with the block."""
    found = running(config)
    if found is not None:
        yield found
        return
    from photoarchive.app import create_app

    set_up_log(config, to_terminal=False)
    token = new_local_token()
    app = create_app(config, token)
    with serving(app, config, token, app.end_streams) as note:
        yield Connection(note)


def with_home(home: Path | None) -> Config:
    """The configuration for a command's --home."""
    from photoarchive.core.config import read_config

    return read_config(home.expanduser() if home else None)
