"""scan, status, search, export."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from photoarchive.cli.connection import Connection, connected, with_home
from photoarchive.cli.options import Home, Json
from photoarchive.cli.output import count, duration, print_json
from photoarchive.core.errors import Invalid, NotFound

POLL_SECONDS = 0.3
NEWS = ("new", "changed", "moved", "copies", "missing", "errors")
QUIET_POLLS = 3                        # so many times nothing left in a row: then it is done


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (scan, status, search, export):
        app.command()(command)


def scan(
    folder: Annotated[Path | None, typer.Argument(
        help="A folder of photos: added if it is new, scanned again if it is known. Left out: all folders.",
        show_default=False)] = None,
    home: Home = None,
    json: Json = False,
    previews: Annotated[bool, typer.Option("--previews", help="Also wait until all previews are made.")] = False,
) -> None:
    """Add a folder or look for changes in it.

    Waits until its photos are in the library.
    """
    config = with_home(home)
    with connected(config) as server:
        for source in _start_scans(server, folder):
            if not json:
                typer.echo(f"Scanning {source['path']}")
        _wait(server, ("scan", "metadata", *(("previews",) if previews else ())), show=not json and sys.stderr.isatty())
        answer = server.get("/api/catalog")
    if json:
        print_json(answer)
        return
    for source in answer["sources"]:
        last = source.get("last_scan") or {}
        news = ", ".join(f"{last[key]:,} {key}" for key in NEWS if last.get(key))
        typer.echo(f"{source['path']}: {count(source['image_count'], 'photo')}" + (f" ({news})" if news else ""))
        if source.get("question"):
            typer.echo(f"  needs an answer on the Catalog page: {source['question']['sentence']}")


def _start_scans(server: Connection, folder: Path | None) -> list[dict[str, Any]]:
    sources = [source for source in server.get("/api/catalog")["sources"] if source["state"] != "removed"]
    if folder is None:
        if not sources:
            raise Invalid("There is no folder to scan yet. Name one: photoarchive scan /path/to/photos")
        for source in sources:
            server.post(f"/api/catalog/sources/{source['id']}/rescan")
        return sources
    path = str(folder.expanduser().resolve())
    known = next((source for source in sources if source["path"] == path), None)
    if known is None:
        return [server.post("/api/catalog/sources", {"path": path, "scan": True})["source"]]
    server.post(f"/api/catalog/sources/{known['id']}/rescan")
    return [known]


def _wait(server: Connection, names: tuple[str, ...], *, show: bool) -> None:
    """Follow these jobs until nothing is left, with a bar each on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    says = TextColumn("{task.fields[says]}")
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), says)
    with Progress(*columns, console=Console(stderr=True), disable=not show) as progress:
        bars = {name: progress.add_task(name, total=None, says="") for name in names}
        quiet = 0
        while quiet < QUIET_POLLS:
            jobs = [job for job in server.get("/api/work")["jobs"] if job["name"] in names]
            for job in jobs:
                progress.update(bars[job["name"]], description=job["title"], completed=job["done"] + job["failed"],
                                total=job["total"] or None, says=_says(job))
            left = any(job["done"] + job["failed"] < job["total"] for job in jobs)
            stuck = [job for job in jobs if job["state"] in {"paused", "blocked"}]
            if stuck and left:
                raise Invalid(f"{stuck[0]['title']} is {stuck[0]['state']}: {stuck[0]['reason']}.")
            busy = left or server.get("/api/scan/status")["scanning"]
            quiet = 0 if busy else quiet + 1
            time.sleep(POLL_SECONDS)


def _says(job: dict[str, Any]) -> str:
    if job["state"] == "waiting":
        return str(job["reason"])
    rate = f"{job['rate']:,.0f}/s" if job["rate"] else ""
    left = f"{duration(job['eta_seconds'])} left" if job["eta_seconds"] else ""
    return " · ".join(part for part in (rate, left) if part)


def status(home: Home = None, json: Json = False) -> None:
    """Show folders, photos and work in progress."""
    config = with_home(home)
    with connected(config) as server:
        answer = {"server": server.get("/api/dev/status"), "address": server.note.address,
                  "catalog": server.get("/api/catalog"), "work": server.get("/api/work")}
    if json:
        print_json(answer)
        return
    catalog, work = answer["catalog"], answer["work"]
    typer.echo(f"photoArchive {answer['server']['version']}, data in {config.home}")
    typer.echo(count(int(catalog["stats"].get("total_images", 0)), "photo") + f", work mode {work['mode']}")
    for source in catalog["sources"]:
        typer.echo(f"  {source['path']}: {count(source['image_count'], 'photo')}, {source['state']}")
    for job in work["jobs"]:
        if job["total"] or job["state"] != "idle":
            says = f" ({_says(job) or job['reason']})" if _says(job) or job["reason"] else ""
            failed = f", {job['failed']:,} could not be done" if job["failed"] else ""
            typer.echo(f"  {job['title']}: {job['done']:,} of {job['total']:,}{failed}, {job['state']}{says}")


def search(
    words: Annotated[list[str], typer.Argument(help='What to look for, e.g.: norway camera:nikon year:2019')],
    home: Home = None,
    json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many photos to list.")] = 20,
) -> None:
    """Find photos by words.

    Looks in names, folders, captions, keywords, cameras; the parts of the search line work too.
    """
    query = " ".join(words)
    with connected(with_home(home)) as server:
        answer = server.get("/api/rankings", q=query, limit=limit)
        about = {} if json else server.get("/api/search/about", q=query)
    if json:
        print_json(answer)
        return
    for card in answer["images"]:
        place = "/".join(part for part in (card.get("folder"), card["filename"]) if part)
        typer.echo(f"{card['id']:>8}  {card.get('date_taken') or '(undated)':<19}  {place}")
    total = int(answer["visible_images"])
    shown = f", {len(answer['images'])} shown" if total > len(answer["images"]) else ""
    typer.echo(f"{count(total, 'photo')} found{shown}", err=True)
    for hint in about["hints"]:
        typer.echo(hint, err=True)
    if about["did_you_mean"]:
        typer.echo(f"Did you mean {' or '.join(about['did_you_mean'])}?", err=True)


def export(
    target: Annotated[Path | None, typer.Argument(
        help="The file to write; .csv or .json decides the format. Left out: standard output.",
        show_default=False)] = None,
    home: Home = None,
    kind: Annotated[str | None, typer.Option("--format", help="csv or json.", show_default=False)] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="Only what this search finds.",
                                              show_default=False)] = None,
    json: Json = False,
) -> None:
    """Write all facts as CSV or JSON.

    Of all photos, or of those a search finds.
    """
    chosen = kind or (target.suffix.removeprefix(".").lower() if target else "json")
    if chosen not in {"csv", "json"}:
        raise Invalid("The format must be csv or json: name the file so, or give --format.")
    if json and target is None and chosen != "json":
        raise Invalid("Standard output can be CSV or JSON: leave --json out, or name a file for the CSV.")
    if target is not None and not target.expanduser().parent.is_dir():
        raise NotFound(f"There is no folder {target.expanduser().parent}.")
    with connected(with_home(home)) as server:
        if target is None:
            server.download("/api/export", sys.stdout.buffer, format=chosen, q=query)
            return
        final = target.expanduser()
        partial = final.with_name(f".{final.name}.partial")
        try:
            with partial.open("wb") as file:
                server.download("/api/export", file, format=chosen, q=query)
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)
    if json:
        print_json({"path": str(final.resolve()), "format": chosen, "bytes": final.stat().st_size})
    else:
        typer.echo(f"Written to {final}", err=True)
