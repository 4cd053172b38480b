"""Exports over HTTP: whole views, selections, every column, and cells that no spreadsheet will run."""

from __future__ import annotations

import csv
import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LiveServer, serving
from trees import Shot, jpeg, make_tree

COLUMNS = [
    "rank",
    "filename",
    "filepath",
    "elo",
    "comparisons",
    "propagated_updates",
    "status",
    "flag",
    "date_taken",
    "camera_make",
    "camera_model",
    "lens",
    "file_ext",
    "file_size",
    "file_modified_at",
    "width",
    "height",
    "latitude",
    "longitude",
]
ODD_NAMES = ("=cmd|' '!A0.jpg", "+1.jpg", "-1.jpg", "@x.jpg", 'a "quoted", name.jpg', "two\nlines.jpg")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with 9 plain photos and 6 with awkward names."""
    folder: Path = tmp_path_factory.mktemp("photos")
    make_tree(folder, 9)
    for number, name in enumerate(ODD_NAMES):
        (folder / name).write_bytes(jpeg(Shot(seed=100 + number)))
    with serving(tmp_path_factory.mktemp("home"), folder) as running:
        yield running


def lines(server: LiveServer, query: str = "") -> list[dict[str, str]]:
    with urllib.request.urlopen(f"{server.url}/api/export?format=csv&{query}") as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="rankings.csv"'
        assert answer.headers["Content-Type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))


def test_json_is_a_bare_array_of_the_whole_view_in_its_order(server: LiveServer) -> None:
    """Same photos and order as the view, ranks from 1, the columns of the contract first."""
    rows = server.get("/api/export?format=json&sort=filename")
    assert len(rows) == 9 + len(ODD_NAMES)
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    shown = server.get("/api/rankings?sort=filename&limit=500")["images"]
    assert [row["id"] for row in rows] == [card["id"] for card in shown]
    assert rows[0]["filepath"].endswith("/" + rows[0]["filename"])


def test_csv_has_every_column_and_no_cell_that_a_spreadsheet_runs(server: LiveServer) -> None:
    """Names that begin with = + - @ get an apostrophe; quotes, commas and line breaks survive."""
    rows = lines(server, "sort=filename")
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    names = {row["filename"] for row in rows}
    assert names >= {"'" + name for name in ODD_NAMES[:4]} | set(ODD_NAMES[4:])
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert len(rows) == 9 + len(ODD_NAMES)


def test_a_selection_keeps_its_own_order_and_filters_limit(server: LiveServer) -> None:
    """ids win over filters; unknown ids are left out; an empty view is an empty array."""
    ids = [card["id"] for card in server.get("/api/rankings?sort=filename")["images"]]
    chosen = [ids[4], ids[0], ids[2]]
    asked = ",".join(map(str, [*chosen, 9999]))
    assert [row["id"] for row in server.get(f"/api/export?ids={asked}")] == chosen
    assert [row["rank"] for row in lines(server, f"ids={asked}")] == ["1", "2", "3"]
    assert len(server.get("/api/export?has=gps")) == 2
    assert server.get("/api/export?flag=picked") == []


def test_a_pinned_view_is_exported_by_its_token(server: LiveServer) -> None:
    """What the grid shows is what is exported; an expired token is 410."""
    with urllib.request.urlopen(f"{server.url}/api/library/feed?orientation=portrait") as answer:
        token, count = answer.headers["X-View-Token"], int(answer.headers["X-View-Count"])
    assert len(server.get(f"/api/export?token={token}")) == count > 0
    assert server.call("GET", "/api/export?token=gone")[0] == 410


def test_chosen_photos_that_no_address_can_name_are_exported_by_a_token(server: LiveServer) -> None:
    """The chosen ones in their order; a view whose count is another one is refused."""
    ids = [card["id"] for card in server.get("/api/rankings?sort=filename")["images"]]
    chosen = server.post("/api/export/choose", {"image_ids": ids[5:1:-1]})
    assert chosen["count"] == 4
    assert [row["id"] for row in server.get(f"/api/export?token={chosen['token']}")] == ids[5:1:-1]
    assert len(lines(server, f"token={chosen['token']}")) == 4
    assert server.call("POST", "/api/export/choose", {"view": {"expected_count": 3}})[0] == 409
    assert server.call("POST", "/api/export/choose", {"image_ids": []})[0] == 400


@pytest.mark.parametrize("query", ["format=xml", "ids=1,x", "flag=liked", "limit=3"])
def test_bad_exports_are_refused(server: LiveServer, query: str) -> None:
    """A sentence that names the parameter; there is no limit that would cut in silence."""
    status, answer = server.call("GET", f"/api/export?{query}")
    assert status == 400
    assert query.partition("=")[0] in answer["error"]
