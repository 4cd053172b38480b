"""NOTICE goes into the wheel: whoever installs it can read there under which licences its libraries come."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_notice_names_every_library_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.match(r"[\w.-]+", wanted).group() for wanted in project["dependencies"]}
    listed = set(re.findall(r"[\w.-]+", (ROOT / "NOTICE").read_text().partition("libraries it installs")[2]))
    assert names <= listed
