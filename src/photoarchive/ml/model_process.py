"""A big model in a process of its own: started when it is needed, asked over a socket, ended to give memory back.

`QwenEmbedder` is the server's side and offers what every Embedder does; `main` is the inside of the process. A crash or
lack of memory there costs the batch that was under way; the next call starts the process anew.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from photoarchive.core import errors
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError, Unavailable
from photoarchive.core.guard import confine_worker
from photoarchive.core.library_threads import ONE_THREAD
from photoarchive.ml.embedder import Calibration, Picture, Sight, Vectors
from photoarchive.ml.model_files import Unfit, inspect_folder
from photoarchive.ml.qwen3vl import Loaded, QwenModel, Wanted
from photoarchive.work.wire import MAX_ANSWER_BYTES, read_answer, write_answer
from photoarchive.work.worker import Answer, end_with_the_server, run

START_CODE = "import sys; from photoarchive.ml.model_process import main; main(int(sys.argv[1]))"
# Nothing is fetched while a model loads or runs, whatever its files say. One thread for arrays outside torch.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_PROGRESS_BARS": "1", **ONE_THREAD,
}
LOAD_TIMEOUT_S = 900.0      # 16 GB from a slow disk
BATCH_TIMEOUT_S = 300.0     # a batch on a slow processor
QUICK_PICTURES = 4          # pictures of one message: a query waits for one message at most
CLOSE_LIMIT_S = 1.0
LEAST_SIDE = 720            # 512 tokens of a 3:2 photo are 886 × 591 pixels

QWEN_CALIBRATION = Calibration(unrelated_mean=0.20, unrelated_sigma=0.06, similar=0.80)
"""Start values: the cut-off is fitted to the archive's own scores (retrieval.calibrate) once there are some."""


class ModelStart(msgspec.Struct, frozen=True):
    """Everything a model process needs to know."""

    wanted: Wanted
    name: str
    version: str
    calibration: Calibration = QWEN_CALIBRATION


class QwenEmbedder:
    """Qwen3-VL-Embedding behind the protocol of all models. Thread-safe; words go before pictures that wait."""

    def __init__(self, start: ModelStart) -> None:
        self._start = start
        self._turn = _Turn()
        self._process: _ModelProcess | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """Short name: "qwen3-vl-2b"."""
        return self._start.name

    @property
    def version(self) -> str:
        """Hash of the weights and of how they are used."""
        return self._start.version

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return self._start.wanted.dimension

    @property
    def look_key(self) -> str:
        """Its vectors compare photos with each other too."""
        return f"{self.name}:{self.version}"

    @property
    def side(self) -> int:
        """Pixels of the shorter side it makes use of."""
        return LEAST_SIDE

    @property
    def calibration(self) -> Calibration:
        """What its scores mean."""
        return self._start.calibration

    @property
    def loaded(self) -> Loaded | None:
        """What it runs on; None while it is not loaded."""
        process = self._process
        return process.loaded if process is not None and process.alive else None

    @property
    def process_id(self) -> int | None:
        """The process it runs in; None while it is not loaded."""
        process = self._process
        return process.number if process is not None and process.alive else None

    def load(self) -> Loaded:
        """Start the process and load the model, which may take minutes. Raises Unavailable with the reason."""
        with self._turn.take(urgent=False):
            loaded = self._ready().loaded
        if loaded is None:
            raise Unavailable("The search model is not loaded.")
        return loaded

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        """n upright RGB pictures → (n, dimension) unit rows. Loads the model if need be."""
        rows = []
        for at in range(0, len(pictures), QUICK_PICTURES):
            part = [np.ascontiguousarray(picture, np.uint8) for picture in pictures[at:at + QUICK_PICTURES]]
            with self._turn.take(urgent=False):
                rows.append(self._ask("encode_images", part))
        return np.concatenate(rows) if rows else np.empty((0, self.dimension), np.float32)

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """n texts → (n, dimension) unit rows. query: they ask for photos; else they describe them."""
        with self._turn.take(urgent=True):
            return self._ask("encode_texts", list(texts), query)

    def look_at(self, pictures: Sequence[Picture]) -> Sight:
        """Vectors only: it gives no labels, and they compare photos too."""
        return Sight(self.encode_images(pictures))

    def unload(self) -> None:
        """End the process and give its memory back; the next call loads it again."""
        with self._turn.take(urgent=True):
            self._end()

    def close(self) -> None:
        """End the process at once, in the middle of a batch too. Not to be used afterwards."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()

    # ------------------------------------------------------------------ the caller has the turn

    def _ready(self) -> _ModelProcess:
        if self._closed:
            raise Unavailable("The server is stopping.")
        if self._process is None or not self._process.alive:
            self._end()
            self._process = _ModelProcess()
            try:
                self._process.load(self._start.wanted)
            except PhotoArchiveError:
                self._end()
                raise
        return self._process

    def _ask(self, verb: str, *arguments: Any) -> Vectors:
        process = self._ready()
        try:
            return np.asarray(process.ask((verb, arguments), BATCH_TIMEOUT_S), np.float32)
        except _Broken as error:
            self._end()
            raise Unavailable("The server is stopping." if self._closed else str(error)) from error

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


class _Turn:
    """One caller at a time; urgent ones first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._urgent = 0

    @contextlib.contextmanager
    def take(self, *, urgent: bool) -> Iterator[None]:
        with self._changed:
            self._urgent += urgent
            self._changed.wait_for(lambda: not self._taken and (urgent or not self._urgent))
            self._urgent -= urgent
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()


class _Broken(Exception):
    """The process ended or gave an answer that makes no sense; it is of no use any more."""


class _ModelProcess:
    """The process and the socket to it.

    The kernel ends a child when the *thread* that started it ends; so a thread of its own starts it and stays.
    """

    def __init__(self) -> None:
        self._socket, self._theirs = Pipe(duplex=True)
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self.loaded: Loaded | None = None
        threading.Thread(target=self._keep, name="model-process", daemon=True).start()
        self._started.wait()
        if self._failure is not None:
            raise Unavailable(f"The model process could not be started: {self._failure.strerror}.")

    def _keep(self) -> None:
        try:
            with self._theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", START_CODE, str(self._theirs.fileno())],
                    pass_fds=(self._theirs.fileno(),), cwd="/", env=os.environ | ENVIRONMENT,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
        except OSError as error:
            self._failure = error
        self._started.set()
        if self._process is not None:
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None and not self._socket.closed

    @property
    def number(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def load(self, wanted: Wanted) -> None:
        """Raises Unavailable with the reason."""
        try:
            self.loaded = self.ask((tuple(sys.path), wanted), LOAD_TIMEOUT_S)
        except _Broken as error:
            raise Unavailable(str(error)) from error

    def ask(self, message: Any, timeout: float) -> Any:
        """Send and wait. Raises _Broken, or the PhotoArchiveError that happened inside."""
        until = monotonic() + timeout
        try:
            self._socket.send_bytes(pickle.dumps(message, protocol=5))
            while not self._socket.poll(min(1.0, max(0.0, until - monotonic()))):
                if monotonic() >= until:
                    raise _Broken("The search model took too long to answer.")
            answer = read_answer(self._socket.recv_bytes(MAX_ANSWER_BYTES))
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise _Broken(f"The search model stopped: {self._how_it_ended()}.") from error
        if not isinstance(answer, Answer):
            raise _Broken("The search model gave an answer that makes no sense.")
        return _value_of(answer)

    def kill(self) -> None:
        self._socket.close()
        process = self._process
        if process is not None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(CLOSE_LIMIT_S)

    def _how_it_ended(self) -> str:
        process = self._process
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(CLOSE_LIMIT_S) if process is not None else 0
            if code == -signal.SIGKILL:
                return "it was ended by the system, probably for want of memory"
            return signal.strsignal(-code) or f"signal {-code}" if code < 0 else f"exit status {code}"
        return "it closed its connection"


def _value_of(answer: Answer) -> Any:
    if not answer.failed:
        return answer.value
    kind = getattr(errors, answer.error, None) if answer.error else None
    if isinstance(kind, type) and issubclass(kind, PhotoArchiveError):
        raise kind(answer.sentence, **(answer.details or {}))
    raise Unavailable(f"The search model failed: {answer.sentence}.")


# ---------------------------------------------------------------------- inside the process

def main(descriptor: int) -> None:
    """Load the model that is asked for, then serve batches until the socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_the_server()
    with Connection(descriptor) as server:
        path, wanted = pickle.loads(server.recv_bytes())
        sys.path[:] = [part for part in path if part]
        model: list[QwenModel] = []
        server.send_bytes(_outcome(lambda: _load(wanted, model)))
        while model:
            try:
                verb, arguments = pickle.loads(server.recv_bytes())
            except EOFError:
                return
            server.send_bytes(_outcome(lambda call, given: getattr(model[0], call)(*given), verb, arguments))


def _load(wanted: Wanted, into: list[QwenModel]) -> Loaded:
    """Load, then give up the right to write files, where the device does not need it (a graphics driver does)."""
    try:
        inspect_folder(Path(wanted.folder))     # it may have changed since it was chosen; quicker than torch
    except Unfit as error:
        raise Unavailable(error.sentence) from error
    try:
        import torch
        import transformers
    except ImportError as error:
        raise Unavailable("Big search models need the packages of photoarchive[qwen], which are not installed "
                          f"({error.name} is missing).") from error
    quiet: Any = transformers.utils.logging.set_verbosity_error
    quiet()
    torch.set_grad_enabled(False)
    into.append(QwenModel(wanted))
    if into[0].loaded.kind == "cpu":
        confine_worker()
    return into[0].loaded


def _outcome(function: Callable[..., Any], *arguments: Any) -> bytes:
    """What came of a call, packed; every failure is an answer."""
    try:
        return run(function, arguments)
    except Exception as error:  # noqa: BLE001 - the reason goes to the caller, who records it on the item
        reason = f"{type(error).__name__}: {error}".strip(": ").splitlines()[0][:300]
        return write_answer(Answer(failed=True, sentence=reason, trace="".join(traceback.format_exception(error))))
