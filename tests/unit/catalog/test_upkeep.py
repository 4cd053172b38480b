"""Upkeep: snapshots after many changes and at the end, orders ready before anybody asks, and no harm when it fails."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from photoarchive.catalog import derived as derived_module
from photoarchive.catalog import further_places
from photoarchive.catalog import upkeep as upkeep_module
from photoarchive.catalog.facets import FURTHER
from photoarchive.catalog.query import Query
from photoarchive.catalog.upkeep import Upkeep
from small_catalog import fill, open_catalog


def test_the_end_leaves_a_snapshot_if_anything_changed(home: Path) -> None:
    """The next start maps it; without changes the file stays as it is."""
    catalog = open_catalog(home)
    fill(catalog, 40)
    upkeep = Upkeep(catalog.columns, catalog.views)
    upkeep.start()
    upkeep.close()
    (first,) = (home / ".run").glob("columns-*.snapshot")
    catalog.close()
    again = open_catalog(home)
    assert not again.columns["flag"].flags.owndata
    Upkeep(again.columns, again.views).close()
    assert list((home / ".run").glob("columns-*.snapshot")) == [first]
    again.marks.set_flag(again.views.glance(Query()).ids[:3], "picked")
    again.marks.set_flag(again.views.glance(Query()).ids[:3], "rejected")
    Upkeep(again.columns, again.views).close()
    (second,) = (home / ".run").glob("columns-*.snapshot")
    assert second != first
    again.close()


def test_many_changes_are_saved_while_running_and_orders_are_ready(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bulk change is in the snapshot soon after, so a kill -9 costs no rebuild."""
    monkeypatch.setattr(upkeep_module, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(upkeep_module, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(upkeep_module, "LARGE", 10)
    catalog = open_catalog(home)
    fill(catalog, 60)                   # whole groups changed: counts as very many
    upkeep = Upkeep(catalog.columns, catalog.views)
    upkeep.start()
    deadline = time.monotonic() + 20
    while catalog.columns.unsaved and time.monotonic() < deadline:
        time.sleep(0.02)
    assert catalog.columns.unsaved == 0
    mask = catalog.views.masks.mask(Query())
    assert catalog.views.orders.arrange(mask, "filename", False) is not None
    assert catalog.views.orders.arrange(mask, "confidence", True) is not None
    upkeep.close()
    catalog.close()


@pytest.mark.parametrize(("wait", "rest"), [(600.0, 0), (0.0, 10**7)])
def test_sorting_ahead_waits_for_a_quiet_moment_and_then_rests(
    home: Path, monkeypatch: pytest.MonkeyPatch, wait: float, rest: int
) -> None:
    """While somebody is there. Neither holds up the end."""
    monkeypatch.setattr(upkeep_module, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(upkeep_module, "LARGE", 10)
    monkeypatch.setattr(upkeep_module, "LONGEST_WAIT", wait)
    monkeypatch.setattr(upkeep_module, "REST", rest)
    catalog, asked = open_catalog(home), threading.Event()
    fill(catalog, 60)

    def user_active() -> bool:
        asked.set()
        return True

    upkeep = Upkeep(catalog.columns, catalog.views, user_active)
    upkeep.start()
    assert asked.wait(20)
    upkeep.close()
    mask = catalog.views.masks.mask(Query())
    assert catalog.views.orders.arrange(mask, "confidence", True) is None
    catalog.close()


def test_somebody_who_stays_does_not_keep_it_from_sorting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep_module, "LARGE", 10)
    monkeypatch.setattr(upkeep_module, "LONGEST_WAIT", 0.0)
    catalog = open_catalog(home)
    fill(catalog, 60)
    Upkeep(catalog.columns, catalog.views, lambda: True).sort_ahead()
    assert catalog.views.orders.arrange(catalog.views.masks.mask(Query()), "confidence", True) is not None
    catalog.close()


def test_a_full_disk_costs_the_snapshot_and_nothing_else(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The end is not held up; the log says what it means for the next start."""
    catalog = open_catalog(home)
    fill(catalog, 20)
    run = home / ".run"
    hidden = home / ".run-away"
    run.rename(hidden)                  # no folder to write into
    Upkeep(catalog.columns, catalog.views).close()
    hidden.rename(run)
    assert "the next start reads the catalog instead" in caplog.text
    assert not list(run.glob("columns-*"))
    catalog.close()
    again = open_catalog(home)
    assert again.columns.rows == 21
    again.close()


def test_what_filters_are_counted_by_is_ready_before_anybody_asks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keywords with those above them, months, marks: the first counts of a large catalog are only added up."""
    monkeypatch.setattr(upkeep_module, "LARGE", 10)
    catalog = open_catalog(home)
    fill(catalog, 60)
    Upkeep(catalog.columns, catalog.views).sort_ahead()
    further, derived = catalog.views.further, catalog.views.derived
    made: list[str] = []
    for module, name in ((further_places, "_unpacked"), (further_places, "_levels_above"),
                         (derived_module, "month_code"), (derived_module, "_marks_code")):
        monkeypatch.setattr(module, name, lambda *_args, name=name: made.append(name))
    further.keywords()
    for column in FURTHER.values():
        further.pairs(column)
    derived.month()
    derived.marks()
    assert made == []
    catalog.close()
