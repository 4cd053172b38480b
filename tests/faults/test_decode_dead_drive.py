"""A drive dies while it is read: its readers cannot be killed, and everything else goes on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from drawn_pictures import encoded, quarters
from faults.dead_drive import dead_drive
from photoarchive.core.errors import Unavailable
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import Rendering, TierSpec, render
from photoarchive.work.pool import Pool, TaskTimedOut

SM = (TierSpec(Tier.SM, 100, 90),)


def test_readers_of_a_dead_drive_are_left_behind_and_the_rest_goes_on(tmp_path: Path):
    (tmp_path / "good.jpg").write_bytes(encoded(quarters(), "JPEG"))
    good = Original(os.fsencode(tmp_path), b"good.jpg")
    pool = Pool(2, preload=("photoarchive.imaging.tiers",))
    with dead_drive(tmp_path / "drive") as drive:
        lost = [Original(os.fsencode(drive.path), name) for name in (b"a.jpg", b"b.jpg", b"c.jpg")]
        assert isinstance(pool.submit(render, good, 0, SM).result(30), Rendering)

        for original in lost[:2]:
            start = time.monotonic()
            with pytest.raises(TaskTimedOut):
                pool.submit(render, original, 0, SM, timeout=0.5, device="drive").result(30)
            assert time.monotonic() - start < 20
        if pool.devices.stuck("drive") == 0:
            pool.close()
            pytest.skip("this kernel lets a process in such a read be killed")
        assert pool.devices.stuck("drive") == 2

        with pytest.raises(Unavailable, match="does not answer"):
            pool.submit(render, lost[2], 0, SM, device="drive").result(30)
        assert isinstance(pool.submit(render, good, 0, SM, device="system").result(30), Rendering)

        start = time.monotonic()
        pool.close()
        assert time.monotonic() - start < 10, "nobody waits for what cannot end"

        drive.let_reads_fail()
        deadline = time.monotonic() + 10
        while pool.devices.stuck("drive") and time.monotonic() < deadline:
            time.sleep(0.02)
        assert pool.devices.stuck("drive") == 0
