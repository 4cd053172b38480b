"""Everything the catalog knows of one photo, for the loupe's info panel and `GET /api/image/{id}`."""

from __future__ import annotations

from typing import Any

import numpy as np

from photoarchive.catalog.cards import Cards, local_time
from photoarchive.catalog.files import locations
from photoarchive.catalog.overlays import TEXTS
from photoarchive.catalog.view import Views
from photoarchive.core.errors import NotFound
from photoarchive.core.facts import Origin
from photoarchive.core.paths import display_path

_MORE = """
SELECT stored_width, stored_height, orientation, taken_origin, iso, aperture, shutter, focal, focal35, altitude,
  direction, leader_id
FROM photos WHERE id = ?
"""
_DETAILS = """
SELECT title, caption, creator, copyright, exposure_program, exposure_bias, metering, white_balance, flash,
  colour_profile, codec, frame_rate, rotation
FROM (SELECT 1) LEFT JOIN details ON photo_id = ?
"""
_KEYWORDS = """
SELECT DISTINCT name FROM photo_keywords JOIN keywords ON keywords.id = keyword_id
WHERE origin != 2 AND (photo_id = :photo OR photo_id IN (SELECT id FROM photos WHERE leader_id = :photo)) ORDER BY name
"""
_SHOWN_AS = {"taken_local": "date_taken", "taken_offset": "taken_offset", "lat": "latitude", "lon": "longitude",
             "altitude": "altitude"}
_ALBUMS = """
SELECT DISTINCT albums.id, albums.name FROM album_photos JOIN albums ON albums.id = album_id
WHERE deleted_at IS NULL AND (photo_id = :photo OR photo_id IN (SELECT id FROM photos WHERE leader_id = :photo))
ORDER BY lower(albums.name)
"""


class PhotoFacts:
    """Reads one photo. Thread-safe."""

    def __init__(self, views: Views, cards: Cards) -> None:
        self._views, self._cards = views, cards

    def of(self, photo_id: int) -> dict[str, Any]:
        """The card with more keys: filepath, locations, exposure, texts, keywords, rank, parts. Raises NotFound."""
        cards = self._cards.of(np.array([photo_id], np.uint32)) if 0 < photo_id < self._views.columns.rows else []
        if not cards:
            raise NotFound(f"There is no photo with the id {photo_id}.")
        card = cards[0]
        facts: dict[str, Any] = {field: getattr(card, field) for field in card.__struct_fields__}
        facts = {key: value for key, value in facts.items() if key not in ("similarity", "date_group")}
        facts |= self._row(_MORE, photo_id) | self._row(_DETAILS, photo_id)
        facts["taken_origin"] = Origin(facts["taken_origin"]).name.lower()
        places = self._places(photo_id)
        facts["locations"] = places
        facts["filepath"] = places[0]["path"] if places else ""
        connection = self._views.columns.db.read()
        facts["keywords"] = [row[0] for row in connection.execute(_KEYWORDS, {"photo": photo_id})]
        facts["albums"] = [{"id": row[0], "name": row[1]} for row in connection.execute(_ALBUMS, {"photo": photo_id})]
        facts |= self._overlay(photo_id)
        facts["rank"], facts["ranked"] = self._rank(photo_id)
        facts["parts"] = self._parts(photo_id)
        return facts

    def _row(self, sql: str, photo_id: int) -> dict[str, Any]:
        cursor = self._views.columns.db.read().execute(sql, (photo_id,))
        names = [column[0] for column in cursor.description]
        row = cursor.fetchone()
        if row is None:
            raise NotFound(f"There is no photo with the id {photo_id}.")
        return dict(zip(names, row, strict=True))

    def _overlay(self, photo_id: int) -> dict[str, Any]:
        """Title and caption as the user corrected them, and what the file says where time or place are corrected."""
        rows = self._views.columns.db.read().execute(
            "SELECT field, value, as_read FROM overlays WHERE photo_id = ?", (photo_id,)).fetchall()
        texts = {field: value for field, value, _ in rows if field in TEXTS}
        read = {_SHOWN_AS[field]: as_read for field, _, as_read in rows if field in _SHOWN_AS}
        if read.get("date_taken") is not None:
            read["date_taken"] = local_time(int(read["date_taken"]))
        return texts | {"corrected": read}

    def _places(self, photo_id: int) -> list[dict[str, Any]]:
        sources = self._views.dictionaries.sources()
        found = []
        for place in locations(self._views.columns.db.read(), photo_id):
            source = sources.get(place.source_id)
            found.append({
                "path": place.original.display(), "source_id": place.source_id, "present": place.present,
                "source": source.display_name if source else display_path(place.original.root),
                "online": bool(source and source.online),
            })
        return found

    def _rank(self, photo_id: int) -> tuple[int | None, int]:
        """(place among the ranked photos, best is 1; how many are ranked)."""
        columns = self._views.columns
        with columns.lock:
            ranked = (columns["comparisons"] > 0) & (columns["leader"] == 0) & (columns["state"] <= 1)
            count = int(np.count_nonzero(ranked))
            if not ranked[photo_id]:
                return None, count
            elo = columns["elo"]
            return int(np.count_nonzero(ranked & (elo > elo[photo_id]))) + 1, count

    def _parts(self, photo_id: int) -> list[int]:
        connection = self._views.columns.db.read()
        rows = connection.execute("SELECT id FROM photos WHERE leader_id = ? ORDER BY id", (photo_id,))
        return [row[0] for row in rows]
