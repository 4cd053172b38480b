"""Changing settings as a person."""

from __future__ import annotations

import threading
from pathlib import Path

from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.database import Database
from photoarchive.core.config import Config
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.settings.service import SettingsService


def test_a_folder_on_a_drive_that_does_not_answer_holds_up_nobody_else(home: Path, tmp_path: Path) -> None:
    """The catalog can be written while a new cache folder is looked at."""
    config, bus = Config(home=home), Bus()
    store = SettingsStore(config.settings_path, config, bus)
    db = Database(config.database_path)
    service = SettingsService(store, db, ActionLog(db, bus))
    asked, answers = threading.Event(), threading.Event()

    def look(_key: str, _path: Path) -> None:
        asked.set()
        answers.wait(20)

    store.path_check = look
    saving = threading.Thread(target=service.save, args=({"ssd_cache_dir": str(tmp_path / "new")}, "w"),
                              kwargs={"remote": False}, daemon=True)
    saving.start()
    try:
        assert asked.wait(5)
        assert db.submit(lambda tx: "written").result(5) == "written"
    finally:
        answers.set()
        saving.join(10)
        db.close()
    assert store.current.ssd_cache_dir == str(tmp_path / "new")
