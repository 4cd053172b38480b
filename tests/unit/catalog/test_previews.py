"""The manifest: uses never turn back, leftovers are named whatever took the row, versions follow content."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.catalog.previews import CacheFile, Failure, Leftover, Previews, content_version
from photoarchive.core.tiers import Tier


@pytest.fixture
def previews(home: Path):
    db = Database(bring_catalog(home))
    db.write(lambda tx: tx.executemany("INSERT INTO photos (id, created_at, source_id, folder_id) VALUES (?, 0, 1, 1)",
                                       [(n,) for n in range(1, 6)]) and None)
    found = Previews(db)
    found.db = db
    yield found
    db.close()


def file(photo_id: int, tier: Tier = Tier.SM, **values) -> CacheFile:
    facts = {"size": 10, "width": 4, "height": 3, "recipe": 1, "version": b"12345678", "suffix": ".jpg", "checksum": 5,
             "folder_id": 1}
    return CacheFile(photo_id, tier, **(facts | values))


def test_a_file_comes_back_as_it_was_recorded(previews):
    previews.put([file(1), file(1, Tier.FULL, suffix=".png", checksum=0)], looked=False)
    assert previews.files(1) == {Tier.SM: file(1), Tier.FULL: file(1, Tier.FULL, suffix=".png", checksum=0)}
    assert previews.files_of([2, 1])[2] == {}


def test_replacing_keeps_that_a_person_looked(previews):
    previews.put([file(1)], looked=True)
    previews.put([file(1, checksum=6)], looked=False)
    assert previews.oldest(Tier.SM, 9, looked=True) == [file(1, checksum=6)]


def test_news_of_a_use_never_turn_the_clock_back(previews):
    previews.put([file(1), file(2)], looked=False)
    previews.record_use({(1, Tier.SM): (5e9, False), (2, Tier.SM): (4e9, False)})
    previews.record_use({(1, Tier.SM): (1.0, False)})
    assert [one.photo_id for one in previews.oldest(Tier.SM, 9, looked=False)] == [2, 1]


@pytest.mark.parametrize("how", ["DELETE FROM photos WHERE id = 1", "DELETE FROM previews WHERE photo_id = 1",
                                 "UPDATE previews SET suffix = '.png' WHERE photo_id = 1",
                                 "UPDATE previews SET folder_id = 2 WHERE photo_id = 1"])
def test_whatever_takes_a_row_leaves_a_note_of_its_file(previews, how):
    previews.put([file(1)], looked=False)
    previews.db.write(lambda tx: tx.execute(how) and None)
    assert previews.leftovers(1) == [Leftover(1, 1, Tier.SM, ".jpg")]


def test_a_row_that_names_a_file_again_takes_the_note_away(previews):
    previews.put([file(1)], looked=False)
    previews.drop([file(1)])
    previews.put([file(1)], looked=False)
    assert previews.leftovers(1) == []


def test_a_file_replaced_meanwhile_is_not_dropped(previews):
    previews.put([file(1, checksum=7)], looked=False)
    assert previews.drop([file(1)]) == []
    assert previews.files(1)


def test_a_failure_shows_on_the_photo_until_a_preview_could_be_made(previews):
    previews.record_failures([Failure(2, b"12345678", "It is broken.", 1.0)])

    def shown():
        return previews.db.read().execute("SELECT unreadable FROM photos WHERE id = 2").fetchone()[0]

    assert shown() == "It is broken."
    assert previews.failures(10, 0) == ([Failure(2, b"12345678", "It is broken.", 1.0)], 1)
    previews.put([file(2)], looked=False)
    assert shown() is None
    assert previews.failure_count() == 0


def test_files_of_an_earlier_folder_are_found(previews):
    previews.put([file(1), file(2, folder_id=3)], looked=False)
    assert previews.outside(3, 10) == [file(1)]
    assert previews.move(file(1), 3)
    assert previews.outside(3, 10) == []
    assert not previews.move(file(1), 3), "it is there already"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_the_version_is_that_of_the_content_key(one, other):
    assert content_version(one, 1, 2) == content_version(one, 3, 4)
    assert (content_version(one, 1, 2) == content_version(other, 1, 2)) == (one == other)


def test_without_a_key_size_and_time_decide():
    assert len({content_version(None, 10, 1), content_version(None, 10, 2), content_version(None, 11, 1)}) == 3
