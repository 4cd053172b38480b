"""The API's page in docs says what the routes are."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_http_docs.py"


def test_the_api_page_is_what_the_routes_say() -> None:
    """After a change of routes: ./scripts/build-http-docs."""
    made = runpy.run_path(str(SCRIPT))
    assert made["DOCUMENT"].read_text("utf-8") == made["document"]()
