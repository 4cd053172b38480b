"""The clip inside a motion photo is found where each maker puts it, and only where a film begins."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import trees
from photoarchive.core.facts import Clip
from photoarchive.core.paths import Original
from photoarchive.imaging.inspect import Inspection, InspectItem, inspect_batch

FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200)
ITEM = ('<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{}" Item:Length="{}" Item:Padding="{}"/>'
        '</rdf:li>')


def with_xmp(jpeg: bytes, attributes: str = "", inside: str = "") -> bytes:
    """The JPEG with an XMP packet."""
    names = "".join(f' xmlns:{name}="http://ns.google.com/photos/1.0/{path}/"' for name, path in (
        ("GCamera", "camera"), ("Container", "container"), ("Item", "container/item")))
    packet = (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
              f'<rdf:Description rdf:about=""{names} {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>')
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def directory(*items: tuple[str, int, int]) -> str:
    inside = "".join(ITEM.format(*item) for item in items)
    return f"<Container:Directory><rdf:Seq>{inside}</rdf:Seq></Container:Directory>"


def with_trailer(jpeg: bytes, film: bytes) -> bytes:
    """As Samsung's cameras append it: two blocks, a directory of them, its length, SEFT."""
    def block(kind: int, name: bytes, data: bytes) -> bytes:
        return struct.pack("<HHI", 0, kind, len(name)) + name + data

    blocks = [(0x0A01, block(0x0A01, b"Image_UTC_Data", b"1600000000000")),
              (0x0A30, block(0x0A30, b"MotionPhoto_Data", film))]
    rows, back = b"", sum(len(one) for _, one in blocks)
    for kind, one in blocks:
        rows += struct.pack("<HHII", 0, kind, back, len(one))
        back -= len(one)
    head = b"SEFH" + struct.pack("<II", 107, len(blocks)) + rows
    return jpeg + b"".join(one for _, one in blocks) + head + struct.pack("<I", len(head)) + b"SEFT"


def clip_of(path: Path, data: bytes) -> Clip | None:
    path.write_bytes(data)
    [found] = inspect_batch([InspectItem(1, Original(bytes(path.parent), path.name.encode()))])
    assert isinstance(found, Inspection), found
    return found.facts.clip


@pytest.mark.parametrize(("attributes", "inside", "after"), [
    ('GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{}"', "", b""),
    ('GCamera:MotionPhoto="1" GCamera:MotionPhotoOffset="{}"', "", b""),
    ('GCamera:MotionPhoto="1"', directory(("Primary", 0, 0), ("MotionPhoto", len(FILM), 0)), b""),
    ('GCamera:MotionPhoto="1"', directory(("Primary", 0, 0), ("GainMap", 50, 0), ("MotionPhoto", len(FILM), 0)), b""),
    ('GCamera:MotionPhoto="1"', directory(("Primary", 0, 0), ("MotionPhoto", len(FILM), 0), ("More", 9, 2)), b"x" * 11),
])
def test_googles_tags_lead_to_the_film_at_the_end(tmp_path, attributes, inside, after):
    picture = with_xmp(trees.jpeg(trees.Shot()), attributes.format(len(FILM)), inside)
    assert clip_of(tmp_path / "a.jpg", picture + FILM + after) == Clip(len(picture), len(FILM))


def test_samsungs_trailer_leads_to_the_film(tmp_path):
    picture = trees.jpeg(trees.Shot(make="samsung", model="SM-G970F"))
    whole = with_trailer(picture, FILM)
    assert clip_of(tmp_path / "a.jpg", whole) == Clip(whole.index(FILM), len(FILM))
    for cut in (1, 5, 9, 30, 60):                           # a trailer that is torn or makes no sense
        assert clip_of(tmp_path / "a.jpg", whole[:-cut]) is None
        assert clip_of(tmp_path / "a.jpg", whole[:-cut - 8] + whole[-8:]) is None


@pytest.mark.parametrize("length", ["0", "1", "-5", "99999999999", "many", "64", "240"])
def test_tags_without_a_film_in_that_place_are_not_believed(tmp_path, length):
    picture = with_xmp(trees.jpeg(trees.Shot()), f'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{length}"')
    assert clip_of(tmp_path / "a.jpg", picture + FILM) is None
