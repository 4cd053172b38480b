"""Previews and copies of originals on the SSD: writes, reads and checks the files of the manifest, and makes room.

Whatever happens, a file of ours is named by a row: its name is noted as a leftover before it appears, the manifest row
replaces the note, and it leaves the manifest (becoming a leftover) before it leaves the folder. So nothing is ever
found by walking, and what no row names is not ours. Budgets are `imaging.cache_ledger`, the folder is
`imaging.cache_folder`, one file is `imaging.cache_file`, the rows are `catalog.previews`.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from photoarchive.catalog.previews import CLEAR_ROWS, TIERS, CacheFile, Leftover, Previews
from photoarchive.core import clock
from photoarchive.core.errors import Unavailable
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache_file import NewFile, Wish, descriptor_writer, looks_whole, read_whole
from photoarchive.imaging.cache_folder import FULL_DISK, CacheFolder, Staged, mount_point
from photoarchive.imaging.cache_ledger import Ledger, Limits

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0            # after a failed write the disk is left alone for so long
VICTIMS = 64                    # files considered at a time to make room
DISK_IN_TROUBLE = frozenset((errno.EROFS, errno.EIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN))


class DiskCache:
    """The files of the cache. Thread-safe. A failing disk costs the cache, never the caller: `keep` returns nothing."""

    def __init__(self, previews: Previews, owner: str, limits: Limits, eligible: Callable[[], int]) -> None:
        self._previews, self._owner = previews, owner
        self.ledger = Ledger(previews, limits, eligible)
        self._lock = threading.RLock()          # files appear and go under it; reading needs none
        self._folders: dict[int, CacheFolder] = {}
        self._retry_at = 0.0
        self._stuck: set[Leftover] = set()      # files that cannot be deleted, tried again after _stuck_until
        self._stuck_until = 0.0
        self.trouble = ""                       # why nothing can be kept now, as a sentence; "" if all is well
        self._adopt()

    @property
    def root(self) -> Path:
        """The cache folder of the settings."""
        return self.ledger.limits.folder

    @property
    def resting(self) -> bool:
        """A write failed lately: nothing is kept for a while."""
        return clock.monotonic() < self._retry_at

    def set_limits(self, limits: Limits) -> None:
        """Other settings. A new folder is used from now on; what lies in the old one is served from there and carried
        over little by little (`carry_over`), so that changing the folder neither stops the user nor costs a preview."""
        with self._lock:
            self.ledger.limits = limits
            self._adopt()
            self.ledger.look_at_disk()
            self.trouble, self._retry_at = "", 0.0

    # ------------------------------------------------------------------ writing

    def keep(self, files: Sequence[NewFile], wish: Wish) -> list[CacheFile]:
        """Keep files in the place of older ones. Returns those kept; `trouble` says why if the disk failed.

        Errors of a file's own writer are raised.
        """
        kept: list[CacheFile] = []
        if self.resting:
            return kept
        staged: list[tuple[NewFile, Staged]] = []
        try:
            folder = self._claimed()
            with self._lock:
                admitted = [file for file in files if self._make_room(file, wish)]
            for file in admitted:
                staged.append((file, _stage(folder, file)))
            if staged:
                kept = self._commit(staged, wish)
        except _CacheError as error:
            self._fail(error.sentence)
        except OSError as error:
            self._fail(self._describe(error))
        finally:
            for _, stage in staged:
                stage.close()
        return kept

    def prepare(self) -> None:
        """Make the folder of the settings ready for files of ours. Raises Unavailable with the reason."""
        self._claimed()

    def _commit(self, staged: Sequence[tuple[NewFile, Staged]], wish: Wish) -> list[CacheFile]:
        """Let complete files appear, and the manifest know them."""
        with self._lock:
            here = self.ledger.here
            rows = [new.row(here) for new, _ in staged]
            before = [self._previews.files(row.photo_id).get(row.tier) for row in rows]
            self._previews.note_leftovers([Leftover(here, row.photo_id, row.tier, row.suffix) for row in rows])
            for _, stage in staged:
                stage.appear()
            kept = self._previews.put(rows, looked=wish is Wish.LOOKED)
            for old, row in zip(before, rows, strict=True):
                if old is not None:
                    self.ledger.count(old, -1)
                if row in kept:
                    self.ledger.count(row, +1)
            self.sweep()
            self.trouble = ""
            return kept

    def _adopt(self) -> None:
        """Go on with the folder of the settings if it was the cache folder before."""
        known = self._previews.folder_named(os.fsencode(self.root))
        self.ledger.here = known.id if known else 0

    def _claimed(self) -> CacheFolder:
        """The folder of the settings, made ours if need be."""
        with self._lock:
            if not self.ledger.here:
                _claim(CacheFolder(self.root, self._owner))
                self.ledger.here = self._previews.add_folder(os.fsencode(self.root), mount_point(self.root)).id
            folder = self._folder(self.ledger.here)
            if folder is None:
                raise _CacheError(f"The cache folder {self.root} is not known any more.")
            if folder.trouble():
                _claim(folder)
            return folder

    def _folder(self, folder_id: int) -> CacheFolder | None:
        folder = self._folders.get(folder_id)
        if folder is None:
            row = self._previews.folder(folder_id)
            if row is not None:
                folder = CacheFolder(Path(os.fsdecode(row.path)), self._owner, row.mount)
                self._folders[folder_id] = folder
        return folder

    def _describe(self, error: OSError) -> str:
        if error.errno in FULL_DISK:
            return (f"The disk with the cache folder {self.root} is full. Pictures are still shown, but made anew each "
                    "time; free some space or choose another folder in the settings.")
        return f"The cache folder {self.root} cannot be written: {error.strerror or error}."

    def _fail(self, sentence: str) -> None:
        if sentence != self.trouble:
            log.warning("%s", sentence)
        self.trouble, self._retry_at = sentence, clock.monotonic() + RETRY_SECONDS
        for folder in list(self._folders.values()):
            folder.look_again()
        self.ledger.look_at_disk()

    # ------------------------------------------------------------------ reading

    def read(self, file: CacheFile) -> bytes | None:
        """The file's bytes. None: out of reach, or gone or damaged; then its row goes too, so that it is made again.

        One that was moved or made anew since its row was read is read where it is now.
        """
        data = self._read(file)
        return self._read(now) if data is None and (now := self._now(file)) is not None else data

    def _read(self, file: CacheFile) -> bytes | None:
        descriptor = self._open(file)
        if descriptor is None:
            return None
        try:
            data = read_whole(descriptor, file)
        except OSError as error:
            self._missed(file, error.strerror or str(error))
            return None
        finally:
            os.close(descriptor)
        if data is None:
            self._missed(file, "it is damaged")
            return None
        return data

    def open(self, file: CacheFile) -> int | None:
        """A descriptor of a big file, its size and beginning checked; the caller closes it. None: as of `read`."""
        descriptor = self._open_whole(file)
        if descriptor is None and (now := self._now(file)) is not None and now.size == file.size:
            return self._open_whole(now)
        return descriptor

    def _now(self, file: CacheFile) -> CacheFile | None:
        """What has taken the place of a file that could not be read, of the same content by the same recipe."""
        now = self._previews.files(file.photo_id).get(file.tier)
        same = now is not None and (now.version, now.recipe) == (file.version, file.recipe)
        return now if same and now != file else None

    def _open_whole(self, file: CacheFile) -> int | None:
        descriptor = self._open(file)
        if descriptor is None:
            return None
        try:
            if looks_whole(descriptor, file):
                return descriptor
            why = "it is damaged"
        except OSError as error:
            why = error.strerror or str(error)
        os.close(descriptor)
        self._missed(file, why)
        return None

    def _open(self, file: CacheFile) -> int | None:
        folder = self._folder(file.folder_id)
        if folder is None:
            return None
        try:
            return folder.open(file.photo_id, file.tier, file.suffix)
        except OSError as error:
            self._missed(file, error.strerror or str(error))
            return None

    def _missed(self, file: CacheFile, why: str) -> None:
        folder = self._folder(file.folder_id)
        if folder is None:
            return
        folder.look_again()
        if trouble := folder.trouble():     # the whole folder is away: its rows stay
            log.info("The cached %s of photo %d cannot be read (%s): %s", file.tier, file.photo_id, why, trouble)
        elif self.drop([file]):             # not if another has taken its place meanwhile
            log.info("The cached %s of photo %d is made again: %s", file.tier, file.photo_id, why)

    # ------------------------------------------------------------------ making room

    def _make_room(self, file: NewFile, wish: Wish) -> bool:
        """Let go of what must give way. False: the file may not come in."""
        before = self._previews.files(file.photo_id).get(file.tier)
        need = file.size - (before.size if before else 0)
        if need <= self.ledger.room(file.tier):
            return True
        if wish is Wish.STOCK or file.size > self.ledger.budgets()[file.tier]:
            return False
        return self._evict(file.tier, need, spare=file.photo_id)

    def _evict(self, tier: Tier, need: int, spare: int = 0) -> bool:
        """Take files of a tier until need fits: those nobody looked at first, among equals the least recently used."""
        self.ledger.flush()
        for looked in (False, True):
            while (short := need - self.ledger.room(tier)) > 0:
                oldest = self._previews.oldest(tier, VICTIMS, looked=looked)
                chosen = _enough([file for file in oldest if file.photo_id != spare], short)
                if not self.drop(chosen):
                    break
        return need <= self.ledger.room(tier)

    def trim(self) -> None:
        """Come back under the budgets after they shrank: a smaller setting, a fuller disk."""
        with self._lock:
            folder = self._folder(self.ledger.here)
            if folder is None or folder.trouble():
                return                          # what is free where the folder should be says nothing
            for tier in reversed(TIERS):
                held = self.ledger.held()
                if held[tier].bytes > self.ledger.budgets()[tier] or self.ledger.room(tier) < 0:
                    self._evict(tier, 0)

    def drop(self, files: Iterable[CacheFile]) -> list[CacheFile]:
        """Let go of files: their rows now, the files themselves at once where possible. Returns those that went."""
        with self._lock:
            taken = self._previews.drop(list(files))
            for file in taken:
                self.ledger.count(file, -1)
            self.sweep()
            return taken

    def clear(self, tiers: Iterable[Tier]) -> int:
        """Let go of whole tiers, by the manifest: files of others stay. Returns how many files went."""
        wanted, gone = list(tiers), 0
        while files := self._previews.some_of(wanted):
            gone += len(self.drop(files))
        return gone

    def sweep(self) -> None:
        """Delete the files whose rows are gone; what cannot be deleted now is tried again later."""
        with self._lock:
            for folder_id in self._previews.leftover_folders():
                folder = self._folder(folder_id)
                if folder is not None and not folder.trouble():
                    self._sweep(folder_id, folder)

    def _sweep(self, folder_id: int, folder: CacheFolder) -> None:
        """A file that could not be deleted is left alone for a while, so that it holds up neither others nor us."""
        if clock.monotonic() >= self._stuck_until:
            self._stuck.clear()
        found = self._previews.leftovers(folder_id, CLEAR_ROWS + len(self._stuck))
        gone, stuck = _delete(folder, [item for item in found if item not in self._stuck])
        self._previews.leftovers_gone(gone)
        if stuck:
            self._stuck.update(stuck)
            self._stuck_until = clock.monotonic() + RETRY_SECONDS

    # ------------------------------------------------------------------ another folder

    def carry_over(self, limit: int) -> int:
        """Bring up to `limit` files from earlier cache folders into the present one. Returns how many came."""
        here = self.ledger.here
        if not here or self.resting:
            return 0
        return sum(self._carry(file, here) for file in self._previews.outside(here, limit))

    def _carry(self, file: CacheFile, here: int) -> bool:
        old, new = self._folder(file.folder_id), self._folder(here)
        if old is None or new is None or old.trouble() or new.trouble() or self.ledger.budget() < file.size:
            return False
        descriptor = self.open(file)
        if descriptor is None:
            return False
        stage = None
        try:
            stage = new.stage(file.photo_id, file.tier, file.suffix, descriptor_writer(descriptor, file.size))
            with self._lock:
                self._previews.note_leftovers([Leftover(here, file.photo_id, file.tier, file.suffix)])
                stage.appear()
                if self._previews.move(file, here):
                    self.ledger.count(file, -1)
                    self.ledger.count(msgspec.structs.replace(file, folder_id=here), +1)
                self.sweep()
        except OSError as error:
            self._fail(self._describe(error))
            return False
        finally:
            os.close(descriptor)
            if stage is not None:
                stage.close()
        return True


class _CacheError(Unavailable):
    """The cache folder cannot be used; told apart from errors of originals."""


def _claim(folder: CacheFolder) -> None:
    try:
        folder.claim()
    except Unavailable as error:
        raise _CacheError(error.sentence) from error


def _stage(folder: CacheFolder, file: NewFile) -> Staged:
    """Write a file that does not appear yet."""
    return folder.stage(file.photo_id, file.tier, file.suffix, file.writer, sync=file.tier is Tier.FULL)


def _delete(folder: CacheFolder, leftovers: Sequence[Leftover]) -> tuple[list[Leftover], list[Leftover]]:
    """Delete files; returns those that are gone and those that cannot be deleted. Ends when the disk is in trouble."""
    gone: list[Leftover] = []
    stuck: list[Leftover] = []
    for item in leftovers:
        try:
            folder.remove(item.photo_id, item.tier, item.suffix)
        except OSError as error:
            if not stuck:
                log.warning("A file of the cache could not be deleted: %s", error)
            folder.look_again()
            if error.errno in DISK_IN_TROUBLE or folder.trouble():
                break
            stuck.append(item)
        else:
            gone.append(item)
    return gone, stuck


def _enough(files: Sequence[CacheFile], need: int) -> list[CacheFile]:
    """The first files that together have `need` bytes."""
    chosen: list[CacheFile] = []
    for file in files:
        if need <= 0:
            break
        chosen.append(file)
        need -= file.size
    return chosen
