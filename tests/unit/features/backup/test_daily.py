"""The daily backup as a job."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from photoarchive.catalog.backups import Backups
from photoarchive.catalog.database import Database
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.backup import jobs
from photoarchive.work.governor import Governor
from photoarchive.work.runner import Runner


def test_a_backup_is_made_in_the_work_mode_browse_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who always browses gets a backup every day like everybody else."""
    monkeypatch.setattr(jobs, "AFTER_START_SECONDS", 0.0)
    config, bus = Config(home=home), Bus()
    settings = SettingsStore(config.settings_path, config, bus)
    settings.update({"background_work_mode": "browse"})
    db = Database(config.database_path)
    backups = Backups(config.database_path, config.backups_dir)
    runner = Runner(Governor(settings), bus)
    runner.add(jobs.DailyBackupJob(backups, lambda: True))
    runner.start()
    try:
        deadline = time.monotonic() + 20
        while not backups.list() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [backup.kind for backup in backups.list()] == ["daily"]
    finally:
        runner.stop()
        db.close()
