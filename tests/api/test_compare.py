"""Compare over HTTP: boards and pairs, choices that count once, undo with the board, results, bad requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import LiveServer, serving
from trees import make_tree

PHOTOS = 20
CARD_KEYS = {"id", "filename", "elo", "comparisons", "propagated_updates", "thumb_url", "elo_interval"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with 20 photos."""
    folder = tmp_path_factory.mktemp("photos")
    make_tree(folder, PHOTOS)
    with serving(tmp_path_factory.mktemp("home"), folder) as server:
        yield server


@pytest.fixture
def server(running: LiveServer) -> LiveServer:
    """The same server without flags and with all choices taken back."""
    running.post("/api/images/flag", {"view": {}, "flag": "unflagged"}, "cleaning")
    for action in running.get("/api/history?limit=500")["actions"]:
        if action["kind"] == "comparison" and not action["undone"]:
            running.post("/api/compare/undo", {}, action["window"])
    return running


def ids_of(server: LiveServer, query: str = "") -> list[int]:
    images = server.get(f"/api/rankings?sort=date_taken_asc&limit=500&{query}")["images"]
    return [card["id"] for card in images]


def pick(server: LiveServer, winner: int, losers: list[int], window: str = "w", **more: Any) -> Any:
    return server.post("/api/mosaic/pick", {"winner_id": winner, "loser_ids": losers} | more, window)


def elo(server: LiveServer) -> dict[int, tuple[float, int]]:
    cards = server.get("/api/rankings?limit=500")["images"]
    return {card["id"]: (card["elo"], card["comparisons"]) for card in cards}


@pytest.mark.parametrize("strategy", ["", "learn", "diverse", "explore", "compete", "top", "random"])
def test_a_board_has_different_photos_of_the_view(server: LiveServer, strategy: str) -> None:
    """Twelve unless asked otherwise; those excluded are not on it."""
    board = server.get(f"/api/mosaic/next?strategy={strategy}")
    assert board.keys() >= {"images", "total_images", "total_kept", "visible_images", "stats"}
    assert (board["total_images"], board["total_kept"], board["visible_images"]) == (PHOTOS, PHOTOS, PHOTOS)
    shown = [card["id"] for card in board["images"]]
    assert len(set(shown)) == 12
    assert board["images"][0].keys() >= CARD_KEYS
    assert board["images"][0]["thumb_url"].startswith("/api/thumb/sm/")
    excluded = ",".join(map(str, shown))
    again = server.get(f"/api/mosaic/next?n=16&strategy={strategy}&exclude={excluded}")["images"]
    assert {card["id"] for card in again} == set(ids_of(server)) - set(shown)


def test_the_winner_leads_the_results_and_its_losers_follow(server: LiveServer) -> None:
    """A choice is in the ranking at once, with counts, percentile filters and suggested stars."""
    first, second, third, *_ = ids_of(server)
    done = pick(server, second, [first, third])
    assert done.keys() >= {"ok", "new_elo", "pairs_recorded", "action_id"}
    assert (done["ok"], done["pairs_recorded"], done["repeated"]) == (True, 2, False)
    pick(server, second, [third])
    ratings = elo(server)
    assert ratings[second] == (pytest.approx(done["new_elo"], abs=500), 2)
    assert ratings[second][0] > 1200 > ratings[third][0]
    results = server.get("/api/compare/results?limit=2")
    assert ([card["id"] for card in results["images"]], results["first_rank"]) == ([second, first], 1)
    assert results["images"][0]["elo_interval"] > 0
    assert results["visible_images"] == 3
    assert ids_of(server, "compared=compared") == [first, second, third]
    assert ids_of(server, "rating=top10%25") == [second]
    assert server.get("/api/rankings?sort=confidence&limit=1")["images"][0]["id"] in (second, third)
    assert server.get("/api/rankings?min_stars=5&limit=9")["images"][0]["suggested_stars"] == 5
    stats = server.get("/api/stats")
    assert (stats["total_comparisons"], stats["ranking_signal_count"], stats["rated_images"]) == (2, 3, 3)
    progress = server.get("/api/compare/progress")
    assert (progress["photos"], progress["compared"], progress["coverage"]) == (PHOTOS, 3, 3 / PHOTOS)
    assert 0 <= progress["settled_percent"] <= 100


def test_undo_shows_the_boards_again_in_their_order(server: LiveServer) -> None:
    """Five choices, undone one by one with their boards as shown, then redone."""
    before, boards = elo(server), []
    for _ in range(5):
        shown = [card["id"] for card in server.get("/api/mosaic/next?n=6")["images"]]
        pick(server, shown[2], [i for i in shown if i != shown[2]], image_ids=shown, strategy="learn")
        boards.append(shown)
    after = elo(server)
    for shown in reversed(boards):
        undone = server.post("/api/compare/undo", {}, "w")
        assert undone.keys() >= {"ok", "winner_id", "loser_id", "comparisons_undone", "action_id"}
        assert (undone["image_ids"], undone["winner_id"], undone["loser_id"]) == (shown, shown[2], shown[0])
        assert ([card["id"] for card in undone["images"]], undone["strategy"]) == (shown, "learn")
        assert (undone["undone"], undone["mode"], undone["comparisons_undone"]) == (True, "mosaic", 1)
    assert elo(server) == before
    status, answer = server.call("POST", "/api/compare/undo", {}, {"X-Window": "w"})
    assert (status, answer["error"]) == (400, "There is nothing to undo in this window.")
    assert [server.post("/api/compare/redo", {}, "w")["image_ids"] for _ in boards] == boards
    assert elo(server) == after


def test_the_general_undo_takes_choices_and_flags_in_turn(server: LiveServer) -> None:
    """Undo of Compare passes over a later flag; the history names both."""
    one, two, *_ = ids_of(server)
    action = pick(server, one, [two])["action_id"]
    server.post("/api/images/flag", {"image_ids": [two], "flag": "picked"}, "w")
    assert server.post("/api/compare/undo", {}, "w")["action_id"] == action
    assert server.get(f"/api/compare/choice/{action}")["undone"] is True
    assert server.post("/api/compare/redo", {}, "w")["undone"] is False
    assert server.post("/api/undo", {}, "w")["action"]["kind"] == "flag"
    undone = server.post("/api/undo", {}, "w")["action"]
    assert (undone["kind"], undone["label"], undone["id"]) == ("comparison", "Chose the better of 2 photos", action)
    assert server.get("/api/compare/progress")["compared"] == 0


def test_pairs_are_neighbours_and_a_duel_counts(server: LiveServer) -> None:
    """Medium previews, no photo twice, both modes; the answer has both ratings."""
    for mode in ("swiss", "topn"):
        answer = server.get(f"/api/compare/next?n=4&mode={mode}")
        shown = [side["id"] for pair in answer["pairs"] for side in (pair["left"], pair["right"])]
        assert len(set(shown)) == len(shown) == 8
        assert answer["pairs"][0]["left"]["thumb_url"].startswith("/api/thumb/md/")
        left, right = shown[:2]
        done = server.post("/api/compare", {"winner_id": right, "loser_id": left, "mode": mode,
                                            "image_ids": [left, right]}, "w")
        assert done["winner_elo"] > done["loser_elo"]
        undone = server.post("/api/compare/undo", {}, "w")
        assert (undone["winner_id"], undone["loser_id"], undone["mode"]) == (right, left, mode)
        assert undone["image_ids"] == [left, right]


def test_a_skipped_board_is_remembered_and_comes_back(server: LiveServer) -> None:
    """It changes no rating."""
    ids = ids_of(server)[:4]
    before = elo(server)
    server.post("/api/compare/skip", {"image_ids": ids, "mode": "mosaic", "key": "s1"}, "w")
    assert server.post("/api/compare/skip", {"image_ids": ids, "mode": "mosaic", "key": "s1"}, "w")["repeated"] is True
    assert elo(server) == before
    undone = server.post("/api/compare/undo", {}, "w")
    assert (undone["winner_id"], undone["image_ids"]) == (None, ids)


def test_filters_ids_and_views_limit_the_pool(server: LiveServer) -> None:
    """Rejected photos are left out unless asked for; a pinned view and a hand-made choice work too."""
    ids = ids_of(server)
    server.post("/api/images/flag", {"image_ids": ids[:3], "flag": "rejected"}, "f")
    server.post("/api/images/flag", {"image_ids": ids[3:8], "flag": "picked"}, "f")
    board = server.get("/api/mosaic/next?n=16")
    assert (board["visible_images"], board["total_kept"]) == (PHOTOS - 3, PHOTOS - 3)
    assert not {card["id"] for card in board["images"]} & set(ids[:3])
    picked = server.get("/api/mosaic/next?flag=picked")
    assert {card["id"] for card in picked["images"]} == set(ids[3:8])
    assert server.get("/api/mosaic/next?flag=rejected")["visible_images"] == 3
    chosen = server.get(f"/api/mosaic/next?ids={ids[9]},{ids[1]},99999")
    assert {card["id"] for card in chosen["images"]} == {ids[9], ids[1]}
    assert server.get("/api/mosaic/next?q=nothing-is-called-this")["images"] == []
    assert len(server.get(f"/api/mosaic/next?ids={','.join(map(str, range(1, 501)))}")["images"]) == 12
    assert server.call("GET", "/api/mosaic/next?token=gone")[0] == 410
    assert server.call("GET", f"/api/mosaic/next?ids={ids[0]}&flag=picked")[0] == 400


def test_results_are_those_of_the_pool(server: LiveServer) -> None:
    """Photos chosen by hand, filtered ones; never a rejected one; uncompared ones only when asked for."""
    ids = ids_of(server)
    pick(server, ids[4], ids[5:9])
    server.post("/api/images/flag", {"image_ids": [ids[5]], "flag": "rejected"}, "f")

    def ranked(query: str) -> list[int]:
        return [card["id"] for card in server.get(f"/api/compare/results?{query}")["images"]]

    assert ranked("")[0] == ids[4]
    assert sorted(ranked("")) == sorted([ids[4], *ids[6:9]])
    assert ranked(f"ids={ids[0]},{ids[7]},{ids[4]}") == [ids[4], ids[7]]
    assert ranked("flag=rejected") == [ids[5]]
    assert set(ranked("compared=uncompared")) == set(ids) - set(ids[4:9])
    assert ranked("limit=1&offset=1") == ranked("")[1:2]


def test_empty_and_tiny_pools_answer_with_what_there_is(server: LiveServer) -> None:
    """No photo, one, two: boards and pairs of what there is, no error."""
    one, two, *_ = ids_of(server)
    for ids, photos, pairs in ((f"{99999}", 0, 0), (f"{one}", 1, 0), (f"{one},{two}", 2, 1)):
        assert len(server.get(f"/api/mosaic/next?ids={ids}")["images"]) == photos
        assert len(server.get(f"/api/compare/next?ids={ids}")["pairs"]) == pairs
        assert len(server.get(f"/api/compare/next?ids={ids}&mode=topn")["pairs"]) == pairs
        assert server.get(f"/api/compare/progress?ids={ids}")["photos"] == photos


def test_a_choice_sent_twice_counts_once_and_tabs_lose_nothing(server: LiveServer) -> None:
    """Four tabs choose at once, each sending every choice twice: as many choices as were made."""
    ids = ids_of(server)
    failed: list[BaseException] = []

    def tab(number: int) -> None:
        try:
            for turn in range(6):
                board = [ids[(number * 5 + turn + place) % PHOTOS] for place in range(4)]
                for _ in range(2):
                    pick(server, board[0], board[1:], f"tab {number}", key=f"{number}-{turn}")
        except BaseException as error:   # noqa: BLE001 – reported by the test below
            failed.append(error)

    threads = [threading.Thread(target=tab, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert server.get("/api/stats")["total_comparisons"] == 24
    assert sum(count for _, count in elo(server).values()) == 24 * 4
    server.post("/api/compare/rebuild")
    before = elo(server)
    for _ in range(300):
        if not server.get("/api/compare/progress")["updating"]:
            break
        threading.Event().wait(0.1)
    assert not server.get("/api/compare/progress")["updating"]
    assert elo(server) == before


def test_look_alikes_without_vectors_are_none(server: LiveServer) -> None:
    """The counts answer, they are zero."""
    one, two, three, *_ = ids_of(server)
    pick(server, one, [two, three])
    assert server.get("/api/propagation/last") == {"count": 0}
    answer = server.post("/api/propagation/predict", {"grid_ids": [one, two, three]})
    assert answer == {"counts": {str(one): 0, str(two): 0, str(three): 0}}


def test_plain_rows_are_imported(server: LiveServer) -> None:
    """One row is one pair."""
    one, two, three, *_ = ids_of(server)
    rows = [{"winner_id": one, "loser_id": two}, {"winner_id": one, "loser_id": three, "at": 1e9}]
    assert server.post("/api/compare/import", {"rows": rows}, "w")["imported"] == 2
    assert elo(server)[one][1] == 2
    assert server.post("/api/compare/undo", {}, "w")["comparisons_undone"] == 2


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": []}, "2 to 16"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [1, 2]}, "only once"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [2, 2]}, "only once"),
        ("/api/mosaic/pick", {"winner_id": 0, "loser_ids": [2]}, "positive"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [-2]}, "positive"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [99999]}, "no photo with the id 99999"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [2, 3], "also_ids": [4]}, "not on the board"),
        ("/api/mosaic/pick", {"winner_id": 1, "loser_ids": [2, 3], "image_ids": [1, 2]}, "image_ids"),
        ("/api/compare", {"winner_id": 3, "loser_id": 3, "mode": "swiss"}, "only once"),
        ("/api/compare/skip", {"image_ids": [5]}, "2 to 16"),
        ("/api/propagation/predict", {"grid_ids": [1, 1]}, "different"),
        ("/api/compare/import", {"rows": [{"winner_id": 4, "loser_id": 4}]}, "two different photos"),
    ],
)
def test_ids_that_do_not_fit_are_named(server: LiveServer, path: str, body: Any, words: str) -> None:
    """400 with a sentence and the ids; nothing is recorded."""
    status, answer = server.call("POST", path, body)
    assert (status, words in answer["error"]) == (400, True), answer
    assert answer["image_ids"]
    assert server.get("/api/stats")["total_comparisons"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/mosaic/pick", {"loser_ids": [2]}),
        ("POST", "/api/mosaic/pick", {"winner_id": "1", "loser_ids": [2]}),
        ("POST", "/api/compare", {"winner_id": 1, "loser_id": 2, "mode": "chess"}),
        ("POST", "/api/compare", {"winner_id": 1, "loser_id": 2, "loser": 3}),
        ("POST", "/api/mosaic/pick", {"winner_id": 1, "loser_ids": [2], "strategy": "magic"}),
        ("POST", "/api/mosaic/pick", {"winner_id": 1, "loser_ids": [2], "key": "k" * 65}),
        ("POST", "/api/compare/skip", {"image_ids": [1, 2], "mode": "chess"}),
        ("POST", "/api/propagation/predict", {"grid_ids": [1, 2], "n": 12}),
        ("POST", "/api/compare/import", {"rows": []}),
        ("POST", "/api/compare/import", {"rows": [{"winner_id": 1, "loser_id": 2, "at": -1}]}),
        ("POST", "/api/compare/import", {"rows": [{"winner_id": 1, "loser_id": 2}] * 100_001}),
        ("GET", f"/api/mosaic/next?ids={','.join(map(str, range(1, 502)))}", None),
        ("GET", f"/api/compare/choice/{2**63}", None),
        ("GET", "/api/mosaic/next?n=1", None), ("GET", "/api/mosaic/next?n=17", None),
        ("GET", "/api/mosaic/next?strategy=magic", None), ("GET", "/api/mosaic/next?colour=red", None),
        ("GET", "/api/compare/next?mode=chess", None), ("GET", "/api/compare/next?exclude=x", None),
    ],
)
def test_other_mistakes_are_sentences_too(server: LiveServer, method: str, path: str, body: Any) -> None:
    """400, never 500."""
    status, answer = server.call(method, path, body)
    assert (status, answer["error"].endswith((".", "”."))) == (400, True), answer


def test_an_unknown_choice_is_not_found(server: LiveServer) -> None:
    """404."""
    assert server.call("GET", "/api/compare/choice/999999")[0] == 404
