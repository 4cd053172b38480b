"""The host checks indexes in a quiet moment after the start, and not for ever later."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from photoarchive.ml import host as host_module
from photoarchive.ml.host import ModelHost, lite_key
from vector_lab import VectorLab, clustered

pytestmark = pytest.mark.slow

DAMAGE = "was damaged and is made again"


@pytest.fixture
def damaged(tmp_path: Path) -> VectorLab:
    """An index whose rows were changed behind its back."""
    lab = VectorLab(tmp_path / "home", photos=500)
    lab.add(range(1, 501), clustered(500, 64), model=lite_key())
    lab.store.index(lite_key()).warm()
    lab.store.close()
    rows = lab.files()[1]
    data = bytearray(rows.read_bytes())
    data[64 * 7:64 * 9] = bytes(128)
    rows.write_bytes(data)
    lab.reopen()
    return lab


def _looks(monkeypatch: pytest.MonkeyPatch, lab: VectorLab, number: int, *, user_active: bool) -> None:
    """Let a host look so many times whether there is something to do."""
    monkeypatch.setattr(host_module, "LOOK_SECONDS", 0.01)
    looked, enough = [0], threading.Event()

    def has_photos() -> bool:
        looked[0] += 1
        if looked[0] > number:
            enough.set()
        return True

    host = ModelHost(lab.home / "models", lab.store, has_photos=has_photos, user_active=lambda: user_active)
    host.start()
    assert enough.wait(30)
    host.close()


def test_while_somebody_is_there_the_check_waits(
    damaged: VectorLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _looks(monkeypatch, damaged, 3, user_active=True)
    assert DAMAGE not in caplog.text
    _looks(monkeypatch, damaged, 1, user_active=False)
    assert DAMAGE in caplog.text


def test_somebody_who_stays_does_not_keep_it_from_being_checked(
    damaged: VectorLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(host_module, "LONGEST_WAIT", 0.0)
    _looks(monkeypatch, damaged, 1, user_active=True)
    assert DAMAGE in caplog.text
