"""Real pictures, their previews, and the embedding job over them, without a server. As a program:
embedding_lab.py HOME COUNT makes a catalog of COUNT pictures with previews and looks at them until it is killed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trees
from photoarchive.features.embeddings.jobs import EmbedJob, daily_sources
from photoarchive.ml.host import ModelHost
from photoarchive.ml.vectors import VectorStore
from photoarchive.work.job import Budget
from picture_catalog import PictureCatalog

BUDGET = Budget(items=4, workers=2)


class EmbeddingLab:
    """A catalog of drawn photos, the host and the job `embed`."""

    def __init__(self, home: Path) -> None:
        self.pictures = PictureCatalog(home)
        self.pictures.start()
        self.folder = home.parent / f"{home.name}-photos"
        self.store = VectorStore(self.pictures.db, home / ".run")
        self.host = ModelHost(self.pictures.config.models_dir, self.store)
        self.job = EmbedJob("embed", daily_sources(self.host), host=self.host, store=self.store,
                            cache=self.pictures.cache, subjects=self.pictures.media.subjects)

    def add_photos(self, count: int) -> list[int]:
        """Draw photos, enter them, and make their previews."""
        source = self.pictures.add_source(self.folder)
        ids = [self.pictures.add_photo(source, self.draw(number)) for number in range(count)]
        self.make_previews()
        return ids

    def draw(self, number: int, look: int | None = None) -> Path:
        """One file; another look makes other content."""
        path = self.folder / f"{number:03d}.jpg"
        path.write_bytes(trees.jpeg(trees.Shot(seed=number if look is None else look, size=(300, 200),
                                               thumbnail=False)))
        return path

    def make_previews(self) -> None:
        while self.pictures.job.pending():
            self.pictures.job.step(Budget(items=16, workers=2))

    def work(self) -> tuple[int, int]:
        """Everything there is to do; photos looked at, and set aside."""
        done = failed = 0
        while self.job.pending():
            progress = self.job.step(BUDGET)
            done, failed = done + progress.done, failed + progress.failed
            assert progress.done or progress.failed, progress.reason
        return done, failed

    def close(self) -> None:
        self.host.close()
        self.store.close()
        self.pictures.close()


@contextmanager
def embedding_lab(home: Path) -> Iterator[EmbeddingLab]:
    lab = EmbeddingLab(home)
    try:
        yield lab
    finally:
        lab.close()


if __name__ == "__main__":
    with embedding_lab(Path(sys.argv[1])) as lab_:
        if not lab_.pictures.sources.all():
            lab_.add_photos(int(sys.argv[2]))
        print("looking", flush=True)
        while lab_.job.pending():
            lab_.job.step(BUDGET)
        print("complete", flush=True)
