"""When the job of Deep Search works, and what it takes first."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from photoarchive.catalog.database import Database
from photoarchive.catalog.searches import Searches
from photoarchive.core import clock
from photoarchive.core.config import Config
from photoarchive.core.errors import Unavailable
from photoarchive.core.events import Bus
from photoarchive.core.settings import SettingsStore
from photoarchive.features.deep.jobs import DeepJob
from photoarchive.features.deep.terms import DeepTerms
from photoarchive.work.governor import Readings, decide
from photoarchive.work.job import Budget, Progress

QUIET = Readings(0.0, 0.0, 4, 32.0, 0.0, 3600.0, None, None)
BUDGET = Budget(8, 1)


class Model:
    """Stands for a large model: only its key and whether it is loaded matter to the job."""

    name, version, loaded = "big-deep", "1", None


class Photos:
    """Ten photos, a few of which have been looked at."""

    def __init__(self) -> None:
        self.seen = 0

    def pending(self):
        return 10 - self.seen

    def total(self):
        return 10

    def step(self, budget):
        self.seen += 5
        return Progress(5)

    def errors(self, limit, offset):
        return [], 0


class Terms:
    """A searcher that notes what it was asked; “broken” cannot be answered."""

    def __init__(self) -> None:
        self.answered: list[str] = []

    def words_of(self, text):
        return "" if text.startswith("year:") else text

    def deepen(self, text, embedder):
        if text == "broken":
            raise Unavailable("It broke.")
        self.answered.append(text)
        return 1

    def is_deep(self, text, model):
        return text in self.answered


@pytest.fixture
def lab(tmp_path, monkeypatch):
    class Lab:
        def __init__(self) -> None:
            bus = Bus()
            self.db = Database(tmp_path / "photoarchive.db")
            self.settings = SettingsStore(tmp_path / "settings.json", Config(home=tmp_path), bus)
            self.settings.update({"deep_search_schedule_timezone": "Europe/Berlin"})
            self.searches, self.found, self.photos, self.model = Searches(self.db), Terms(), Photos(), Model()
            self.readings, self.mode = QUIET, "light"
            self.terms = DeepTerms(self.settings, self.searches, self.found, bus,
                                   lambda changes, _window: self.settings.update(changes))
            self.job = DeepJob(settings=self.settings, terms=self.terms, photos=self.photos,
                               deep=lambda: self.model, decision=lambda: decide(self.readings, self.mode))

        def at(self, text: str) -> None:
            moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
            monkeypatch.setattr(clock, "now", lambda: moment)

    made = Lab()
    yield made
    made.db.close()


def test_it_waits_for_its_hours_and_says_until_when(lab):
    lab.at("2026-01-14 12:00")
    assert lab.job.pending() == 10
    assert lab.job.step(BUDGET) == Progress(0, reason="waiting until 22:00 (Europe/Berlin)")
    lab.at("2026-01-14 23:00")
    assert lab.job.step(BUDGET).done == 5
    lab.settings.update({"deep_search_schedule_enabled": False})
    assert lab.job.step(BUDGET).reason == "waiting: its schedule is switched off"


def test_max_mode_and_a_person_open_any_hour(lab):
    lab.at("2026-01-14 12:00")
    lab.mode = "max"
    assert lab.job.step(BUDGET).done == 5
    lab.mode = "light"
    assert not lab.job.step(BUDGET).done
    lab.job.ask()
    assert lab.job.step(BUDGET).done == 5
    assert lab.job.pending() == 0
    assert not lab.job.asked            # nothing is left: the schedule holds again


def test_a_large_model_is_loaded_in_a_quiet_minute_only(lab):
    lab.at("2026-01-14 23:00")
    lab.readings = replace(QUIET, idle_seconds=5.0)
    assert lab.job.step(BUDGET).reason == "waiting for a quiet minute to load the large model"
    lab.model.loaded = "CPU"
    assert lab.job.step(BUDGET).done == 5


def test_without_a_model_there_is_nothing_to_do(lab):
    lab.model = None
    assert (lab.job.pending(), lab.job.total()) == (0, 0)
    assert not lab.job.step(BUDGET).done


def test_terms_are_answered_as_soon_as_some_photos_were_seen_and_a_broken_one_is_set_aside(lab):
    lab.at("2026-01-14 23:00")
    lab.terms.set(["old boats", "broken", "year:2019"], "")
    lab.searches.record("snow")
    assert lab.job.pending() == 13
    assert lab.job.step(BUDGET).done == 5                   # nothing could be answered before
    assert lab.job.step(BUDGET) == Progress(1, 0)
    assert lab.job.step(BUDGET) == Progress(0, 1)
    assert lab.job.step(BUDGET) == Progress(1, 0)
    assert lab.found.answered == ["old boats", "snow"]
    assert [error.reason for error in lab.job.errors(10, 0)[0]] == ["It broke."]
    assert lab.job.step(BUDGET).done == 5
    assert lab.job.pending() == 0
    assert lab.terms.count("big-deep:1") == (2, 3)
    assert [search.text for search in lab.searches.terms()] == ["old boats", "broken", "year:2019"]

