"""Which face model is in use: by the settings, loaded when a face is to be found. Owns the sessions, not the files."""

from __future__ import annotations

import threading
from pathlib import Path

from photoarchive.catalog.face_store import FaceStore
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.settings import SettingsStore
from photoarchive.ml.face_files import (
    BUNDLED,
    BUNDLED_KEY,
    BUNDLED_NAME,
    BUNDLED_THRESHOLDS,
    FaceFiles,
    bundled_files,
    installed_files,
)
from photoarchive.ml.face_model import FaceModel, Thresholds


class FaceModels:
    """The model in use. Thread-safe."""

    def __init__(self, settings: SettingsStore, store: FaceStore, models_dir: Path) -> None:
        self._settings, self._store, self._models_dir = settings, store, models_dir
        self._lock = threading.RLock()              # held while a model is folded or loaded: seconds
        self._naming = threading.Lock()             # held for a moment
        self._chosen: tuple[object, ...] = ()
        self._files: FaceFiles | None = None
        self._model: FaceModel | None = None
        self._model_id = self._bundled_id = 0
        self._trouble: tuple[tuple[object, ...], str] = ((), "")

    @property
    def trouble(self) -> str:
        """Why the model that is chosen now cannot be used, for a person; "" while nothing is known against it."""
        chosen, sentence = self._trouble
        return sentence if chosen == self._choice() else ""

    def _choice(self) -> tuple[object, ...]:
        now = self._settings.current
        return now.face_model_id, now.face_model_dir, now.face_detection_size

    @property
    def _is_bundled(self) -> bool:
        return self._settings.current.face_model_id == BUNDLED

    def files(self) -> FaceFiles:
        """Name, key and thresholds of the model in use. Raises Unavailable with the reason."""
        now, chosen = self._settings.current, self._choice()
        with self._lock:
            if self._files is None or chosen != self._chosen:
                self._files, self._model, self._chosen = None, None, chosen
                try:
                    self._files = (bundled_files(self._models_dir) if self._is_bundled else
                                   installed_files(self._models_dir, Path(now.face_model_dir), now.face_model_id))
                except PhotoArchiveError as error:
                    self._trouble = chosen, error.sentence
                    raise
                self._trouble = chosen, ""
                self._model_id = self._store.model_id(self._files.key, self._files.name)
            return self._files

    def model(self) -> FaceModel:
        """The model, ready to be used. Raises Unavailable."""
        with self._lock:
            files = self.files()
            if self._model is None:
                from photoarchive.ml.faces import OnnxFaces

                try:
                    self._model = OnnxFaces(files, self._settings.current.face_detection_size)
                except PhotoArchiveError as error:
                    self._trouble = self._chosen, error.sentence
                    raise
                self._trouble = self._chosen, ""
            return self._model

    def name_and_key(self) -> tuple[str, str]:
        """What the model is called. Neither folds the bundled model nor waits for it. Raises Unavailable."""
        if self._is_bundled:
            return BUNDLED_NAME, BUNDLED_KEY
        files = self.files()
        return files.name, files.key

    def model_id(self) -> int:
        """Its number in the catalog. Asked from the start on, so the bundled model is not folded for it."""
        if self._is_bundled:
            with self._naming:
                self._bundled_id = self._bundled_id or self._store.model_id(BUNDLED_KEY, BUNDLED_NAME)
                return self._bundled_id
        with self._lock:
            self.files()
            return self._model_id

    def thresholds(self) -> Thresholds:
        """Those of the settings, else those of the model; a question never asks for more than a link does."""
        now = self._settings.current
        own = BUNDLED_THRESHOLDS if self._is_bundled else self.files().thresholds
        link = now.face_similarity_threshold or own.link
        return Thresholds(link, min(link, now.face_merge_suggestion_threshold or own.suggest))

    def unload(self) -> None:
        """Give the memory back; the next photo loads it again."""
        with self._lock:
            self._model = None
