"""Addresses of Compare: boards, pairs, choices, undo and redo, results, look-alikes."""

from __future__ import annotations

import numpy as np
from fastapi import APIRouter, Request, Response

from photoarchive.catalog.choice import ids_from_text
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.query import Query
from photoarchive.core.errors import Invalid
from photoarchive.features.compare.scope import Scope
from photoarchive.features.compare.service import CompareService
from photoarchive.features.compare.views import (
    Count,
    Counts,
    DuelRequest,
    ImportAnswer,
    ImportRequest,
    PickRequest,
    PredictRequest,
    SkipRequest,
)
from photoarchive.web.http import MAX_ID_LIST_BYTES, browser_window, json_response, offload, read_json
from photoarchive.web.parameters import LARGEST_ID, RowId, whole_number

MAX_IDS = 500                   # of a pool chosen by hand, and of what is not to be shown
MAX_PAIRS = 50
OTHER = ("n", "strategy", "exclude", "mode", "ids", "token", "limit", "offset", "sort", "seed")


def router(service: CompareService) -> APIRouter:
    """All routes of Compare."""
    routes = APIRouter()
    _add_boards(routes, service)
    _add_choices(routes, service)
    _add_undo(routes, service)
    _add_lookalikes(routes, service)
    return routes


def _add_boards(routes: APIRouter, service: CompareService) -> None:
    @routes.get("/api/mosaic/next")
    async def next_board(request: Request) -> Response:
        """A board: n, strategy, exclude, and the pool as filters, ids or a view's token."""
        size = whole_number(request, "n", 12, 2, 16)
        strategy, exclude = request.query_params.get("strategy") or "learn", _excluded(request)
        scope = await offload(_scope, service, request)
        return json_response(await offload(service.board, scope, strategy, size, exclude))

    @routes.get("/api/compare/next")
    async def next_pairs(request: Request) -> Response:
        """Pairs: n, mode swiss or topn, exclude, and the pool."""
        count = whole_number(request, "n", 5, 1, MAX_PAIRS)
        mode, exclude = request.query_params.get("mode") or "swiss", _excluded(request)
        scope = await offload(_scope, service, request)
        return json_response(await offload(service.pairs, scope, mode, count, exclude))

    @routes.get("/api/compare/progress")
    async def progress(request: Request) -> Response:
        """How far the pool is ranked."""
        scope = await offload(_scope, service, request)
        return json_response(await offload(service.progress, scope))

    @routes.get("/api/compare/results")
    async def results(request: Request) -> Response:
        """The ranking of the pool: limit, offset."""
        limit, offset = whole_number(request, "limit", 100, 1, 500), whole_number(request, "offset", 0, 0, LARGEST_ID)
        scope = await offload(_scope, service, request)
        return json_response(await offload(service.results, _query(service, request), scope, limit, offset))


def _add_choices(routes: APIRouter, service: CompareService) -> None:
    @routes.post("/api/mosaic/pick")
    async def pick(request: Request) -> Response:
        """The best of a board: {winner_id, loser_ids, also_ids?, image_ids?, strategy?, key?}."""
        body = await read_json(request, PickRequest)
        return json_response(await offload(service.pick, body, browser_window(request)))

    @routes.post("/api/compare")
    async def duel(request: Request) -> Response:
        """The better of two: {winner_id, loser_id, mode, image_ids?, key?}."""
        body = await read_json(request, DuelRequest)
        return json_response(await offload(service.duel, body, browser_window(request)))

    @routes.post("/api/compare/skip")
    async def skip(request: Request) -> Response:
        """Nobody chosen: {image_ids, mode, strategy?, key?}."""
        body = await read_json(request, SkipRequest)
        return json_response(await offload(service.skip, body, browser_window(request)))

    @routes.post("/api/compare/import", max_body_size=MAX_ID_LIST_BYTES)
    async def take_in(request: Request) -> Response:
        """Plain win/loss rows: {rows: [{winner_id, loser_id, at?}]}."""
        body = await read_json(request, ImportRequest)
        count = await offload(service.import_duels, body.rows, browser_window(request))
        return json_response(ImportAnswer(imported=count))


def _add_undo(routes: APIRouter, service: CompareService) -> None:
    @routes.post("/api/compare/undo")
    async def undo(request: Request) -> Response:
        """Take back this window's newest choice; the answer holds its board."""
        return json_response(await offload(service.undo, browser_window(request)))

    @routes.post("/api/compare/redo")
    async def redo(request: Request) -> Response:
        """Do this window's last undone choice again."""
        return json_response(await offload(service.redo, browser_window(request)))

    @routes.get("/api/compare/choice/{action_id}")
    async def choice(action_id: RowId) -> Response:
        """The choice of an action."""
        return json_response(await offload(service.choice, action_id))


def _add_lookalikes(routes: APIRouter, service: CompareService) -> None:
    @routes.get("/api/propagation/last")
    async def last() -> Response:
        """How many look-alikes the newest choice moved."""
        return json_response(Count(await offload(service.moved_last)))

    @routes.post("/api/propagation/predict")
    async def predict(request: Request) -> Response:
        """How many look-alikes each choice from a board would move: {grid_ids}."""
        body = await read_json(request, PredictRequest)
        return json_response(Counts(await offload(service.would_move, body.grid_ids)))

    @routes.post("/api/compare/rebuild")
    async def rebuild() -> Response:
        """Compute all ratings anew from the log."""
        await offload(service.rebuild)
        return json_response({"ok": True})


def _query(service: CompareService, request: Request) -> Query:
    return service.views.query(request.query_params, OTHER)


def _scope(service: CompareService, request: Request) -> Scope:
    """The pool a request names: ids, or a pinned view, or filters. Raises Invalid for a mixture."""
    params = request.query_params
    ids, token, query = params.get("ids"), params.get("token"), _query(service, request)
    if sum((bool(ids), bool(token), bool(query.active()))) > 1:
        raise Invalid("The photos to compare are named by ids, by a token or by filters, not by several.", field="ids")
    if ids:
        return service.scopes.of_ids(ids_from_text("ids", ids, MAX_IDS))
    return service.scopes.of_token(token) if token else service.scopes.of_query(query)


def _excluded(request: Request) -> Array:
    text = request.query_params.get("exclude", "")
    return ids_from_text("exclude", text, MAX_IDS) if text else np.zeros(0, np.uint32)
