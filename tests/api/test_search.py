"""Searching over HTTP: text before the index is there, meaning after, reasons, the box, kept results, hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from conftest import LiveServer, start_server
from trees import make_tree

PHOTOS = 12
ANSWER_KEYS = {"images", "query", "search_mode", "model", "cached", "took_ms", "total_images", "visible_images",
               "hints", "reasons", "deep", "found"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with 12 photos; some carry words, all have been looked at by the bundled model."""
    folder = tmp_path_factory.mktemp("photos")
    make_tree(folder, PHOTOS)
    running = start_server(tmp_path_factory.mktemp("home"), looking=True)
    try:
        running.add_folder(folder)
        running.post("/api/work/mode", {"mode": "max"})
        running.post("/api/images/texts", {"image_ids": [1, 2, 3], "caption": "A lighthouse at the end of the world"})
        running.settle(("previews", "embed"))
        yield running
    finally:
        running.stop()


def search(server: LiveServer, text: str, **params: object) -> dict:
    return server.get(f"/api/search?{urlencode({'q': text, **params})}")


def test_a_search_answers_with_reasons(server: LiveServer) -> None:
    """Photos with the words in their caption are found, first ones first, and say why."""
    answer = search(server, "lighthouse", limit=2)
    assert set(answer) >= ANSWER_KEYS
    assert (answer["total_images"], len(answer["images"])) == (PHOTOS, 2)
    assert answer["visible_images"] >= 3
    assert answer["search_mode"] == "fused"
    assert answer["model"].startswith("lite:")
    everything = search(server, '"end of the world"')
    assert {card["id"] for card in everything["images"]} == {1, 2, 3}
    assert everything["reasons"]["1"]["fields"]["caption"] == ["end of the world"]
    assert everything["search_mode"] == "metadata"
    assert "similarity" in everything["images"][0]


def test_meaning_finds_without_words_and_repeats_from_what_was_kept(server: LiveServer) -> None:
    """At the loosest cut-off something is found that no text has; the second search is not scored anew."""
    first = search(server, "colourful pattern of shapes", strictness=-3)
    assert first["search_mode"] == "semantic"
    again = search(server, "Colourful  PATTERN of shapes", strictness=-2)
    assert again["cached"]
    assert server.get("/api/search/kept")["results"] >= 1
    assert server.post("/api/search/kept/clear")["results"] == 0
    rankings = server.get(f"/api/rankings?q={quote('colourful pattern of shapes')}&strictness=-3&sort=similarity")
    assert [card["id"] for card in rankings["images"]] == [card["id"] for card in first["images"]]
    assert all(card["similarity"] is not None for card in rankings["images"])


def test_a_search_is_a_filter_of_every_view(server: LiveServer) -> None:
    """Facets, bulk marks, export and Compare take the same photos."""
    where = urlencode({"q": '"end of the world"'})
    assert server.get(f"/api/facets?{where}")["count"] == 3
    assert len(server.get(f"/api/export?format=json&{where}")) == 3
    assert server.get(f"/api/mosaic/next?n=3&{where}")["visible_images"] == 3
    about = server.get(f"/api/search/about?{where}&flag=picked")
    assert (about["found"], about["visible_images"]) == (3, 0)
    parts = urlencode({"q": 'lighthouse folder:"2019 lofoten" stars:9'})
    assert "stars: cannot be" in server.get(f"/api/search/about?{parts}")["hints"][0]


def test_a_misspelt_word_comes_with_the_search_that_was_meant(server: LiveServer) -> None:
    """The search itself is answered as it was typed."""
    answer = search(server, 'lighthuose folder:"2019 lofoten"')
    assert answer["query"] == 'lighthuose folder:"2019 lofoten"'
    assert answer["did_you_mean"][0] == 'lighthouse folder:"2019 lofoten"'
    about = server.get(f"/api/search/about?{urlencode({'q': 'moutain sunsett', 'strictness': 3})}")
    assert about["did_you_mean"] == ["mountain sunset"]
    assert search(server, "lighthouse")["did_you_mean"] == []
    assert search(server, '"end of teh wrold"')["did_you_mean"] == []         # “teh” is too short
    assert search(server, '"end of the wrold"')["did_you_mean"] == ['"end of the world"']
    assert search(server, '"end of the world"')["did_you_mean"] == []


def test_the_box_completes_remembers_and_explains(server: LiveServer) -> None:
    """Used searches come back, saved ones first; the help lists what works here."""
    search(server, "old boats")
    server.post("/api/search/recent", {"q": "old boats"})
    recent = server.get("/api/search/recent")["searches"]
    assert next(one["uses"] for one in recent if one["text"] == "old boats") == 2
    server.post("/api/deep/terms", {"add": "old boats"})
    assert [term["text"] for term in server.get("/api/search/recent")["terms"]] == ["old boats"]
    found = server.get("/api/search/complete?q=old")["completions"]
    assert [(one["text"], one["kind"]) for one in found] == [("old boats", "saved")]
    assert server.get("/api/search/complete?q=folder%3Alof&at=10")["completions"][0]["text"].startswith('folder:"')
    assert {"camera", "year", "stars"} <= {part["name"] for part in server.get("/api/search/language")["parts"]}
    server.post("/api/search/recent/forget")
    assert server.get("/api/search/recent")["searches"] == []
    assert server.get("/api/search/recent")["terms"] != []


@pytest.mark.parametrize("text", [
    "x" * 10_000, "🐶" * 2_000, "' OR 1=1; --", 'NEAR("a" b) AND *', "\u202eשלום", "-" * 99,
])
def test_every_text_is_answered(server: LiveServer, text: str) -> None:
    """Long, pictographs, SQL, FTS, right-to-left: an answer, never an error."""
    status, answer = server.call("GET", f"/api/search?{urlencode({'q': text})}")
    assert status == 200, answer


@pytest.mark.parametrize(("path", "field"), [
    ("/api/search", "q"), ("/api/search?q=a&limit=0", "limit"), ("/api/search?q=a&strictness=9", "strictness"),
    ("/api/search?q=a&colour=red", "colour"), ("/api/search/why?q=a", "ids"), ("/api/search/complete?q=a&at=x", "at"),
])
def test_bad_parameters_are_named(server: LiveServer, path: str, field: str) -> None:
    """400 with a sentence and the field."""
    status, answer = server.call("GET", path)
    assert status == 400
    assert field in answer["error"]
