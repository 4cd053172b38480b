"""Copies of originals over HTTP: the same bytes, the same times, never over another file, never into a source."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import trees
from conftest import LiveServer, serving, start_server
from copying import copy_of, files_below, finished, start_copy, wait_until
from photoarchive.core.paths import Original
from photoarchive.imaging.fields import facts_of
from photoarchive.imaging.sidecars import read_sidecar


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 photos in three folders, two of them with one name and other pictures, one twice the same."""
    folder = tmp_path_factory.mktemp("drive") / "Photos"
    trees.make_tree(folder, 12)
    (folder / "Roll 1" / "IMG_0001.jpg").write_bytes(trees.jpeg(trees.Shot(seed=500)))
    shutil.copy2(folder / "2019 Lofoten" / "IMG_0004.jpg", folder / "Roll 2" / "again.jpg")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Iterator[LiveServer]:
    """A server with these photos."""
    with serving(tmp_path_factory.mktemp("home"), source) as running:
        yield running


@pytest.fixture(autouse=True)
def sources_stay_untouched(source: Path) -> Iterator[None]:
    """Whatever is copied: nothing in the source changes."""
    before = trees.fingerprint(source)
    yield
    assert trees.fingerprint(source) == before


def card(server: LiveServer, name: str) -> dict:
    return next(one for one in server.get("/api/rankings?limit=500")["images"] if one["filename"] == name)


def shown(server: LiveServer) -> set[str]:
    """The paths of the photos' first files: a second place of the same picture is not copied twice."""
    return {server.get(f"/api/image/{one['id']}")["filepath"]
            for one in server.get("/api/rankings?limit=500")["images"]}


def test_a_view_is_copied_with_its_folders_bytes_and_times(server: LiveServer, source: Path, tmp_path: Path) -> None:
    """Every copy is the original to the byte and to the nanosecond of its time; a hidden work folder does not stay."""
    target = tmp_path / "new" / "Export"
    copy = start_copy(server, target, sidecars=False)
    done = finished(server, copy["id"])
    wanted = {str(Path("Photos") / Path(path).relative_to(source)): Path(path) for path in shown(server)}
    assert (done["state"], done["copied"], done["failed"], done["offline"]) == ("done", len(wanted), 0, 0)
    assert files_below(target) == {name: path.read_bytes() for name, path in wanted.items()}
    for name, path in wanted.items():
        assert (target / name).stat().st_mtime_ns == path.stat().st_mtime_ns
    assert done["copied_bytes"] == done["bytes"] == sum(path.stat().st_size for path in wanted.values())
    assert os.listdir(target) == ["Photos"]


def test_copying_again_finds_everything_there_and_writes_nothing(server: LiveServer, tmp_path: Path) -> None:
    """Also after a photo in the target was changed: the changed one stays, the original comes beside it."""
    first = finished(server, start_copy(server, tmp_path, sidecars=False)["id"])
    before = files_below(tmp_path)
    again = finished(server, start_copy(server, tmp_path, sidecars=False)["id"])
    assert (again["present"], again["copied"]) == (first["copied"], 0)
    assert files_below(tmp_path) == before
    edited = tmp_path / "Photos" / "2019 Lofoten" / "IMG_0004.jpg"
    original = edited.read_bytes()
    edited.write_bytes(original[:-1] + b"!")
    third = finished(server, start_copy(server, tmp_path, sidecars=False)["id"])
    assert (third["present"], third["copied"]) == (first["copied"] - 1, 1)
    assert edited.read_bytes() == original[:-1] + b"!"
    assert edited.with_name("IMG_0004 (2).jpg").read_bytes() == original


def test_flat_copies_of_one_name_are_numbered_and_found_again(server: LiveServer, source: Path, tmp_path: Path) -> None:
    """Two photos called IMG_0001.jpg lie side by side, and stay two when copied again."""
    done = finished(server, start_copy(server, tmp_path, structure="flat", sidecars=False)["id"])
    found = files_below(tmp_path)
    assert len(found) == done["copied"] == len(shown(server))
    assert {found["IMG_0001.jpg"], found["IMG_0001 (2).jpg"]} == {
        (source / folder / "IMG_0001.jpg").read_bytes() for folder in ("2019 Lofoten", "Roll 1")}
    again = finished(server, start_copy(server, tmp_path, structure="flat", sidecars=False)["id"])
    assert (again["present"], again["copied"], files_below(tmp_path)) == (done["copied"], 0, found)


def test_sidecars_say_what_the_user_did(server: LiveServer, tmp_path: Path) -> None:
    """Marks, keywords, title and caption of one photo, read by the metadata reader; a later one replaces ours."""
    photo = card(server, "IMG_0002.jpg")["id"]
    only = {"image_ids": [photo]}
    server.post("/api/images/flag", only | {"flag": "picked"})
    server.post("/api/images/stars", only | {"stars": 4})
    server.post("/api/images/label", only | {"label": 5})
    server.post("/api/images/keywords", only | {"add": ["Places|Norway", "fjord"]})
    server.post("/api/images/texts", only | {"title": "Å", "caption": "<b>dried fish</b>"})
    assert finished(server, start_copy(server, tmp_path, structure="flat", **only)["id"])["copied"] == 1
    assert set(files_below(tmp_path)) == {"IMG_0002.jpg", "IMG_0002.jpg.xmp"}
    facts = facts_of(read_sidecar(Original(str(tmp_path).encode(), b"IMG_0002.jpg.xmp")))
    assert (facts.picked, facts.rating, facts.label, facts.title, facts.caption) == (
        True, 4, "Purple", "Å", "<b>dried fish</b>")
    assert set(facts.keywords) >= {"Places|Norway", "fjord"}
    server.post("/api/images/stars", only | {"stars": 1})
    assert finished(server, start_copy(server, tmp_path, structure="flat", **only)["id"])["present"] == 1
    assert facts_of(read_sidecar(Original(str(tmp_path).encode(), b"IMG_0002.jpg.xmp"))).rating == 1


def test_another_programs_sidecar_is_left_as_it_is(server: LiveServer, tmp_path: Path) -> None:
    """The photo is copied, the trouble is listed, and once the sidecar is away it can be tried again."""
    photo = card(server, "IMG_0003.jpg")["id"]
    other = tmp_path / "IMG_0003.jpg.xmp"
    other.write_text("another program's work")
    done = finished(server, start_copy(server, tmp_path, structure="flat", image_ids=[photo])["id"])
    assert (done["failed"], done["copied"]) == (1, 0)
    assert other.read_text() == "another program's work"
    trouble = server.get(f"/api/export/copies/{done['id']}/errors")
    assert trouble["total"] == 1
    assert trouble["errors"][0]["photo_id"] == photo
    assert "another sidecar" in trouble["errors"][0]["reason"]
    other.unlink()
    server.post(f"/api/export/copies/{done['id']}/continue")
    assert finished(server, done["id"])["failed"] == 0
    assert other.exists()


def test_a_copied_library_reads_as_it_was(server: LiveServer, tmp_path: Path) -> None:
    """Added as a source elsewhere, the copies and their sidecars give the marks and words back."""
    ids = [one["id"] for one in server.get("/api/rankings?sort=filename&limit=3")["images"]]
    server.post("/api/images/stars", {"image_ids": ids, "stars": 5})
    server.post("/api/images/texts", {"image_ids": ids, "caption": "From the other house"})
    finished(server, start_copy(server, tmp_path / "copy", image_ids=ids)["id"])
    (tmp_path / "home").mkdir()
    other = start_server(tmp_path / "home")
    try:
        other.add_folder(tmp_path / "copy")
        found = other.get("/api/rankings?sort=filename")["images"]
        assert [one["filename"] for one in found] == [
            one["filename"] for one in server.get("/api/rankings?sort=filename&limit=3")["images"]]
        assert {one["stars"] for one in found} == {5}
        assert len(other.get("/api/rankings?q=other+house")["images"]) == 3
    finally:
        other.stop()


def test_folders_where_nothing_may_be_written_are_refused_by_name(
    server: LiveServer, source: Path, tmp_path: Path
) -> None:
    """A source, a folder in it, through a link, one that holds a source, our home, our cache: both are named."""
    link = tmp_path / "harmless"
    link.symlink_to(source / "Roll 1")
    cache = server.get("/api/settings")["settings"]["ssd_cache_dir"]
    for target, named in ((source, source), (source / "new", source), (link, source), (link / "deeper", source),
                          (source.parent, source), (server.home, server.home), (server.home / "x", server.home),
                          (Path(cache) / "x", cache)):
        status, answer = server.call("POST", "/api/export/copy", {"target": str(target), "view": {}})
        assert status == 409, (target, answer)
        assert str(named) in answer["error"]
        assert answer["field"] == "target"
    assert not (source / "new").exists()


@pytest.mark.parametrize(("body", "status"), [
    ({"target": "relative"}, 400), ({"target": ""}, 400), ({}, 400), ({"target": "/tmp/x", "structure": "heap"}, 400),
    ({"target": "/dev/null"}, 400), ({"target": "/dev/null/here"}, 400), ({"target": "/proc/no/room"}, 409),
])
def test_bad_targets_get_a_sentence(server: LiveServer, body: dict, status: int) -> None:
    """And no copy is noted."""
    before = len(server.get("/api/export/copies")["copies"])
    answered, answer = server.call("POST", "/api/export/copy", {"view": {}} | body)
    assert (answered, bool(answer["error"])) == (status, True)
    assert len(server.get("/api/export/copies")["copies"]) == before


def test_remote_sessions_may_not_name_folders(server: LiveServer, tmp_path: Path) -> None:
    """A request that came through a proxy is remote."""
    headers = {"X-Forwarded-For": "203.0.113.9"}
    status, _ = server.call("POST", "/api/export/copy", {"target": str(tmp_path), "view": {}}, headers)
    assert status == 403
    assert list(tmp_path.iterdir()) == []


def test_missing_originals_are_told_one_by_one(
    server: LiveServer, source: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The rest is copied."""
    more = tmp_path_factory.mktemp("more") / "More"
    trees.make_tree(more, 6, folders=1, start=trees.EPOCH.replace(year=2012))
    source_id = server.add_folder(more)
    gone = more / "2019 Lofoten" / "IMG_0005.jpg"
    gone.unlink()
    done = finished(server, start_copy(server, tmp_path, view={"source": str(source_id)})["id"])
    assert (done["copied"] + done["present"], done["failed"]) == (5, 1)
    trouble = server.get(f"/api/export/copies/{done['id']}/errors")["errors"][0]
    assert trouble["path"] == str(gone)
    assert "gone" in trouble["reason"]


def test_a_drive_that_is_away_is_listed_and_copied_when_it_is_back(
    server: LiveServer, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Offline is not failed: the list says so, and going on copies them."""
    drive = tmp_path_factory.mktemp("usb") / "Stick"
    trees.make_tree(drive, 3, folders=1, start=trees.EPOCH.replace(year=2011))
    source_id = server.add_folder(drive)
    drive.rename(drive.with_name("unplugged"))
    done = finished(server, start_copy(server, tmp_path, view={"source": str(source_id)})["id"])
    assert (done["offline"], done["failed"], done["copied"]) == (3, 0, 0)
    assert "Stick is not connected" in server.get(f"/api/export/copies/{done['id']}/errors")["errors"][0]["reason"]
    drive.with_name("unplugged").rename(drive)
    server.post(f"/api/catalog/sources/{source_id}/rescan")         # looks for it now, not at the next glance
    wait_until(lambda: all(one["online"] for one in server.get("/api/catalog")["sources"]))
    server.post(f"/api/export/copies/{done['id']}/continue")
    assert finished(server, done["id"])["copied"] == 3
    assert len([name for name in files_below(tmp_path) if name.endswith(".jpg")]) == 3


def test_a_stopped_copy_leaves_no_half_file_and_goes_on(server: LiveServer, source: Path, tmp_path: Path) -> None:
    """Paused before it begins, cancelled, then continued to the end."""
    server.post("/api/work/export/pause")
    copy = start_copy(server, tmp_path, sidecars=False, view={"folder": str(source)})
    assert server.post(f"/api/export/copies/{copy['id']}/cancel")["copy"]["state"] == "cancelled"
    assert list(tmp_path.iterdir()) == []
    assert server.call("POST", f"/api/export/copies/{copy['id']}/cancel", {})[0] == 409
    server.post("/api/work/export/resume")
    server.post(f"/api/export/copies/{copy['id']}/continue")
    assert finished(server, copy["id"])["copied"] == copy_of(server, copy["id"])["files"]


def test_unknown_copies_are_404(server: LiveServer) -> None:
    """All verbs of one copy."""
    assert server.call("GET", "/api/export/copies/999/errors")[0] == 404
    assert server.call("POST", "/api/export/copies/999/cancel", {})[0] == 404
    assert server.call("POST", "/api/export/copies/999/continue", {})[0] == 404
