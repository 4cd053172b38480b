"""What a file is: picture, RAW or video, and which format, decided by its first bytes rather than its name.

The scanner uses `is_candidate` and `is_sidecar`, which look at names; what has opened a file uses `probe`.
"""

from __future__ import annotations

import struct

import msgspec

from photoarchive.core.facts import Kind
from photoarchive.core.paths import split_name

HEAD_BYTES = 4096   # every signature below lies within, and usually a DNG's first directory

IMAGE_EXTENSIONS = frozenset(
    b".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .avif .heic .heif .hif .jxl .psd".split()
)
RAW_EXTENSIONS = frozenset(
    b".dng .cr2 .cr3 .crw .nef .nrw .arw .sr2 .srf .orf .rw2 .raf .pef .srw "
    b".x3f .iiq .3fr .erf .kdc .dcr .mrw .rwl".split()
)
VIDEO_EXTENSIONS = frozenset(b".mp4 .m4v .mov .3gp .avi .mkv .webm .mts .m2ts .mpg .mpeg .wmv".split())
CANDIDATE_EXTENSIONS = IMAGE_EXTENSIONS | RAW_EXTENSIONS | VIDEO_EXTENSIONS
SIDECAR_EXTENSIONS = frozenset((b".xmp", b".json"))

_CANONICAL = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif", ".heif": ".heic",
              ".hif": ".heic", ".mpeg": ".mpg", ".m2ts": ".mts"}
# RAW formats that begin like a plain TIFF: only the name (or a DNG tag) tells them from one.
_TIFF_RAW = frozenset((
    ".dng", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".pef", ".srw", ".iiq", ".3fr", ".erf", ".kdc", ".dcr", ".cr2",
    ".rwl", ".orf", ".rw2",
))
_DNG_VERSION_TAG = 0xC612
_BRANDS: dict[bytes, tuple[Kind, str]] = {
    b"avif": (Kind.IMAGE, ".avif"), b"avis": (Kind.IMAGE, ".avif"),
    b"heic": (Kind.IMAGE, ".heic"), b"heix": (Kind.IMAGE, ".heic"), b"heim": (Kind.IMAGE, ".heic"),
    b"heis": (Kind.IMAGE, ".heic"), b"hevc": (Kind.IMAGE, ".heic"), b"hevx": (Kind.IMAGE, ".heic"),
    b"mif1": (Kind.IMAGE, ".heic"), b"msf1": (Kind.IMAGE, ".heic"), b"mif2": (Kind.IMAGE, ".heic"),
    b"crx ": (Kind.RAW, ".cr3"), b"jxl ": (Kind.IMAGE, ".jxl"), b"qt  ": (Kind.VIDEO, ".mov"),
    b"M4V ": (Kind.VIDEO, ".m4v"), b"M4VH": (Kind.VIDEO, ".m4v"), b"M4VP": (Kind.VIDEO, ".m4v"),
}
# Boxes that begin QuickTime films older than the ftyp box.
_QUICKTIME_BOXES = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_SIGNATURES: tuple[tuple[bytes, Kind, str], ...] = (
    (b"\xff\xd8\xff", Kind.IMAGE, ".jpg"),
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE, ".png"),
    (b"GIF87a", Kind.IMAGE, ".gif"), (b"GIF89a", Kind.IMAGE, ".gif"),
    (b"8BPS\x00\x01", Kind.IMAGE, ".psd"), (b"8BPS\x00\x02", Kind.IMAGE, ".psd"),
    (b"\xff\x0a", Kind.IMAGE, ".jxl"), (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind.IMAGE, ".jxl"),
    (b"FUJIFILMCCD-RAW", Kind.RAW, ".raf"), (b"FOVb", Kind.RAW, ".x3f"), (b"\x00MRM", Kind.RAW, ".mrw"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", Kind.RAW, ".crw"),
    (b"IIRO", Kind.RAW, ".orf"), (b"IIRS", Kind.RAW, ".orf"), (b"MMOR", Kind.RAW, ".orf"),
    (b"\x1a\x45\xdf\xa3", Kind.VIDEO, ".mkv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind.VIDEO, ".wmv"),
    (b"\x00\x00\x01\xba", Kind.VIDEO, ".mpg"), (b"\x00\x00\x01\xb3", Kind.VIDEO, ".mpg"),
)


class Format(msgspec.Struct, frozen=True):
    """What a file is. extension: canonical, lower case with the dot."""

    kind: Kind
    extension: str


def is_candidate(name: bytes) -> bool:
    """Whether a file of this name may be a photo or video; hidden files are not."""
    return not name.startswith(b".") and split_name(name)[1] in CANDIDATE_EXTENSIONS


def is_sidecar(name: bytes) -> bool:
    """Whether a file of this name may describe a photo beside it (XMP, Takeout JSON)."""
    return not name.startswith(b".") and split_name(name)[1] in SIDECAR_EXTENSIONS


def kind_of_name(name: bytes) -> Kind | None:
    """The kind a name promises, for files nobody has opened yet."""
    extension = split_name(name)[1]
    if extension in IMAGE_EXTENSIONS:
        return Kind.IMAGE
    if extension in RAW_EXTENSIONS:
        return Kind.RAW
    return Kind.VIDEO if extension in VIDEO_EXTENSIONS else None


def canonical_extension(name: bytes) -> str:
    """The extension of a name in the one spelling the catalog uses: b"A.JPEG" → ".jpg"."""
    extension = split_name(name)[1].decode("ascii", "replace")
    return _CANONICAL.get(extension, extension)


def probe(head: bytes, name: bytes) -> Format | None:
    """The format of a file from its first HEAD_BYTES, or None if it is none we know.

    The name decides only between formats that begin alike (TIFF and the RAW formats on it, MP4 and 3GP).
    """
    for signature, kind, extension in _SIGNATURES:
        if head.startswith(signature):
            return Format(kind, extension if extension != ".mkv" else _matroska(head))
    found = _tiff(head, name) or _iso_media(head, name) or _riff(head)
    if found is None and _is_bitmap(head):
        found = Format(Kind.IMAGE, ".bmp")
    if found is None and _is_transport_stream(head):
        found = Format(Kind.VIDEO, ".mts")
    return found


def _matroska(head: bytes) -> str:
    return ".webm" if b"webm" in head[:64] else ".mkv"


def _riff(head: bytes) -> Format | None:
    if head[:4] != b"RIFF":
        return None
    if head[8:12] == b"WEBP":
        return Format(Kind.IMAGE, ".webp")
    return Format(Kind.VIDEO, ".avi") if head[8:12] in (b"AVI ", b"AVIX") else None


def _is_bitmap(head: bytes) -> bool:
    """BM is short for a signature: the size of the second header must be one that exists."""
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124)


def _is_transport_stream(head: bytes) -> bool:
    """Packets of 188 bytes (or 192 with a time stamp in front: .m2ts), each beginning with 0x47."""
    for start, length in ((0, 188), (4, 192)):
        marks = head[start::length][:4]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return True
    return False


def _iso_media(head: bytes, name: bytes) -> Format | None:
    if head[4:8] in _QUICKTIME_BOXES:
        return Format(Kind.VIDEO, ".mov")
    if head[4:8] != b"ftyp":
        return None
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[at:at + 4] for at in range(16, min(size, len(head)), 4))]
    if brands[0] in (b"mif1", b"msf1", b"mif2") and (b"avif" in brands or b"avis" in brands):
        return Format(Kind.IMAGE, ".avif")      # AVIF writers may put the general brand first
    found = _BRANDS.get(brands[0])
    if found is not None:
        return Format(*found)
    if brands[0][:3] in (b"3gp", b"3g2"):
        return Format(Kind.VIDEO, ".3gp")
    named = canonical_extension(name)
    return Format(Kind.VIDEO, named if named in (".m4v", ".3gp") else ".mp4")


def _tiff(head: bytes, name: bytes) -> Format | None:
    if head[:4] not in (b"II*\0", b"MM\0*", b"IIU\0", b"II+\0", b"MM\0+"):
        return None
    named = canonical_extension(name)
    if head[2:4] == b"U\0":                     # Panasonic; Leica's .rwl is the same with another name
        return Format(Kind.RAW, named if named in (".rwl", ".rw2") else ".rw2")
    if head[8:10] == b"CR" and head[:4] == b"II*\0":
        return Format(Kind.RAW, ".cr2")
    if _DNG_VERSION_TAG in _first_directory_tags(head):
        return Format(Kind.RAW, ".dng")
    if named in _TIFF_RAW:
        return Format(Kind.RAW, named)
    return Format(Kind.IMAGE, ".tif")


def _first_directory_tags(head: bytes) -> set[int]:
    """Tag numbers of a TIFF's first directory, as far as it lies within the head."""
    order = "<" if head[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", head, 4)
        (count,) = struct.unpack_from(order + "H", head, start)
        return {struct.unpack_from(order + "H", head, start + 2 + 12 * i)[0] for i in range(min(count, 512))}
    except struct.error:
        return set()
