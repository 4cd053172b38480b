"""People in views: the filters people, people_all, people_none, faces and has=faces, and the counts of the panel."""

from __future__ import annotations

import re

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.face_columns import FaceColumns, first_of_each
from photoarchive.catalog.facet_values import FacetValue
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid

UNNAMED = "unnamed"
MOST_FACES = 255


def register_people_filters(views: Views, faces: FaceColumns) -> None:
    """Bring all filters of people to all views."""
    views.register_filter("people", AnyPeople(faces))
    views.register_filter("people_all", AllPeople(faces))
    views.register_filter("people_none", NoPeople(faces))
    views.register_filter("faces", NumberOfFaces(faces))
    views.register_filter("has:faces", HasFaces(faces))


class _Provider:
    """What they share: the arrays, and whose faces which photos show."""

    def __init__(self, faces: FaceColumns) -> None:
        self._faces = faces

    def revision(self) -> int:
        """Rises whenever a face or a person changed."""
        return self._faces.revision()

    def _showing(self, values: list[str], field: str, columns: Columns) -> list[Array]:
        """For each value the mask (rows,) of the photos that show that person."""
        faces = self._faces.current()
        found = []
        for value in values:
            if value == UNNAMED:
                chosen = self._unnamed()
            elif re.fullmatch(r"[0-9]{1,9}", value):
                chosen = np.flatnonzero((faces.person == self._faces.resolve(int(value))) & faces.visible())
            else:
                raise Invalid(f"{field} must be the number of a person or “{UNNAMED}”, not “{value}”.", field=field)
            found.append(self._photos(chosen, columns))
        return found

    def _unnamed(self) -> Array:
        """Faces that count and have no name."""
        faces = self._faces.current()
        named = np.zeros(int(faces.person.max(initial=0)) + 1, bool)
        hidden = named.copy()
        for person in self._faces.people().values():
            if person.id < len(named):
                named[person.id], hidden[person.id] = bool(person.name), person.ignored
        return np.flatnonzero(faces.visible() & ~named[faces.person] & ~hidden[faces.person])

    def _photos(self, chosen: Array, columns: Columns) -> Array:
        mask = np.zeros(columns.rows, bool)
        mask[self._faces.shown_photo(self._faces.current().photo[chosen])] = True
        mask[0] = False
        return mask


class AnyPeople(_Provider):
    """people: photos that show any of these; its facet counts the named ones."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos with any of the people."""
        return np.asarray(np.logical_or.reduce(self._showing(_parts(values), "people", columns)))

    def named(self, text: str) -> tuple[str, ...]:
        """The values for a name as it is typed in a search."""
        if text.strip().casefold() == UNNAMED:
            return (UNNAMED,)
        return tuple(str(person_id) for person_id in self._faces.ids_named(text))

    def facet(self, mask: Array) -> list[FacetValue]:
        """Every named person with how many of the photos show them, most first; then faces without a name."""
        faces = self._faces.current()
        people = {person.id: person for person in self._faces.people().values()
                  if person.name and person.merged_into is None and not person.ignored}
        named = np.zeros(int(faces.person.max(initial=0)) + 1, bool)
        named[[person_id for person_id in people if person_id < len(named)]] = True
        chosen = np.flatnonzero(faces.visible() & named[faces.person])
        photo = self._faces.shown_photo(faces.photo[chosen])
        inside = mask[photo] & (photo > 0)
        person, photo = faces.person[chosen[inside]].astype(np.int64), photo[inside]
        counts = np.bincount(person[first_of_each(person, photo)], minlength=len(named))
        values = [FacetValue(str(one.id), one.name, int(counts[one.id]) if one.id < len(counts) else 0)
                  for one in people.values()]
        values.sort(key=lambda value: (-value.count, value.label.casefold(), value.value))
        unnamed = np.zeros(len(mask), bool)
        unnamed[self._faces.shown_photo(faces.photo[self._unnamed()])] = True
        unnamed[0] = False
        return [*values, FacetValue(UNNAMED, "Unnamed", int(np.count_nonzero(unnamed & mask)))]


class AllPeople(_Provider):
    """people_all: photos that show every one of these."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos with all of the people."""
        return np.asarray(np.logical_and.reduce(self._showing(_parts(values), "people_all", columns)))


class NoPeople(_Provider):
    """people_none: photos that show none of these."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos without any of the people."""
        return ~np.asarray(np.logical_or.reduce(self._showing(_parts(values), "people_none", columns)))


class NumberOfFaces(_Provider):
    """faces: "3", ">=2", "0": so many faces, ignored ones not counted. Several mean any of them."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos with so many faces."""
        counts = np.bincount(self._faces.shown_photo(_visible_photos(self._faces)), minlength=columns.rows)
        mask = np.zeros(columns.rows, bool)
        for value in _parts(values):
            found = re.fullmatch(r"(>=|<=|=)?([0-9]{1,3})", value)
            if not found or int(found[2]) > MOST_FACES:
                raise Invalid(f"faces cannot be “{value}”. It is a number such as 2, >=2 or <=2.", field="faces")
            number = int(found[2])
            mask |= {">=": counts >= number, "<=": counts <= number}.get(found[1], counts == number)
        return mask


class HasFaces(_Provider):
    """has=faces."""

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos with at least one face that is not ignored."""
        mask = np.zeros(columns.rows, bool)
        mask[self._faces.shown_photo(_visible_photos(self._faces))] = True
        mask[0] = False
        return mask


def _visible_photos(faces: FaceColumns) -> Array:
    arrays = faces.current()
    return arrays.photo[np.flatnonzero(arrays.visible())]


def _parts(values: tuple[str, ...]) -> list[str]:
    parts = [part.strip() for value in values for part in value.split(",")]
    return [part for part in dict.fromkeys(parts) if part]
