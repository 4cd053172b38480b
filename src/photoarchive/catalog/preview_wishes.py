"""Which photos somebody is likely to want in full: looked at, picked, starred, chosen in comparisons. Only reads."""

from __future__ import annotations

import msgspec

from photoarchive.catalog.database import Database

MOST = 20_000           # more than an SSD of ordinary size can hold as originals
GOOD_STARS = 4

# Photos of the catalog that are online, images or RAW and not rejected, likeliest first.
_LIKELY = f"""
WITH looked AS (
  SELECT photo_id, max(used_at) AS at FROM previews WHERE looked_at = 1 AND tier IN (1, 2, 3) GROUP BY photo_id
), likely AS (
  SELECT photo_id FROM looked
  UNION SELECT photo_id FROM marks WHERE flag = 1 OR stars >= {GOOD_STARS}
  UNION SELECT photo_id FROM ratings WHERE comparisons > 0
)
SELECT p.id, p.file_size, p.kind
FROM likely JOIN photos p ON p.id = likely.photo_id JOIN sources s ON s.id = p.source_id
LEFT JOIN looked ON looked.photo_id = p.id LEFT JOIN marks m ON m.photo_id = p.id
LEFT JOIN ratings r ON r.photo_id = p.id LEFT JOIN preview_failures pf ON pf.photo_id = p.id
WHERE p.state = 0 AND p.kind < 2 AND s.online = 1 AND coalesce(m.flag, 0) <> 2 AND pf.photo_id IS NULL
ORDER BY looked.at >= ? DESC, coalesce(m.flag, 0) DESC, coalesce(m.stars, 0) DESC, coalesce(r.elo, 0) DESC,
         looked.at DESC, p.id
LIMIT {MOST}
"""


class Likely(msgspec.Struct, frozen=True):
    """A photo somebody will probably want in full."""

    photo_id: int
    file_size: int
    is_raw: bool


def likely_wanted(db: Database, looked_since: float) -> list[Likely]:
    """Photos to have at hand in full, likeliest first: lately looked at, then picked, stars, rating."""
    rows = db.read().execute(_LIKELY, (looked_since,))
    return [Likely(photo_id, size, kind == 1) for photo_id, size, kind in rows]
