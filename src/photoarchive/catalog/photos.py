"""Stores what reading the originals gave: one transaction per batch, everything that depends on it kept in step.

Facts come from the file that stands for the photo; what the user corrected (overlays) wins and is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.details import write_details, write_face_regions
from photoarchive.catalog.files import refresh_photos
from photoarchive.catalog.imported_marks import import_marks, read_earlier
from photoarchive.catalog.keywords import as_json, camera_ids, format_ids, lens_ids, replace_read_keywords
from photoarchive.catalog.overlays import FACTS, remember_as_read
from photoarchive.catalog.pairs import refresh_pairs
from photoarchive.catalog.previews import standing_failures
from photoarchive.core.facts import Facts, InspectFailure, Inspection, Origin

_FILES = """
SELECT f.id, f.photo_id, p.file_id = f.id, p.ready = 0 OR p.unreadable IS NOT NULL
FROM files f JOIN photos p ON p.id = f.photo_id WHERE f.id IN (SELECT value FROM json_each(?))
"""
# A file that changed since it was chosen keeps inspected = 0 and is read again.
_MARK_READ = "UPDATE files SET inspected = ?, error = ? WHERE id = ? AND mtime_ns = ?"
# The place belongs to the coordinates, and an offset worked out from it to the time too: when they change both are
# looked up again.
_KEPT_OFFSET = "offset_from_place AND lat IS :lat AND lon IS :lon AND taken_local IS :taken_local"
_WRITE_PHOTO = """
UPDATE photos SET kind = :kind, format_id = :format_id, ready = 1, unreadable = :unreadable,
  width = :width, height = :height, stored_width = :stored_width, stored_height = :stored_height,
  orientation = :orientation, colour = coalesce(:colour, colour), taken_local = :taken_local,
  taken_offset = CASE WHEN :taken_offset IS NULL AND {kept} THEN taken_offset ELSE :taken_offset END,
  offset_from_place = :taken_offset IS NULL AND {kept},
  taken_origin = :taken_origin, camera_id = :camera_id, lens_id = :lens_id, iso = :iso, aperture = :aperture,
  shutter = :shutter, focal = :focal, focal35 = :focal35,
  place_id = CASE WHEN lat IS :lat AND lon IS :lon AND taken_local IS :taken_local THEN place_id END,
  lat = :lat, lon = :lon, altitude = :altitude, direction = :direction, duration = :duration,
  clip_start = :clip_start, clip_size = :clip_size
WHERE id = :id
""".replace("{kept}", _KEPT_OFFSET)
_NEVER_LARGER = 2**31 - 1       # columns of sizes are 32 bits


class _Place(msgspec.Struct, frozen=True):
    """A file as the catalog has it."""

    photo_id: int
    is_shown: bool          # it stands for its photo
    is_needed: bool         # the photo has no facts of a readable file yet


def store_inspections(
    tx: Transaction, results: Sequence[Inspection | InspectFailure], version: int
) -> list[int]:
    """Write what was read of files into the catalog. version: of the extractor that read them.

    Failures that blame the drive must not be among the results. Returns the ids of the photos that changed.
    """
    places = {file_id: _Place(photo_id, bool(shown), bool(needed)) for file_id, photo_id, shown, needed
              in tx.execute(_FILES, (as_json(result.file_id for result in results),))}
    known = [result for result in results if result.file_id in places]
    tx.executemany(_MARK_READ, (
        (version, result.reason if isinstance(result, InspectFailure) else None, result.file_id, result.stamp)
        for result in known))
    chosen: dict[int, Inspection] = {}
    failed: list[InspectFailure] = []
    for result in known:
        place = places[result.file_id]
        if isinstance(result, InspectFailure):
            failed.append(result)
        elif place.is_shown or (place.is_needed and place.photo_id not in chosen):
            chosen[place.photo_id] = result
    _write_facts(tx, chosen)
    touched = list(chosen) + _write_failures(tx, failed, places)
    tx.changes.touch("photos", touched)
    tx.changes.touch("text", touched)
    refresh_pairs(tx, touched)
    return touched


# ---------------------------------------------------------------------- readable files


def _write_facts(tx: Transaction, chosen: dict[int, Inspection]) -> None:
    if not chosen:
        return
    earlier = read_earlier(tx, chosen)
    facts_of = {photo_id: one.facts for photo_id, one in chosen.items()}
    cameras = camera_ids(tx, (camera for camera in map(_camera, facts_of.values()) if camera is not None))
    lenses = lens_ids(tx, (facts.lens for facts in facts_of.values() if facts.lens))
    formats = format_ids(tx, (one.extension for one in chosen.values()))
    overlays, failures = _overlays(tx, chosen), standing_failures(tx, chosen)
    for photo_id, one in chosen.items():
        camera, lens = cameras.get(_camera(one.facts) or ("", "")), lenses.get(one.facts.lens or "")
        row = _row(photo_id, one, camera, lens, formats[one.extension]) | {"unreadable": failures.get(photo_id)}
        if photo_id in overlays:
            remember_as_read(tx, {photo_id: row})
        tx.execute(_WRITE_PHOTO, row | overlays.get(photo_id, {}))
    write_details(tx, ((photo_id, one.facts, one.tags) for photo_id, one in chosen.items()))
    write_face_regions(tx, facts_of)
    words = {photo_id: facts.keywords for photo_id, facts in facts_of.items()}
    tx.changes.touch("keywords", replace_read_keywords(tx, words))
    tx.changes.touch("marks", import_marks(tx, facts_of, earlier))


def _camera(facts: Facts) -> tuple[str, str] | None:
    if facts.camera_make is None and facts.camera_model is None:
        return None
    return facts.camera_make or "", facts.camera_model or ""


def _row(
    photo_id: int, one: Inspection, camera_id: int | None, lens_id: int | None, format_id: int
) -> dict[str, int | float | str | None]:
    facts, taken = one.facts, one.facts.taken
    return {
        "id": photo_id, "kind": one.kind, "format_id": format_id, "colour": one.colour,
        "width": _size(facts.width), "height": _size(facts.height), "stored_width": _size(facts.stored_width),
        "stored_height": _size(facts.stored_height), "orientation": facts.orientation,
        "taken_local": taken.local_ms if taken else None, "taken_offset": taken.offset if taken else None,
        "taken_origin": int(taken.origin if taken else Origin.NONE),
        "camera_id": camera_id, "lens_id": lens_id, "iso": _size(facts.iso), "aperture": facts.aperture,
        "shutter": facts.shutter, "focal": facts.focal, "focal35": facts.focal35, "lat": facts.lat, "lon": facts.lon,
        "altitude": facts.altitude, "direction": facts.direction, "duration": facts.duration,
        "clip_start": facts.clip.start if facts.clip else None, "clip_size": facts.clip.size if facts.clip else None,
    }


def _size(value: int | None) -> int | None:
    return value if value is None or value <= _NEVER_LARGER else None


def _overlays(tx: Transaction, photo_ids: Iterable[int]) -> dict[int, dict[str, int | float | str | None]]:
    """What the user corrected, as columns of `photos`."""
    found: dict[int, dict[str, int | float | str | None]] = {}
    rows = tx.execute("SELECT photo_id, field, value FROM overlays WHERE photo_id IN (SELECT value FROM json_each(?))",
                      (as_json(photo_ids),))
    for photo_id, field, value in rows:
        if field in FACTS:
            found.setdefault(photo_id, {})[field] = value
    for fields in found.values():
        if "taken_local" in fields:
            fields["taken_origin"] = int(Origin.USER)
    return found


# ---------------------------------------------------------------------- unreadable files


def _write_failures(tx: Transaction, failed: list[InspectFailure], places: dict[int, _Place]) -> list[int]:
    """Let another file stand for a photo where there is one; else show it as unreadable, with the reason.

    Returns the photos concerned.
    """
    if not failed:
        return []
    photo_ids = sorted({places[failure.file_id].photo_id for failure in failed})
    refresh_photos(tx, photo_ids)
    formats = format_ids(tx, (failure.extension for failure in failed if failure.extension))
    # Where the broken file still stands for its photo there is no better one.
    tx.executemany(
        "UPDATE photos SET unreadable = ?, ready = 1, format_id = coalesce(format_id, ?) WHERE id = ? AND file_id = ?",
        ((failure.reason, formats.get(failure.extension), places[failure.file_id].photo_id, failure.file_id)
         for failure in failed))
    # A copy that steps in was only noted so far, not read for its facts.
    tx.execute(
        "UPDATE files SET inspected = 0 WHERE error IS NULL AND id IN (SELECT file_id FROM photos WHERE ready = 0 "
        "AND id IN (SELECT value FROM json_each(?)))", (as_json(photo_ids),))
    return photo_ids
