"""What the catalog knows of a photo that a sidecar beside its copy should say. Reads one photo at a time."""

from __future__ import annotations

import sqlite3

import msgspec

from photoarchive.core.facts import FaceRegion, Kind, Taken
from photoarchive.core.facts import Origin as TimeOrigin

_PHOTO = """
SELECT p.leader_id, p.kind, p.stored_width, p.stored_height, p.orientation, d.title, d.caption
FROM photos p LEFT JOIN details d ON d.photo_id = p.id WHERE p.id = ?
"""
_MARKS = """
SELECT coalesce(m.flag, 0), m.stars, coalesce(m.label, 0), r.elo, r.interval, coalesce(r.comparisons, 0)
FROM (SELECT ? AS id) LEFT JOIN marks m ON m.photo_id = id LEFT JOIN ratings r ON r.photo_id = id
"""
_KEYWORDS = """
SELECT DISTINCT name FROM photo_keywords JOIN keywords ON keywords.id = keyword_id
WHERE photo_id IN (?, ?) AND origin <> 2 ORDER BY name
"""
# Faces with a name; what the file names counts until it was taken over as faces, from then on the user's word does.
_FACES = """
SELECT people.name, x, y, w, h FROM faces JOIN people ON people.id = faces.person_id
WHERE photo_id = :photo AND shown = 1 AND people.name != '' AND people.ignored = 0
UNION ALL SELECT name, x, y, w, h FROM face_regions
WHERE photo_id = :photo AND photo_id IN (SELECT photo_id FROM face_region_news)
"""


class SidecarFacts(msgspec.Struct, frozen=True):
    """Marks, words, people and corrections of one photo. flag: 0 none, 1 picked, 2 rejected; label: 0 none."""

    kind: Kind = Kind.IMAGE
    flag: int = 0
    stars: int | None = None
    label: int = 0
    elo: float | None = None                # of ranked photos
    elo_interval: float | None = None
    comparisons: int = 0
    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()          # a hierarchy as “Nature|Birds”
    faces: tuple[FaceRegion, ...] = ()      # of the upright picture
    stored_width: int | None = None
    stored_height: int | None = None
    orientation: int = 1
    taken: Taken | None = None              # only if the user corrected it
    lat: float | None = None                # likewise
    lon: float | None = None
    altitude: float | None = None


def sidecar_facts(connection: sqlite3.Connection, photo_id: int) -> SidecarFacts:
    """The facts of one photo; a part behind another one says what that one does. Empty for an unknown photo."""
    row = connection.execute(_PHOTO, (photo_id,)).fetchone()
    if row is None:
        return SidecarFacts()
    leader, kind, width, height, orientation, title, caption = row
    subject = leader or photo_id
    if leader:
        title, caption = connection.execute(
            "SELECT title, caption FROM (SELECT 1) LEFT JOIN details ON photo_id = ?", (subject,)).fetchone()
    corrected = dict(connection.execute("SELECT field, value FROM overlays WHERE photo_id = ?", (subject,)).fetchall())
    flag, stars, label, elo, interval, comparisons = connection.execute(_MARKS, (subject,)).fetchone()
    faces = [row for photo in dict.fromkeys((photo_id, subject))
             for row in connection.execute(_FACES, {"photo": photo}).fetchall()]
    located = corrected.get("lat") is not None and corrected.get("lon") is not None
    return SidecarFacts(
        kind=Kind(kind), flag=flag, stars=stars, label=label, elo=elo if comparisons else None,
        elo_interval=interval if comparisons else None, comparisons=comparisons,
        title=corrected.get("title", title) or "", caption=corrected.get("caption", caption) or "",
        keywords=tuple(row[0] for row in connection.execute(_KEYWORDS, (photo_id, subject))),
        faces=tuple(FaceRegion(*face) for face in faces), stored_width=width, stored_height=height,
        orientation=orientation, taken=_corrected_time(connection, subject, corrected),
        lat=corrected["lat"] if located else None, lon=corrected["lon"] if located else None,
        altitude=corrected.get("altitude") if located else None,
    )


def _corrected_time(
    connection: sqlite3.Connection, photo_id: int, corrected: dict[str, int | float | str | None]
) -> Taken | None:
    """Local time and offset as they are now, if one of them is the user's."""
    if "taken_local" not in corrected and "taken_offset" not in corrected:
        return None
    local, offset = connection.execute("SELECT taken_local, taken_offset FROM photos WHERE id = ?",
                                       (photo_id,)).fetchone()
    return None if local is None else Taken(local, offset, TimeOrigin.USER)
