"""Keywords of every dialect, and named face boxes (MWG, Microsoft) as fractions of the upright picture. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from photoarchive.core.facts import FaceRegion
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import decode_utf16, readable

MOST_KEYWORDS = 500         # more is a broken file
MOST_FACES = 500
LONGEST_KEYWORD = 500
_MWG = "Xmp.mwg-rs.Regions/mwg-rs:"
_MICROSOFT = "Xmp.MP.RegionInfo/MPRI:Regions"

Box = tuple[float, float, float, float]     # x, y of the upper left corner, width, height; fractions


def keywords(tags: Tags) -> tuple[str, ...]:
    """All keywords once, in reading order; a hierarchy as "Nature|Birds". Of equals but for case the first stays."""
    found: dict[str, str] = {}
    for word in _all_keywords(tags):
        tidy = " ".join(readable(word).split()).strip("|/ ")
        if tidy and len(tidy) <= LONGEST_KEYWORD and len(found) < MOST_KEYWORDS:
            found.setdefault(tidy.casefold(), tidy)
    return tuple(found.values())


def _all_keywords(tags: Tags) -> Iterable[str]:
    yield from _list(tags, "Xmp.dc.subject")
    yield from _list(tags, "Xmp.lr.hierarchicalSubject")
    for key in ("Xmp.digiKam.TagsList", "Xmp.MicrosoftPhoto.LastKeywordXMP"):
        yield from (word.replace("/", "|") for word in _list(tags, key))
    yield from _list(tags, "Xmp.mediapro.CatalogSets")
    yield from _list(tags, "Iptc.Application2.Keywords")
    yield from decode_utf16(tags.exif.get("Exif.Image.XPKeywords", "")).split(";")


def _list(tags: Tags, key: str) -> list[str]:
    value = tags.get(key)
    return value if isinstance(value, list) else [value] if value else []


# ---------------------------------------------------------------------- faces


def face_regions(tags: Tags, orientation: int) -> tuple[FaceRegion, ...]:
    """Named faces, upright. Both standards count in the stored picture; an MWG box that says otherwise is believed."""
    found: dict[tuple[str, int, int], FaceRegion] = {}
    for name, box in (*_mwg_faces(tags, orientation), *_microsoft_faces(tags, orientation)):
        x, y, w, h = box
        if name and 0 < w <= 1 and 0 < h <= 1 and x < 1 and y < 1 and len(found) < MOST_FACES:
            # The same face is often written in both standards: once is enough.
            key = (name, round((x + w / 2) * 20), round((y + h / 2) * 20))
            found.setdefault(key, FaceRegion(name, *(round(value, 5) for value in box)))
    return tuple(found.values())


def upright_box(box: Box, orientation: int) -> Box:
    """A box of the stored picture as it lies in the upright one."""
    x, y, w, h = box
    return {
        1: (x, y, w, h), 2: (1 - x - w, y, w, h), 3: (1 - x - w, 1 - y - h, w, h), 4: (x, 1 - y - h, w, h),
        5: (y, x, h, w), 6: (1 - y - h, x, h, w), 7: (1 - y - h, 1 - x - w, h, w), 8: (y, 1 - x - w, h, w),
    }[orientation]


def _mwg_faces(tags: Tags, orientation: int) -> Iterable[tuple[str, Box]]:
    width = _number(tags.first(_MWG + "AppliedToDimensions/stDim:w"))
    height = _number(tags.first(_MWG + "AppliedToDimensions/stDim:h"))
    already_upright = _counts_upright(tags, orientation, width, height)
    for index in range(1, MOST_FACES + 1):
        region = f"{_MWG}RegionList[{index}]/mwg-rs:"
        x = _number(tags.first(region + "Area/stArea:x"))
        if x is None:
            if f"{region}Type" not in tags.xmp and f"{region}Name" not in tags.xmp:
                return
            continue
        kind = tags.first(region + "Type") or "Face"
        name = " ".join(readable(tags.first(region + "Name") or "").split())
        y, w, h = (_number(tags.first(region + f"Area/stArea:{side}")) or 0.0 for side in "ywh")
        if tags.first(region + "Area/stArea:unit") == "pixel" and width and height:
            x, y, w, h = x / width, y / height, w / width, h / height
        box = (x - w / 2, y - h / 2, w, h)
        if kind == "Face":
            yield name, box if already_upright else upright_box(box, orientation)


def _counts_upright(tags: Tags, orientation: int, width: float | None, height: float | None) -> bool:
    """Whether the boxes' own frame is turned against the stored picture: written by a tool that rotates first."""
    if orientation < 5 or not width or not height or not tags.width or not tags.height:
        return False
    stored = tags.width / tags.height
    return abs(width / height - 1 / stored) < abs(width / height - stored)


def _microsoft_faces(tags: Tags, orientation: int) -> Iterable[tuple[str, Box]]:
    for index in range(1, MOST_FACES + 1):
        region = f"{_MICROSOFT}[{index}]/MPReg:"
        name = " ".join(readable(tags.first(region + "PersonDisplayName") or "").split())
        numbers = [_number(part) for part in (tags.first(region + "Rectangle") or "").split(",")]
        if len(numbers) == 4 and None not in numbers:
            x, y, w, h = (value or 0.0 for value in numbers)
            yield name, upright_box((x, y, w, h), orientation)
        elif not name:
            return


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e7 else None
