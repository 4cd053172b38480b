"""Made-up vectors for a synthetic library, and the model that understands them.

Each photo of an event shows one of a thousand things; its vector is that of the thing's name, as the bundled model
reads it, brought to the wanted length by a fixed random projection, and noise. So vectors lie in clusters as those of
real photos do, words find them, and a library of rows can be searched at any size.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.errors import Invalid
from photoarchive.ml.embedder import Calibration, Embedder, Picture, Sight, Vectors, unit_rows
from photoarchive.ml.lite_files import CLASSES, read_shipped
from photoarchive.ml.vectors import Batch, VectorStore

NAME = "demo"
PART = 20_000               # photos per transaction
NOISE = 0.75                # length of the noise against that of the thing
RUN = 12                    # photos in a row that show the same thing, on average
LEAST, MOST = 16, 4096
PREFIX = "a photo of a "

Report = Callable[[int, int, str], None]


class DemoEmbedder:
    """The bundled model behind a random projection to `dimension` numbers. lite: gives the bundled model."""

    name = NAME
    calibration = Calibration(unrelated_mean=0.1, unrelated_sigma=0.05, similar=0.80)

    def __init__(self, lite: Callable[[], Embedder], dimension: int) -> None:
        self._lite, self.dimension = lite, dimension
        self._projection: npt.NDArray[np.float32] | None = None

    @property
    def version(self) -> str:
        """Its length."""
        return str(self.dimension)

    @property
    def look_key(self) -> str:
        """One kind of vectors serves for everything."""
        return f"{NAME}:{self.dimension}"

    @property
    def side(self) -> int:
        """As the bundled model."""
        return self._lite().side

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        """n pictures → (n, dimension) unit rows."""
        return self._projected(self._lite().encode_images(pictures))

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """n texts → (n, dimension) unit rows."""
        return self._projected(self._lite().encode_texts(texts, query))

    def look_at(self, pictures: Sequence[Picture]) -> Sight:
        """Vectors, and the guesses of the bundled model."""
        sight = self._lite().look_at(pictures)
        return Sight(self._projected(sight.vectors), guesses=sight.guesses)

    def close(self) -> None:
        """Nothing is held but memory."""

    def _projected(self, vectors: Vectors) -> Vectors:
        if self._projection is None:
            chance = np.random.default_rng(self.dimension)
            self._projection = chance.standard_normal((vectors.shape[1], self.dimension), np.float32)
        return unit_rows(vectors @ self._projection)


def demo_dimension(models: Sequence[str]) -> int:
    """Length of the made-up vectors among these models; 0: there are none."""
    lengths = [int(version) for name, _, version in (key.partition(":") for key in models) if name == NAME]
    return lengths[0] if lengths else 0


def check_length(length: int, rows_only: bool) -> None:
    """Raises Invalid if no vectors of this length can be made up."""
    if not rows_only:
        raise Invalid("--vectors is for --rows-only: drawn pictures are looked at by the server itself.")
    if not LEAST <= length <= MOST:
        raise Invalid(f"--vectors must be from {LEAST} to {MOST:,}, not {length:,}.")


def store_vectors(db: Database, store: VectorStore, lite: Embedder, dimension: int, report: Report) -> None:
    """One vector and one guess for every photo of the catalog."""
    model = DemoEmbedder(lambda: lite, dimension)
    labels = _labels()
    things = model.encode_texts([PREFIX + label for label in labels])
    ids = np.fromiter((row[0] for row in db.read().execute("SELECT id FROM photos ORDER BY id")), np.int64)
    chance = np.random.default_rng(dimension)
    thing = chance.integers(0, len(things), len(ids) // RUN + 1)[np.arange(len(ids)) // RUN]
    for start in range(0, len(ids), PART):
        chosen = slice(start, start + PART)
        noise = chance.standard_normal((len(ids[chosen]), dimension), np.float32) * (NOISE / np.sqrt(dimension))
        store.add_batch(Batch(ids[chosen], np.zeros(len(ids[chosen]), np.uint64),
                              [(model.look_key, unit_rows(things[thing[chosen]] + noise))]))
        report(min(start + PART, len(ids)), len(ids), "vectors")
    _store_guesses(db, ids, [labels[at] for at in thing])
    store.set_complete(model.look_key)
    report(len(ids), len(ids), "search index")
    store.index(model.look_key).warm()


def _labels() -> list[str]:
    """Names of the thousand things the bundled model knows."""
    return [str(names[0]) for names in msgspec.json.decode(read_shipped(CLASSES))["labels"]]


def _store_guesses(db: Database, ids: npt.NDArray[np.int64], labels: Sequence[str]) -> None:
    """What each photo shows, as the bundled model would have guessed; the text index is built elsewhere."""
    tag = {label: (label, bytes([200]), label) for label in set(labels)}

    def work(tx: Transaction, start: int) -> None:
        tx.executemany("INSERT OR REPLACE INTO guesses VALUES (?, ?, ?, ?)", (
            (photo_id, *tag[label]) for photo_id, label in
            zip(ids[start:start + PART].tolist(), labels[start:start + PART], strict=True)))

    for start in range(0, len(ids), PART):
        db.write(functools.partial(work, start=start))
