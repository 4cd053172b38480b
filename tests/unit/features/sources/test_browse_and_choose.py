"""The folder browser and the desktop's folder chooser."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from photoarchive.core.errors import Conflict, Unavailable
from photoarchive.features.sources.browse import browse, quick_roots
from photoarchive.features.sources.chooser import FolderChooser
from photoarchive.features.sources.exclusions import Exclusions
from photoarchive.features.sources.watcher import gather
from source_lab import SourceLab


def test_a_folder_shows_its_folders_in_order_and_where_it_lies(lab: SourceLab, tmp_path: Path):
    for name in ("b", "A", ".hidden", "c"):
        (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "root/file.jpg").write_bytes(b"x")
    (tmp_path / "root/link").symlink_to(tmp_path / "root/b")
    os.mkdir(os.fsencode(tmp_path / "root") + b"/bad_\xff")
    answer = browse(lab.prober, str(tmp_path / "root"))
    assert [entry.name for entry in answer.entries] == ["A", "b", "bad_�", "c", "link"]
    assert [entry.readable for entry in answer.entries] == [True, True, False, True, True]
    assert (answer.path, answer.parent) == (str(tmp_path / "root"), str(tmp_path))
    assert (answer.exists, answer.is_dir, answer.readable, answer.error) == (True, True, True, None)


def test_problems_of_a_folder_are_told_and_the_roots_stay(lab: SourceLab, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"x")
    missing, file = browse(lab.prober, str(tmp_path / "none")), browse(lab.prober, str(tmp_path / "file"))
    assert (missing.exists, missing.error) == (False, f"There is no folder {tmp_path}/none.")
    assert (file.exists, file.is_dir, file.error) == (True, False, f"{tmp_path}/file is a file.")
    assert browse(lab.prober, "not/full").error.startswith("not/full is not a full path")
    assert missing.roots == quick_roots()
    assert browse(lab.prober, "").path == os.path.realpath(Path.home())
    assert browse(lab.prober, "/").parent is None


def test_the_home_folder_is_among_the_quick_places():
    assert ("Home", str(Path.home())) in {(root.name, root.path) for root in quick_roots()}


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A screen, and a zenity that answers what the file `answer` says once it is there."""
    tool = tmp_path / "bin/zenity"
    tool.parent.mkdir()
    tool.write_text(f"""#!/bin/sh
while [ ! -e "{tmp_path}/answer" ]; do sleep 0.05; done
cat "{tmp_path}/answer"
""")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":0")
    return tmp_path / "answer"


def test_the_chooser_returns_what_the_user_chose(desktop: Path):
    desktop.write_text("/photos/with\u00e4 name\n")
    chooser = FolderChooser()
    assert chooser.tool() == "zenity"
    choice = chooser.choose()
    assert (choice.path, choice.tool) == ("/photos/with\u00e4 name", "zenity")


def test_only_one_chooser_is_open_at_a_time(desktop: Path):
    chooser, chosen = FolderChooser(), []
    waiting = threading.Thread(target=lambda: chosen.append(chooser.choose().path))
    waiting.start()
    time.sleep(0.2)
    with pytest.raises(Conflict, match="already open"):
        chooser.choose()
    desktop.write_text("/first\n")
    waiting.join(10)
    assert chosen == ["/first"]


def test_without_a_screen_there_is_no_chooser(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert FolderChooser().tool() is None
    with pytest.raises(Unavailable, match="no folder chooser"):
        FolderChooser().choose()


@pytest.mark.parametrize("glob,parent,name,skipped", [
    ("*.tmp.jpg", b"a/b", b"x.TMP.jpg", True), ("drafts", b"", b"Drafts", True), ("drafts", b"a", b"drafts2", False),
    ("2019/raw", b"2019", b"raw", True), ("2019/raw", b"x/2019", b"raw", False), ("*/raw", b"x/2019", b"raw", True),
    ("/top", b"", b"top", True), ("br[ck", b"", b"br[ck", True),
])
def test_globs_match_names_anywhere_and_paths_from_the_root(glob: str, parent: bytes, name: bytes, skipped: bool):
    assert Exclusions([glob]).skips_folder(parent, name) is skipped


@pytest.mark.parametrize("folders,gathered", [
    ([b"a/b", b"a", b"c"], [b"a", b"c"]), ([b"", b"x"], [b""]), ([b"a", b"ab"], [b"a", b"ab"]),
    ([b"x/%d/deep" % n for n in range(40)], [b"x"]), ([b"%d" % n for n in range(40)], [b""]),
])
def test_many_changed_folders_become_few_scans(folders: list[bytes], gathered: list[bytes]):
    assert gather(folders) == gathered
