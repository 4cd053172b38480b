"""A small hub on loopback that serves one model, and can misbehave on purpose."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Hub:
    """What the hub serves, how it misbehaves, and what it was asked."""

    folder: Path
    model_id: str = "Qwen/Qwen3-VL-Embedding-2B"
    commit: str = "0123456789abcdef0123456789abcdef01234567"
    large: tuple[str, ...] = ("model.safetensors",)     # listed with a SHA-256, as Git LFS files are
    break_after: list[int] = field(default_factory=list)    # bytes after which the next answers end early
    flip: str = ""                  # this file arrives with one byte changed
    resumes: bool = True
    redirects: str = ""             # send whoever asks for weights on to this address
    throttle_s: float = 0.0         # rest after each 64 KiB
    fail_status: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)      # (path, Range)
    url: str = ""

    def listing(self) -> dict[str, Any]:
        """The answer of the hub's API."""
        return {"id": self.model_id, "sha": self.commit, "siblings": [
            self._sibling(path) for path in sorted(self.folder.iterdir())]}

    def _sibling(self, path: Path) -> dict[str, Any]:
        data = path.read_bytes()
        found: dict[str, Any] = {"rfilename": path.name, "size": len(data),
                                 "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}
        if path.name in self.large:
            found["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
        return found

    def fetched(self, name: str) -> list[str]:
        """The ranges asked of one file, "" for the whole."""
        return [span for path, span in self.asked if path.endswith("/" + name)]


@contextmanager
def hub_server(hub: Hub) -> Iterator[Hub]:
    """The hub, answering on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield hub
        finally:
            server.shutdown()
            serving.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub = self.hub
        hub.asked.append((self.path, self.headers.get("Range", "")))
        self.close_connection = True
        if hub.fail_status:
            self.send_error(hub.fail_status)
        elif self.path.startswith(f"/api/models/{hub.model_id}/revision/"):
            self._send(json.dumps(hub.listing()).encode(), "application/json")
        elif self.path.startswith(f"/{hub.model_id}/resolve/{hub.commit}/"):
            self._send_file(hub.folder / self.path.rsplit("/", 1)[1])
        else:
            self.send_error(404)

    def _send_file(self, path: Path) -> None:
        hub = self.hub
        if hub.redirects and path.name in hub.large:
            self.send_response(302)
            self.send_header("Location", hub.redirects)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = bytearray(path.read_bytes())
        if hub.flip == path.name:
            data[-1] ^= 1
        begin = 0
        span = self.headers.get("Range", "")
        if span and hub.resumes:
            begin = int(span.removeprefix("bytes=").removesuffix("-"))
        self._send(bytes(data[begin:]), "application/octet-stream", begin, len(data), path.name in hub.large)

    def _send(self, body: bytes, kind: str, begin: int = 0, whole: int = 0, may_break: bool = False) -> None:
        self.send_response(206 if begin else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
        self.end_headers()
        if may_break and self.hub.break_after:
            body = body[:self.hub.break_after.pop(0)]
        try:
            for at in range(0, len(body), 1 << 16):
                self.wfile.write(body[at:at + (1 << 16)])
                if self.hub.throttle_s:
                    time.sleep(self.hub.throttle_s)
        except ConnectionError:
            pass                    # whoever asked has gone away

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""
