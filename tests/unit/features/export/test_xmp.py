"""Sidecars we write, read back by our own metadata reader: nothing is lost, nothing breaks the XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.catalog.imported_marks import label_number
from photoarchive.catalog.sidecar_facts import SidecarFacts
from photoarchive.core.facts import FaceRegion, Facts, Taken
from photoarchive.core.paths import Original
from photoarchive.features.export.xmp import LABELS, OWN_NAMESPACE, iso_time, sidecar
from photoarchive.imaging.field_time import corrected_moment
from photoarchive.imaging.fields import facts_of
from photoarchive.imaging.sidecars import read_sidecar
from photoarchive.imaging.tags import Tags

FULL = SidecarFacts(
    flag=1, stars=4, label=3, elo=1486.25, elo_interval=22.4, comparisons=37, title="Reine & “Hamnøy” <by night>",
    caption="First line\nsecond line", keywords=("Nature|Birds", "lofoten", "Trip, Norway"),
    faces=(FaceRegion("Ada Lovelace", 0.1, 0.2, 0.25, 0.3), FaceRegion("李", 0.6, 0.1, 0.1, 0.1)),
    stored_width=6000, stored_height=4000, orientation=6, taken=Taken(1_563_138_245_250, 120), lat=67.932411,
    lon=-13.089075, altitude=-12.5,
)


def read(tmp_path: Path, data: bytes, *, orientation: int = 1, width: int = 0, height: int = 0) -> tuple[Tags, Facts]:
    """What the metadata reader says of a sidecar."""
    (tmp_path / "a.xmp").write_bytes(data)
    tags = read_sidecar(Original(str(tmp_path).encode(), b"a.xmp"))
    tags.width, tags.height = width, height
    return tags, facts_of(tags, orientation)


def test_everything_that_is_written_is_read_back(tmp_path: Path) -> None:
    """Marks, words, people, place, the corrected time, and the rating in our own namespace."""
    tags, facts = read(tmp_path, sidecar(FULL), orientation=6, width=6000, height=4000)
    assert (facts.rating, facts.picked, facts.label) == (4, True, "Green")
    assert (facts.title, facts.caption) == (FULL.title, FULL.caption)
    assert set(facts.keywords) == {"Nature|Birds", "Birds", "lofoten", "Trip, Norway"}
    assert [face.name for face in facts.faces] == ["Ada Lovelace", "李"]
    for found, written in zip(facts.faces, FULL.faces, strict=True):
        assert (found.x, found.y, found.w, found.h) == pytest.approx(
            (written.x, written.y, written.w, written.h), abs=2e-5)
    assert (facts.lat, facts.lon, facts.altitude) == (67.932411, -13.089075, -12.5)
    moment = corrected_moment(tags)
    assert moment is not None
    assert (moment.local_ms, moment.offset) == (1_563_138_245_250, 120)
    assert tags.first("Xmp.photoarchive.Elo") == "1486.2"
    assert tags.first("Xmp.photoarchive.Comparisons") == "37"
    assert OWN_NAMESPACE in sidecar(FULL).decode()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_faces_come_back_where_they_are_in_every_orientation(tmp_path: Path, orientation: int) -> None:
    """Boxes are written for the stored picture and read for the upright one."""
    facts = SidecarFacts(faces=FULL.faces, stored_width=6000, stored_height=4000, orientation=orientation)
    _, found = read(tmp_path, sidecar(facts), orientation=orientation, width=6000, height=4000)
    assert [(face.x, face.y) for face in found.faces] == [
        pytest.approx((face.x, face.y), abs=2e-5) for face in FULL.faces]


@pytest.mark.parametrize(("flag", "stars", "rating", "picked"), [
    (0, None, None, None), (1, None, None, True), (2, None, -1, False), (2, 3, 3, False), (0, 0, 0, None),
    (1, 5, 5, True),
])
def test_flags_and_stars_are_told_apart(
    tmp_path: Path, flag: int, stars: int | None, rating: int | None, picked: bool | None
) -> None:
    """A rejected photo keeps its stars; one without stars is rejected as Bridge says it."""
    _, facts = read(tmp_path, sidecar(SidecarFacts(flag=flag, stars=stars, title="x")))
    assert (facts.rating, facts.picked) == (rating, picked)


def test_every_label_has_a_name_that_we_read_as_the_same_label() -> None:
    """1 to 7."""
    assert [label_number(name) for name in LABELS] == list(range(8))


@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_any_text_makes_well_formed_xml(title: str, caption: str, keywords: list[str]) -> None:
    """Control characters, surrogates and markup included."""
    data = sidecar(SidecarFacts(title=title, caption=caption, keywords=tuple(keywords), stars=1))
    assert ElementTree.fromstring(data).tag.endswith("xmpmeta")
    assert data == sidecar(SidecarFacts(title=title, caption=caption, keywords=tuple(keywords), stars=1))


def test_times_are_written_with_their_offset_and_no_more_than_is_known() -> None:
    """Milliseconds only where there are some, no offset where it is not known, years before 1970 too."""
    assert iso_time(Taken(0, 0)) == "1970-01-01T00:00:00+00:00"
    assert iso_time(Taken(1_500, -210)) == "1970-01-01T00:00:01.500-03:30"
    assert iso_time(Taken(-86_400_000, None)) == "1969-12-31T00:00:00"
