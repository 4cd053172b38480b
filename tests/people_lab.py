"""People without pictures: faces with made descriptors, stored through the real door, grouped and named for real."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bundled_models import models_folder
from photoarchive.catalog.actions import Direction
from photoarchive.catalog.face_columns import FaceColumns
from photoarchive.catalog.face_store import FaceStore, Scan, Seen
from photoarchive.catalog.people import People
from photoarchive.catalog.people_filters import register_people_filters
from photoarchive.catalog.people_lists import PeopleLists
from photoarchive.catalog.people_questions import Questions
from photoarchive.core.config import Config
from photoarchive.core.settings import SettingsStore
from photoarchive.features.people.grouping import Grouping
from photoarchive.features.people.models import FaceModels
from small_catalog import SmallCatalog, open_catalog

DIMENSION = 128
FACTS = ("SELECT face_id, person_id, answer FROM face_facts ORDER BY 1, 2",
         "SELECT id, name, ignored, merged_into, cover_face_id FROM people WHERE kept = 1 ORDER BY 1",
         "SELECT one, other FROM people_apart ORDER BY 1, 2")


def looks(person: int, count: int, spread: float = 0.55, seed: int = 0) -> np.ndarray:
    """(count, 128) unit descriptors of one person: two of them have a cosine of about 1 / (1 + spread²)."""
    centre = np.random.default_rng(person).standard_normal(DIMENSION)
    noise = np.random.default_rng((person, seed, 7)).standard_normal((count, DIMENSION))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    vectors = centre / np.linalg.norm(centre) + spread * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def seen(vector: np.ndarray, place: int = 0, *, good: bool = True) -> Seen:
    """A face at one of the places of a picture."""
    box = (0.02 + 0.048 * (place % 20), 0.02 + 0.09 * (place // 20 % 10), 0.04, 0.07)
    return Seen(box, 0.95, 0.8 if good else 0.1, good, vector)


@dataclass
class PeopleLab:
    """A catalog with people."""

    catalog: SmallCatalog
    settings: SettingsStore
    faces: FaceColumns
    people: People
    store: FaceStore
    lists: PeopleLists
    questions: Questions
    models: FaceModels
    grouping: Grouping

    def add_photos(self, count: int) -> list[int]:
        """Photos without files."""
        def write(tx):
            ids = [tx.execute("INSERT INTO photos (created_at, source_id, folder_id, ready, width, height) "
                              "VALUES (0, 1, 1, 1, 300, 200) RETURNING id").fetchone()[0] for _ in range(count)]
            tx.changes.touch("photos", ids)
            return ids

        return self.catalog.db.write(write)

    def scan(
        self, photo_id: int, faces: list[Seen], version: bytes = b"12345678", model: int | None = None
    ) -> list[int]:
        """What the job does after it looked at a photo."""
        model_id = model or self.models.model_id()
        ids = self.catalog.db.write(lambda tx: self.store.store(tx, model_id, [Scan(photo_id, version, faces)]))
        if model is None:
            self.grouping.place(ids)
        return ids

    def add_person(self, person: int, count: int, **more) -> list[int]:
        """So many photos with one face each of somebody; the ids of the faces."""
        return [self.scan(photo, [seen(vector)])[0]
                for photo, vector in zip(self.add_photos(count), looks(person, count, **more), strict=True)]

    def regroup(self) -> None:
        """Group everything from scratch."""
        for _ in self.grouping.regroup():
            pass

    def settle(self) -> None:
        """Wait until what was said is followed."""
        assert self.grouping.settle()

    def person_of(self, face_id: int) -> int | None:
        return self.catalog.db.read().execute("SELECT person_id FROM faces WHERE id = ?", (face_id,)).fetchone()[0]

    def people_of(self, face_ids: list[int]) -> list[int | None]:
        return [self.person_of(face_id) for face_id in face_ids]

    def facts(self) -> list[list[tuple]]:
        """Everything the user said, row by row."""
        return [self.catalog.db.read().execute(sql).fetchall() for sql in FACTS]

    def undo(self) -> None:
        self.catalog.actions.undo("")
        self.settle()

    def redo(self) -> None:
        self.catalog.actions.redo("")
        self.settle()

    def close(self) -> None:
        self.grouping.close()
        self.catalog.close()


def open_people(home: Path) -> PeopleLab:
    """A catalog in a home, with one source and one folder."""
    home.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(home)
    if not catalog.db.read().execute("SELECT 1 FROM sources").fetchone():
        def write(tx):
            tx.execute("INSERT INTO sources (path, display_name, added_at) VALUES (x'2f70', 'Photos', 0)")
            tx.execute("INSERT INTO folders (source_id, relpath) VALUES (1, x'')")

        catalog.db.write(write)
    faces = FaceColumns(catalog.db, catalog.columns)
    register_people_filters(catalog.views, faces)
    people, store = People(catalog.db, faces, catalog.actions), FaceStore(catalog.db)
    config = Config(home)
    settings = SettingsStore(config.settings_path, config, catalog.bus)
    models = FaceModels(settings, store, models_folder())
    grouping = Grouping(catalog.db, store, models)
    people.on_change(grouping.heard)
    return PeopleLab(catalog, settings, faces, people, store, PeopleLists(catalog.db, faces), Questions(catalog.db),
                     models, grouping)


__all__ = ["Direction", "PeopleLab", "looks", "open_people", "seen"]
