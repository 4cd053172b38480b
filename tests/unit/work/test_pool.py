"""The pool: a task may crash, hang, swell, try to write or lie; it costs that one task and nothing else."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, wait
from pathlib import Path

import numpy as np
import pytest

import pool_tasks
from child_python import child_environment
from photoarchive.core import landlock, seccomp
from photoarchive.core.errors import Unavailable, Unreadable
from photoarchive.work.pool import Pool, TaskCrashed, TaskFailed, TaskTimedOut

pytestmark = pytest.mark.slow

needs_landlock = pytest.mark.skipif(landlock.abi_version() == 0, reason="this kernel has no Landlock")
needs_seccomp = pytest.mark.skipif(not seccomp.available(), reason="no seccomp filter for this kind of machine")


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(1)
    yield pool
    pool.close()


def still_works(pool: Pool) -> bool:
    return pool.submit(pool_tasks.add, 2, 3).result(30) == 5


def test_a_task_runs_in_another_process_and_gives_its_value(pool):
    assert pool.submit(pool_tasks.add, 2, 3).result(30) == 5
    assert pool.submit(pool_tasks.pid).result(30) not in (0, os.getpid())


def test_arrays_come_back_as_they_were(pool):
    assert np.array_equal(pool.submit(pool_tasks.array).result(30), [[0, 1, 2], [3, 4, 5]])


def test_one_worker_serves_many_tasks(pool):
    assert len({pool.submit(pool_tasks.pid).result(30) for _ in range(20)}) == 1
    assert pool.starts == 1


def test_a_worker_started_in_the_place_of_another_counts(pool):
    with pytest.raises(TaskCrashed):
        pool.submit(pool_tasks.leave).result(30)
    assert still_works(pool) and pool.starts == 2


@pytest.mark.parametrize(("function", "arguments", "word"), [
    (pool_tasks.read_null, (), "Segmentation fault"),
    (pool_tasks.kill_itself, (signal.SIGABRT,), "Aborted"),
    (pool_tasks.kill_itself, (signal.SIGKILL,), "want of memory"),
    (pool_tasks.leave, (), "exit status 3"),
])
def test_a_crash_costs_one_task_and_says_what_happened(pool, function, arguments, word):
    before = pool.submit(pool_tasks.pid).result(30)

    with pytest.raises(TaskCrashed, match=word):
        pool.submit(function, *arguments).result(30)

    assert pool.submit(pool_tasks.pid).result(30) != before


def test_a_worker_killed_between_tasks_costs_nothing(pool):
    os.kill(pool.submit(pool_tasks.pid).result(30), signal.SIGKILL)
    time.sleep(0.1)
    assert still_works(pool)


def test_a_task_that_hangs_is_ended_at_its_limit(pool):
    assert still_works(pool)
    start = time.monotonic()
    with pytest.raises(TaskTimedOut, match=r"longer than 0\.4 seconds"):
        pool.submit(pool_tasks.sleep, 60, timeout=0.4).result(30)
    assert 0.4 <= time.monotonic() - start < 20
    assert still_works(pool)


def test_time_in_the_queue_does_not_count_as_time_of_the_task(pool):
    first = pool.submit(pool_tasks.sleep, 2.0, "first", timeout=30)
    second = pool.submit(pool_tasks.sleep, 0.1, "second", timeout=1.8)
    assert (first.result(30), second.result(30)) == ("first", "second")


def test_four_gigabytes_are_refused_with_a_sentence(pool):
    with pytest.raises(Unreadable, match="more memory than is allowed"):
        pool.submit(pool_tasks.swallow, 4).result(30)
    assert not pool.submit(pool_tasks.swallow_in_c, 4).result(30)
    assert still_works(pool)


def test_a_gigabyte_is_given(pool):
    assert pool.submit(pool_tasks.swallow, 1).result(30) == 1 << 30


def test_our_own_errors_arrive_with_their_details(pool):
    with pytest.raises(Unavailable, match=r"The drive is away\.") as caught:
        pool.submit(pool_tasks.drive_is_away).result(30)
    assert caught.value.details == {"offline": True}


def test_a_foreign_error_becomes_a_sentence(pool):
    with pytest.raises(TaskFailed, match=r"The decoder failed on this file: KeyError: 'no such thing'\."):
        pool.submit(pool_tasks.fail).result(30)


def test_an_answer_cannot_run_code_in_the_server(pool, tmp_path):
    """A decoder that a hostile file has taken over may answer what it likes; only plain data are unpacked."""
    with pytest.raises(TaskCrashed, match=r"may not answer with posix\.mkdir"):
        pool.submit(pool_tasks.set_trap, str(tmp_path / "trapped")).result(30)
    assert not (tmp_path / "trapped").exists()
    assert still_works(pool)


def test_an_answer_that_cannot_be_packed_fails_that_task(pool):
    with pytest.raises(TaskFailed):
        pool.submit(pool_tasks.unpicklable).result(30)
    assert still_works(pool)


def test_a_function_that_cannot_be_sent_is_the_callers_mistake(pool):
    with pytest.raises(TypeError, match="cannot be sent"):
        pool.submit(lambda: 1).result(30)
    assert still_works(pool)


def test_urgent_tasks_overtake_what_waits(pool):
    done: list[str] = []
    futures = [pool.submit(pool_tasks.sleep, 0.3, "running")]
    time.sleep(0.05)
    futures += [pool.submit(pool_tasks.sleep, 0.01, f"ordinary {n}") for n in range(3)]
    futures += [pool.submit(pool_tasks.sleep, 0.01, f"urgent {n}", urgent=True) for n in range(2)]
    for future in futures:
        future.add_done_callback(lambda future: done.append(future.result()))
    wait(futures, 30)
    assert done == ["running", "urgent 0", "urgent 1", "ordinary 0", "ordinary 1", "ordinary 2"]


def test_a_task_that_has_not_begun_can_be_cancelled(pool):
    running = pool.submit(pool_tasks.sleep, 0.3)
    waiting = pool.submit(pool_tasks.sleep, 0)
    assert waiting.cancel()
    running.result(30)
    with pytest.raises(CancelledError):
        waiting.result(30)
    assert still_works(pool)


def test_resizing_changes_how_many_run_at_once(pool, tmp_path):
    def together() -> int:
        return len({f.result(30) for f in [pool.submit(pool_tasks.pid) for _ in range(40)]})

    assert together() == 1
    pool.resize(3)
    go_on = tmp_path / "go on"
    busy = [pool.submit(pool_tasks.wait_for, str(go_on), timeout=60) for _ in range(2)]
    assert pool.submit(pool_tasks.add, 1, 1).result(30) == 2
    assert not any(future.done() for future in busy)
    pool.resize(1)
    go_on.touch()
    wait(busy, 30)
    deadline = time.monotonic() + 20
    while together() > 1:                   # those too many end after the task they are at
        assert time.monotonic() < deadline


def test_closing_ends_running_and_waiting_tasks_at_once():
    others = set(threading.enumerate())
    pool = Pool(2)
    running = [pool.submit(pool_tasks.sleep, 60) for _ in range(2)]
    waiting = pool.submit(pool_tasks.add, 1, 1)
    time.sleep(0.5)
    start = time.monotonic()
    pool.close()
    for future in [*running, waiting]:
        with pytest.raises(Unavailable, match="stopping"):
            future.result(10)
    assert time.monotonic() - start < 10, "the tasks would take a minute"
    with pytest.raises(Unavailable, match="stopping"):
        pool.submit(pool_tasks.add, 1, 1)
    assert not [thread for thread in set(threading.enumerate()) - others if thread.name.startswith("pool-")]


def test_a_drive_with_two_stuck_workers_gets_no_more_tasks(pool):
    """What stands in for an unkillable read is a process that lives on; the accounting is the pool's own."""
    stuck = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(2)]
    try:
        for process in stuck:
            pool.devices.record("disk A", process)
        with pytest.raises(Unavailable, match="does not answer") as caught:
            pool.submit(pool_tasks.add, 1, 1, device="disk A").result(30)
        assert caught.value.details == {"offline": True}
        assert pool.submit(pool_tasks.add, 1, 1, device="disk B").result(30) == 2
        stuck[0].kill()
        stuck[0].wait()
        assert pool.submit(pool_tasks.add, 1, 1, device="disk A").result(30) == 2
    finally:
        for process in stuck:
            process.kill()
            process.communicate()


def test_workers_end_with_a_server_that_is_killed(tmp_path):
    script = (
        "import pool_tasks, time\n"
        "from photoarchive.work.pool import Pool\n"
        "pool = Pool(1)\n"
        "print(pool.submit(pool_tasks.pid).result(), flush=True)\n"
        "pool.submit(pool_tasks.sleep, 60).result()\n"
    )
    environment = child_environment(Path(pool_tasks.__file__).parent)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as server:
        worker = int(server.stdout.readline())
        server.kill()
        server.wait()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and state_of(worker) != "Z" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{worker}").exists() or state_of(worker) == "Z"


def state_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def test_a_worker_that_cannot_start_says_why():
    pool = Pool(1, preload=("photoarchive.no_such_module",))
    try:
        with pytest.raises(Unavailable, match="could not be started"):
            pool.submit(pool_tasks.add, 1, 1).result(60)
    finally:
        pool.close()


# ------------------------------------------------------------------------------------------------ rights


def test_python_code_in_a_worker_cannot_write(pool, tmp_path):
    for target in (tmp_path / "planted", Path("/tmp/photoarchive-planted"), Path.home() / "photoarchive-planted"):
        with pytest.raises(TaskFailed, match=r"GuardError|Permission denied"):
            pool.submit(pool_tasks.write, str(target)).result(30)
        assert not target.exists()


@needs_landlock
def test_c_code_in_a_worker_cannot_write_create_rename_or_delete(pool, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    calls = [
        ("unlink", str(kept)), ("rename", str(kept), str(tmp_path / "moved")), ("mkdir", str(tmp_path / "made"), 0o700),
        ("truncate", str(kept), 0), ("symlink", "/etc", str(tmp_path / "link")), ("rmdir", str(tmp_path)),
        ("link", str(kept), str(tmp_path / "hard")), ("mkfifo", str(tmp_path / "fifo"), 0o600),
    ]
    assert pool.submit(pool_tasks.write_in_c, str(tmp_path / "made")).result(30) == errno.EACCES
    assert pool.submit(pool_tasks.write_in_c, str(kept)).result(30) == errno.EACCES
    for call in calls:
        assert pool.submit(pool_tasks.change_in_c, *call).result(30) in (errno.EACCES, errno.EXDEV, errno.EPERM), call
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_text() == "as it was"


@needs_seccomp
def test_c_code_in_a_worker_cannot_change_rights_times_or_attributes(pool, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    before = kept.stat()
    for call in [("chmod", str(kept), 0o777), ("chown", str(kept), 1, 1), ("utimes", str(kept), None),
                 ("setxattr", str(kept), "user.x", "1", 1, 0), ("removexattr", str(kept), "user.x")]:
        assert pool.submit(pool_tasks.change_in_c, *call).result(30) == errno.EPERM, call
    after = kept.stat()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (before.st_mode, before.st_uid, before.st_mtime_ns)


@needs_landlock
def test_a_worker_cannot_reach_the_network_or_signal_the_server(pool):
    if landlock.abi_version() < landlock.SCOPE_ABI:
        pytest.skip("this kernel's Landlock knows neither network nor signals")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert pool.submit(pool_tasks.connect, server.getsockname()[1]).result(30) == errno.EACCES
    with pytest.raises(TaskFailed, match="not permitted"):
        pool.submit(pool_tasks.signal_process, os.getpid()).result(30)


def test_a_worker_can_read(pool, tmp_path):
    (tmp_path / "photo").write_text("pixels")
    assert pool.submit(pool_tasks.read_text, str(tmp_path / "photo")).result(30) == "pixels"


def test_numeric_libraries_are_told_to_use_one_thread(pool):
    assert pool.submit(pool_tasks.environment, "OMP_NUM_THREADS").result(30) == "1"
    assert pool.submit(pool_tasks.environment, "MALLOC_ARENA_MAX").result(30) == "2"
