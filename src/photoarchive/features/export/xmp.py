"""Sidecars in XMP, written by hand: what other programs read of a photo's marks, words, people, time and place.

Follows the XMP specification (ISO 16684-1), MWG regions, Lightroom's hierarchical keywords. The same facts always
give the same bytes. Reading XMP is the metadata workers' business.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from photoarchive.catalog.sidecar_facts import SidecarFacts
from photoarchive.core.facts import FaceRegion, Taken
from photoarchive.imaging.field_people import upright_box

OWN_NAMESPACE = "urn:photoarchive:xmp:1.0/"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "photoarchive": OWN_NAMESPACE,
}
LABELS = ("", "Red", "Yellow", "Green", "Blue", "Purple", "Orange", "Grey")     # by number, as Lightroom writes them
REJECTED = 2
_PICK = {1: "1", 2: "-1"}
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TURNED_BACK = {6: 8, 8: 6}             # the other orientations undo themselves
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sidecar(facts: SidecarFacts) -> bytes:
    """The XMP packet of one photo, UTF-8."""
    properties = "\n".join(f"   {line}" for line in _properties(facts))
    used = "\n".join(f'    xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if f"<{prefix}:" in properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photoArchive">\n'
        f' <rdf:RDF xmlns:rdf="{_RDF}">\n'
        f'  <rdf:Description rdf:about=""\n{used}>\n{properties}\n  </rdf:Description>\n'
        ' </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
    ).encode()


def _properties(facts: SidecarFacts) -> Iterator[str]:
    yield from _marks(facts)
    if facts.title:
        yield _language("dc:title", facts.title)
    if facts.caption:
        yield _language("dc:description", facts.caption)
    if facts.keywords:
        levels = [word.rpartition("|")[2] for word in facts.keywords]
        yield _bag("dc:subject", dict.fromkeys(levels))
    hierarchies = [word for word in facts.keywords if "|" in word]
    if hierarchies:
        yield _bag("lr:hierarchicalSubject", hierarchies)
    names = list(dict.fromkeys(face.name for face in facts.faces if face.name))
    if names:
        yield _bag("Iptc4xmpExt:PersonInImage", names)
    if facts.faces and facts.stored_width and facts.stored_height:
        yield _regions(facts, facts.stored_width, facts.stored_height)
    if facts.taken is not None:
        moment = iso_time(facts.taken)
        yield from (_simple("exif:DateTimeOriginal", moment), _simple("photoshop:DateCreated", moment))
    if facts.lat is not None and facts.lon is not None:
        yield from _place(facts.lat, facts.lon, facts.altitude)


def _marks(facts: SidecarFacts) -> Iterator[str]:
    if facts.stars is not None:
        yield _simple("xmp:Rating", str(facts.stars))
    elif facts.flag == REJECTED:
        yield _simple("xmp:Rating", "-1")           # how Bridge and others say it
    if facts.label:
        yield _simple("xmp:Label", LABELS[facts.label])
    if facts.flag in _PICK:
        yield _simple("xmpDM:pick", _PICK[facts.flag])
    if facts.elo is not None:
        yield _simple("photoarchive:Elo", f"{facts.elo:.1f}")
        if facts.elo_interval is not None:
            yield _simple("photoarchive:EloInterval", f"{facts.elo_interval:.1f}")
        yield _simple("photoarchive:Comparisons", str(facts.comparisons))


# ---------------------------------------------------------------------- people, time, place


def _regions(facts: SidecarFacts, width: int, height: int) -> str:
    """MWG face regions: centres and sizes as fractions of the stored picture."""
    turn = _TURNED_BACK.get(facts.orientation, facts.orientation)
    items = "".join(f"<rdf:li>{_region(face, turn)}</rdf:li>" for face in facts.faces)
    size = (f'<mwg-rs:AppliedToDimensions rdf:parseType="Resource"><stDim:w>{width}</stDim:w>'
            f"<stDim:h>{height}</stDim:h><stDim:unit>pixel</stDim:unit></mwg-rs:AppliedToDimensions>")
    return (f'<mwg-rs:Regions rdf:parseType="Resource">{size}<mwg-rs:RegionList><rdf:Bag>{items}</rdf:Bag>'
            "</mwg-rs:RegionList></mwg-rs:Regions>")


def _region(face: FaceRegion, turn: int) -> str:
    x, y, w, h = upright_box((face.x, face.y, face.w, face.h), turn)
    area = (f'<mwg-rs:Area rdf:parseType="Resource"><stArea:x>{x + w / 2:.6f}</stArea:x>'
            f"<stArea:y>{y + h / 2:.6f}</stArea:y><stArea:w>{w:.6f}</stArea:w><stArea:h>{h:.6f}</stArea:h>"
            "<stArea:unit>normalized</stArea:unit></mwg-rs:Area>")
    return (f'<rdf:Description>{_simple("mwg-rs:Name", face.name)}<mwg-rs:Type>Face</mwg-rs:Type>{area}'
            "</rdf:Description>")


def iso_time(taken: Taken) -> str:
    """“2019-07-14T21:04:05.250+02:00”; without the end where the offset is not known."""
    at = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=taken.local_ms)
    text = at.isoformat(timespec="milliseconds" if taken.local_ms % 1000 else "seconds")
    if taken.offset is None:
        return text
    hours, minutes = divmod(abs(taken.offset), 60)
    return f"{text}{'-' if taken.offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _place(lat: float, lon: float, altitude: float | None) -> Iterator[str]:
    yield _simple("exif:GPSLatitude", _degrees(lat, "NS"))
    yield _simple("exif:GPSLongitude", _degrees(lon, "EW"))
    if altitude is not None:
        yield _simple("exif:GPSAltitude", f"{round(abs(altitude) * 100)}/100")
        yield _simple("exif:GPSAltitudeRef", "1" if altitude < 0 else "0")


def _degrees(value: float, hemispheres: str) -> str:
    """“67,55.920000N”: whole degrees and minutes, as XMP wants them."""
    millionths = round(abs(value) * 60_000_000)             # of a minute
    return f"{millionths // 60_000_000},{millionths % 60_000_000 / 1e6:.6f}{hemispheres[value < 0]}"


# ---------------------------------------------------------------------- XML


def _simple(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _language(name: str, text: str) -> str:
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{_text(text)}</rdf:li></rdf:Alt></{name}>'


def _bag(name: str, texts: Iterable[str]) -> str:
    items = "".join(f"<rdf:li>{_text(text)}</rdf:li>" for text in texts)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def _text(text: str) -> str:
    """Text for XML: markup escaped, what XML cannot hold left out, line breaks kept."""
    return escape(_NOT_XML.sub("", text), {"\r": "&#13;"})
