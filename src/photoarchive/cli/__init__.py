"""The command line. It speaks to the server that runs on the same home, or opens the archive itself.

Owns words and progress bars only; everything it does goes through the same API as the pages.
"""

from __future__ import annotations

import sys

import typer

from photoarchive.cli import catalog, measuring, serving, upkeep
from photoarchive.cli.output import print_error
from photoarchive.core.errors import PhotoArchiveError

app = typer.Typer(
    name="photoarchive", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]},
    help="photoArchive: browse, search, rank and organise a large photo collection on your own machine. "
         "Originals are never changed. Start with: photoarchive serve",
)
for part in (serving, catalog, upkeep, measuring):
    part.add_commands(app)


def main(arguments: list[str] | None = None) -> None:
    """Run one command. A failure ends with one sentence and exit status 1, never with a trace."""
    try:
        app(args=arguments, prog_name="photoarchive")
    except PhotoArchiveError as error:
        print_error(error.sentence)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
