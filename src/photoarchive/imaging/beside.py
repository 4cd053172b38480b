"""Which sidecar describes which photo, by the names in one folder: XMP of all programs, Google Takeout JSON. Pure.

Takeout cuts names at 46 characters, moves the "(1)" of equal names behind the extension, and writes no JSON of their
own for edited pictures and for the clip of a live photo.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from photoarchive.imaging.probe import CANDIDATE_EXTENSIONS, is_candidate, is_sidecar

TAKEOUT_CUT = range(44, 52)     # 46 characters, counted in different ways over the years
_SUPPLEMENT = "supplemental-metadata"
_NUMBER = re.compile(r"^(?P<name>.*)\((?P<number>\d+)\)$", re.DOTALL)
# "-edited" as Google Photos writes it in the languages of its users.
_EDITED = re.compile(
    r"-(?:edited|bearbeitet|modifi[eé]|editado|editada|modificato|bewerkt|redigerad|redigert|redigeret|muokattu|"
    r"edytowane|upraveno|upravené|düzenlendi|отредактировано|измененный|編集済み|已修改|已編輯|已编辑|수정됨|edit|"
    r"effects|smile|mix|animation|collage|pano)$"
)


def match_sidecars(names: Iterable[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
    """For the names in one folder: photo → its sidecars, the most specific first. Photos without one are left out."""
    photos, sidecars = [], []
    for name in names:
        if is_candidate(name):
            photos.append(name)
        elif is_sidecar(name):
            sidecars.append(name)
    if not sidecars:
        return {}
    return _Matcher(sidecars).match(photos)


def _plain(name: bytes) -> str:
    """A name for comparing: composed Unicode, no case."""
    return unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).lower()


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem else (name, "")


def _number(text: str) -> tuple[str, str]:
    """A trailing "(1)" taken off: ("IMG_4", "1"); "" without one."""
    match = _NUMBER.match(text)
    return (match["name"], match["number"]) if match else (text, "")


class _Matcher:
    """The sidecars of one folder, indexed by what they may describe."""

    def __init__(self, sidecars: list[bytes]) -> None:
        self.xmp: dict[str, bytes] = {}                         # described name, with or without extension
        self.takeout: dict[tuple[str, str], bytes] = {}         # (described name, number)
        self.cut: dict[str, list[tuple[str, bytes]]] = defaultdict(list)    # number → (beginning of the name, sidecar)
        self.takeout_stems: dict[tuple[str, str], bytes] = {}
        for name in sorted(sidecars):
            described, extension = _split(_plain(name))
            if extension == ".xmp":
                self.xmp.setdefault(described, name)
            else:
                self._index_takeout(described, name)

    def _index_takeout(self, described: str, name: bytes) -> None:
        whole, number = _number(described)
        base, dot, last = whole.rpartition(".")
        target = base if dot and _SUPPLEMENT.startswith(last) else whole
        self.takeout.setdefault((target, number), name)
        if len(whole) in TAKEOUT_CUT:
            self.cut[number].append((target, name))
        stem, extension = _split(target)
        if extension.encode() in CANDIDATE_EXTENSIONS:
            self.takeout_stems.setdefault((stem, number), name)

    def match(self, photos: list[bytes]) -> dict[bytes, tuple[bytes, ...]]:
        found = {}
        for photo in photos:
            name = _plain(photo)
            stem, extension = _split(name)
            sidecars = [self.xmp.get(name), self.xmp.get(stem), self._takeout_of(stem, extension)]
            own = tuple(dict.fromkeys(one for one in sidecars if one is not None))
            if own:
                found[photo] = own
        return found

    def _takeout_of(self, stem: str, extension: str) -> bytes | None:
        if not self.takeout:
            return None
        if exact := self.takeout.get((stem + extension, "")):
            return exact
        base, number = _number(stem)
        original = _EDITED.sub("", base)
        for tried in dict.fromkeys((base, original)):
            found = self.takeout.get((tried + extension, number)) or self._cut_off(tried + extension, number)
            if found is not None:
                return found
        return (self.takeout.get((base, number)) or self.takeout_stems.get((base, number))
                or self.takeout_stems.get((original, number)))

    def _cut_off(self, name: str, number: str) -> bytes | None:
        """The JSON whose name is the beginning of this one because Google cut it; the longest wins."""
        fitting = [one for one in self.cut.get(number, ()) if name.startswith(one[0])]
        return max(fitting, key=lambda one: len(one[0]))[1] if fitting else None
