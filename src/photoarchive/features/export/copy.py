"""Starts, lists, stops and continues copies of originals. Owns no SQL and no HTTP; the job does the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import msgspec

from photoarchive.catalog.choice import chosen_ids
from photoarchive.catalog.copies import Copies, Copy, Trouble
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Conflict, Invalid, PhotoArchiveError
from photoarchive.features.export.jobs import CopyJob, remove_staging, staging_folder
from photoarchive.features.export.target import (
    Protected,
    Resolve,
    canonical_target,
    check_room,
    check_target,
    folder_name,
    make_folder,
    protected_folders,
)
from photoarchive.features.export.views import CopyRequest

STRUCTURES = ("folders", "flat")
SIDECAR_BYTES = 4_096       # one block


class Surroundings(msgspec.Struct, frozen=True):
    """What a target must keep away from, and how paths are looked at. sources, own: asked at each start."""

    resolve: Resolve
    sources: Callable[[], Iterable[bytes]]
    own: Callable[[], Iterable[tuple[bytes, str]]]


class CopyService:
    """Thread-safe. wake: called with the name of the job when it has new work."""

    def __init__(
        self, views: Views, copies: Copies, job: CopyJob, around: Surroundings, wake: Callable[[str], None]
    ) -> None:
        self._views, self._copies, self._job, self._around, self._wake = views, copies, job, around, wake

    def all(self) -> list[Copy]:
        """Newest first."""
        return self._copies.all()

    def troubles(self, copy_id: int, limit: int, offset: int) -> tuple[list[Trouble], int]:
        """What a copy could not copy. Raises NotFound."""
        self._copies.get(copy_id)
        return self._copies.troubles(copy_id, limit, offset)

    def start(self, body: CopyRequest) -> Copy:
        """Begin to copy the chosen photos with the parts behind them.

        Raises Invalid, Conflict (the folder lies where nothing is written, or has too little room), Unavailable.
        """
        if body.structure not in STRUCTURES:
            raise Invalid(f"structure is one of {', '.join(STRUCTURES)}.", field="structure")
        ids = chosen_ids(self._views, body)
        target = canonical_target(self._around.resolve, body.target)
        check_target(target, self._protected())
        planned = self._copies.get(self._copies.plan(target, body.structure, ids, sidecars=body.sidecars))
        try:
            if not planned.files:
                raise Conflict("None of these photos has a file that could be copied.", field="image_ids")
            check_room(target, planned.bytes + planned.files * SIDECAR_BYTES * planned.sidecars,
                       lambda: self._already_there(target, planned))
            make_folder(staging_folder(target, planned.id))
        except PhotoArchiveError:
            self._copies.discard(planned.id)
            raise
        copy = self._copies.begin(planned.id)
        self._wake(self._job.name)
        return copy

    def cancel(self, copy_id: int) -> Copy:
        """Stop a copy. What is copied stays where it is."""
        copy = self._copies.cancel(copy_id)
        self._job.let_go_of(copy_id)
        remove_staging(self._copies.target_of(copy_id), copy_id)
        return copy

    def go_on(self, copy_id: int) -> Copy:
        """Try again what failed or was offline, and what a stopped copy left."""
        self._copies.get(copy_id)
        target = self._copies.target_of(copy_id)
        check_target(target, self._protected())
        self._job.let_go_of(copy_id)
        make_folder(staging_folder(target, copy_id))
        copy = self._copies.go_on(copy_id)
        self._wake(self._job.name)
        return copy

    def _protected(self) -> list[Protected]:
        return protected_folders(list(self._around.sources()), self._around.own())

    def _already_there(self, target: bytes, copy: Copy) -> int:
        """Bytes of files that lie in the target under their names and with their size."""
        there = 0
        for source, folder, name, size in self._copies.places_of(copy.id):
            beneath = name if copy.structure == "flat" else os.path.join(folder_name(source), folder, name)
            try:
                found = os.lstat(os.path.join(target, beneath))
            except OSError:
                continue
            there += size if found.st_size == size else 0
        return there
