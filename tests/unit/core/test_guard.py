"""The guard: every way Python code has to change a file is tried against a source, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Starts once and forks for every attempt: an order a line, what the attempt printed in answer.
FORKING = """
import json, os, pathlib, shutil, sqlite3, sys, tempfile
import photoarchive.core.guard
for line in sys.stdin:
    script, *arguments = json.loads(line)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reader)
            os.dup2(writer, 1)
            sys.argv[1:] = arguments
            exec(script, {})
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    print(json.dumps(said), flush=True)
"""

PREPARE = """
import os, pathlib, shutil, sqlite3, sys, tempfile
from photoarchive.core.guard import GuardError, install_guard
source, outside = sys.argv[1], sys.argv[2]
photo = source + "/album/photo.jpg"
folder = os.open(source + "/album", os.O_RDONLY)
elsewhere = os.open(outside, os.O_RDONLY)
handle = os.open(photo, os.O_RDONLY)
roots = [source.encode()]
install_guard(lambda: tuple(roots))
"""

FORBIDDEN = {
    "open for writing": "open(photo, 'w')",
    "open for appending": "open(photo, 'a')",
    "open for updating": "open(photo, 'r+b')",
    "open to create": "open(source + '/new.txt', 'x')",
    "low level open": "os.open(photo, os.O_WRONLY)",
    "low level create": "os.open(source + '/new.txt', os.O_CREAT | os.O_RDONLY)",
    "low level truncate": "os.open(photo, os.O_RDONLY | os.O_TRUNC)",
    "open beneath a folder handle": "os.open('photo.jpg', os.O_RDWR, dir_fd=folder)",
    "open beneath a foreign handle with dots": "os.open('../source/album/photo.jpg', os.O_RDWR, dir_fd=elsewhere)",
    "pathlib": "pathlib.Path(photo).write_bytes(b'x')",
    "touch": "pathlib.Path(source, 'new.txt').touch()",
    "dots in the path": "open(outside + '/../source/album/photo.jpg', 'w')",
    "relative path": "os.chdir(source); open('album/photo.jpg', 'w')",
    "link to a file": "open(outside + '/link_to_photo', 'w')",
    "link to a folder": "open(outside + '/link_to_album/new.txt', 'w')",
    "bytes path": "open(os.fsencode(photo), 'w')",
    "rename": "os.rename(photo, source + '/b.jpg')",
    "rename out": "os.rename(photo, outside + '/b.jpg')",
    "rename in": "os.rename(outside + '/mine', source + '/mine')",
    "replace": "os.replace(outside + '/mine', photo)",
    "rename beneath a handle": "os.rename('photo.jpg', 'b.jpg', src_dir_fd=folder, dst_dir_fd=folder)",
    "remove": "os.remove(photo)",
    "remove beneath a handle": "os.unlink('photo.jpg', dir_fd=folder)",
    "make a folder": "os.mkdir(source + '/new')",
    "make folders": "os.makedirs(source + '/new/deep')",
    "make a folder beneath a handle": "os.mkdir('new', dir_fd=folder)",
    "remove a folder": "os.rmdir(source + '/album')",
    "remove the source itself": "os.rmdir(source)",
    "remove a tree": "shutil.rmtree(source)",
    "hard link into": "os.link(outside + '/mine', source + '/mine')",
    "hard link out of": "os.link(photo, outside + '/hard')",
    "symbolic link": "os.symlink('/etc', source + '/link')",
    "rights": "os.chmod(photo, 0o600)",
    "rights through a handle": "os.fchmod(handle, 0o600)",
    "owner": "os.chown(photo, os.getuid(), os.getgid())",
    "times": "os.utime(photo)",
    "times through a handle": "os.utime(handle)",
    "truncate": "os.truncate(photo, 0)",
    "attribute": "os.setxattr(photo, 'user.x', b'1')",
    "attribute through a handle": "os.setxattr(handle, 'user.x', b'1')",
    "remove an attribute": "os.removexattr(photo, 'user.x')",
    "FIFO": "os.mkfifo(source + '/fifo')",
    "FIFO beneath a handle": "os.mkfifo('fifo', dir_fd=folder)",
    "node": "os.mknod(source + '/node')",
    "copy a file into": "shutil.copy(outside + '/mine', source + '/mine')",
    "copy attributes": "shutil.copystat(outside + '/mine', photo)",
    "move into": "shutil.move(outside + '/mine', source + '/mine')",
    "temporary file": "tempfile.NamedTemporaryFile(dir=source)",
    "database": "sqlite3.connect(source + '/x.db')",
    "database by address": "sqlite3.connect('file:' + source + '/x.db?mode=rwc', uri=True)",
    "database by escaped address": "sqlite3.connect('file://' + source + '/%78.db', uri=True)",
}

ALLOWED = {
    "read": "assert open(photo).read() == 'pixels'",
    "read beneath a handle": "os.read(os.open('photo.jpg', os.O_RDONLY, dir_fd=folder), 1)",
    "list": "os.listdir(source); os.scandir(folder).close()",
    "write elsewhere": "open(outside + '/new.txt', 'w').write('x')",
    "write beside a source of a similar name": "open(source + '-notes.txt', 'w').write('x')",
    "write beneath a foreign handle while a source is open":
        "os.close(os.open('new.txt', os.O_WRONLY | os.O_CREAT, dir_fd=elsewhere))",
    "write to a pipe": "r, w = os.pipe(); open(w, 'w').write('x')",
    "copy out": "shutil.copyfile(photo, outside + '/copy.jpg')",
    "remove a link that leads into a source": "os.remove(outside + '/link_to_photo')",
    "remove a tree elsewhere":
        "tree = outside + '/tree'; os.mkdir(tree); open(tree + '/x', 'w').close(); shutil.rmtree(tree)",
    "database elsewhere": "sqlite3.connect(outside + '/x.db').execute('CREATE TABLE t (a)')",
    "database in memory": "sqlite3.connect(':memory:').execute('SELECT 1')",
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A source with one photo, and a folder beside it with links into the source."""
    source, outside = tmp_path / "source", tmp_path / "outside"
    (source / "album").mkdir(parents=True)
    (source / "album" / "photo.jpg").write_text("pixels")
    outside.mkdir()
    (outside / "mine").write_text("mine")
    (outside / "link_to_photo").symlink_to(source / "album" / "photo.jpg")
    (outside / "link_to_album").symlink_to(source / "album")
    return source, outside


@pytest.fixture(scope="module")
def attempt() -> Iterator[Callable[[str, Path, Path], str]]:
    """Runs code under the guard in a fresh process; gives the name of the error it raised, or 'done'."""
    with subprocess.Popen([sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as forking:
        def run(code: str, source: Path, outside: Path) -> str:
            script = f"{PREPARE}try:\n    {code}\n    print('done')\n"
            script += "except BaseException as error:\n    print(type(error).__name__)\n"
            print(json.dumps([script, str(source), str(outside)]), file=forking.stdin, flush=True)
            said = json.loads(forking.stdout.readline())
            assert said, "the process ended without a word"
            return said.split()[-1]

        yield run
        forking.stdin.close()


def state(folder: Path) -> list[tuple[str, int, int, int, str]]:
    """Everything about a tree that a change would change."""
    return sorted(
        (str(path), path.lstat().st_mode, path.lstat().st_mtime_ns, path.lstat().st_nlink,
         path.read_text() if path.is_file() else "")
        for path in [folder, *folder.rglob("*")]
    )


@pytest.mark.parametrize("code", FORBIDDEN.values(), ids=FORBIDDEN)
def test_no_change_under_a_source_gets_through(attempt, folders, code):
    source, outside = folders
    before = state(source)
    assert attempt(code, source, outside) == "GuardError"
    assert state(source) == before


@pytest.mark.parametrize("code", ALLOWED.values(), ids=ALLOWED)
def test_what_changes_no_original_is_allowed(attempt, folders, code):
    source, outside = folders
    before = state(source)
    assert attempt(code, source, outside) == "done"
    assert state(source) == before


def test_a_source_is_guarded_from_the_moment_it_is_added(attempt, folders):
    source, outside = folders
    code = "roots.clear(); open(source + '/before', 'w'); roots.append(source.encode()); open(source + '/after', 'w')"
    assert attempt(code, source, outside) == "GuardError"
    assert (source / "before").exists()
    assert not (source / "after").exists()


def test_the_refusal_names_the_file_and_the_source(folders):
    source, outside = folders
    script = PREPARE + "os.remove(photo)"
    ran = subprocess.run([sys.executable, "-c", script, str(source), str(outside)], capture_output=True, text=True)
    assert "GuardError: Refused os.remove on" in ran.stderr
    assert f"{source}/album/photo.jpg: it lies in the source {source}" in ran.stderr


def test_names_that_are_no_text_are_guarded_too(tmp_path):
    source = os.fsencode(tmp_path) + b"/s\xff"
    os.mkdir(source)
    script = (
        "import os, sys\nfrom photoarchive.core.guard import install_guard\n"
        "source = os.fsencode(sys.argv[1])\ninstall_guard(lambda: (source,))\nopen(source + b'/x\\xfe', 'w')\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, source], capture_output=True)
    assert b"GuardError" in ran.stderr
    assert os.listdir(source) == []


def test_the_state_for_doctor_is_one_sentence():
    from photoarchive.core.guard import landlock_state

    assert landlock_state().endswith(".")
    assert "Landlock" in landlock_state()
