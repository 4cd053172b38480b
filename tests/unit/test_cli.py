"""The command line's words: help, refusals, numbers for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from photoarchive import bench as benchmarks
from photoarchive.cli import main
from photoarchive.cli.output import count, duration, size

COMMANDS = ("serve", "scan", "status", "search", "export", "backup", "restore", "doctor", "bench", "demo")


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "photoarchive.cli", *arguments], capture_output=True, text=True,
                          timeout=120, check=False, env=os.environ | {"COLUMNS": "100"} | environment)


def test_the_help_names_every_command_and_the_promise() -> None:
    told = command("--help")
    assert told.returncode == 0
    assert "Originals are never changed" in told.stdout
    lines = told.stdout.splitlines()
    for name in COMMANDS:
        summary = next(line for line in lines if line.startswith(f"  {name} "))
        assert summary.endswith("."), "no summary is cut off"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


@pytest.mark.parametrize(("arguments", "words"), [
    (("backup",), "no catalog"), (("restore", "x.db", "--yes"), "There is no file"),
    (("restore", "x.db"), "There is no file"),
    (("export", "/no/such/folder/x.csv"), "There is no folder"), (("export", "x.pdf"), "csv or json"),
    (("export", "--format", "csv", "--json"), "leave --json out"),
    (("bench", "nonsense"), "There are:"), (("serve", "--host", "0.0.0.0"), "PHOTOARCHIVE_PASSWORD"),
])
def test_a_refusal_is_one_sentence(
    bare_home: Path, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PHOTOARCHIVE_HOME", str(bare_home))
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert end.value.code == 1
    assert words in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "words"), [
    (("scan",), "no folder to scan yet"), (("scan", "/no/such/folder"), "/no/such/folder"),
])
def test_a_refusal_of_the_archive_reaches_the_terminal_as_it_is(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = command(*arguments, PHOTOARCHIVE_HOME=str(home))
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_environment_is_said(home: Path) -> None:
    done = command("status", PHOTOARCHIVE_HOME=str(home), PHOTOARCHIVE_PORT="many")
    assert (done.returncode, done.stdout) == (1, "")
    assert "PHOTOARCHIVE_PORT must be a whole number" in done.stderr


@pytest.mark.slow
def test_the_doctor_checks_this_machine(home: Path) -> None:
    done = command("doctor", "--json", "--home", str(home))
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert {"Python", "SQLite", "PIL", "exiv2", "av", "Landlock", "Data folder", "Catalog"} <= checks.keys()
    assert [check for check in checks.values() if check["state"] == "problem"] == []
    assert done.returncode == 0


@pytest.mark.slow
def test_the_doctor_names_what_is_broken(home: Path) -> None:
    (home / "photoarchive.db").write_bytes(b"this is another program's file" * 200)
    done = command("doctor", "--home", str(home))
    assert done.returncode == 1
    assert "problem  Catalog" in done.stdout


@pytest.mark.slow
def test_the_bench_lists_its_names() -> None:
    lines = command("bench").stdout.splitlines()
    assert any(line.startswith("startup ") for line in lines)
    assert not [line for line in lines if line.startswith("_")]


@pytest.mark.parametrize("name", benchmarks.names())
def test_every_benchmark_says_in_one_sentence_what_it_measures(name: str) -> None:
    sentence = benchmarks.measures(name)
    assert sentence.endswith(".") and sentence[0].isupper() and 20 < len(sentence) < 120
    assert not sentence.casefold().startswith(name), "the list names it already"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_every_command_speaks_to_programs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert "--json" in capsys.readouterr().out


def test_the_list_of_benchmarks_can_be_read_by_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--json", str(tmp_path / "list.json")])
    listed = json.loads((tmp_path / "list.json").read_text())
    assert [one["name"] for one in listed] == benchmarks.names()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == benchmarks.names()


@pytest.mark.slow
def test_a_hash_of_a_password_is_printed() -> None:
    done = subprocess.run([sys.executable, "-m", "photoarchive.cli", "hash-password"], input="correct horse\n" * 2,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split("scrypt:")[-1].count(":") == 4


def test_numbers_for_people() -> None:
    assert (count(1, "photo"), count(1204, "photo")) == ("1 photo", "1,204 photos")
    assert [duration(seconds) for seconds in (None, 45, 720, 11_100)] == ["", "45 s", "12 min", "3 h 05 min"]
    assert [size(number) for number in (999, 1500, 3.2e9, 5e12)] == ["999 B", "1.5 kB", "3.2 GB", "5.0 TB"]
