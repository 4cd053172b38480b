"""Installing a model from the hub: what is fetched, into which folder, and that it is the model it was the first time.

A model has no signature to check, so the first install is trusted and remembered (a pin: the commit and the checksum of
every file); every later install of the same revision must bring the same files, or it is refused.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from photoarchive.catalog.model_records import ModelRecords, Pin
from photoarchive.core.clock import monotonic, now
from photoarchive.core.errors import Conflict, PhotoArchiveError, Unavailable
from photoarchive.ml import hub
from photoarchive.ml.hub import Listing, Transfer, WrongChecksum, speed_meter
from photoarchive.ml.model_files import inspect_folder
from photoarchive.ml.model_shelf import Place

log = logging.getLogger(__name__)

RESERVE_BYTES = 10**9       # stays free on the drive
TELL_SECONDS = 0.25
ENDED = ("stopped", "failed", "done")


class InstallProgress(msgspec.Struct):
    """How far an install is. phase: asking, fetching, checking; then stopped, failed or done."""

    phase: str = "asking"
    done: int = 0                   # bytes that are there
    total: int = 0                  # bytes of all files, 0 while the hub has not answered
    bytes_per_second: float = 0.0
    sentence: str = ""              # why it failed or stopped
    file: str = ""                  # what is being fetched
    files: dict[str, str] = msgspec.field(default_factory=dict)     # checksums of what is complete


class Install:
    """One install, in a thread of its own. `changed` is called from it, at most four times a second."""

    def __init__(self, place: Place, records: ModelRecords, changed: Callable[[], None]) -> None:
        self.place, self._records, self._changed = place, records, changed
        self.progress = InstallProgress()
        self._stop = threading.Event()
        self._told_at = float("-inf")
        self._meter = speed_meter()
        self._thread = threading.Thread(target=self._run, name=f"install-{place.role}", daemon=True)

    def start(self) -> None:
        """Begin. Everything that goes wrong is told by `progress`."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """It has begun and not told its end."""
        return self._thread.is_alive() and self.progress.phase not in ENDED

    def stop(self, timeout: float = 5.0) -> None:
        """End soon; what has arrived is kept. Waits until it has ended, for so many seconds at most."""
        self._stop.set()
        self._thread.join(timeout)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        try:
            self._install()
        except PhotoArchiveError as error:
            self._end("failed", error.sentence)
        except OSError as error:
            self._end("failed", f"{error.filename or self.place.folder} cannot be written: {error.strerror}.")
        except Exception as error:      # shown on the card: a thread has nobody else to tell
            log.exception("installing %s failed", self.place.model_id)
            self._end("failed", f"The install failed: {type(error).__name__}: {error}.")

    def _install(self) -> None:
        place, progress = self.place, self.progress
        address = hub.endpoint()
        pin = self._records.pin(place.model_id, place.revision)
        listing = hub.list_files(address, place.model_id, pin.commit if pin else place.revision)
        if self._stop.is_set():
            return self._end("stopped", "")
        if pin is not None:
            _check_pin(address, listing, pin)
        self._check_folder()
        progress.total = listing.size
        self._prepare(listing)
        for file in listing.files:
            sha256 = self._bring(address, listing, file, pin)
            if sha256 is None:
                return self._end("stopped", "")
            progress.files[file.name] = sha256
        progress.phase, progress.file = "checking", ""
        self._tell(at_once=True)
        inspect_folder(place.folder)
        if pin is None:
            files = {file.name: (file.size, progress.files[file.name]) for file in listing.files}
            self._records.keep_pin(place.model_id, place.revision, Pin(listing.commit, address, files, now()))
        self._records.finish_folder(str(place.folder))
        return self._end("done", "")

    def _check_folder(self) -> None:
        """Only a folder that is empty, or that we filled, is written into."""
        folder = self.place.folder
        if folder.exists() and not folder.is_dir():
            raise Conflict(f"{folder} is a file. Choose another folder.")
        if self._records.folder(str(folder)) is None and folder.is_dir() and any(folder.iterdir()):
            raise Conflict(f"{folder} holds other files. Choose an empty folder to install into.")

    def _prepare(self, listing: Listing) -> None:
        """Room, folder, and the note that the folder is ours."""
        folder = self.place.folder
        self.progress.done = sum(self._already(listing, file) for file in listing.files)
        needed = listing.size - self.progress.done
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(existing).free
        if needed + RESERVE_BYTES > free:
            raise Unavailable(f"The model needs {_gigabytes(needed)} more in {folder}, and 1 GB must stay free; the "
                              f"drive has {_gigabytes(free)}.")
        folder.mkdir(parents=True, exist_ok=True)
        self._records.begin_folder(str(folder), listing.model_id, self.place.revision,
                                   [file.name for file in listing.files], listing.size)
        self.progress.phase = "fetching"
        self._tell(at_once=True)

    def _already(self, listing: Listing, file: hub.HubFile) -> int:
        """Bytes of a file that are there, whole or in part."""
        transfer = Transfer("", listing, file, self.place.folder)
        for path in (transfer.final, transfer.part):
            with contextlib.suppress(OSError):
                return min(file.size, path.stat().st_size)
        return 0

    def _bring(self, address: str, listing: Listing, file: hub.HubFile, pin: Pin | None) -> str | None:
        """Fetch one file unless it is there, and compare it with the pin. None: stopped."""
        transfer = Transfer(address, listing, file, self.place.folder)
        self.progress.file = file.name
        sha256 = self._known(transfer.final)
        if sha256 is None or sha256 != file.sha256:
            sha256 = self._fetch(transfer)
        if sha256 is None:
            return None
        if pin is not None and file.name in pin.files and pin.files[file.name][1] != sha256:
            transfer.final.unlink(missing_ok=True)
            raise Conflict(_other_files(address, listing, file.name))
        self._remember(transfer.final, sha256)
        return sha256

    def _fetch(self, transfer: Transfer) -> str | None:
        """What lies there under the file's name is taken for what has arrived so far, and anew if it is not."""
        if not transfer.final.exists():
            return transfer.run(self._arrived, self._stop.is_set, self._stop.wait)
        transfer.final.replace(transfer.part)
        with contextlib.suppress(WrongChecksum):
            return transfer.run(self._arrived, self._stop.is_set, self._stop.wait)
        return transfer.run(self._arrived, self._stop.is_set, self._stop.wait)

    def _known(self, path: Path) -> str | None:
        try:
            facts = path.stat()
        except OSError:
            return None
        return self._records.checksum(str(path.parent), path.name, facts.st_size, facts.st_mtime_ns)

    def _remember(self, path: Path, sha256: str) -> None:
        facts = path.stat()
        self._records.keep_checksum(str(path.parent), path.name, facts.st_size, facts.st_mtime_ns, sha256)

    # ------------------------------------------------------------------ telling

    def _arrived(self, count: int) -> None:
        self.progress.done += count
        self.progress.bytes_per_second = self._meter(max(0, count))
        self._tell()

    def _tell(self, *, at_once: bool = False) -> None:
        if at_once or monotonic() - self._told_at >= TELL_SECONDS:
            self._told_at = monotonic()
            self._changed()

    def _end(self, phase: str, sentence: str) -> None:
        self.progress.phase, self.progress.sentence = phase, sentence
        self.progress.bytes_per_second, self.progress.file = 0.0, ""
        self._changed()


def _check_pin(address: str, listing: Listing, pin: Pin) -> None:
    """What the hub lists must be what was installed first, as far as it can be known before fetching."""
    for file in listing.files:
        known = pin.files.get(file.name)
        if known is None or known[0] != file.size or (file.sha256 is not None and known[1] != file.sha256):
            raise Conflict(_other_files(address, listing, file.name))
    if missing := sorted(pin.files.keys() - {file.name for file in listing.files}):
        raise Conflict(_other_files(address, listing, missing[0]))


def _other_files(address: str, listing: Listing, name: str) -> str:
    return (f"{address} now offers another {name} for {listing.model_id} than the one that was installed first "
            f"(version {listing.commit[:8]}). It was not installed.")


def _gigabytes(count: float) -> str:
    return f"{max(0.0, count) / 1e9:.1f} GB"
