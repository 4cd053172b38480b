"""What a background job is: the difference between what the catalog should have and what it has."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec


class Lane(StrEnum):
    """What a job competes for; one job of a lane runs at a time."""

    SOURCE_DISK = "source-disk"
    CACHE_DISK = "cache-disk"
    CPU = "cpu"
    GPU = "gpu"


class Budget(msgspec.Struct, frozen=True):
    """How much one step may do. The governor gives it; a step of a full budget should take about a second."""

    items: int              # at most this many photos
    workers: int            # at most this many tasks in the pool at once
    pause_ms: int = 0       # the runner waits this long after the step


class Progress(msgspec.Struct, frozen=True):
    """What one step did. done and failed both leave the pending count; idle: nothing could be done now."""

    done: int
    failed: int = 0
    reason: str = ""        # why nothing was done, for a person: "waiting: the drive Archive is not connected"
    unfinished: bool = False    # one large item is under way: nothing is finished, but the job wants to go on at once


class JobError(msgspec.Struct, frozen=True):
    """One item a job set aside."""

    photo_id: int | None
    path: str
    reason: str
    at: float


class Job(Protocol):
    """A kind of background work. Methods are called from the runner's threads, `step` from one at a time."""

    name: str       # "metadata"
    title: str      # "Metadata", for the Work bar
    lane: Lane
    builder: bool   # True: a builder that Browse mode pauses; False: runs in every mode (a scan the user asked for)

    def pending(self) -> int:
        """How many items lack what this job makes. Cheap: it is asked every second."""
        ...

    def total(self) -> int:
        """How many items there are in all, done ones included."""
        ...

    def step(self, budget: Budget) -> Progress:
        """Do one batch. Idempotent: a kill in the middle loses at most this batch and leaves nothing half done."""
        ...

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """A page of the items set aside, and how many there are."""
        ...


@runtime_checkable
class Askable(Protocol):
    """A job that has reasons of its own to wait, such as a schedule, and drops them when a person asks for it."""

    def ask(self) -> None:
        """Work now, until nothing is left. Quick: called before the job is woken."""
        ...
