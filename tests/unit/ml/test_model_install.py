"""Installing a model from a hub: whole, broken off, resumed, wrong, cancelled, changed since; what its card says."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from hub_server import Hub, hub_server
from new_catalog import bring_catalog
from photoarchive.bench._tiny_qwen import write_tiny_model
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.database import Database
from photoarchive.catalog.model_records import ModelRecords
from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Forbidden, Invalid, PhotoArchiveError
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.models.service import ModelService
from photoarchive.features.settings.service import SettingsService
from photoarchive.ml import hub as hub_module
from photoarchive.ml import model_install
from photoarchive.ml.model_shelf import ModelShelf

ROLE = "daily"
TOLD = "installed first"


class Lab:
    """A home with a catalog, and a hub beside it."""

    def __init__(self, tmp_path: Path, hub: Hub) -> None:
        self.hub = hub
        home = tmp_path / "home"
        home.mkdir()
        self.db, bus = Database(bring_catalog(home)), Bus()
        self.settings = SettingsStore(home / "settings.json", Config(home=home), bus)
        records = ModelRecords(self.db)
        self.shelf = ModelShelf(self.settings, records, bus)
        self.models = ModelService(self.shelf, records, self.settings, bus,
                                   save=lambda changes, _window, _remote: self.settings.update(changes))
        self.folder = Path(self.settings.current.embed_model_dir)

    def card(self):
        self.shelf.look_again(ROLE)
        return next(card for card in self.models.answer().models if card.role == ROLE)

    def install(self) -> None:
        self.models.install(ROLE)
        self.wait()

    def wait(self, *states: str) -> str:
        deadline = time.monotonic() + 20
        while (state := self.card().state) in ("installing", "checking") and state not in states:
            assert time.monotonic() < deadline, self.card()
            time.sleep(0.01)
        return state


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = write_tiny_model(tmp_path_factory.mktemp("hub") / "model")
    (folder / "modeling.py").write_text("raise SystemExit('never run')")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04never read")
    return folder


@pytest.fixture
def lab(tmp_path, model, monkeypatch):
    served = tmp_path / "served"
    shutil.copytree(model, served)
    monkeypatch.setattr(hub_module, "WAIT_S", (0.0, 0.0, 0.0))
    with hub_server(Hub(served)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        made = Lab(tmp_path, hub)
        yield made
        made.models.close()
        made.shelf.close()
        made.db.close()


def test_an_install_brings_the_model_and_nothing_else(lab):
    assert lab.card().state == "absent"
    assert lab.hub.asked == []                      # nobody is asked before the user says so
    lab.install()
    card = lab.card()
    assert (card.state, card.own_folder, card.commit) == ("installed", True, lab.hub.commit)
    assert {path.name for path in lab.folder.iterdir()} == {
        "config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"}
    start = lab.shelf.ready(ROLE)
    assert (start.name, start.wanted.dimension, start.wanted.parameters) == ("qwen3-vl-0.3m", 64, 284_512)
    assert len(start.version) == 16


def test_a_broken_transfer_goes_on_where_it_stopped(lab):
    lab.hub.break_after = [300_000, 100_000]
    lab.install()
    assert lab.card().state == "installed"
    assert lab.hub.fetched("model.safetensors") == ["", "bytes=300000-", "bytes=400000-"]


def test_a_hub_that_cannot_resume_sends_the_file_anew(lab):
    lab.hub.break_after, lab.hub.resumes = [300_000], False
    lab.install()
    assert lab.card().state == "installed"


def test_a_connection_that_fails_for_good_leaves_a_part_that_resumes(lab):
    lab.hub.break_after = [300_000, 0, 0, 0, 0, 0]
    lab.install()
    card = lab.card()
    assert card.state == "paused"
    assert "broke off: the connection ended early. What has arrived is kept" in card.sentence
    assert card.install.done >= 300_000
    lab.hub.break_after = []
    lab.install()
    assert lab.card().state == "installed"
    assert lab.hub.fetched("model.safetensors")[-1] == "bytes=300000-"


def test_a_wrong_checksum_is_told_and_the_file_thrown_away(lab):
    for name in ("tokenizer.json", "model.safetensors"):    # a small file is checked by its git id
        lab.hub.flip = name
        lab.install()
        card = lab.card()
        assert (card.state, f"{name} arrived with a wrong checksum" in card.sentence) == ("paused", True)
        assert not any(path.name.startswith(name) for path in lab.folder.iterdir())
    lab.hub.flip = ""
    lab.install()
    assert lab.card().state == "installed"


def test_pause_resume_and_cancel(lab):
    lab.hub.throttle_s = 0.02
    lab.models.install(ROLE)
    while not (install := lab.card().install) or install.done < 200_000:
        time.sleep(0.01)
    with pytest.raises(Conflict, match="being installed already"):
        lab.models.install(ROLE)
    lab.models.pause(ROLE)
    card = lab.card()
    assert card.state == "paused"
    assert 0 < card.install.done < card.install.total
    lab.models.install(ROLE)
    while lab.card().install.done <= card.install.done:
        time.sleep(0.01)
    assert lab.hub.fetched("model.safetensors")[-1].startswith("bytes=")
    lab.models.cancel(ROLE)
    assert lab.card().state == "absent"
    assert not lab.folder.exists()
    with pytest.raises(Conflict, match="No install"):
        lab.models.cancel(ROLE)


def test_a_restart_finds_the_unfinished_install(lab):
    lab.hub.break_after = [300_000, 0, 0, 0, 0, 0]
    lab.install()
    again = ModelService(lab.shelf, ModelRecords(lab.db), lab.settings, Bus(), save=lambda *_: None)
    lab.shelf.look_again(ROLE)
    card = next(card for card in again.answer().models if card.role == ROLE)
    assert (card.state, card.install.phase, card.installable) == ("paused", "stopped", True)
    assert 0 < card.install.done < card.install.total


def test_the_same_revision_must_bring_the_same_files_again(lab):
    """Trust on first use: later the hub cannot slip in other weights, by the listing or by the transfer."""
    lab.install()
    version = lab.shelf.ready(ROLE).version
    lab.models.remove(ROLE)
    assert (lab.card().state, lab.folder.exists()) == ("absent", False)
    write_tiny_model(lab.hub.folder, seed=1)
    lab.install()
    assert TOLD in lab.card().sentence
    write_tiny_model(lab.hub.folder, seed=0)
    config = json.loads((lab.hub.folder / "config.json").read_text())
    config["text_config"]["rms_norm_eps"] = 1e-5      # the same length, and a right git id
    (lab.hub.folder / "config.json").write_text(json.dumps(config, indent=2))
    lab.install()
    assert TOLD in lab.card().sentence
    write_tiny_model(lab.hub.folder, seed=0)
    lab.install()
    assert lab.shelf.ready(ROLE).version == version


def test_a_file_changed_after_the_install_is_noticed(lab):
    lab.install()
    write_tiny_model(lab.folder, seed=7)
    assert lab.wait() == "wrong"
    assert "is not the file that was installed" in lab.card().sentence
    assert lab.shelf.ready(ROLE) is None


def test_a_full_drive_is_told_before_anything_is_fetched(lab, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(model_install.shutil, "disk_usage", lambda _path: usage._replace(free=1_200_000_000))
    monkeypatch.setattr(model_install, "RESERVE_BYTES", 1_199_500_000)
    lab.install()
    assert "The model needs 0.0 GB more" in lab.card().sentence
    assert lab.hub.fetched("model.safetensors") == []


def test_a_redirect_to_an_unsafe_place_is_not_followed(lab):
    lab.hub.redirects = "http://127.0.0.2:9/weights"
    lab.install()
    assert "is not safe" in lab.card().sentence
    lab.hub.redirects = "file:///etc/passwd"
    lab.install()
    assert lab.card().state == "paused"


@pytest.mark.parametrize(("status", "words"), [(404, "has no"), (403, "does not give"), (503, "refused")])
def test_a_hub_that_refuses_is_quoted(lab, status, words):
    lab.hub.fail_status = status
    lab.install()
    assert words in lab.card().sentence


def test_only_empty_folders_and_our_own_are_filled(lab):
    lab.folder.mkdir(parents=True)
    (lab.folder / "letter.txt").write_text("mine")
    with pytest.raises(Conflict, match="choose an empty folder"):
        lab.models.install(ROLE)
    with pytest.raises(Conflict, match="not put there by photoArchive"):
        lab.models.remove(ROLE)
    assert (lab.folder / "letter.txt").read_text() == "mine"


def test_a_folder_of_the_user_is_used_and_never_written(lab, tmp_path):
    own = write_tiny_model(tmp_path / "own")
    before = {path: path.stat().st_mtime_ns for path in [own, *own.iterdir()]}
    lab.models.choose_folder(ROLE, str(own), "", remote=False)
    assert lab.wait() == "installed"
    assert not lab.card().own_folder
    with pytest.raises(Conflict, match="not put there by photoArchive"):
        lab.models.remove(ROLE)
    with pytest.raises(Conflict, match="installed already"):
        lab.models.install(ROLE)
    with pytest.raises(Invalid, match="holds no model"):
        lab.models.choose_folder(ROLE, str(tmp_path), "", remote=False)
    assert lab.settings.current.embed_model_dir == str(own)
    assert {path: path.stat().st_mtime_ns for path in [own, *own.iterdir()]} == before
    lab.models.choose_folder(ROLE, None, "", remote=False)
    assert (lab.card().state, lab.card().default_folder) == ("absent", True)


def test_a_folder_that_two_models_are_taken_from_is_not_deleted(lab):
    """Deep Search pointed at the daily model: removing either would take both away."""
    lab.models.install(ROLE)
    assert lab.wait() == "installed"
    folder = lab.card().folder
    lab.models.choose_folder("deep", folder, "", remote=False)
    for role in (ROLE, "deep"):
        with pytest.raises(Conflict, match="too. Let one of them use another"):
            lab.models.remove(role)
    lab.models.choose_folder("deep", None, "", remote=False)
    lab.models.remove(ROLE)
    assert lab.card().state == "absent"


def test_a_session_from_another_machine_cannot_choose_a_folder(lab, tmp_path):
    settings = SettingsService(lab.settings, lab.db, ActionLog(lab.db, Bus()))
    models = ModelService(lab.shelf, ModelRecords(lab.db), lab.settings, Bus(), save=lambda changes, window, remote:
                          settings.save(changes, window, remote=remote))
    own = write_tiny_model(tmp_path / "own")
    for folder in (own, tmp_path / "nothing", "/etc"):
        with pytest.raises(Forbidden, match="can only be changed there"):
            models.choose_folder(ROLE, str(folder), "", remote=True)
    models.choose_folder(ROLE, str(own), "", remote=False)
    assert lab.wait() == "installed"


def test_unknown_models_and_addresses_are_refused(lab, monkeypatch):
    lab.settings.update({"embed_model_id": "Somebody/Something"})
    with pytest.raises(Invalid, match="not a model photoArchive knows"):
        lab.models.install(ROLE)
    with pytest.raises(PhotoArchiveError, match="There is no model named faces"):
        lab.models.install("faces")
    lab.settings.update({"embed_model_id": "Qwen/Qwen3-VL-Embedding-2B"})
    monkeypatch.setenv("HF_ENDPOINT", "ftp://hub")
    with pytest.raises(Invalid, match="HF_ENDPOINT"):
        lab.models.install(ROLE)
    assert lab.hub.asked == []
