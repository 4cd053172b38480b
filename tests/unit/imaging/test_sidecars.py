"""Which sidecar belongs to which photo, and what sidecars of all kinds say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging.beside import match_sidecars
from photoarchive.imaging.field_time import corrected_moment
from photoarchive.imaging.fields import facts_of
from photoarchive.imaging.sidecars import MOST_SIDECAR, read_sidecar
from photoarchive.imaging.tags import Tags

HEAD = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:darktable="http://darktable.sf.net/" xmlns:digiKam="http://www.digikam.org/ns/1.0/" '
        'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
        'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" '
        'xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" '
        'xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
        'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" ')
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"


def tags_of(tmp_path: Path, text: str | bytes) -> Tags:
    path = tmp_path / "x.xmp"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sidecar(Original(os.fsencode(tmp_path), b"x.xmp"))


def bag(name: str, *words: str) -> str:
    return f"<{name}><rdf:Bag>{''.join(f'<rdf:li>{word}</rdf:li>' for word in words)}</rdf:Bag></{name}>"


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize(("photo", "sidecar"), [
    (b"IMG_1.jpg", b"IMG_1.jpg.xmp"),
    (b"IMG_1.CR2", b"IMG_1.xmp"),
    (b"P1010001.JPG", b"p1010001.jpg.XMP"),
    (b"IMG_0001.jpg", b"IMG_0001.jpg.json"),
    (b"IMG_0001.jpg", b"IMG_0001.json"),
    (b"IMG_0002.jpg", b"IMG_0002.jpg.supplemental-metadata.json"),
    (b"IMG_0003.jpg", b"IMG_0003.jpg.supplemental-met.json"),
    (b"IMG_0003.jpg", b"IMG_0003.jpg.s.json"),
    (b"IMG_0003.jpg", b"IMG_0003.jpg..json"),
    (b"IMG_0004(1).jpg", b"IMG_0004.jpg(1).json"),
    (b"IMG_0004(2).jpg", b"IMG_0004.jpg.supplemental-metadata(2).json"),
    (b"IMG_0005-edited.jpg", b"IMG_0005.jpg.json"),
    (b"IMG_0006-bearbeitet.jpg", b"IMG_0006.jpg.json"),
    ("IMG_0006-modifié.jpg".encode(), b"IMG_0006.jpg.json"),
    (b"IMG_0007.MP4", b"IMG_0007.HEIC.json"),
    (b"a_very_long_original_file_name_that_google_cuts.jpg", b"a_very_long_original_file_name_that_google_cut.json"),
    ("Straße.jpg".encode(), "Straße.jpg.json".encode()),
])
def test_sidecars_find_their_photo(photo: bytes, sidecar: bytes):
    assert match_sidecars([photo, sidecar]) == {photo: (sidecar,)}


@pytest.mark.parametrize(("photo", "sidecar"), [
    (b"IMG_1.jpg", b"IMG_11.jpg.xmp"), (b"IMG_0004.jpg", b"IMG_0004.jpg(1).json"),
    (b"IMG_0004(1).jpg", b"IMG_0004.jpg.json"), (b"holiday.jpg", b"metadata.json"),
    (b"a_very_long.jpg", b"a_very.json"), (b"IMG_1.jpg", b"IMG_1.png.json"[:-5] + b".txt.json"),
])
def test_sidecars_of_others_are_left_alone(photo: bytes, sidecar: bytes):
    assert match_sidecars([photo, sidecar]) == {}


def test_the_most_specific_sidecar_comes_first():
    names = [b"a.jpg", b"a.cr2", b"a.xmp", b"a.jpg.xmp", b"a.jpg.json"]
    found = match_sidecars(names)
    assert found[b"a.jpg"] == (b"a.jpg.xmp", b"a.xmp", b"a.jpg.json")
    assert found[b"a.cr2"][0] == b"a.xmp"


def test_of_two_equal_names_each_has_its_own_json():
    names = [b"a.jpg", b"a(1).jpg", b"a.jpg.json", b"a.jpg(1).json"]
    assert match_sidecars(names) == {b"a.jpg": (b"a.jpg.json",), b"a(1).jpg": (b"a.jpg(1).json",)}


@given(st.lists(st.binary(max_size=30).map(lambda name: name.replace(b"/", b"")) | st.sampled_from(
    [b"a.jpg", b"a.jpg.json", b"a.xmp", b"(1).json", b".json", b"a(1).json", b"-edited.jpg"]), max_size=12))
def test_no_names_can_break_the_matching(names: list[bytes]):
    found = match_sidecars(names)
    assert found.keys() <= set(names)
    assert {one for sidecars in found.values() for one in sidecars} <= set(names)


# ---------------------------------------------------------------------- dialects


def test_lightroom(tmp_path: Path):
    tags = tags_of(tmp_path, HEAD + 'xmp:Rating="4" xmp:Label="Red" photoshop:DateCreated="2019-07-14T12:00:00+02:00">'
                   + bag("dc:subject", "travel", "Italy") + bag("lr:hierarchicalSubject", "Places|Europe|Italy")
                   + '<dc:title><rdf:Alt><rdf:li xml:lang="de">Platz</rdf:li>'
                   '<rdf:li xml:lang="x-default">Piazza</rdf:li></rdf:Alt></dc:title>' + TAIL)
    facts, moment = facts_of(tags), corrected_moment(tags)
    assert (facts.rating, facts.label, facts.title) == (4, "Red", "Piazza")
    assert facts.keywords == ("travel", "Italy", "Places|Europe|Italy")
    assert moment is not None and moment.offset == 120


def test_darktable(tmp_path: Path):
    tags = tags_of(tmp_path, HEAD + 'xmp:Rating="-1" exif:GPSLatitude="47,22.614N" exif:GPSLongitude="8,32.502W">'
                   "<darktable:colorlabels><rdf:Seq><rdf:li>3</rdf:li></rdf:Seq></darktable:colorlabels>" + TAIL)
    facts = facts_of(tags)
    assert (facts.rating, facts.label, facts.lat, facts.lon) == (-1, "Blue", 47.3769, -8.5417)


def test_digikam(tmp_path: Path):
    tags = tags_of(tmp_path, HEAD + 'xmp:Rating="5" digiKam:PickLabel="3" digiKam:ColorLabel="4">'
                   + bag("digiKam:TagsList", "People/Clara", "Events/Party").replace("Bag", "Seq") + TAIL)
    facts = facts_of(tags)
    assert (facts.rating, facts.picked, facts.label) == (5, True, "Green")
    assert facts.keywords == ("People|Clara", "Events|Party")


MWG = ('><mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="{w}" stDim:h="{h}"/>'
       "<mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Name=\"Anna\" mwg-rs:Type=\"Face\">"
       '<mwg-rs:Area stArea:x="0.2" stArea:y="0.4" stArea:w="0.2" stArea:h="0.4" stArea:unit="normalized"/>'
       "</rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>")


@pytest.mark.parametrize(("orientation", "frame", "box"), [
    (1, (400, 300), (0.1, 0.2, 0.2, 0.4)),
    (3, (400, 300), (0.7, 0.4, 0.2, 0.4)),
    (6, (400, 300), (0.4, 0.1, 0.4, 0.2)),
    (8, (400, 300), (0.2, 0.7, 0.4, 0.2)),
    (6, (300, 400), (0.1, 0.2, 0.2, 0.4)),      # written by a tool that turned the picture first
])
def test_face_boxes_are_turned_with_the_picture(tmp_path: Path, orientation: int, frame: tuple, box: tuple):
    tags = tags_of(tmp_path, HEAD + MWG.format(w=frame[0], h=frame[1]) + TAIL)
    tags.width, tags.height = 400, 300
    (face,) = facts_of(tags, orientation).faces
    assert face.name == "Anna"
    assert (face.x, face.y, face.w, face.h) == pytest.approx(box)


def test_microsoft_faces_and_mwg_faces_of_one_person_are_one(tmp_path: Path):
    microsoft = ("<MP:RegionInfo rdf:parseType='Resource'><MPRI:Regions><rdf:Bag>"
                 "<rdf:li MPReg:Rectangle='0.1, 0.2, 0.2, 0.4' MPReg:PersonDisplayName='Anna'/>"
                 "<rdf:li MPReg:Rectangle='0.6, 0.2, 0.1, 0.1' MPReg:PersonDisplayName='Bob'/>"
                 "</rdf:Bag></MPRI:Regions></MP:RegionInfo>")
    faces = facts_of(tags_of(tmp_path, HEAD + MWG.format(w=4, h=3) + microsoft + TAIL)).faces
    assert [(face.name, face.x, face.w) for face in faces] == [("Anna", 0.1, 0.2), ("Bob", 0.6, 0.1)]


def test_a_sidecar_in_another_charset_is_read(tmp_path: Path):
    text = HEAD + ">" + bag("dc:subject", "Zürich") + TAIL
    assert facts_of(tags_of(tmp_path, text.encode("cp1252"))).keywords == ("Zürich",)
    assert facts_of(tags_of(tmp_path, text.encode("utf-16"))).keywords == ("Zürich",)
    assert facts_of(tags_of(tmp_path, b"\xef\xbb\xbf<?xml version='1.0'?>\n" + text.encode())).keywords == ("Zürich",)


@pytest.mark.parametrize("content", [
    b"", b"\0" * 100, b"no xml at all", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF",
    b"<!DOCTYPE x [<!ENTITY a 'aaa'>]>" + (HEAD + ">&a;" + TAIL).encode(),
    b"<!doctype x SYSTEM 'file:///etc/passwd'>" + (HEAD + ">" + TAIL).encode(),
])
def test_hostile_sidecars_have_a_reason(tmp_path: Path, content: bytes):
    with pytest.raises(Unreadable, match="sidecar cannot be read"):
        tags_of(tmp_path, content)


def test_a_huge_sidecar_is_refused_unread(tmp_path: Path):
    path = tmp_path / "x.xmp"
    with path.open("wb") as file:
        file.truncate(MOST_SIDECAR + 1)
    with pytest.raises(Unreadable):
        read_sidecar(Original(os.fsencode(tmp_path), b"x.xmp"))
