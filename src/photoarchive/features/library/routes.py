"""Addresses of the Library: lists, feed, facets, one photo, marks, saved views."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from photoarchive.catalog.choice import Choice, ids_from_text
from photoarchive.catalog.query import MAX_WORDS
from photoarchive.core.errors import Invalid
from photoarchive.features.library.service import MAX_MARKERS, MAX_NEIGHBOURS, MAX_PAGE, LibraryService
from photoarchive.features.library.views import (
    CardList,
    DateGroups,
    FlagAnswer,
    FlagRequest,
    LabelAnswer,
    LabelRequest,
    OneFlagRequest,
    Position,
    SavedViewList,
    SaveViewRequest,
    StarsAnswer,
    StarsRequest,
)
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import RowId, required, whole_number

FEED_TYPE = "application/x-photoarchive-feed"
DEFAULT_PAGE = 100
DEFAULT_VALUES, MAX_VALUES = 50, 200


def router(service: LibraryService) -> APIRouter:
    """All routes of the Library."""
    routes = APIRouter()
    _add_lists(routes, service)
    _add_counts(routes, service)
    _add_marks(routes, service)
    _add_saved_views(routes, service)
    return routes


def _add_lists(routes: APIRouter, service: LibraryService) -> None:
    views = service.views

    @routes.get("/api/rankings")
    async def rankings(request: Request) -> Response:
        """One page of a view: limit, offset, sort and filters."""
        limit = whole_number(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE)
        offset = whole_number(request, "offset", 0, 0, 2**31)
        query = views.query(request.query_params, ("limit", "offset"))
        return json_response(await offload(service.rankings, query, limit, offset))

    @routes.get("/api/library/feed")
    async def feed(request: Request) -> Response:
        """The whole view as binary columns; 304 while it is what the browser has."""
        query = views.query(request.query_params)
        revision = views.columns.revision_now       # before: what is read from here on is as new, or newer
        etag, token, count, encode = await offload(service.feed_of, query)
        headers = {"ETag": etag, "X-View-Token": token, "X-View-Count": str(count), "X-View-Revision": str(revision)}
        headers["Cache-Control"] = "private, no-cache"
        if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(await offload(encode), media_type=FEED_TYPE, headers=headers)

    @routes.get("/api/library/cards")
    async def cards(request: Request) -> Response:
        """Cards of up to 500 ids, in the order asked."""
        ids = ids_from_text("ids", required(request, "ids"), MAX_PAGE)
        return json_response(CardList(await offload(service.cards.of, ids)))

    @routes.get("/api/library/marks")
    async def marks_since(request: Request) -> Response:
        """Which photos' marks changed after a revision (since), and their bits as in the feed."""
        since = whole_number(request, "since", None, 0, 2**53)
        return json_response(await offload(service.marks_since, since))

    @routes.get("/api/library/locate")
    async def locate(request: Request) -> Response:
        """Where a photo stands in a pinned view."""
        photo_id = whole_number(request, "id", None, 1, 2**31)
        return json_response(Position(await offload(service.locate, required(request, "token"), photo_id)))

    @routes.get("/api/library/neighbours")
    async def neighbours(request: Request) -> Response:
        """Ids around a photo in a pinned view."""
        photo_id = whole_number(request, "id", None, 1, 2**31)
        count = whole_number(request, "n", 50, 1, MAX_NEIGHBOURS)
        return json_response(await offload(service.neighbours, required(request, "token"), photo_id, count))

    @routes.get("/api/image/{photo_id}")
    async def photo(photo_id: RowId) -> Response:
        """Everything known of one photo."""
        return json_response(await offload(service.photo, photo_id))

    @routes.get("/api/map/markers")
    async def markers(request: Request) -> Response:
        """Located photos of a view."""
        limit = whole_number(request, "limit", 10_000, 1, MAX_MARKERS)
        query = views.query(request.query_params, ("limit",))
        return json_response(await offload(service.markers, query, limit))


def _add_counts(routes: APIRouter, service: LibraryService) -> None:
    views = service.views

    @routes.get("/api/facets")
    async def facets(request: Request) -> Response:
        """Counts per filter value."""
        return json_response(await offload(service.facets, views.query(request.query_params)))

    @routes.get("/api/facets/values")
    async def facet_values(request: Request) -> Response:
        """Values of one filter that contain a text, with counts: facet, containing, limit, and filters."""
        text = request.query_params.get("containing", "").strip()
        if len(text) > MAX_WORDS:
            raise Invalid(f"containing may have at most {MAX_WORDS} characters.", field="containing")
        limit = whole_number(request, "limit", DEFAULT_VALUES, 1, MAX_VALUES)
        query = views.query(request.query_params, ("facet", "containing", "limit"))
        return json_response(await offload(service.facet_values, query, required(request, "facet"), text, limit))

    @routes.get("/api/facets/empty")
    async def empty(request: Request) -> Response:
        """Which filter hides most."""
        found = await offload(service.suggestions, views.query(request.query_params))
        return json_response({"suggestions": found})

    @routes.get("/api/folders")
    async def folders(request: Request) -> Response:
        """The folder tree with counts. inside (repeatable, may be empty): only the roots and what lies in these."""
        inside = request.query_params.getlist("inside")
        query = views.query(request.query_params, ("inside",))
        return json_response(await offload(service.folders, query, inside or None))

    @routes.get("/api/date-groups")
    async def date_groups(request: Request) -> Response:
        """Months of a view."""
        return json_response(DateGroups(await offload(service.date_groups, views.query(request.query_params))))

    @routes.get("/api/filter-options")
    async def filter_options() -> Response:
        """Years, endings, cameras and lenses that occur."""
        return json_response(await offload(service.filter_options))

    @routes.get("/api/stats")
    async def statistics() -> Response:
        """Counts of the catalog."""
        return json_response(await offload(service.statistics))


def _add_marks(routes: APIRouter, service: LibraryService) -> None:
    @routes.post("/api/image/{photo_id}/flag")
    async def flag_one(photo_id: RowId, request: Request) -> Response:
        """Flag one photo: {flag}."""
        body = await read_json(request, OneFlagRequest)
        choice = Choice(image_ids=[photo_id])
        done = await offload(service.set_flag, choice, body.flag, browser_window(request))
        return json_response(
            FlagAnswer(count=done.count, changed=done.changed, action_id=done.action_id, flag=body.flag))

    @routes.post("/api/images/flag", max_body_size=MAX_ID_LIST_BYTES)
    async def flag_many(request: Request) -> Response:
        """Flag many photos: {image_ids | view, flag}."""
        body = await read_json(request, FlagRequest)
        done = await offload(service.set_flag, body, body.flag, browser_window(request))
        return json_response(
            FlagAnswer(count=done.count, changed=done.changed, action_id=done.action_id, flag=body.flag))

    @routes.post("/api/images/stars", max_body_size=MAX_ID_LIST_BYTES)
    async def star_many(request: Request) -> Response:
        """Give photos stars: {image_ids | view, stars: 0–5 | null}."""
        body = await read_json(request, StarsRequest)
        done = await offload(service.set_stars, body, body.stars, browser_window(request))
        return json_response(
            StarsAnswer(count=done.count, changed=done.changed, action_id=done.action_id, stars=body.stars))

    @routes.post("/api/images/label", max_body_size=MAX_ID_LIST_BYTES)
    async def label_many(request: Request) -> Response:
        """Give photos a colour label: {image_ids | view, label: 0–7}."""
        body = await read_json(request, LabelRequest)
        done = await offload(service.set_label, body, body.label, browser_window(request))
        return json_response(
            LabelAnswer(count=done.count, changed=done.changed, action_id=done.action_id, label=body.label))


def _add_saved_views(routes: APIRouter, service: LibraryService) -> None:
    @routes.get("/api/views")
    async def list_views() -> Response:
        """Saved views by name."""
        return json_response(SavedViewList(await offload(service.saved.all)))

    @routes.post("/api/views")
    async def save_view(request: Request) -> Response:
        """Keep a view: {name, query, replace}."""
        body = await read_json(request, SaveViewRequest)
        window = browser_window(request)
        await offload(lambda: service.saved.save(body.name, body.query, replace=body.replace, window=window))
        return json_response(SavedViewList(await offload(service.saved.all)))

    @routes.delete("/api/views/{view_id}")
    async def forget_view(view_id: RowId, request: Request) -> Response:
        """Forget a saved view."""
        await offload(service.saved.forget, view_id, browser_window(request))
        return json_response(SavedViewList(await offload(service.saved.all)))
