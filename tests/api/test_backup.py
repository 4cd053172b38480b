"""Backups over HTTP and the command line, and back again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import LiveServer, start_server


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "photoarchive.cli", *arguments, "--home", str(home)],
                          capture_output=True, text=True, timeout=120, check=False, env=os.environ.copy())


def test_a_backup_by_one_click_is_listed(library_server: LiveServer) -> None:
    made = library_server.post("/api/backup")["backup"]
    listed = library_server.get("/api/backups")
    assert [backup["name"] for backup in listed["backups"]] == [made["name"]]
    assert Path(made["path"]).is_file() and made["bytes"] > 0
    assert listed["next_in_seconds"] > 80_000


def test_flags_come_back_from_a_backup(library_server: LiveServer, home: Path) -> None:
    ids = [card["id"] for card in library_server.get("/api/rankings?limit=24")["images"]]
    library_server.post("/api/images/flag", {"image_ids": ids[:5], "flag": "picked"})
    made = library_server.post("/api/backup")["backup"]
    library_server.post("/api/images/flag", {"image_ids": ids, "flag": "rejected"})
    refused = command(home, "restore", made["name"], "--yes")
    assert refused.returncode == 1 and "is running" in refused.stderr
    unasked = command(home, "restore", made["name"])
    assert unasked.returncode == 1 and "is running" in unasked.stderr and "Replace" not in unasked.stderr
    library_server.stop()
    done = command(home, "restore", made["name"], "--yes", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["photos"] == 24 and Path(said["catalog"]) == home / "photoarchive.db"
    assert said["restored_from"] == made["path"] and Path(said["replaced"]).is_file()
    server = start_server(home)
    try:
        picked = server.get("/api/rankings?flag=picked&limit=100")["images"]
        assert sorted(card["id"] for card in picked) == sorted(ids[:5])
        assert server.get("/api/rankings?flag=rejected")["visible_images"] == 0
        assert server.get("/api/rankings?q=IMG_0007")["visible_images"] == 1, "words are indexed again"
    finally:
        server.stop()


def test_the_command_line_backs_up_without_a_server(home: Path) -> None:
    done = command(home, "backup", "--json")
    assert done.returncode == 0, done.stderr
    assert Path(json.loads(done.stdout)["path"]).is_file()
    missing = command(home, "restore", "no-such-backup.db", "--yes")
    assert missing.returncode == 1 and "There is no file" in missing.stderr
