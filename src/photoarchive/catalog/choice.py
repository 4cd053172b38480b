"""Which photos a bulk verb is about: a list of ids, a pinned view, or the view of some filters."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Conflict, Invalid

MAX_LISTED_IDS = 1_000_000      # more come by view token


class Choice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Part of a request body: {image_ids: […]} | {view: {token, expected_count}} | {view: {…filter parameters}}."""

    image_ids: list[int] | None = None
    view: dict[str, Any] | None = None


def chosen_ids(views: Views, choice: Choice) -> Array:
    """The ids in the order of the list or view, uint32.

    Raises Invalid for both or neither or an empty list, Gone for an expired token, Conflict when a view no longer
    has the expected count.
    """
    if (choice.image_ids is None) == (choice.view is None):
        raise Invalid("Say which photos: either image_ids or view.", field="image_ids")
    if choice.image_ids is not None:
        return listed_ids(choice.image_ids)
    asked = dict(choice.view or {})
    token, expected = asked.pop("token", None), asked.pop("expected_count", None)
    if expected is not None and (not isinstance(expected, int) or isinstance(expected, bool)):
        raise Invalid("expected_count must be a whole number.", field="expected_count")
    if token is not None:
        if asked or not isinstance(token, str):
            raise Invalid("view has either a token or filters, not both.", field="view")
        view = views.get(token)
    else:
        view = views.glance(views.query(asked))
    if expected is not None and view.count != expected:
        raise Conflict(f"The view has {view.count:,} photos now, not {expected:,}. Look again before changing them.",
                       count=view.count)
    return view.ids


def listed_ids(ids: list[int]) -> Array:
    """A list of ids as an array. Raises Invalid when it is empty, too long or holds what cannot be an id."""
    if not ids:
        raise Invalid("No photo was chosen: image_ids is empty.", field="image_ids")
    if len(ids) > MAX_LISTED_IDS:
        raise Invalid(f"image_ids may hold at most {MAX_LISTED_IDS:,} ids; send the view instead.", field="image_ids")
    if min(ids) < 1 or max(ids) >= 2**31:
        raise Invalid("image_ids must hold positive whole numbers.", field="image_ids")
    return np.array(ids, np.uint32)


def ids_from_text(name: str, text: str, most: int) -> Array:
    """Ids of a URL parameter, comma separated. Raises Invalid naming it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise Invalid(f"{name} must be a list of photo ids, such as {name}=3,17.", field=name)
    if len(parts) > most:
        raise Invalid(f"{name} may hold at most {most} ids, not {len(parts)}.", field=name)
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 2**31 for part in parts):
        raise Invalid(f"{name} must hold positive whole numbers.", field=name)
    return np.array([int(part) for part in parts], np.uint32)
