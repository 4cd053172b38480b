"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", help="The data folder (catalog, previews, settings). Default: PHOTOARCHIVE_HOME.",
                 show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]
