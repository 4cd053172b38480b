"""The catalog under real faults: kill -9 in the middle of writes, and a full disk."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faults.disks import small_disk
from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.errors import Unavailable

WRITER = """
import sys, pathlib
from photoarchive.catalog.database import Database
db = Database(pathlib.Path(sys.argv[1]) / "photoarchive.db")
number = db.read().execute("SELECT COUNT(*) FROM sources").fetchone()[0]
while True:
    def work(tx):
        for half in ("a", "b"):
            path = f"/{number}/{half}".encode()
            tx.execute("INSERT INTO sources (path, display_name, added_at) VALUES (?, ?, 0)", (path, half))
    db.write(work, durable=True)
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("answers", [1, 7, 40])
def test_kill_9_during_writes_loses_nothing_that_was_answered(home: Path, answers: int) -> None:
    """What was answered is there, pairs written together are both there, and the file is sound."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    answered = 0
    for _ in range(answers):
        answered = int(process.stdout.readline())
    time.sleep(0.003)
    process.send_signal(signal.SIGKILL)
    answered = max([answered, *(int(line) for line in process.stdout.read().split())])
    process.wait()
    process.stdout.close()

    db = Database(home / "photoarchive.db")
    try:
        assert db.read().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        halves = db.read().execute("SELECT display_name, COUNT(*) FROM sources GROUP BY 1 ORDER BY 1").fetchall()
        assert halves[0][1] == halves[1][1] >= answered
    finally:
        db.close()


def test_a_full_disk_gives_a_sentence_and_keeps_what_was_there(tmp_path: Path) -> None:
    """The write that does not fit is refused; reading goes on; freeing space makes writing work again."""
    with small_disk(tmp_path / "disk") as disk:
        db = Database(disk / "photoarchive.db")
        db.write(lambda tx: tx.execute("INSERT INTO meta VALUES ('kept', 1)"))
        ballast = disk / "ballast"
        with pytest.raises(OSError, match="No space left"), ballast.open("wb") as file:
            while True:
                file.write(b"\0" * 65536)

        def large(tx: Transaction) -> None:
            tx.executemany("INSERT INTO meta VALUES (?, ?)", ((f"k{i}", "x" * 1000) for i in range(20_000)))

        with pytest.raises((Unavailable, sqlite3.OperationalError), match="full|disk I/O"):
            db.write(large)
        assert db.meta("kept") == 1
        ballast.unlink()
        db.write(lambda tx: tx.execute("INSERT INTO meta VALUES ('after', 2)"))
        assert db.meta("after") == 2
        db.close()
