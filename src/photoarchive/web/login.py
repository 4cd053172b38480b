"""The sign-in page: one form, no script. Only used when the server asks for a password."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from photoarchive.core.errors import Invalid, PhotoArchiveError
from photoarchive.web.assets import Assets
from photoarchive.web.http import json_response, offload
from photoarchive.web.security import COOKIE, Access
from photoarchive.web.sessions import SESSION_SECONDS, TooManyTries

MAX_FORM_BYTES = 4096

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · photoArchive</title>
<link rel="stylesheet" href="{static}/css/login.css">
</head>
<body>
<main>
<h1>photoArchive</h1>
{message}<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
"""


def router(access: Access, assets: Assets) -> APIRouter:
    """GET and POST /login, POST /logout."""
    routes = APIRouter()

    @routes.get("/login")
    async def show(request: Request) -> Response:
        """The form."""
        return _page(assets.url, _safe_target(request.query_params.get("next", "/")))

    @routes.post("/login", max_body_size=MAX_FORM_BYTES)
    async def sign_in(request: Request) -> Response:
        """Check the password; the browser gets its session cookie and goes on to where it wanted."""
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        target = _safe_target(fields.get("next", ["/"])[0])
        address = request.client.host if request.client else ""
        try:
            await offload(_check, access, address, fields.get("password", [""])[0])
        except PhotoArchiveError as error:
            page = _page(assets.url, target, error.sentence, error.status)
            if isinstance(error, TooManyTries):
                page.headers["Retry-After"] = str(error.details["retry_after"])
            return page
        answer = Response(status_code=303, headers={"Location": target, "Cache-Control": "no-store"})
        if access.sessions is not None:
            cookie = await offload(access.sessions.begin)
            answer.set_cookie(COOKIE, cookie, max_age=int(SESSION_SECONDS), httponly=True, samesite="strict",
                              secure=request.url.scheme == "https")
        return answer

    @routes.post("/logout")
    async def sign_out(request: Request) -> Response:
        """End this browser's session: {ok}."""
        if access.sessions is not None:
            await offload(access.sessions.end, request.cookies.get(COOKIE, ""))
        answer = json_response({"ok": True})
        answer.delete_cookie(COOKIE)
        return answer

    return routes


class WrongPassword(PhotoArchiveError):
    """Not the password."""

    status = 401


def _check(access: Access, address: str, password: str) -> None:
    if access.password is None:
        raise Invalid("This photoArchive has no password. Programs sign in with their token.")
    access.backoff.check(address)
    if not access.password.matches(password):
        access.backoff.wrong(address)
        raise WrongPassword("That is not the password.")
    access.backoff.right(address)


def _safe_target(target: str) -> str:
    """Where to go after signing in: a path of this server, nothing else."""
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if own else "/"


def _page(static_url: str, target: str, message: str = "", status: int = 200) -> Response:
    shown = f'<p role="alert">{html.escape(message)}</p>\n' if message else ""
    text = _PAGE.format(static=static_url, next=html.escape(target, quote=True), message=shown)
    return Response(text, status, media_type="text/html", headers={"Cache-Control": "no-store"})
