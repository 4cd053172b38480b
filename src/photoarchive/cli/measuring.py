"""bench, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from photoarchive.cli.options import Json
from photoarchive.cli.output import count, print_json
from photoarchive.core.library_threads import calculate_in_one_thread


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(bench)
    app.command()(demo)


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which benchmarks; none: what there is.",
                                                      show_default=False)] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write the metrics, or the list, to this file.",
                                              show_default=False)] = None,
) -> None:
    """Measure the speed of this machine.

    One line per metric: name, value, unit.
    """
    calculate_in_one_thread()
    import msgspec

    from photoarchive import bench as benchmarks

    said: list[dict[str, Any]] = []

    def report(metric: str, value: float, unit: str) -> None:
        said.append({"metric": metric, "value": value, "unit": unit})
        typer.echo(f"{metric} {value:.6g} {unit}".rstrip())

    def keep() -> None:
        if json is not None:
            json.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")

    for name in names or []:
        benchmarks.run(name, report)
        keep()
    if not names:
        said += [{"name": name, "measures": benchmarks.measures(name)} for name in benchmarks.names()]
        width = max(len(one["name"]) for one in said)
        for one in said:
            typer.echo(f"{one['name']:<{width}}  {one['measures']}")
        keep()


def demo(
    photos: Annotated[int, typer.Option("--photos", min=1, help="How many photos.")] = 1000,
    rows_only: Annotated[bool, typer.Option(
        "--rows-only", help="Rows without picture files: a million in minutes.")] = False,
    home: Annotated[Path | None, typer.Option("--home", help="An empty folder for the demo's data.",
                                              show_default=False)] = None,
    vectors: Annotated[int, typer.Option("--vectors", min=0, help="Length of made-up search vectors; 0: none.")] = 0,
    faces: Annotated[bool, typer.Option("--faces", help="With made-up people.")] = False,
    *,
    json: Json = False,
) -> None:
    """Make a synthetic library to try.

    Look at it with: photoarchive serve --home DIR
    """
    from rich.console import Console
    from rich.progress import Progress

    from photoarchive.demo.build import build_demo

    target = home or Path("photoarchive-demo")
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("demo", total=photos)

        def show(done: int, total: int, what: str) -> None:
            progress.update(bar, completed=done, total=total, description=what)

        build_demo(target, photos, rows_only, vectors, faces, show)
    if json:
        print_json({"home": str(target.resolve()), "photos": photos})
        return
    typer.echo(f"Made {count(photos, 'photo')} in {target}. Look at them: photoarchive serve --home {target}")
