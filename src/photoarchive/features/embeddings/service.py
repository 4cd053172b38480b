"""What is known of the embedding of photos, and its pause. Owns no work: the job does it, the runner lets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from photoarchive.core.tiers import Tier
from photoarchive.features.embeddings.jobs import EmbedJob
from photoarchive.features.embeddings.views import AiStatus, IndexView
from photoarchive.imaging.cache import PreviewCache
from photoarchive.ml.embedder import Embedder, model_key
from photoarchive.ml.host import LITE_TITLE, ModelHost, lite_key
from photoarchive.ml.vectors import VectorStore
from photoarchive.work.runner import Runner

PER_MINUTE = 60.0
STATES = {"running": "embedding", "waiting": "throttled", "paused": "paused", "blocked": "error", "idle": "idle"}


class EmbeddingService:
    """Thread-safe. installing: whether a model is being downloaded."""

    def __init__(
        self, job: EmbedJob, *, host: ModelHost, store: VectorStore, cache: PreviewCache, runner: Runner,
        installing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._job, self._host, self._store = job, host, store
        self._cache, self._runner, self._installing = cache, runner, installing

    def status(self) -> AiStatus:
        """The answer of GET /api/ai/status. Numbers are those of the model that answers searches."""
        work = self._runner.snapshot()
        job = next(one for one in work["jobs"] if one["name"] == self._job.name)
        models = self._host.state()
        total = self._cache.index.holding_count(Tier.MD)
        big = self._host.registered("daily")
        lite = self._view("lite", LITE_TITLE, lite_key(), total)
        daily = lite if big is None else self._view(big.name, big.name, model_key(big), total)
        shown = daily if daily.answers else lite
        rate = None if job["rate"] is None else round(job["rate"] * PER_MINUTE, 1)
        error = next((facts["error"] for facts in models.values() if facts["error"]), "")
        state = _worker_state(job, models, total)
        return AiStatus(
            embedded=shown.embedded, total=total, total_images=self._cache.index.eligible(), remaining=shown.remaining,
            failed=job["failed"], progress_pct=shown.progress_pct, recent_images_per_min=rate,
            overall_images_per_min=rate, eta_seconds=job["eta_seconds"], worker_state=state,
            worker_ready=bool(models["lite"]["loaded"]), worker_message=job["reason"], last_error=error,
            model_id=shown.model_id, model_installed=True, installing=self._installing(),
            embedding_manual_pause=job["state"] == "paused", governor=work["governor"],
            embedding_indexes={"fast": shown, "daily": daily, "lite": lite,
                               "deep": self._deep(self._host.registered("deep"), total)},
            models=models,
        )

    def pause(self) -> AiStatus:
        """Let the job rest until it is resumed."""
        self._runner.pause(self._job.name)
        return self.status()

    def resume(self) -> AiStatus:
        """Let the job work again."""
        self._runner.resume(self._job.name)
        return self.status()

    def _deep(self, deep: Embedder | None, total: int) -> IndexView | None:
        return None if deep is None else self._view(deep.name, deep.name, model_key(deep), total)

    def _view(self, name: str, title: str, key: str, total: int) -> IndexView:
        embedded = self._store.index(key).count
        remaining = self._job.remaining(key)
        answering = self._host.daily_key()
        return IndexView(
            model=name, model_id=title, key=key, embedded=embedded, total=total, remaining=remaining,
            progress_pct=round(100.0 * (total - remaining) / total, 1) if total else 100.0,
            complete=key in self._store.complete(), answers=key == answering,
            earlier_answers=key == lite_key() and answering == lite_key(self._host.earlier_lite()) != key)


def _worker_state(job: dict[str, Any], models: dict[str, dict[str, Any]], total: int) -> str:
    if models["lite"]["error"]:
        return "unavailable"
    if any(facts.get("loading") for facts in models.values()):
        return "loading_model"
    if job["state"] == "idle" and total:
        return "ready"
    return STATES[job["state"]]
