"""serve, hash-password."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from collections.abc import Iterator
from typing import Annotated

import typer

from photoarchive.cli.connection import running, with_home
from photoarchive.cli.options import Home
from photoarchive.core.errors import Conflict
from photoarchive.core.library_threads import calculate_in_one_thread


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(serve)
    app.command("hash-password")(hash_password)


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(
        help="Address to listen on. Default: PHOTOARCHIVE_HOST or 127.0.0.1, which only this machine can reach. "
             "Any other needs PHOTOARCHIVE_PASSWORD or PHOTOARCHIVE_TOKEN.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(
        min=1, max=65535, help="Port to listen on. Default: PHOTOARCHIVE_PORT or 8000.", show_default=False)] = None,
) -> None:
    """Run the server.

    Open the printed address in a browser; Ctrl+C stops it.
    """
    calculate_in_one_thread()
    with _without_collecting():
        from photoarchive.web.security import check_bind
        from photoarchive.web.server import address, new_local_token, set_up_log
        from photoarchive.web.server import serve as run_server

        config = with_home(home)
        config = dataclasses.replace(config, host=host or config.host, port=port or config.port)
        check_bind(config)
        found = running(config)
        if found is not None:
            raise Conflict(f"photoArchive already runs on {config.home}, at {found.note.address}.")
        set_up_log(config, to_terminal=True)
        from photoarchive.app import create_app

        token = new_local_token()
        app = create_app(config, token)
    typer.echo(f"photoArchive is starting at {address(config.host, config.port)} (data in {config.home}). "
               "Ctrl+C stops it.", err=True)
    run_server(app, config, token, app.end_streams)


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing made during the start is garbage; looking for it would take a tenth of it. Later collections, which hold
    up the event loop, need not look at it either.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def hash_password() -> None:
    """Hash a password.

    The hash can stand in PHOTOARCHIVE_PASSWORD instead of the password itself.
    """
    from photoarchive.web.sessions import hash_password as hashed

    typer.echo(hashed(typer.prompt("Password", hide_input=True, confirmation_prompt=True)))
