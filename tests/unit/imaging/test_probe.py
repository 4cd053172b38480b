"""What a file is, from its first bytes; and which names are looked at at all."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photoarchive.core.facts import Kind
from photoarchive.imaging.probe import HEAD_BYTES, canonical_extension, is_candidate, is_sidecar, kind_of_name, probe


def drawn(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (200, 30, 30)).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(("form", "extension"), [
    ("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif"), ("BMP", ".bmp"), ("TIFF", ".tif"),
    ("AVIF", ".avif"),
])
def test_pictures_are_known_by_their_content_whatever_they_are_called(form: str, extension: str):
    for name in (b"x", b"x.jpg", b"x.mp4", b"x.nonsense"):
        found = probe(drawn(form)[:HEAD_BYTES], name)
        assert found is not None
        assert (found.kind, found.extension) == (Kind.IMAGE, extension)


@pytest.mark.parametrize(("head", "name", "kind", "extension"), [
    (b"FUJIFILMCCD-RAW 0201", b"a.raf", Kind.RAW, ".raf"),
    (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", b"a.cr3", Kind.RAW, ".cr3"),
    (b"II*\0\x10\0\0\0CR\2\0", b"a.jpg", Kind.RAW, ".cr2"),
    (b"II*\0\x08\0\0\0\0\0", b"a.nef", Kind.RAW, ".nef"),
    (b"MM\0*\0\0\0\x08\0\0", b"a.TIFF", Kind.IMAGE, ".tif"),
    (b"IIU\0\x18\0\0\0", b"a.rwl", Kind.RAW, ".rwl"),
    (b"IIRO\x08\0\0\0", b"a.orf", Kind.RAW, ".orf"),
    (b"FOVb\0\0\3\0", b"a.x3f", Kind.RAW, ".x3f"),
    (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", b"a.mp4", Kind.VIDEO, ".mov"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0isom", b"a.m4v", Kind.VIDEO, ".m4v"),
    (b"\0\0\0\x18ftyp3gp4\0\0\0\0isom", b"a.mp4", Kind.VIDEO, ".3gp"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", b"a.heic", Kind.IMAGE, ".avif"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"a.jpg", Kind.IMAGE, ".heic"),
    (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x84webm", b"a.mkv", Kind.VIDEO, ".webm"),
    (b"RIFF\0\0\0\0AVI LIST", b"a.avi", Kind.VIDEO, ".avi"),
    ((b"\x47" + bytes(187)) * 4, b"a.mpg", Kind.VIDEO, ".mts"),
    ((bytes(4) + b"\x47" + bytes(187)) * 4, b"a.m2ts", Kind.VIDEO, ".mts"),
    (b"\0\0\1\xba\x44\0", b"a.mpg", Kind.VIDEO, ".mpg"),
    (b"\xff\x0a\xfa\x1f", b"a.jxl", Kind.IMAGE, ".jxl"),
    (b"8BPS\0\1", b"a.psd", Kind.IMAGE, ".psd"),
])
def test_formats_are_told_apart(head: bytes, name: bytes, kind: Kind, extension: str):
    found = probe(head, name)
    assert found is not None
    assert (found.kind, found.extension) == (kind, extension)


def test_a_dng_is_known_by_its_tag_even_when_called_tif():
    head = b"II*\0\x08\0\0\0\1\0" + b"\x12\xc6\1\0\4\0\0\0\1\4\0\0" + bytes(4)
    found = probe(head, b"scan.tif")
    assert found is not None
    assert (found.kind, found.extension) == (Kind.RAW, ".dng")


@pytest.mark.parametrize("head", [
    b"", b"BM is a fine beginning of a letter", b"RIFF\0\0\0\0WAVE", b"<html>", b"PK\3\4",
])
def test_other_files_are_none_of_ours(head: bytes):
    assert probe(head, b"a.jpg") is None


@given(st.binary(max_size=400), st.binary(max_size=20))
def test_no_bytes_can_break_the_probe(head: bytes, name: bytes):
    for beginning in (b"", b"II*\0", b"MM\0*", b"\0\0\0\x20ftyp", b"RIFF"):
        found = probe(beginning + head, name)
        assert found is None or found.extension.startswith(".")


def test_names_decide_what_a_scan_looks_at():
    assert is_candidate(b"IMG_1.JPEG") and is_candidate(b"a.b.Cr3") and is_candidate(b"\xff\xfe.mov")
    assert not is_candidate(b"._IMG_1.jpg") and not is_candidate(b"jpg") and not is_candidate(b"a.txt")
    assert is_sidecar(b"IMG_1.jpg.xmp") and is_sidecar(b"IMG_1.JSON") and not is_sidecar(b".x.xmp")


def test_extensions_have_one_spelling():
    assert [canonical_extension(name) for name in (b"a.JPEG", b"a.tiff", b"a.HIF", b"a.m2ts", b"a.nef")] == [
        ".jpg", ".tif", ".heic", ".mts", ".nef"]
    assert [kind_of_name(name) for name in (b"a.jpe", b"a.nef", b"a.mkv", b"a.txt")] == [
        Kind.IMAGE, Kind.RAW, Kind.VIDEO, None]
