"""XMP sidecars, made safe and read. Which photo a sidecar belongs to is decided in `beside`.

Sidecars come from anywhere: broken XML, entity bombs, other charsets and huge files are refused with a sentence.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging.metadata import MetadataError, read_xmp
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import decode

MOST_SIDECAR = 8 << 20          # darktable's longest edit histories are below 1 MB
_BEGIN = '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.\-]*:)?(?:xmpmeta|xapmeta|RDF)\b")
_FORBIDDEN = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_sidecar(original: Original) -> Tags:
    """The tags of an XMP sidecar. Raises Unreadable with the reason."""
    with open_original(original) as opened:
        packet = opened.read_all(MOST_SIDECAR)
    try:
        clean = clean_packet(packet)
        tags = read_xmp(clean)
        if not tags.texts:
            ElementTree.fromstring(clean)       # the reader is silent about XML that is not whole
    except (MetadataError, ValueError, ElementTree.ParseError) as error:
        raise Unreadable(f"The sidecar cannot be read: {error}.") from error
    return tags


def clean_packet(packet: bytes) -> bytes:
    """An XMP packet as the reader wants it: UTF-8 and nothing before its root. Raises ValueError for what is not XMP.

    Document types are refused: XMP has none, and their entities can blow up or read other files.
    """
    text = decode(packet)
    if _FORBIDDEN.search(text):
        raise ValueError("it defines XML entities, which XMP does not have")
    root = _ROOT.search(text)
    if root is None:
        raise ValueError("it is not XMP")
    body = text[root.start():]
    if "RDF" in root.group():
        closing = body.rfind(">")
        body = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{body[:closing + 1]}</x:xmpmeta>'
    return (_BEGIN + body).encode("utf-8", "replace")
