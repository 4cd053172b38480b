"""What a scan asks before it would do something that looks like a lost drive, in sentences and with ways out."""

from __future__ import annotations

from typing import Any

from photoarchive.catalog.sources import Source
from photoarchive.core.paths import display_path
from photoarchive.features.sources.drives import Finding, Problem

Question = dict[str, Any]       # {kind, sentence, options: [{value, label}], …}

PROCEED, KEEP, KEEP_OFFLINE, RELOCATE = "proceed", "keep", "keep_offline", "relocate"


class Asks(Exception):
    """A scan stopped, changed nothing, and asks."""

    def __init__(self, question: Question) -> None:
        super().__init__(question["sentence"])
        self.question = question


def drive_question(source: Source, finding: Finding, known: int) -> Question | None:
    """The question for what was found at a source's path; None if there is nothing to ask: the drive is simply away."""
    if finding.problem is Problem.EMPTY:
        return _question("empty", f"{finding.sentence} Nothing was changed.",
                         (KEEP_OFFLINE, "The drive is away: keep everything"),
                         (PROCEED, f"The photos were deleted: mark {_photos(known)} as missing"))
    if finding.problem is Problem.OTHER_DRIVE:
        return _question("other_drive", f"{finding.sentence} Nothing was changed.",
                         (KEEP_OFFLINE, "It is another drive: wait for the right one"),
                         (PROCEED, f"It holds the same collection: use it for {source.display_name}"))
    return None


def missing_question(source: Source, going: int, total: int) -> Question:
    """The question when a scan found unusually many photos gone."""
    which = f"All {_photos(total)}" if going >= total else f"{going:,} of {total:,} photos"
    verb = "is" if going >= total == 1 else "are"
    sentence = f"{which} of {source.display_name} {verb} no longer there. Nothing was marked as missing."
    return _question("missing", sentence, (KEEP, "Leave everything as it is"),
                     (PROCEED, f"Mark {_photos(going)} as missing"))


def relocation_question(source: Source, path: bytes) -> Question:
    """The question when an absent source was found at another mount point."""
    place = display_path(path)
    return _question("relocated", f"{source.display_name} is now at {place}.",
                     (RELOCATE, f"Use {place}"), (KEEP_OFFLINE, "Keep the old place")) | {"path_hex": path.hex()}


def _question(kind: str, sentence: str, *options: tuple[str, str]) -> Question:
    return {"kind": kind, "sentence": sentence,
            "options": [{"value": value, "label": label} for value, label in options]}


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"
