"""backup, restore, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from photoarchive.cli.connection import running, with_home
from photoarchive.cli.options import Home, Json
from photoarchive.cli.output import count, print_json, size
from photoarchive.core.errors import Conflict, NotFound


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (backup, restore, doctor):
        app.command()(command)


def backup(home: Home = None, json: Json = False) -> None:
    """Back the catalog up.

    Everything but previews and originals, checked before it counts.
    """
    from photoarchive.catalog.backups import Backups

    config = with_home(home)
    server = running(config)
    if server is not None:
        made = server.post("/api/backup")["backup"]
    else:
        if not config.database_path.exists():
            raise NotFound(f"There is no catalog in {config.home} to back up.")
        made = msgspec.structs.asdict(Backups(config.database_path, config.backups_dir).make("manual"))
    if json:
        print_json(made)
    else:
        typer.echo(f"Backed up to {made['path']} ({size(made['bytes'])}).")


def restore(
    file: Annotated[str, typer.Argument(help="A backup file, or the name of one in the backup folder.")],
    home: Home = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Bring a backup back.

    It takes the place of the present catalog, which is kept beside it. Stop the server first.
    """
    from photoarchive.catalog.backups import check
    from photoarchive.catalog.backups import restore as put_back

    config = with_home(home)
    given = Path(file).expanduser()
    chosen = given if given.exists() else config.backups_dir / file
    if not yes:
        check(chosen)
        if running(config) is not None:
            raise Conflict(f"photoArchive is running on {config.home}. Stop it first, then restore.")
        typer.confirm(f"Replace the catalog in {config.home} by {chosen}?", abort=True, err=True)
    config.home.mkdir(parents=True, exist_ok=True)
    done = put_back(chosen.resolve(), config.database_path)
    if json:
        print_json({"photos": done.photos, "catalog": str(config.database_path), "restored_from": str(chosen.resolve()),
                    "replaced": None if done.set_aside is None else str(done.set_aside)})
        return
    typer.echo(f"Restored {count(done.photos, 'photo')}." + (f" The replaced catalog is kept as {done.set_aside}."
                                                            if done.set_aside else ""))


def doctor(home: Home = None, json: Json = False) -> None:
    """Check that all is well.

    Python, SQLite, decoders, disk space, folders, catalog. Exit status 1 when there is a problem.
    """
    from photoarchive.cli.checks import all_checks

    found = all_checks(with_home(home))
    if json:
        print_json(found)
    else:
        width = max(len(check.name) for check in found)
        for check in found:
            typer.echo(f"{check.state:<8} {check.name:<{width}}  {check.says}")
    if any(check.state == "problem" for check in found):
        raise typer.Exit(1)
