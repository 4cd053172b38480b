"""What the job that finds duplicates says it has done is in the catalog, also after a write that failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import lookalikes
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.duplicate_decisions import Decisions
from photoarchive.catalog.duplicates import Duplicates
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.view import Views
from photoarchive.features.similar.jobs import DuplicatesJob, Parts
from photoarchive.retrieval.duplicates import LikestPairs
from photoarchive.retrieval.groups import DuplicateGroups
from photoarchive.retrieval.qualities import MeasuredQualities
from photoarchive.work.job import Budget
from picture_catalog import PictureCatalog, picture_catalog

BUDGET = Budget(items=4, workers=2)
ONE_SCENE, OTHERS = 5, 2        # lookalikes.write_library: an original and four variants, and strangers


class DuplicatesLab:
    """Previews of photos that look alike, and the job over them."""

    def __init__(self, pictures: PictureCatalog, folder: Path) -> None:
        self.pictures = pictures
        lookalikes.write_library(folder, scenes=1, others=OTHERS)
        source = pictures.add_source(folder)
        for path in sorted(folder.glob("[so]*.jpg")):
            pictures.add_photo(source, path)
        while pictures.job.pending():
            pictures.job.step(Budget(items=16, workers=2))
        self.job = self.open_job()

    def open_job(self) -> DuplicatesJob:
        """As after a start of the server."""
        db, store = self.pictures.db, Duplicates(self.pictures.db)
        columns = Columns(db, self.pictures.config.run_dir)
        likest, qualities = LikestPairs(store), MeasuredQualities(store)
        decisions = Decisions(db, columns, ActionLog(db, self.pictures.bus))
        self.groups = DuplicateGroups(Views(columns, FullText(db, columns)), likest, decisions, qualities)
        return DuplicatesJob(Parts(db, columns, self.pictures.cache, store, likest, self.groups, qualities))

    @property
    def done(self) -> int:
        """As the Work panel shows it."""
        return self.job.total() - self.job.pending()

    @property
    def kept(self) -> int:
        """Fingerprints in the catalog."""
        return self.pictures.db.read().execute("SELECT count(*) FROM fingerprints").fetchone()[0]

    def work(self) -> None:
        while self.job.pending():
            self.job.step(BUDGET)


@pytest.fixture
def lab(home: Path, tmp_path: Path) -> Iterator[DuplicatesLab]:
    with picture_catalog(home) as pictures:
        yield DuplicatesLab(pictures, tmp_path / "photos")


@pytest.mark.slow
def test_nothing_is_said_to_be_done_before_it_is_kept(lab: DuplicatesLab) -> None:
    """Before the first step, between steps, and after a restart."""
    assert (lab.job.total(), lab.done) == (ONE_SCENE + OTHERS, 0)
    lab.job.step(BUDGET)
    assert 0 < lab.done <= lab.kept == BUDGET.items        # less: sharpness of those in groups comes last
    lab.job = lab.open_job()
    assert lab.done == BUDGET.items
    lab.work()
    assert lab.done == lab.kept == ONE_SCENE + OTHERS


@pytest.mark.slow
def test_photos_whose_fingerprints_could_not_be_written_are_done_again(lab: DuplicatesLab) -> None:
    """The disk is full for a while: nothing counts as done, and the same group is found in the end."""
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON fingerprints BEGIN SELECT raise(ABORT, 'the disk is full'); END"
    lab.pictures.db.write(lambda tx: tx.execute(refuse))
    for _ in range(2):
        with pytest.raises(sqlite3.IntegrityError, match="the disk is full"):
            lab.job.step(BUDGET)
        assert lab.done == lab.kept == 0
    lab.pictures.db.write(lambda tx: tx.execute("DROP TRIGGER refuse"))
    lab.work()
    assert lab.done == lab.kept == ONE_SCENE + OTHERS
    assert len(lab.groups.all()) == 1 and len(lab.groups.all().photos) == ONE_SCENE
