"""Photographs of known people as medium previews: the shared media, or any folder with a list of the same form.

The list is faces.csv in the folder: path, identity, and columns nobody here needs; a photo may be listed with several
people. The folder is named by PHOTOARCHIVE_TEST_MEDIA.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import msgspec

from photoarchive.core.errors import Invalid
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import TierSpec, render

MEDIUM = TierSpec(Tier.MD, 1920, 92)


class Labelled(msgspec.Struct, frozen=True):
    """One photo: its preview and who is in it."""

    path: str
    people: tuple[str, ...]
    data: bytes


def labelled_previews() -> list[Labelled]:
    """All photos of the list. Raises Invalid when there is none."""
    checkout = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("PHOTOARCHIVE_TEST_MEDIA") or checkout.parent / "shared" / "media")
    if not (folder / "faces.csv").is_file():
        raise Invalid("This benchmark needs photos of known people: a folder with faces.csv (path, identity), named by "
                      "PHOTOARCHIVE_TEST_MEDIA.")
    people: dict[str, list[str]] = {}
    with (folder / "faces.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people.setdefault(row["path"], []).append(row["identity"])
    found = []
    for path, names in people.items():
        whole = folder / path
        original = Original(os.fsencode(whole.parent), os.fsencode(whole.name))
        found.append(Labelled(path, tuple(names), render(original, int(Kind.IMAGE), (MEDIUM,)).pictures[0].data))
    return found
