"""Commands on a real archive: with a server that runs, and without one. Both ways give the same answers."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import trees
from conftest import LiveServer


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "photoarchive.cli", *arguments, "--home", str(home)],
                          capture_output=True, text=True, timeout=180, check=False, env=os.environ.copy())
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.timeout(400)      # eight processes after each other
@pytest.mark.parametrize("served", [False, True], ids=["alone", "with a server"])
def test_scan_status_search_export(
    served: bool, home: Path, photos: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if served:
        request.getfixturevalue("live_server")
    before = trees.fingerprint(photos)
    scanned = command(home, "scan", str(photos))
    assert f"{photos}: 24 photos (24 new)" in scanned.stdout
    again = command(home, "scan", str(photos))
    assert f"{photos}: 24 photos\n" in again.stdout, "nothing is new"
    status = json.loads(command(home, "status", "--json").stdout)
    assert status["catalog"]["stats"]["total_images"] == 24
    assert [source["path"] for source in status["catalog"]["sources"]] == [str(photos)]
    found = command(home, "search", "IMG_0007")
    assert "IMG_0007.jpg" in found.stdout and "1 photo found" in found.stderr
    if served:
        assert "24 photos" in command(home, "status").stdout
        assert "Did you mean Lofoten?" in command(home, "search", "lofotten").stderr
        assert "There is no “foo:”" in command(home, "search", "foo:bar").stderr
        done = json.loads(command(home, "export", str(tmp_path / "all.json"), "--json").stdout)
        written = (tmp_path / "all.json").stat().st_size
        assert done == {"path": str(tmp_path / "all.json"), "format": "json", "bytes": written}
        assert len(json.loads(command(home, "export", "--json").stdout)) == 24
        rows = json.loads((tmp_path / "all.json").read_text())
    else:
        command(home, "export", str(tmp_path / "all.csv"))
        with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert {Path(row["filepath"]) for row in rows} == set(photos.rglob("*.jpg"))
    assert trees.fingerprint(photos) == before
    assert not (home / ".run" / "server.json").exists() or served, "a server of our own leaves no note"


def test_commands_find_the_server_by_its_note_and_survive_a_stale_one(live_server: LiveServer, home: Path) -> None:
    assert json.loads(command(home, "status", "--json").stdout)["address"] == live_server.url
    note = (home / ".run" / "server.json").read_text()
    live_server.process.kill()
    live_server.process.wait()
    (home / ".run" / "server.json").write_text(note)
    assert json.loads(command(home, "status", "--json").stdout)["address"] != live_server.url
