"""The guard in front of every request: right host, same site, JSON only, signed in. And the headers of every answer.

A pure ASGI wrapper around the whole application: it looks at each header once, so that pictures stay fast. Owns no
routes (web.login has them) and no secrets' storage (web.sessions).
"""

from __future__ import annotations

import functools
import hmac
import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import quote

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photoarchive.core.config import Config
from photoarchive.core.errors import Forbidden, Invalid, PhotoArchiveError
from photoarchive.web.http import WrongContentType
from photoarchive.web.sessions import Backoff, Password, Sessions, TooManyTries

COOKIE = "photoarchive_session"
MIN_PASSWORD_LENGTH = 8
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
OPEN_PATHS = ("/login", "/static/", "/favicon.ico")      # what a browser needs before it is signed in; holds no data

# Requests that pages make by themselves. All others mean that a person is at work and builders make way.
QUIET_PREFIXES = ("/static/", "/api/events", "/api/dev/")
QUIET_GETS = frozenset({
    "/api/work", "/api/news", "/api/catalog", "/api/stats", "/api/settings", "/api/scan/status", "/api/scan/folder",
    "/api/ai/status", "/api/deep/status", "/api/people/status", "/api/cache/status", "/api/cache/pregen/status",
    "/favicon.ico",
})
QUIET_HEADER = b"x-automatic"                            # a page's own refresh says so


_TOO_LARGE = b'{"error":"The request is too large."}'
_TOO_LARGE_HEADERS = [
    (b"content-type", b"application/json"), (b"content-length", str(len(_TOO_LARGE)).encode()),
    (b"connection", b"close"),
]


class NotSignedIn(PhotoArchiveError):
    """The server asks for a password or token and the request has none."""

    status = 401


class Access(msgspec.Struct, frozen=True):
    """Who may talk to this server."""

    hosts: frozenset[str]              # names and addresses it answers to, lower case, without port
    any_address: bool                  # also any bare IP address (bound to all interfaces; those cannot be rebound)
    password: Password | None
    token: str | None
    sessions: Sessions | None
    backoff: Backoff
    local_token: str                   # made at each start, for this user's own programs (`.run/server.json`)

    @property
    def open(self) -> bool:
        """No one needs to sign in: the server only listens to this machine."""
        return self.password is None and self.token is None


@functools.lru_cache(256)
def is_loopback(host: str) -> bool:
    """Whether a bind host can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_bind(config: Config) -> None:
    """Refuse to serve other machines without a password or token. Raises Invalid with what to do."""
    if is_loopback(config.host):
        return
    if config.password is None and config.token is None:
        raise Invalid(
            f"photoArchive will not listen on {config.host} without a password: everyone in the network could see and "
            "change your archive. Set PHOTOARCHIVE_PASSWORD (or PHOTOARCHIVE_TOKEN for programs) and start again, or "
            "leave PHOTOARCHIVE_HOST unset to serve this machine only."
        )
    for name, secret in (("PHOTOARCHIVE_PASSWORD", config.password), ("PHOTOARCHIVE_TOKEN", config.token)):
        if secret is not None and len(secret) < MIN_PASSWORD_LENGTH:
            raise Invalid(f"{name} must have at least {MIN_PASSWORD_LENGTH} characters to listen on {config.host}.")


def read_access(config: Config, local_token: str) -> Access:
    """The access rules of a configuration. Raises Invalid as check_bind does."""
    check_bind(config)
    hosts = set(LOOPBACK_NAMES) | {host.lower() for host in config.allowed_hosts}
    everywhere = config.host in {"0.0.0.0", "::", "*"}   # noqa: S104 – compared, not bound
    if everywhere:
        name = socket.gethostname().lower()
        hosts |= {name, f"{name}.local"}
    else:
        hosts.add(config.host.strip("[]").lower())
    return Access(
        hosts=frozenset(hosts), any_address=everywhere, backoff=Backoff(),
        password=Password(config.password) if config.password else None, token=config.token,
        sessions=Sessions(config.run_dir / "sessions.json", config.password) if config.password else None,
        local_token=local_token,
    )


def content_security_policy(script_hashes: tuple[str, ...]) -> str:
    """The policy of every page: our own files only, and the import map, known by its hash ("sha256-…")."""
    scripts = " ".join(["'self'", *(f"'{value}'" for value in script_hashes)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' blob: data:; worker-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


class _Asked:
    """What a request's headers say, read in one pass."""

    __slots__ = ("authorization", "content_type", "cookie", "forwarded", "hosts", "length", "origin", "quiet", "site")

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.hosts: list[str] = []
        self.origin = self.site = self.cookie = self.authorization = self.content_type = ""
        self.forwarded = self.quiet = False
        self.length = 0
        for name, value in headers:
            if name == b"host":
                self.hosts.append(value.decode("latin-1").lower())
            elif name == b"origin":
                self.origin = value.decode("latin-1").lower()
            elif name == b"sec-fetch-site":
                self.site = value.decode("latin-1")
            elif name == b"cookie":
                self.cookie = value.decode("latin-1")
            elif name == b"authorization":
                self.authorization = value.decode("latin-1")
            elif name == b"content-type":
                self.content_type = value.decode("latin-1").partition(";")[0].strip().lower()
            elif name == b"content-length":
                self.length = int(value) if value.isdigit() else 1
            elif name == b"transfer-encoding":
                self.length = 1
            elif name in {b"x-forwarded-for", b"forwarded", b"via"}:
                self.forwarded = True
            elif name == QUIET_HEADER:
                self.quiet = True

    def host_name(self) -> str:
        """The Host header without its port, "" when there is not exactly one."""
        if len(self.hosts) != 1:
            return ""
        host = self.hosts[0]
        if host.startswith("["):
            return host[1:].partition("]")[0]
        return host.partition(":")[0].removesuffix(".")

    def session(self) -> str:
        """The value of our cookie."""
        for part in self.cookie.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
        return ""


class Guard:
    """The ASGI wrapper. touch: called when a request that means a person is at work begins, and when it ends."""

    def __init__(self, app: ASGIApp, access: Access, policy: str, touch: Callable[[], None]) -> None:
        self.app, self.access, self._touch = app, access, touch
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),      # no-referrer would make the sign-in form's Origin "null"
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        self._policy_header = (b"content-security-policy", policy.encode("latin-1"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, mark the request as remote or not, pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        asked = _Asked(scope["headers"])
        path: str = scope["path"]

        too_large = False

        async def send_guarded(message: Message) -> None:
            nonlocal too_large
            if too_large:
                message = {**message, "body": _TOO_LARGE} if message.get("body") else message
            elif message["type"] == "http.response.start":
                headers = list(message["headers"])
                if message["status"] == 413 and (b"content-type", b"text/plain; charset=utf-8") in headers:
                    too_large, headers = True, _TOO_LARGE_HEADERS      # the size limit speaks no JSON by itself
                if not any(name == b"content-security-policy" for name, _ in headers):
                    headers = [*headers, self._policy_header]
                message = {**message, "headers": headers + self._headers}
            await send(message)

        try:
            self._check(scope, asked, path)
        except NotSignedIn as error:
            await _refuse_stranger(scope, asked, error, send_guarded)
            return
        except PhotoArchiveError as error:
            await _answer(error, send_guarded)
            return
        touch = self._touch if _is_of_a_person(scope, asked) else _nothing
        touch()
        try:
            await self.app(scope, receive, send_guarded)
        finally:
            touch()             # an answer may take long; then the person has it only now

    def _check(self, scope: Scope, asked: _Asked, path: str) -> None:
        host = asked.host_name()
        if host not in self.access.hosts and not (self.access.any_address and _is_address(host)):
            raise Forbidden(
                f"This photoArchive does not answer to the name {host or '(none)'}. If it is yours, add it to "
                "PHOTOARCHIVE_ALLOWED_HOSTS."
            )
        method: str = scope["method"]
        if path.startswith("/api/") or method not in SAFE_METHODS:
            _refuse_cross_site(asked)
        if method not in SAFE_METHODS and path != "/login":
            _refuse_other_bodies(asked)
        client = scope.get("client") or ("", 0)
        here = is_loopback(client[0]) and host in LOOPBACK_NAMES and not asked.forwarded
        scope["photoarchive.remote"] = not here
        if not self.access.open and not path.startswith(OPEN_PATHS):
            self._check_signed_in(asked, client[0])

    def _check_signed_in(self, asked: _Asked, address: str) -> None:
        access = self.access
        kind, _, bearer = asked.authorization.partition(" ")
        if kind.lower() == "bearer":
            if hmac.compare_digest(bearer.encode(), access.local_token.encode()):
                return
            access.backoff.check(address)
            if access.token is not None and hmac.compare_digest(bearer.encode(), access.token.encode()):
                access.backoff.right(address)
                return
            access.backoff.wrong(address)
            raise NotSignedIn("The token is wrong.")
        session = asked.session()
        if not session or access.sessions is None or not access.sessions.knows(session):
            raise NotSignedIn("Sign in first.")


def _is_of_a_person(scope: Scope, asked: _Asked) -> bool:
    """Whether a request means that a person is at work: pages ask some things by themselves."""
    path: str = scope["path"]
    return not (asked.quiet or path.startswith(QUIET_PREFIXES) or (scope["method"] == "GET" and path in QUIET_GETS))


def _nothing() -> None:
    pass


def _refuse_cross_site(asked: _Asked) -> None:
    """Another site's page may neither read nor write here. Programs send neither header."""
    if asked.site not in {"", "same-origin", "none"}:
        raise Forbidden("Another site's page may not use photoArchive.")
    if asked.origin and asked.origin.partition("://")[2] != asked.hosts[0]:
        raise Forbidden("Another site's page may not use photoArchive.")


def _refuse_other_bodies(asked: _Asked) -> None:
    """JSON only: the kinds of body a foreign form can send never reach a route."""
    if asked.content_type and asked.content_type != "application/json":
        raise WrongContentType("The body must be JSON (Content-Type: application/json).")
    if asked.length and not asked.content_type:
        raise WrongContentType("The body needs its type: Content-Type: application/json.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _refuse_stranger(scope: Scope, asked: _Asked, error: NotSignedIn, send: Send) -> None:
    """A page sends the browser to the login page; everything else gets 401."""
    path: str = scope["path"]
    if path.startswith("/api/") or scope["method"] not in SAFE_METHODS or asked.authorization:
        await _answer(error, send, [(b"www-authenticate", b"Bearer")])
        return
    query = scope["query_string"].decode("latin-1")
    target = quote(path + (f"?{query}" if query else ""), safe="/")
    await send({"type": "http.response.start", "status": 303, "headers": [
        (b"location", f"/login?next={target}".encode("latin-1")),
        (b"cache-control", b"no-store"), (b"content-length", b"0"),
    ]})
    await send({"type": "http.response.body", "body": b""})


async def _answer(error: PhotoArchiveError, send: Send, extra: list[tuple[bytes, bytes]] | None = None) -> None:
    body = msgspec.json.encode({"error": error.sentence} | error.details)
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"), *(extra or []),
    ]
    if isinstance(error, TooManyTries):
        headers.append((b"retry-after", str(error.details.get("retry_after", 1)).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
