"""The guard: who may talk to the server, from where, with what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from photoarchive.core.config import Config
from photoarchive.core.errors import Invalid
from photoarchive.web.security import COOKIE, check_bind, content_security_policy
from photoarchive.web.sessions import Password, hash_password
from web_site import LOCAL_TOKEN, ask, make_site

JSON = {"Content-Type": "application/json"}
PASSWORD = "correct horse battery"


# ---------------------------------------------------------------------- hosts


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "localhost."])
def test_a_loopback_server_answers_to_its_own_names(home: Path, host: str) -> None:
    assert ask(make_site(home), "GET", "/api/thing", host=host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5:8000", "",
                                  "localhost.evil.example", "[::2]"])
def test_a_rebound_name_gets_nothing(home: Path, host: str) -> None:
    """DNS rebinding: the browser believes it talks to evil.example, which now points here."""
    for path in ("/api/thing", "/library", "/static/x/y.js"):
        answer = ask(make_site(home), "GET", path, host=host)
        assert answer.status_code == 403
        assert "PHOTOARCHIVE_ALLOWED_HOSTS" in answer.json()["error"]


def test_more_names_can_be_allowed(home: Path) -> None:
    site = make_site(home, allowed_hosts=("photos.home.arpa",))
    assert ask(site, "GET", "/api/thing", host="photos.home.arpa:8000").status_code == 200
    assert ask(site, "GET", "/api/thing", host="other.home.arpa").status_code == 403


def test_a_server_for_the_network_answers_to_bare_addresses_but_not_to_foreign_names(home: Path) -> None:
    site = make_site(home, host="0.0.0.0", token="0123456789abcdef")
    signed = {"Authorization": "Bearer 0123456789abcdef"}
    assert ask(site, "GET", "/api/thing", host="192.168.1.5:8000", headers=signed).status_code == 200
    assert ask(site, "GET", "/api/thing", host="evil.example", headers=signed).status_code == 403


# ---------------------------------------------------------------------- other sites


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://localhost:8000"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"}, {"Origin": "http://127.0.0.1:8000.evil.example"},
])
def test_another_sites_page_can_neither_read_nor_write(home: Path, headers: dict[str, str]) -> None:
    site = make_site(home)
    assert ask(site, "GET", "/api/thing", headers=headers).status_code == 403
    body = json.dumps({"name": "x"}).encode()
    assert ask(site, "POST", "/api/thing", headers=headers | JSON, content=body).status_code == 403
    assert ask(site, "OPTIONS", "/api/thing", headers=headers).status_code == 403


def test_our_own_page_and_programs_can(home: Path) -> None:
    site = make_site(home)
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    body = json.dumps({"name": "x"}).encode()
    assert ask(site, "POST", "/api/thing", headers=own | JSON, content=body).json() == {"name": "x", "count": 1}
    assert ask(site, "POST", "/api/thing", headers=JSON, content=body).status_code == 200
    assert ask(site, "GET", "/api/thing", headers={"Sec-Fetch-Site": "none"}).status_code == 200


def test_a_link_on_another_site_may_open_a_page(home: Path) -> None:
    assert ask(make_site(home), "GET", "/library", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


# ---------------------------------------------------------------------- bodies


@pytest.mark.parametrize(("kind", "status"), [
    ("application/json", 200), ("application/json; charset=utf-8", 200), ("text/plain", 415), ("", 415),
    ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415), ("text/json", 415),
])
def test_bodies_are_json_only(home: Path, kind: str, status: int) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = ask(make_site(home), "POST", "/api/thing", headers=headers, content=b'{"name": "x"}')
    assert answer.status_code == status
    assert status == 200 or "JSON" in answer.json()["error"] or "application/json" in answer.json()["error"]


@pytest.mark.parametrize(("body", "words"), [
    (b"{", "not valid JSON"), (b"[]", "does not fit"), (b'{"name": 5}', "does not fit"), (b"", "does not fit"),
    (b'{"nme": "x"}', "does not fit"), (b"\xff", "not valid JSON"), (b'{"name": "x", "count": "many"}', "$.count"),
])
def test_a_malformed_body_gets_a_sentence(home: Path, body: bytes, words: str) -> None:
    answer = ask(make_site(home), "POST", "/api/thing", headers=JSON, content=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_body_over_the_limit_is_refused_also_without_its_length(home: Path) -> None:
    site = make_site(home)
    big = b'{"name": "' + b"x" * (1 << 20) + b'"}'
    assert ask(site, "POST", "/api/thing", headers=JSON, content=big).status_code == 413
    chunked = JSON | {"Transfer-Encoding": "chunked"}
    answer = ask(site, "POST", "/api/thing", headers=chunked, content=big)
    assert answer.status_code == 413
    assert answer.json() == {"error": "The request is too large."}


# ---------------------------------------------------------------------- answers


def test_every_answer_carries_the_headers(home: Path) -> None:
    site = make_site(home)
    asked = (("/library", "localhost"), ("/api/thing", "localhost"), ("/nothing", "localhost"), ("/library", "x"))
    for path, host in asked:
        headers = ask(site, "GET", path, host=host).headers
        policy = headers["content-security-policy"]
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"


def test_the_import_map_is_allowed_by_its_hash_only() -> None:
    assert "script-src 'self' 'sha256-abc=';" in content_security_policy(("sha256-abc=",))


def test_failures_are_sentences_and_never_traces(home: Path) -> None:
    site = make_site(home)
    assert ask(site, "GET", "/api/conflict").json() == {"error": "It is busy.", "by": "scan"}
    broken = ask(site, "GET", "/api/broken")
    assert broken.status_code == 500
    assert "secret" not in broken.text and broken.json()["error"]
    assert ask(site, "GET", "/api/nothing").json()["error"]
    wrong = ask(site, "GET", "/api/thing?number=many")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "number")
    assert ask(site, "DELETE", "/api/thing").status_code == 405


# ---------------------------------------------------------------------- who is remote, what is activity


@pytest.mark.parametrize(("client", "host", "headers", "remote"), [
    ("127.0.0.1", "localhost:8000", {}, False), ("::1", "[::1]:8000", {}, False),
    ("192.168.1.9", "127.0.0.1:8000", {}, True), ("127.0.0.1", "photos.home.arpa", {}, True),
    ("127.0.0.1", "localhost:8000", {"X-Forwarded-For": "203.0.113.4"}, True),
    ("127.0.0.1", "localhost:8000", {"Forwarded": "for=203.0.113.4"}, True),
])
def test_only_this_machine_itself_is_not_remote(
    home: Path, client: str, host: str, headers: dict[str, str], remote: bool
) -> None:
    site = make_site(home, allowed_hosts=("photos.home.arpa",))
    assert ask(site, "GET", "/api/thing", client=client, host=host, headers=headers).json()["remote"] is remote


def test_static_files_status_and_refreshes_are_no_user_activity(home: Path) -> None:
    acts: list[int] = []
    site = make_site(home, touch=lambda: acts.append(1))
    for path in ("/static/x/y.js", "/api/work", "/api/events", "/api/scan/status", "/api/dev/status", "/favicon.ico"):
        ask(site, "GET", path)
    ask(site, "GET", "/api/thing", headers={"X-Automatic": "1"})
    ask(site, "GET", "/api/thing", host="evil.example")
    assert acts == []
    ask(site, "GET", "/api/thing")
    ask(site, "GET", "/library")
    ask(site, "POST", "/api/work", headers=JSON, content=b"{}")
    assert len(acts) == 6, "each once when it begins and once when it ends"


@pytest.mark.parametrize("breaks_off", [False, True])
def test_an_answer_that_takes_long_counts_when_it_ends_too(home: Path, breaks_off: bool) -> None:
    """A film, an export, a big search: the person has it only now, also when the connection is lost."""
    acts: list[str] = []
    site = make_site(home, touch=lambda: acts.append("a person"))

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        acts.append("long work")
        if breaks_off:
            raise ConnectionResetError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    site.app = answer
    ask(site, "GET", "/api/thing")
    assert acts == ["a person", "long work", "a person"]


# ---------------------------------------------------------------------- binding and signing in


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "photos.example", "*"])
def test_another_bind_needs_a_password_or_token(home: Path, host: str) -> None:
    with pytest.raises(Invalid, match="PHOTOARCHIVE_PASSWORD"):
        check_bind(Config(home=home, host=host))
    with pytest.raises(Invalid, match="at least 8 characters"):
        check_bind(Config(home=home, host=host, password="short"))
    check_bind(Config(home=home, host=host, password="long enough"))
    check_bind(Config(home=home, host=host, token="0123456789"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2"])
def test_loopback_needs_none(home: Path, host: str) -> None:
    check_bind(Config(home=home, host=host))


def sign_in(site: object, password: str, target: str = "/library?flag=picked", client: str = "127.0.0.1"):   # type: ignore[no-untyped-def]
    from urllib.parse import urlencode

    return ask(site, "POST", "/login", client=client,   # type: ignore[arg-type]
               headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1:8000"},
               content=urlencode({"password": password, "next": target}).encode())


def test_signing_in_with_the_password(home: Path) -> None:
    site = make_site(home, password=PASSWORD)
    refused = ask(site, "GET", "/api/thing")
    assert (refused.status_code, refused.json()) == (401, {"error": "Sign in first."})
    sent = ask(site, "GET", "/library?flag=picked")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=/library%3Fflag%3Dpicked")
    form = ask(site, "GET", sent.headers["location"])
    assert form.status_code == 200
    assert 'value="/library?flag=picked"' in form.text and "<script" not in form.text
    answer = sign_in(site, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/library?flag=picked")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    session = {"Cookie": f"other=1; {COOKIE}={answer.cookies[COOKIE]}"}
    assert ask(site, "GET", "/api/thing", headers=session).status_code == 200
    again = make_site(home, password=PASSWORD)
    assert ask(again, "GET", "/api/thing", headers=session).status_code == 200, "a restart keeps browsers signed in"
    changed = make_site(home, password="another password")
    assert ask(changed, "GET", "/api/thing", headers=session).status_code == 401, "a new password does not"
    assert ask(site, "POST", "/logout", headers=session).status_code == 200
    assert ask(site, "GET", "/api/thing", headers=session).status_code == 401


def test_no_secret_lies_in_the_session_file(home: Path) -> None:
    site = make_site(home, password=PASSWORD)
    cookie = sign_in(site, PASSWORD).cookies[COOKIE]
    path = home / ".run" / "sessions.json"
    assert path.stat().st_mode & 0o077 == 0
    assert cookie not in path.read_text() and PASSWORD not in path.read_text()


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(home: Path, target: str) -> None:
    assert sign_in(make_site(home, password=PASSWORD), PASSWORD, target).headers["location"] == "/"


def test_wrong_passwords_have_to_wait(home: Path) -> None:
    site = make_site(home, password=PASSWORD)
    for _ in range(3):
        assert sign_in(site, "wrong").status_code == 401
    slowed = sign_in(site, PASSWORD)
    assert slowed.status_code == 429, "even the right password must wait now"
    assert int(slowed.headers["retry-after"]) >= 1
    assert sign_in(site, PASSWORD, client="192.168.1.77").status_code == 303, "others are not kept out by it"


def test_tokens_of_programs(home: Path) -> None:
    site = make_site(home, token="0123456789abcdef")
    assert ask(site, "GET", "/api/thing", headers={"Authorization": "Bearer 0123456789abcdef"}).status_code == 200
    assert ask(site, "GET", "/api/thing", headers={"Authorization": f"Bearer {LOCAL_TOKEN}"}).status_code == 200
    statuses = [ask(site, "GET", "/api/thing", headers={"Authorization": "Bearer wrong"}).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert ask(site, "GET", "/api/thing", headers={"Authorization": f"Bearer {LOCAL_TOKEN}"}).status_code == 200


def test_a_form_of_another_site_cannot_try_passwords(home: Path) -> None:
    answer = ask(make_site(home, password=PASSWORD), "POST", "/login", content=b"password=x",
                 headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_password_may_be_given_as_its_hash(home: Path) -> None:
    hashed = hash_password(PASSWORD)
    assert PASSWORD not in hashed
    assert Password(hashed).matches(PASSWORD) and not Password(hashed).matches(hashed)
    with pytest.raises(Invalid, match="hash-password"):
        Password("scrypt:1:2")
