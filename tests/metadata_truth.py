"""Compares what photoArchive reads with what exiftool read: one row per field, every file of the shared test media.

`python tests/metadata_truth.py [-v]` prints the table of docs/metadata.md; the conformance test asserts on it.
"""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from photoarchive.core.facts import Facts, Inspection, Origin
from photoarchive.core.paths import Original
from photoarchive.imaging.beside import match_sidecars
from photoarchive.imaging.dates import parse_date
from photoarchive.imaging.inspect import InspectItem, inspect_batch
from photoarchive.imaging.probe import is_candidate

FIELDS = ("date", "make", "model", "lens", "iso", "f-number", "exposure", "focal length", "gps", "orientation",
          "dimensions")


NEAR = 0.03         # makers round: exiftool computes 3.56 or 64.8 where the camera shows f/3.5 and ISO 64
NO_NUMBERS = (65_535, 4_294_967_295)    # the largest 16 and 32 bit numbers are EXIF's "unknown"
GPS_NEAR = 2e-5     # degrees, 2 m: exiftool rounds down the fixed-point numbers of videos


def media_folder() -> Path | None:
    """The shared test media, or None where they are not at hand."""
    told = os.environ.get("PHOTOARCHIVE_TEST_MEDIA")
    folder = Path(told) if told else Path(__file__).resolve().parents[2] / "shared" / "media"
    return folder if (folder / "manifest.csv").is_file() else None


@dataclass
class Row:
    """Agreement in one field: how many files have a value, and those that differ as (path, truth, ours)."""

    name: str
    wanted: int = 0
    differ: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - len(self.differ) / self.wanted if self.wanted else 1.0


def compare(media: Path) -> dict[str, Row]:
    """Read every file that exiftool reads without complaint and compare each field where it has a value."""
    rows = {name: Row(name) for name in (*FIELDS, "readable")}
    with (media / "manifest.csv").open(encoding="utf-8") as file:
        manifest = list(csv.DictReader(file))
    truths = [row for row in manifest
              if not row["exif_Error"] and not row["exif_Warning"] and not row["path"].startswith("malformed/")
              and is_candidate(os.fsencode(row["path"].rsplit("/", 1)[-1]))]
    for truth, answer in zip(truths, read(media, [row["path"] for row in truths]), strict=True):
        rows["readable"].wanted += 1
        if not isinstance(answer, Inspection):
            rows["readable"].differ.append((truth["path"], "readable", answer.reason))
            continue
        for name, wanted, ours, same in checks(truth, answer.facts):
            if wanted:
                rows[name].wanted += 1
                if not same:
                    rows[name].differ.append((truth["path"], wanted, ours))
    return rows


def read(media: Path, paths: list[str], *, with_sidecars: bool = False) -> list[Any]:
    """Inspections of these files, in this order."""
    root = os.fsencode(media)
    items = []
    for number, path in enumerate(paths):
        folder, _, name = path.rpartition("/")
        names = [os.fsencode(entry.name) for entry in (media / folder).iterdir()] if with_sidecars else []
        beside = match_sidecars(names)
        sidecars = tuple(Original(root, os.fsencode(folder) + b"/" + one) for one in beside.get(os.fsencode(name), ()))
        items.append(InspectItem(number, Original(root, os.fsencode(path)), sidecars))
    return inspect_batch(items)


def checks(truth: dict[str, str], facts: Facts) -> Iterator[tuple[str, str, str, bool]]:
    """(field, exiftool's value, ours, whether they agree) for each field; an empty truth is not compared."""
    yield "date", *_date(truth, facts)
    make, model = truth["exif_Make"].strip(), truth["exif_Model"].strip()
    yield "make", make, str(facts.camera_make), _words(make) == _words(facts.camera_make)
    yield ("model", model, str(facts.camera_model),
           _words(model) in (_words(facts.camera_model), _words(f"{facts.camera_make} {facts.camera_model}"),
                             _words(f"{(facts.camera_make or '').split(' ')[0]} {facts.camera_model}")))
    lens = truth["exif_LensModel"].strip()
    yield "lens", lens if lens.strip("-. ") else "", str(facts.lens), _words(lens) == _words(facts.lens)
    for name, column, ours in (("iso", "ISO", facts.iso), ("f-number", "FNumber", facts.aperture),
                               ("exposure", "ExposureTime", facts.shutter),
                               ("focal length", "FocalLength", facts.focal)):
        wanted = truth[f"exif_{column}"]
        number = _number(wanted)
        said = number is not None and number not in NO_NUMBERS
        yield name, wanted if said else "", str(ours), said and _close(number, ours)
    yield "gps", *_gps(truth, facts)
    orientation = truth["exif_Orientation"]
    valid = orientation if orientation in set("12345678") else ""
    yield "orientation", valid, str(facts.orientation), valid == str(facts.orientation)
    size = (truth["exif_ImageWidth"], truth["exif_ImageHeight"])
    stored = (str(facts.stored_width), str(facts.stored_height))
    yield "dimensions", "x".join(size) if all(size) else "", "x".join(stored), size == stored


def _words(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _number(text: str) -> float | None:
    try:
        above, _, below = text.split(" ")[0].partition("/")
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def _close(wanted: float | None, ours: float | None) -> bool:
    return wanted is not None and ours is not None and math.isclose(wanted, ours, rel_tol=NEAR)


def _date(truth: dict[str, str], facts: Facts) -> tuple[str, str, bool]:
    """exiftool's best date: DateTimeOriginal, Apple's CreationDate, CreateDate; its offset where it tells one."""
    text = truth["exif_DateTimeOriginal"] or truth["exif_CreationDate"] or truth["exif_CreateDate"]
    offset = truth["exif_OffsetTimeOriginal"] if truth["exif_DateTimeOriginal"] else ""
    wanted = parse_date(text, None, offset)
    if wanted is None:
        return "", "", True
    taken = facts.taken
    if taken is None or taken.origin not in (Origin.EMBEDDED, Origin.SIDECAR):
        return text + offset, str(taken), False
    same_wall = abs(taken.local_ms - wanted.local_ms) < 1000
    if wanted.offset is not None:
        same = same_wall and taken.offset == wanted.offset
    else:
        # A video's UTC date may be shown on a local clock: the instant is what must agree.
        same = same_wall or (facts.duration is not None and taken.offset is not None
                             and abs(taken.local_ms - taken.offset * 60_000 - wanted.local_ms) < 1000)
    return text + offset, f"{shown(taken.local_ms)} {taken.offset}", same


def shown(local_ms: int) -> str:
    """Wall time as text."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=local_ms)).isoformat()[:23]


def _gps(truth: dict[str, str], facts: Facts) -> tuple[str, str, bool]:
    lat, lon = truth["exif_GPSLatitude"], truth["exif_GPSLongitude"]
    if not lat or not lon:
        return "", "", True
    same = (facts.lat is not None and facts.lon is not None
            and abs(facts.lat - float(lat)) < GPS_NEAR and abs(facts.lon - float(lon)) < GPS_NEAR)
    return f"{lat},{lon}", f"{facts.lat},{facts.lon}", same


# ---------------------------------------------------------------------- the generated files, truth by construction


def compare_generated(media: Path) -> dict[str, Row]:
    """The made files of expected_generated.csv, with their sidecars."""
    rows: dict[str, Row] = {}
    with (media / "generated" / "expected_generated.csv").open(encoding="utf-8") as file:
        wanted = [(row["path"], json.loads(row["facts_json"])) for row in csv.DictReader(file)]
    answers = read(media, [path for path, _ in wanted], with_sidecars=True)
    for (path, truth), answer in zip(wanted, answers, strict=True):
        if truth.get("broken"):
            _note(rows, "broken", path, "a reason", answer, not isinstance(answer, Inspection))
            continue
        facts = answer.facts if isinstance(answer, Inspection) else Facts()
        for key, value in truth.items():
            check = _GENERATED.get(key)
            if check is not None:
                _note(rows, key, path, value, facts, check(value, facts))
    return rows


def _note(rows: dict[str, Row], name: str, path: str, wanted: Any, ours: Any, same: bool) -> None:
    row = rows.setdefault(name, Row(name))
    row.wanted += 1
    if not same:
        row.differ.append((path, str(wanted), str(ours)))


def _is_date(wanted: str | None, facts: Facts) -> bool:
    taken = facts.taken
    if wanted is None:
        return taken is None or taken.origin in (Origin.FILE_NAME, Origin.MTIME)
    if taken is None:
        return False
    if wanted.startswith("@"):
        offset = taken.offset or 0
        return taken.local_ms - offset * 60_000 == int(wanted[1:]) * 1000
    moment = parse_date(wanted)
    if moment is None:
        return False
    if wanted.endswith("Z"):            # an instant: which local clock it is shown on is open
        return taken.local_ms - (taken.offset or 0) * 60_000 == moment.local_ms
    return taken.local_ms == moment.local_ms and (moment.offset is None or taken.offset == moment.offset)


def _is_name_date(wanted: str | None, facts: Facts) -> bool:
    named = facts.taken is not None and facts.taken.origin == Origin.FILE_NAME
    return named and _is_date(wanted, facts) if wanted else not named


def _has_keywords(wanted: list[str], facts: Facts) -> bool:
    return {word.replace("/", "|") for word in wanted} <= set(facts.keywords)


def _near(attribute: str, tolerance: float) -> Callable[[float | None, Facts], bool]:
    def same(wanted: float | None, facts: Facts) -> bool:
        ours = getattr(facts, attribute)
        return ours is None if wanted is None else ours is not None and abs(ours - wanted) <= tolerance
    return same


def _equal(attribute: str) -> Callable[[Any, Facts], bool]:
    return lambda wanted, facts: bool(getattr(facts, attribute) == wanted)


_GENERATED: dict[str, Callable[[Any, Facts], bool]] = {
    "date": _is_date, "date_from_name": _is_name_date, "lat": _near("lat", 2e-6), "lon": _near("lon", 2e-6),
    "alt": _near("altitude", 0.01), "upright_w": _equal("width"), "upright_h": _equal("height"),
    "orientation": lambda wanted, facts: facts.orientation == (wanted if 1 <= wanted <= 8 else 1),
    "model": _equal("camera_model"), "codec": _equal("codec"), "rotation": _equal("rotation"),
    "content_id": _equal("content_identifier"), "rating": _equal("rating"), "keywords": _has_keywords,
    "title": _equal("title"), "faces": lambda wanted, facts: [face.name for face in facts.faces] == wanted,
    "description": lambda wanted, facts: (facts.caption or "") == wanted,
    "width": _equal("stored_width"), "height": _equal("stored_height"),
    "label": lambda wanted, facts: facts.label == wanted or (wanted == "PickLabel 3" and facts.picked is True),
}


def main() -> None:
    """Print both tables; with -v every difference."""
    media = media_folder()
    if media is None:
        sys.exit("The shared test media are not here (PHOTOARCHIVE_TEST_MEDIA).")
    for title, rows in (("exiftool", compare(media)), ("generated", compare_generated(media))):
        print(f"{title:14} files  differ  agree")
        for row in rows.values():
            print(f"{row.name:14} {row.wanted:5}  {len(row.differ):6}  {row.share:6.1%}")
            if "-v" in sys.argv:
                for path, wanted, ours in row.differ:
                    print(f"    {path}: {wanted!r} ≠ {ours!r}")


if __name__ == "__main__":
    main()
