"""The models that are there, by what they are for: loaded when needed, kept warm, ended when memory is short.

How a model comes in: `host.register("daily", embedder)` or `host.register("deep", embedder)` with an embedder that
loads itself at its first use and has `load()`, `unload()` and `loaded` (see `BigEmbedder`; big models run in a process
of their own, ml.model_process). `register(role, None)` takes it away again.

The bundled model (ml.lite) is always there. It runs in the calling thread, and it answers daily searches until a
registered model has a vector of every photo (`complete`), so a new model never takes the search away. Nor does a new
version of the bundled one: until it is complete, its words are looked for in the vectors of an earlier version.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import psutil

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.ml.embedder import Calibration, Embedder, model_key
from photoarchive.ml.lite_files import alike_versions, lite_version
from photoarchive.ml.vectors import VectorStore

if TYPE_CHECKING:
    from photoarchive.ml.lite import LiteEmbedder

log = logging.getLogger(__name__)

Role = Literal["daily", "deep"]

LOOK_SECONDS = 2.0              # how often the host looks whether there is something to do
LONGEST_WAIT = 20.0             # after the start, for a quiet moment in which indexes are checked
IDLE_SECONDS = 600.0            # a big model unused for so long may be ended …
SHORT_OF_MEMORY = 3 << 30       # … when less memory than this is free
LITE_TITLE = "Basic search (bundled)"


@runtime_checkable
class BigEmbedder(Protocol):
    """What the host needs of a model that is loaded on demand, besides being an Embedder."""

    @property
    def loaded(self) -> Any:
        """What it runs on (device, precision); None while it is not loaded."""
        ...

    def load(self) -> Any:
        """Load it now, which may take minutes. Raises Unavailable."""
        ...

    def unload(self) -> None:
        """Give its memory back; the next use loads it again."""
        ...


class ModelHost:
    """Thread-safe. start() warms what daily searches need, in the background; close() ends everything.

    lite: makes the bundled model. has_photos: whether there is anything to search, so that an empty home stays small.
    may_load: whether a big model may be loaded now (the governor's decision). user_active: somebody is using the
    program: checks of indexes (a quarter of a second per million vectors) wait.
    """

    def __init__(
        self, models_dir: Path, store: VectorStore, *, has_photos: Callable[[], bool] = lambda: True,
        may_load: Callable[[], bool] = lambda: True, user_active: Callable[[], bool] = lambda: False,
    ) -> None:
        self._models_dir, self._store = models_dir, store
        self._has_photos, self._may_load, self._user_active = has_photos, may_load, user_active
        self._lite: LiteEmbedder | None = None
        self._lite_error = ""
        self._lite_lock = threading.Lock()
        self._registered: dict[Role, Embedder] = {}
        self._stand_in: Embedder | None = None
        self._used: dict[Role, float] = {}
        self._errors: dict[Role, str] = {}
        self._loading: set[Role] = set()
        self._speeds: dict[str, float] = {}
        self._lock = threading.RLock()
        self._ending, self._wake = threading.Event(), threading.Event()
        self._read_ahead: set[str] = set()
        self._checked: set[str] = set()
        self._started_at = monotonic()
        self._thread = threading.Thread(target=self._run, name="model-host", daemon=True)

    def start(self) -> None:
        """Begin to warm, load and unload in the background."""
        self._thread.start()

    def close(self) -> None:
        """End all models."""
        self._ending.set()
        self._wake.set()
        with self._lock:
            ending = list(self._registered.values())
            self._registered.clear()
        for embedder in ending:
            embedder.close()
        if self._thread.ident is not None:
            self._thread.join(1.0)          # a load under way ends with the process

    # ------------------------------------------------------------------ which model

    def register(self, role: Role, embedder: Embedder | None) -> None:
        """Take a model on for a role, in place of the one before; None: there is none now."""
        with self._lock:
            before = self._registered.pop(role, None)
            self._errors.pop(role, None)
            if embedder is not None:
                self._registered[role] = embedder
                self._used[role] = monotonic()
        if before is not None and before is not embedder:
            before.close()
        self._wake.set()

    def stand_in(self, embedder: Embedder) -> None:
        """Let this model answer daily searches while none is registered (the demo's made-up vectors)."""
        self._stand_in = embedder

    def lite(self) -> LiteEmbedder:
        """The bundled model, loaded if need be (half a second). Raises Unavailable with the reason."""
        with self._lite_lock:
            if self._lite is None:
                from photoarchive.ml.lite import LiteEmbedder

                try:
                    self._lite = LiteEmbedder(self._models_dir)
                    self._lite_error = ""
                except PhotoArchiveError as error:
                    self._lite_error = error.sentence
                    raise
            return self._lite

    def daily(self) -> Embedder:
        """What answers a search now: the installed model once it has looked at all photos and is loaded, else lite."""
        big = self.registered("daily")
        if big is None or not self.is_complete(big):
            return self._answering_lite()
        if isinstance(big, BigEmbedder) and big.loaded is None:
            self._wake.set()                # loaded in the background; until then lite answers
            return self._answering_lite()
        self._touch("daily")
        return big

    def _answering_lite(self) -> Embedder:
        earlier = self.earlier_lite()
        return self.lite().answering_for(earlier) if earlier else self.lite()

    def earlier_lite(self) -> str:
        """The version of the bundled model whose vectors answer until this one has looked at every photo; "": none."""
        if lite_key() in self._store.complete():
            return ""
        return next((version for version in alike_versions() if self._store.index(lite_key(version)).dimension), "")

    def deep(self) -> Embedder | None:
        """What answers deep searches; loads itself at its first use. None: none is installed."""
        self._touch("deep")
        return self.registered("deep")

    def registered(self, role: Role) -> Embedder | None:
        """The model of a role, loaded or not; whoever embeds with it says `touch` by using it."""
        with self._lock:
            return self._registered.get(role) or (self._stand_in if role == "daily" else None)

    def daily_key(self) -> str:
        """The key of the vectors daily searches go by, without loading anything."""
        big = self.registered("daily")
        return model_key(big) if big is not None and self.is_complete(big) else lite_key(self.earlier_lite())

    def look_key(self) -> str:
        """The key of the vectors photos are compared with each other by, without loading anything."""
        big = self.registered("daily")
        return big.look_key if big is not None and self.is_complete(big) else lite_look_key(self.earlier_lite())

    def look_calibration(self) -> Calibration:
        """What likeness by the vectors of look_key means, without loading anything."""
        big = self.registered("daily")
        if big is not None and self.is_complete(big):
            return big.calibration
        from photoarchive.ml.lite import CALIBRATION

        return CALIBRATION

    def set_complete(self, key: str) -> None:
        """A model has looked at every photo: from now on it may answer searches."""
        self._store.set_complete(key)

    def is_complete(self, embedder: Embedder) -> bool:
        """Whether a model has once looked at every photo."""
        return model_key(embedder) in self._store.complete()

    # ------------------------------------------------------------------ what it says

    def note_speed(self, key: str, pictures: int, seconds: float) -> None:
        """How quickly a model looked at some pictures; a running mean is shown."""
        speed = pictures / max(seconds, 1e-6)
        with self._lock:
            self._speeds[key] = speed if key not in self._speeds else 0.8 * self._speeds[key] + 0.2 * speed

    def state(self) -> dict[str, dict[str, Any]]:
        """Per role (lite, daily, deep) a dictionary: name, key, loaded, loading, device, images_per_s, error."""
        found = {"lite": self._described(
            "lite", lite_key(), loaded=self._lite is not None, device="this computer's processor, one core",
            error=self._lite_error)}
        with self._lock:
            registered = dict(self._registered)
            loading, errors = set(self._loading), dict(self._errors)
        for role, embedder in registered.items():
            facts = embedder.loaded if isinstance(embedder, BigEmbedder) else None
            starting = facts is None and getattr(embedder, "process_id", None) is not None
            is_loading = role in loading or starting        # whoever asked for it
            found[role] = self._described(
                embedder.name, model_key(embedder), loaded=facts is not None or not isinstance(embedder, BigEmbedder),
                device=str(getattr(facts, "device", "")), error=errors.get(role, ""), loading=is_loading,
                precision=str(getattr(facts, "precision", "")), memory_bytes=_memory(embedder),
                complete=self.is_complete(embedder))
        return found

    def _described(self, name: str, key: str, **facts: Any) -> dict[str, Any]:
        speed = self._speeds.get(key)
        return {"name": name, "key": key, "images_per_s": None if speed is None else round(speed, 2)} | facts

    # ------------------------------------------------------------------ background

    def unload_idle(self) -> None:
        """End big models nobody used for a while, if memory is short."""
        if psutil.virtual_memory().available >= SHORT_OF_MEMORY:
            return
        with self._lock:
            idle = [embedder for role, embedder in self._registered.items()
                    if monotonic() - self._used.get(role, 0.0) >= IDLE_SECONDS]
        for embedder in idle:
            if isinstance(embedder, BigEmbedder) and embedder.loaded is not None:
                log.info("%s was not used for a while and gives its memory back", embedder.name)
                embedder.unload()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            if self._ending.is_set():
                return
            try:
                if self._has_photos():
                    self._warm()
                self.unload_idle()
            except PhotoArchiveError as error:
                log.warning("A model could not be made ready: %s", error.sentence)
                self._ending.wait(30.0)
            except Exception:
                log.exception("A model could not be made ready")
                self._ending.wait(30.0)

    def _warm(self) -> None:
        """Load what daily searches need and read their vectors; check those in a quiet moment."""
        self.lite()
        for key in (self.daily_key(), self.look_key()):
            if key not in self._read_ahead:
                self._store.index(key).read_ahead()
                self._read_ahead.add(key)
            waited = monotonic() - self._started_at >= LONGEST_WAIT
            if key not in self._checked and (waited or not self._user_active()):
                self._store.index(key).warm()
                self._checked.add(key)
        big = self.registered("daily")
        if isinstance(big, BigEmbedder) and big.loaded is None and "daily" not in self._errors and self._may_load():
            self._load("daily", big)

    def _load(self, role: Role, embedder: BigEmbedder) -> None:
        with self._lock:
            self._loading.add(role)
        try:
            embedder.load()
        except PhotoArchiveError as error:
            with self._lock:
                self._errors[role] = error.sentence
            log.warning("The %s model could not be loaded: %s", role, error.sentence)
        finally:
            with self._lock:
                self._loading.discard(role)

    def _touch(self, role: Role) -> None:
        with self._lock:
            self._used[role] = monotonic()


def lite_key(version: str = "") -> str:
    """The key of the bundled model's vectors, of this version unless another is named. Reads nothing."""
    return f"lite:{version or lite_version()}"


def lite_look_key(version: str = "") -> str:
    """The key of its vectors for comparing photos with each other. Reads nothing."""
    return f"lite-look:{version or lite_version()}"


def _memory(embedder: Embedder) -> int | None:
    """Resident bytes of the process a model runs in; None if it has none."""
    number = getattr(embedder, "process_id", None)
    try:
        return int(psutil.Process(number).memory_info().rss) if number else None
    except psutil.Error:
        return None
