"""What a person does with duplicates: look through the groups, decide. Owns no SQL, no HTTP and no matching."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.catalog.cards import Card, Cards
from photoarchive.catalog.choice import listed_ids
from photoarchive.catalog.duplicate_decisions import Decisions, Verdict
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.core.errors import Invalid
from photoarchive.features.similar.filters import AlikeFilter, IsDuplicate
from photoarchive.features.similar.jobs import DuplicatesJob
from photoarchive.features.similar.views import (
    DecideAnswer,
    DecideRequest,
    DuplicatesAnswer,
    GroupAnswer,
    Pair,
    PairPhoto,
)
from photoarchive.retrieval.duplicates import GROUPED, WEAKEST, PairMeter
from photoarchive.retrieval.groups import DuplicateGroups, Groups
from photoarchive.retrieval.keepers import REASON_WORDS, REASONS

Array = npt.NDArray[Any]

KINDS = ("same", "near", "burst")       # by number of kind
STATES = ("all", "open", "decided")
VERDICTS = {"keep_all": Verdict.KEEP_ALL, "keep": Verdict.KEEP_SOME, "not_duplicates": Verdict.APART}
FIRST_IMAGES = 60               # cards of one group in a list; the others are asked for by id
PAIRED = 24                     # photos of one group of which all pairs are listed
MAX_THRESHOLD = 1.0


class DuplicateService:
    """Groups of duplicates. Thread-safe. Brings the filters `is=duplicate` and `duplicates` to all views."""

    def __init__(
        self, views: Views, groups: DuplicateGroups, decisions: Decisions, *, job: DuplicatesJob, meter: PairMeter
    ) -> None:
        self._views, self._groups, self._decisions = views, groups, decisions
        self._job, self._meter = job, meter
        self._cards = Cards(views)
        views.register_stacks(groups.stacks)
        views.register_filter("is:duplicate", IsDuplicate(groups))
        views.register_filter("duplicates", AlikeFilter(groups))

    def duplicates(
        self, threshold: float = GROUPED, limit: int = 100, offset: int = 0, *, state: str = "all", kind: str = "",
        pairs: bool = True,
    ) -> DuplicatesAnswer:
        """A page of groups, the surest first, and the likest pairs among them."""
        if not WEAKEST <= threshold <= MAX_THRESHOLD:
            raise Invalid(f"threshold must be from {WEAKEST} to {MAX_THRESHOLD:g}, not {threshold:g}.",
                          field="threshold")
        groups = self._groups.all(threshold)
        of_state = _of_state(groups, state)
        wanted = of_state & (groups.kind == KINDS.index(_known("kind", kind, KINDS)) if kind else True)
        order = np.lexsort((groups.photos[groups.starts[:-1]], -groups.likeness, groups.kind))
        order = order[wanted[order]]
        page = order[offset : offset + limit].tolist()
        counts = np.bincount(groups.kind[of_state], minlength=len(KINDS)).tolist()
        return DuplicatesAnswer(
            threshold=threshold, pairs=self._pairs(groups, page, threshold, limit) if pairs else [],
            groups=self._described(groups, page), total=len(order),
            open=int(np.count_nonzero(~groups.settled)), decided=int(np.count_nonzero(groups.settled)),
            kinds=dict(zip(KINDS, counts, strict=True)), copies=self._copies(), looking=self._job.looking)

    def decide(self, asked: DecideRequest, window: str) -> DecideAnswer:
        """Decide about the photos of a group."""
        verdict = VERDICTS[_known("verdict", asked.verdict, tuple(VERDICTS))]
        if (verdict is Verdict.KEEP_SOME) != bool(asked.keep):
            raise Invalid("keep names the photos that stay, for the verdict keep and no other.", field="keep")
        kept = listed_ids(asked.keep) if asked.keep else np.zeros(0, np.uint32)
        done = self._decisions.decide(verdict, listed_ids(asked.photo_ids), kept, window)
        return DecideAnswer(action_id=done.action_id, rejected=done.rejected)

    # ------------------------------------------------------------------ answers

    def _described(self, groups: Groups, page: list[int]) -> list[GroupAnswer]:
        shown = [groups.of(number)[:FIRST_IMAGES] for number in page]
        cards = {card.id: card for card in self._cards.of(np.concatenate([*shown, np.zeros(0, np.int64)]))}
        found = []
        for number, first in zip(page, shown, strict=True):
            photos = groups.of(number)
            images = [cards[photo] for photo in first.tolist() if photo in cards]
            found.append(GroupAnswer(
                id=int(photos.min()), kind=KINDS[int(groups.kind[number])],
                similarity=round(float(groups.likeness[number]), 4), keeper=int(photos[0]),
                reason=REASON_WORDS[REASONS[int(groups.reasons[number])]], decided=bool(groups.settled[number]),
                image_ids=photos.tolist(), images=images, differs=_differing(images)))
        return found

    def _pairs(self, groups: Groups, page: list[int], threshold: float, limit: int) -> list[Pair]:
        found: list[tuple[float, int, int]] = []
        for number in page:
            found += self._meter.pairs(np.sort(groups.of(number)[:PAIRED]), threshold)
            if len(found) >= limit:
                break
        found.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        found = found[:limit]
        ids = np.unique(np.array([photo for _, one, other in found for photo in (one, other)], np.int64))
        cards = {card.id: PairPhoto(card.id, card.filename, card.elo, card.thumb_url) for card in self._cards.of(ids)}
        return [Pair(likeness, cards[one], cards[other]) for likeness, one, other in found
                if one in cards and other in cards]

    def _copies(self) -> int:
        """Photos in the library whose very bytes lie in more than one place."""
        columns = self._views.columns
        photos, _ = columns.other_folders.pairs()
        with columns.lock:
            visible = self._views.masks.base(Query())
            photos = photos[photos < len(visible)]
            return len(np.unique(photos[visible[photos]]))


def _of_state(groups: Groups, state: str) -> Array:
    _known("state", state, STATES)
    everything: Array = np.ones(len(groups), bool)
    return everything if state == "all" else groups.settled if state == "decided" else ~groups.settled


def _known(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Invalid(f"{name} cannot be “{value}”. It is one of {', '.join(known)}.", field=name)
    return value


def _differing(images: list[Card]) -> list[str]:
    """In which facts the photos of a group are not all the same."""
    facts: dict[str, set[object]] = {
        "dimensions": {(card.width, card.height) for card in images}, "size": {card.file_size for card in images},
        "format": {card.file_ext for card in images}, "date": {card.date_taken for card in images},
        "camera": {card.camera_model for card in images}, "folder": {card.folder for card in images},
    }
    return [name for name, values in facts.items() if len(values) > 1]
