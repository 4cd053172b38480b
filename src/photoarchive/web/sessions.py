"""Who may talk to a server that asks for a password: the password itself, signed-in browsers, and the back-off.

Owns no HTTP. Passwords are kept and compared only as scrypt hashes, sessions only as SHA-256 of their cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import threading
from collections import OrderedDict
from pathlib import Path

import msgspec

from photoarchive.core import clock
from photoarchive.core.atomic import write_atomically
from photoarchive.core.errors import Invalid, PhotoArchiveError

log = logging.getLogger(__name__)

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 1      # 16 MiB and about 50 ms a try
HASH_PREFIX = "scrypt"
SESSION_SECONDS = 30 * 86_400.0
FREE_TRIES = 3                 # wrong passwords before the waiting begins
LONGEST_WAIT_SECONDS = 300.0
MAX_CLIENTS = 4096             # addresses whose wrong tries are remembered


class TooManyTries(PhotoArchiveError):
    """Wrong passwords: the sentence says how long to wait."""

    status = 429


def hash_password(password: str) -> str:
    """A hash that may stand in PHOTOARCHIVE_PASSWORD instead of the password: scrypt:n:r:p:salt:key."""
    salt = secrets.token_bytes(16)
    key = _scrypt(password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
    return ":".join([HASH_PREFIX, str(SCRYPT_N), str(SCRYPT_R), str(SCRYPT_P), _text(salt), _text(key)])


class Password:
    """The one password of the server, given as text or as what `hash_password` printed."""

    def __init__(self, password_or_hash: str) -> None:
        given = password_or_hash.startswith(f"{HASH_PREFIX}:")
        try:
            _, n, r, p, salt, key = (password_or_hash if given else hash_password(password_or_hash)).split(":")
            self._n, self._r, self._p = int(n), int(r), int(p)
            self._salt, self._key = _bytes(salt), _bytes(key)
        except ValueError:
            raise Invalid("PHOTOARCHIVE_PASSWORD is not a whole scrypt hash; make one with "
                          "`photoarchive hash-password`.") from None

    def matches(self, password: str) -> bool:
        """Whether this is the password. Takes about 50 ms on purpose."""
        return hmac.compare_digest(_scrypt(password, self._salt, self._n, self._r, self._p), self._key)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Sessions:
    """Signed-in browsers, kept over a restart in a file only this user can read; a new password ends them all."""

    def __init__(self, path: Path, secret: str) -> None:
        self._path = path
        self._secret_mark = hashlib.sha256(b"photoarchive sessions" + secret.encode()).hexdigest()
        self._lock = threading.Lock()
        self._ends = self._read()      # SHA-256 of the cookie → when it ends, seconds since 1970

    def begin(self) -> str:
        """Sign a browser in: the value of its cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            now = clock.now()
            self._ends = {mark: end for mark, end in self._ends.items() if end > now}
            self._ends[_mark(cookie)] = now + SESSION_SECONDS
            self._write()
        return cookie

    def knows(self, cookie: str) -> bool:
        """Whether this cookie belongs to a signed-in browser."""
        end = self._ends.get(_mark(cookie))
        return end is not None and end > clock.now()

    def end(self, cookie: str) -> None:
        """Sign a browser out."""
        with self._lock:
            if self._ends.pop(_mark(cookie), None) is not None:
                self._write()

    def _read(self) -> dict[str, float]:
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_SessionFile)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
            log.warning("Signed-in browsers must sign in again: %s cannot be read (%s).", self._path.name, error)
            return {}
        return kept.ends if hmac.compare_digest(kept.secret, self._secret_mark) else {}

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, msgspec.json.encode(_SessionFile(self._secret_mark, self._ends)))
        except OSError as error:
            log.warning("Signed-in browsers will have to sign in again after a restart: %s", error)


class _SessionFile(msgspec.Struct):
    secret: str
    ends: dict[str, float]


def _mark(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


class Backoff:
    """Makes guessing slow: after three wrong tries an address waits 1 s, 2 s, 4 s … up to five minutes."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()    # address → (wrong tries, free again at)
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raise TooManyTries while this address has to wait; the password is not looked at."""
        with self._lock:
            wait = self._tries.get(address, (0, 0.0))[1] - clock.monotonic()
        if wait > 0:
            seconds = max(1, round(wait))
            raise TooManyTries(f"Too many wrong passwords. Try again in {seconds} s.", retry_after=seconds)

    def wrong(self, address: str) -> None:
        """Count a wrong try."""
        with self._lock:
            count = self._tries.pop(address, (0, 0.0))[0] + 1
            over = count - FREE_TRIES
            wait = min(LONGEST_WAIT_SECONDS, 2.0 ** min(over, 20)) if over >= 0 else 0.0
            self._tries[address] = (count, clock.monotonic() + wait)
            if len(self._tries) > MAX_CLIENTS:
                self._tries.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget the wrong tries of an address that knows the password."""
        with self._lock:
            self._tries.pop(address, None)
