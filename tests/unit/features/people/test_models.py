"""Which face model is in use, asked before there is one on the disk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.catalog.face_store import FaceStore
from photoarchive.core.config import Config
from photoarchive.core.errors import Unavailable
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.people import models as module
from photoarchive.features.people.models import FaceModels
from photoarchive.ml.face_files import BUNDLED_KEY, BUNDLED_NAME, BUNDLED_THRESHOLDS


@pytest.fixture
def asked(home: Path):
    """(models of a new home, its settings); the catalog is closed in the end."""
    config, db = Config(home), Database(bring_catalog(home))
    settings = SettingsStore(config.settings_path, config, Bus())
    yield FaceModels(settings, FaceStore(db), config.models_dir), settings
    db.close()


def test_the_bundled_model_is_described_without_being_made(asked, home: Path) -> None:
    """Its name, number and thresholds are known; nothing is folded for them, which takes seconds."""
    models, _ = asked
    assert models.name_and_key() == (BUNDLED_NAME, BUNDLED_KEY)
    assert models.thresholds() == BUNDLED_THRESHOLDS
    assert models.model_id() == models.model_id() > 0
    assert not list(home.rglob("faces-bundled-*"))


def test_nobody_who_asks_waits_while_the_bundled_model_is_made(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job makes it in seconds; a page that asks meanwhile is answered."""
    models, _ = asked
    under_way, answered, really = threading.Event(), threading.Event(), module.bundled_files

    def make(folder: Path):
        under_way.set()
        assert answered.wait(30)
        return really(folder)

    monkeypatch.setattr(module, "bundled_files", make)
    thread = threading.Thread(target=models.files)
    thread.start()
    assert under_way.wait(30)
    assert (models.name_and_key(), models.trouble) == ((BUNDLED_NAME, BUNDLED_KEY), "")
    assert models.model_id() > 0 and models.thresholds() == BUNDLED_THRESHOLDS
    answered.set()
    thread.join(60)
    assert models.files().key == BUNDLED_KEY


def test_trouble_is_that_of_the_model_chosen_now(asked, home: Path) -> None:
    """A folder without a model says why; after going back to the bundled one nothing is said any more."""
    models, settings = asked
    empty = home / "no model"
    empty.mkdir()
    settings.update({"face_model_id": "mine", "face_model_dir": str(empty)})
    with pytest.raises(Unavailable, match=r"manifest\.json"):
        models.name_and_key()
    assert "manifest.json" in models.trouble
    settings.update({"face_model_id": "bundled"})
    assert (models.trouble, models.name_and_key()) == ("", (BUNDLED_NAME, BUNDLED_KEY))
