"""Answers that come while earlier ones are still being followed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from people_lab import looks, open_people, seen
from photoarchive.features.people import grouping


def test_a_no_said_while_a_name_is_followed_counts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that follows has just read what was said when the no comes: it must read again."""
    read, said, really_read = threading.Event(), threading.Event(), grouping.read_limits

    def read_and_wait(db):
        found = really_read(db)
        if threading.current_thread().name == "people-grouping" and not read.is_set():
            read.set()
            assert said.wait(10)
        return found

    monkeypatch.setattr(grouping, "read_limits", read_and_wait)
    lab = open_people(home)
    ana = [lab.scan(photo, [seen(look)])[0] for photo, look in zip(lab.add_photos(5), looks(41, 5), strict=True)]
    person = lab.person_of(ana[0])
    lab.people.name(person, "Ana")
    assert read.wait(10)
    lab.people.reject([ana[4]])
    said.set()
    lab.settle()
    people = lab.people_of(ana)
    lab.close()
    assert people[:4] == [person] * 4 and people[4] != person


def test_a_no_said_while_everything_is_grouped_anew_counts(home: Path) -> None:
    """The grouping that did not know of it changes nothing, and is due again."""
    lab = open_people(home)
    ana = [lab.scan(photo, [seen(look)])[0] for photo, look in zip(lab.add_photos(5), looks(41, 5), strict=True)]
    person = lab.person_of(ana[0])
    lab.people.name(person, "Ana")
    lab.settle()
    under_way = lab.grouping.regroup()
    next(under_way)
    lab.people.reject([ana[4]])
    lab.settle()
    for _ in under_way:
        pass
    people, due = lab.people_of(ana), lab.grouping.due()
    lab.regroup()
    again = lab.people_of(ana), lab.grouping.due()
    lab.close()
    assert (people[:4], people[4] != person, due) == ([person] * 4, True, True)
    assert again == (people, False)
