"""Fetching a model's files from a hub: listing, transfer with resume, verification. Owns the protocol, no policy.

Nothing here runs unless the user starts an install. The hub is huggingface.co or what HF_ENDPOINT names. Files arrive
as `.part` files that are taken up where they broke off, and get their name only when size and checksum are right.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

import photoarchive
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Conflict, Invalid, Unavailable

DEFAULT_ENDPOINT = "https://huggingface.co"
READ_TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 18
MAX_LISTING_BYTES = 8 << 20
MAX_FILE_BYTES = 200 << 30
MAX_FILES = 300
ATTEMPTS_WITHOUT_PROGRESS = 4
WAIT_S = (0.5, 2.0, 5.0)
PART = ".part"
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MODEL_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,120}")
# What a model consists of. Programs, pickles and pictures of a repository stay where they are.
WANTED = re.compile(r"(config|generation_config|preprocessor_config|tokenizer|tokenizer_config|chat_template)\.json"
                    r"|model(-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json|LICENSE(\.txt)?|README\.md")

Told = Callable[[int], None]            # bytes that have arrived (negative: were thrown away)
Cancelled = Callable[[], bool]
Wait = Callable[[float], Any]           # sleeps, or returns early when the server stops


class BrokenTransfer(Unavailable):
    """The connection failed for good; what has arrived is kept."""


class WrongChecksum(Conflict):
    """A file is not what the hub said it is. It was thrown away."""


class HubFile(msgspec.Struct, frozen=True):
    """One file of a model at one commit. sha256: of large files; git: the git id of small ones (SHA-1)."""

    name: str
    size: int
    sha256: str | None
    git: str | None


class Listing(msgspec.Struct, frozen=True):
    """A model at one commit: the files that are needed."""

    model_id: str
    commit: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def endpoint() -> str:
    """The hub in force: HF_ENDPOINT, else huggingface.co. Raises Invalid for an address that is none."""
    named = (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    parts = urllib.parse.urlsplit(named)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid(f"HF_ENDPOINT must be the address of a hub, such as {DEFAULT_ENDPOINT}.")
    return named


def list_files(hub: str, model_id: str, revision: str) -> Listing:
    """What a model consists of at a revision (a branch, a tag, or a commit). Raises Invalid or Unavailable."""
    if not MODEL_ID.fullmatch(model_id) or not REVISION.fullmatch(revision) or ".." in model_id + revision:
        raise Invalid(f"{model_id} at {revision} is not the name of a model on the hub.")
    place = f"{hub}/api/models/{model_id}/revision/{urllib.parse.quote(revision, safe='')}?blobs=true"
    try:
        with _open(hub, place, {}) as answer:
            data = answer.read(MAX_LISTING_BYTES + 1)
        facts = msgspec.json.decode(data, type=dict[str, Any])
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(hub, f"{model_id} at {revision}", error.code) from error
    except (OSError, http.client.HTTPException) as error:
        raise BrokenTransfer(f"{hub} cannot be reached: {_why(error)}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"{hub} gave an answer that makes no sense.") from error
    return _listing(hub, model_id, facts)


def _listing(hub: str, model_id: str, facts: dict[str, Any]) -> Listing:
    commit, siblings = facts.get("sha"), facts.get("siblings")
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit) or not isinstance(siblings, list):
        raise Unavailable(f"{hub} gave an answer that makes no sense.")
    files = [_hub_file(hub, entry) for entry in siblings
             if isinstance(entry, dict) and WANTED.fullmatch(str(entry.get("rfilename")))]
    if not any(file.name.endswith(".safetensors") for file in files) or len(files) > MAX_FILES:
        raise Unavailable(f"{model_id} on {hub} has no weights as safetensors files.")
    return Listing(model_id, commit, tuple(sorted(files, key=lambda file: file.size)))


def _hub_file(hub: str, entry: dict[str, Any]) -> HubFile:
    lfs = entry.get("lfs") if isinstance(entry.get("lfs"), dict) else {}
    name, size = entry["rfilename"], (lfs or {}).get("size", entry.get("size"))
    sha256, git = (lfs or {}).get("sha256"), entry.get("blobId")
    large = isinstance(sha256, str) and SHA256.fullmatch(sha256)
    small = isinstance(git, str) and COMMIT.fullmatch(git)
    if not isinstance(size, int) or not 0 <= size <= MAX_FILE_BYTES or not (large or small):
        raise Unavailable(f"{hub} does not say how large {name} is, or what its checksum is.")
    return HubFile(name, size, sha256 if large else None, git if small and not large else None)


# ---------------------------------------------------------------------- one file

class Transfer:
    """Brings one file from the hub into a folder."""

    def __init__(self, hub: str, listing: Listing, file: HubFile, folder: Path) -> None:
        self._hub, self._file = hub, file
        self._place = f"{hub}/{listing.model_id}/resolve/{listing.commit}/{urllib.parse.quote(file.name)}"
        content = (file.sha256 or file.git or "")[:12]
        self.part = folder / f"{file.name}.{content}{PART}"     # a part of other content is never taken up
        self.final = folder / file.name

    def run(self, told: Told, cancelled: Cancelled, wait: Wait) -> str | None:
        """Fetch what is missing, check it, name it. Returns its SHA-256; None when cancelled: the part stays.

        Raises BrokenTransfer when the connection fails again and again (the part stays), WrongChecksum when the bytes
        are wrong (the part is thrown away), Unavailable when the disk is full.
        """
        failures = 0
        while (have := self._have()) < self._file.size:
            if cancelled():
                return None
            try:
                self._fetch(have, told, cancelled)
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, OSError) and error.filename is not None:
                    raise Unavailable(f"{self.part} cannot be written: {error.strerror}.") from error
                failures = 0 if self._have() > have else failures + 1
                if failures >= ATTEMPTS_WITHOUT_PROGRESS:
                    raise BrokenTransfer(f"The transfer of {self._file.name} broke off: {_why(error)}. What has "
                                         "arrived is kept; resume when the connection is back.") from error
                wait(WAIT_S[min(failures, len(WAIT_S) - 1)])
        return self._finish(told, cancelled)

    def _have(self) -> int:
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    def _fetch(self, have: int, told: Told, cancelled: Cancelled) -> None:
        """One request, from where the part ends."""
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            answer = _open(self._hub, self._place, headers)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500 and error.code not in (408, 425, 429):
                raise _refused(self._hub, self._file.name, error.code) from error
            raise http.client.HTTPException(f"the hub answers with status {error.code}") from error
        with answer, self._open_part(have, answer, told) as part:
            left = self._file.size - part.tell()
            while left and not cancelled():
                block = answer.read(min(BLOCK_BYTES, left))
                if not block:
                    raise http.client.IncompleteRead(b"", left)
                self._write(part, block)
                left -= len(block)
                told(len(block))

    def _open_part(self, have: int, answer: Any, told: Told) -> Any:
        """Where the answer's bytes go: a server that does not resume sends the file from its beginning."""
        if have and answer.status == http.HTTPStatus.PARTIAL_CONTENT:
            span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if span is None or int(span[1]) != have:
                raise http.client.HTTPException("it answered with another part of the file than asked for")
            return self.part.open("ab")
        told(-have)
        return self.part.open("wb")

    def _write(self, part: Any, block: bytes) -> None:
        try:
            part.write(block)
        except OSError as error:
            error.filename = str(self.part)
            raise

    def _finish(self, told: Told, cancelled: Cancelled) -> str | None:
        sha256, git = hashlib.sha256(), hashlib.sha1(f"blob {self._file.size}\0".encode(), usedforsecurity=False)
        if not self.part.exists():
            self.part.touch()
        with self.part.open("rb") as part:
            while block := part.read(BLOCK_BYTES * 16):
                if cancelled():
                    return None
                sha256.update(block)
                if self._file.git is not None:
                    git.update(block)
            os.fsync(part.fileno())
        right = sha256.hexdigest() == self._file.sha256 if self._file.sha256 else git.hexdigest() == self._file.git
        if not right:
            told(-self._have())
            self.part.unlink()
            raise WrongChecksum(f"{self._file.name} arrived with a wrong checksum and was thrown away. Try again; if "
                                "it happens again, something between here and the hub changes files.")
        self.part.replace(self.final)
        return sha256.hexdigest()


# ---------------------------------------------------------------------- HTTP

class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows the hub to where it keeps files: another host only over https, never out of https."""

    def redirect_request(self, req: Any, *given: Any) -> Any:
        """given: the answer, its status, message, headers and the new address."""
        before, after = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(given[-1])
        same = (before.scheme, before.netloc) == (after.scheme, after.netloc)
        if after.scheme != "https" and not same:
            raise urllib.error.URLError(f"it sends us on to {after.scheme}://{after.hostname}, which is not safe")
        return super().redirect_request(req, *given)


def _open(hub: str, place: str, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(place, headers={
        "User-Agent": f"photoarchive/{photoarchive.__version__}", "Accept-Encoding": "identity"} | headers)
    host = urllib.parse.urlsplit(hub).hostname or ""
    handlers: list[Any] = [_Redirects()]
    if host in ("127.0.0.1", "localhost", "::1"):
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers).open(request, timeout=READ_TIMEOUT_S)


def _refused(hub: str, what: str, status: int) -> Unavailable:
    if status in (401, 403):
        return Unavailable(f"{hub} does not give {what} to everybody (status {status}).")
    if status == 404:
        return Unavailable(f"{hub} has no {what}.")
    return Unavailable(f"{hub} refused {what} (status {status}).")


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _why(reason)
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection ended early"
    with contextlib.suppress(AttributeError):
        if error.strerror:  # type: ignore[attr-defined]
            return str(error.strerror)  # type: ignore[attr-defined]
    return str(reason or error)[:200] or type(error).__name__


def speed_meter() -> Callable[[int], float]:
    """Call it with the bytes that arrived; it answers with bytes per second over the last moments."""
    seen: list[tuple[float, int]] = [(monotonic(), 0)]

    def add(count: int) -> float:
        at = monotonic()
        seen.append((at, seen[-1][1] + count))
        while len(seen) > 2 and seen[1][0] < at - 5.0:
            seen.pop(0)
        return (seen[-1][1] - seen[0][1]) / max(0.5, at - seen[0][0])

    return add
