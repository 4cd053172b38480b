"""Which previews are made next: one rendering per photo at a time, what a person waits for before all else.

Owns the queue in front of the decode pool and what becomes of a result. Knows no HTTP; the pool knows no photos.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum

import msgspec

from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.preview_subjects import Subject, Subjects
from photoarchive.catalog.previews import Failure
from photoarchive.catalog.sources import SourceTable
from photoarchive.core import clock
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.tiers import Tier
from photoarchive.features.media.reach import places_to_read, refuse_unreachable
from photoarchive.imaging.cache import Made, PreviewCache, recipe_of
from photoarchive.imaging.cache_file import Wish
from photoarchive.imaging.memory_cache import Picture
from photoarchive.imaging.previews import Rendering, TierSpec, render
from photoarchive.work.pool import Pool, TaskTimedOut

log = logging.getLogger(__name__)

RENDER_SECONDS = 30.0
QUIET_SECONDS = 0.12        # after an instant picture was asked for: the rest of the screen is asked for right now
LONGEST_HOLD_SECONDS = 1.5  # nobody's preview waits longer than this for instant pictures
MAX_HOPEFUL = 512           # grid and warm orders kept; older ones have scrolled away
STORING_THREADS = 2
ALWAYS = (Tier.SM, Tier.MD) # made along whenever an original is read


class Rank(IntEnum):
    """Who wants it; the lower goes first."""

    WAITED = 0      # a request is open
    GRID = 1        # an instant picture stands in for it
    WARM = 2        # will be looked at soon
    STOCK = 3       # background job


class Outcome(msgspec.Struct):
    """What became of an order: what was made, or why nothing was. pictures: those somebody waited for, made now or
    a moment ago."""

    made: tuple[Tier, ...] = ()
    pictures: dict[Tier, Picture] = msgspec.field(default_factory=dict)
    error: PhotoArchiveError | None = None


class Order(msgspec.Struct, eq=False):
    """One photo whose previews are to be made. Guarded by the lock of its Renders."""

    photo_id: int
    number: int
    rank: Rank
    tiers: set[Tier]
    asked_at: float
    lasting: Rank | None                    # the best rank of those who do not hold a request open
    waiters: int = 0
    done: Future[Outcome] = msgspec.field(default_factory=Future)

    @property
    def urgency(self) -> tuple[int, int]:
        """Among those who wait and in the background first come, first served; else the newest is on the screen."""
        return self.rank, -self.number if self.rank in (Rank.GRID, Rank.WARM) else self.number


class _Attempt(msgspec.Struct):
    """A running order: what is read, from which of its places."""

    order: Order
    subject: Subject
    specs: tuple[TierSpec, ...]
    places: list[Location]


class Renders:
    """The queue. Thread-safe. made: called with each photo whose instant picture can be replaced now."""

    def __init__(
        self, *, pool: Pool, cache: PreviewCache, subjects: Subjects, files: Files, sources: SourceTable,
        made: Callable[[int], None],
    ) -> None:
        self._pool, self._cache, self._subjects, self._files, self._sources = pool, cache, subjects, files, sources
        self._made = made
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: dict[int, Order] = {}
        self._running: dict[int, Order] = {}
        self._quiet_until = 0.0
        self._closed = False
        self._storing = ThreadPoolExecutor(STORING_THREADS, thread_name_prefix="preview-store")
        self._thread = threading.Thread(target=self._serve, name="renders", daemon=True)

    def start(self) -> None:
        """Begin to hand orders to the pool."""
        self._thread.start()

    def close(self) -> None:
        """Refuse what waits; what runs ends with the pool."""
        with self._changed:
            self._closed = True
            orders = list(self._waiting.values())
            self._waiting.clear()
            self._changed.notify()
        for order in orders:
            _settle(order, Outcome(error=Unavailable("The server is stopping.")))
        if self._thread.is_alive():
            self._thread.join()
        self._storing.shutdown()

    # ------------------------------------------------------------------ ordering

    def order(self, photo_id: int, tiers: Iterable[Tier], rank: Rank) -> Order:
        """Have these tiers made. WAITED: the caller waits for `done`, or calls `leave`."""
        wanted = set(tiers)
        with self._changed:
            if self._closed:
                raise Unavailable("The server is stopping.")
            running = self._running.get(photo_id)
            if running is not None and wanted <= running.tiers and not running.done.done():   # else its content is past
                running.rank = min(running.rank, rank)
                running.waiters += rank is Rank.WAITED
                return running
            order = self._waiting.get(photo_id)
            if order is None:
                order = Order(photo_id, next(self._numbers), rank, set(), clock.monotonic(), None)
                self._waiting[photo_id] = order
            order.tiers |= wanted
            order.rank = min(order.rank, rank)
            if rank is Rank.WAITED:
                order.waiters += 1
            else:
                order.lasting = rank if order.lasting is None else min(order.lasting, rank)
            self._forget_scrolled_away()
            self._changed.notify()
            return order

    def leave(self, order: Order) -> None:
        """The request that waited is gone. If nobody else wants the order and it has not begun, it is dropped."""
        with self._changed:
            order.waiters -= 1
            if order.waiters or self._waiting.get(order.photo_id) is not order:
                return
            if order.lasting is None:
                del self._waiting[order.photo_id]
            else:
                order.rank = order.lasting

    def hold_back(self) -> None:
        """An instant picture was asked for: let the others of the screen come first, they take a millisecond each."""
        self._quiet_until = clock.monotonic() + QUIET_SECONDS

    def forget_warm(self) -> None:
        """The user went elsewhere: drop what was only to be warmed."""
        with self._changed:
            for order in [o for o in self._waiting.values() if o.rank is Rank.WARM and not o.waiters]:
                self._drop(order)

    def _forget_scrolled_away(self) -> None:
        hopeful = [o for o in self._waiting.values() if o.rank in (Rank.GRID, Rank.WARM)]
        for order in sorted(hopeful, key=lambda o: o.number)[:max(0, len(hopeful) - MAX_HOPEFUL)]:
            self._drop(order)

    def _drop(self, order: Order) -> None:
        del self._waiting[order.photo_id]
        _settle(order, Outcome(error=Unavailable("This preview is not wanted any more.")))

    # ------------------------------------------------------------------ handing out (own thread)

    def _serve(self) -> None:
        while True:
            with self._changed:
                order = self._next()
                while order is None and not self._closed:
                    self._changed.wait(QUIET_SECONDS if self._waiting else None)
                    order = self._next()
                if order is None:
                    return
                del self._waiting[order.photo_id]
                self._running[order.photo_id] = order
            try:
                self._begin(order)
            except PhotoArchiveError as error:
                self._finish(order, Outcome(error=error))
            except Exception as error:
                log.exception("A preview of photo %d could not be begun", order.photo_id)
                self._finish(order, Outcome(error=Unavailable(f"The preview could not be made: {error}.")))

    def _next(self) -> Order | None:
        """The most urgent order that may begin now, no disk being read by more than it bears; the lock is held."""
        source_of = self._cache.index.source_of
        reading = Counter(source_of(photo_id) for photo_id in self._running)
        full = {source for source, count in reading.items() if count >= self._sources.readers(source)}
        free = [order for order in self._waiting.values()
                if order.photo_id not in self._running and source_of(order.photo_id) not in full]
        if not free:
            return None
        order = min(free, key=lambda o: o.urgency)
        if sum(other.rank <= order.rank for other in self._running.values()) >= self._pool.size:
            return None
        at = clock.monotonic()
        held = order.rank is not Rank.WAITED and at < min(self._quiet_until, order.asked_at + LONGEST_HOLD_SECONDS)
        return None if held else order

    def _begin(self, order: Order) -> None:
        """Find out what is to be made of what, and give it to the pool."""
        subject = self._subjects.get(order.photo_id)
        if subject is None:
            raise NotFound(f"There is no photo {order.photo_id}.")
        if subject.failure:
            raise Unreadable(subject.failure)
        places = places_to_read(self._files, order.photo_id)
        refuse_unreachable(subject, places, self._sources)
        have = {tier for tier, file in self._cache.cached_tiers(subject).items()
                if file.recipe == self._cache.recipes().get(tier)}
        along = {tier for tier in ALWAYS if self._cache.disk.ledger.room(tier) > 0}
        order.tiers |= along - have         # the lock is not needed: a superset is promised from now on
        pictures = self._kept(subject, order.tiers & have) if order.waiters else {}
        wanted = order.tiers - (pictures.keys() if order.waiters else have)
        if not wanted:
            self._finish(order, Outcome(pictures=pictures))
            return
        self._read(_Attempt(order, subject, self._cache.specs(wanted), places))

    def _kept(self, subject: Subject, tiers: Iterable[Tier]) -> dict[Tier, Picture]:
        """What a request waits for that was made after it had looked."""
        found = {tier: self._cache.find(subject.photo_id, tier, subject.version, looked=True) for tier in tiers}
        return {tier: picture for tier, picture in found.items() if picture is not None}

    def _read(self, attempt: _Attempt) -> None:
        place = attempt.places[0]
        device = self._sources.device_of(place.source_id)
        future = self._pool.submit(render, place.original, int(attempt.subject.kind), attempt.specs,
                                   urgent=attempt.order.rank is not Rank.STOCK, timeout=RENDER_SECONDS, device=device)
        future.add_done_callback(lambda done: self._arrived(attempt, done))

    # ------------------------------------------------------------------ results (storing threads)

    def _arrived(self, attempt: _Attempt, done: Future[Rendering]) -> None:
        """In the pool's thread: pass the result on at once."""
        try:
            self._storing.submit(self._take, attempt, done)
        except RuntimeError:            # we are closed
            self._finish(attempt.order, Outcome(error=Unavailable("The server is stopping.")))

    def _take(self, attempt: _Attempt, done: Future[Rendering]) -> None:
        order = attempt.order
        try:
            self._store(attempt, done.result())
        except Unreadable as error:
            self._finish(order, self._set_aside(attempt, error))
        except (NotFound, Unavailable) as error:
            self._elsewhere(attempt, error)
        except Exception as error:
            log.exception("A preview of photo %d could not be kept", order.photo_id)
            self._finish(order, Outcome(error=Unavailable(f"The preview could not be kept: {error}.")))

    def _store(self, attempt: _Attempt, rendering: Rendering) -> None:
        """Answer those who wait, then keep what was made."""
        order, subject = attempt.order, attempt.subject
        version = subject.version or bytes(8)
        made = Made(rendering.pictures, {spec.tier: recipe_of(spec) for spec in attempt.specs})
        looked = order.rank in (Rank.WAITED, Rank.GRID)
        if order.rank is not Rank.STOCK:
            pictures = self._cache.remember(subject.photo_id, version, made)
            _settle(order, Outcome(tuple(pictures), pictures))
        self._cache.keep(subject.photo_id, version, made, Wish.LOOKED if looked else Wish.STOCK)
        now = self._subjects.get(subject.photo_id)
        if now is None or now.version != subject.version:       # the content changed while it was made
            self._cache.memory.drop([subject.photo_id])
        self._subjects.note(subject.photo_id, rendering.colour, rendering.damaged)
        self._finish(order, Outcome(tuple(made.recipes)))
        if order.lasting is Rank.GRID:
            self._made(subject.photo_id)

    def _set_aside(self, attempt: _Attempt, error: Unreadable) -> Outcome:
        """The content cannot be shown: say so on the photo, and do not try again until it changes."""
        place, subject = attempt.places[0], attempt.subject
        if isinstance(error, TaskTimedOut) and self._sources.report_trouble(place.source_id):
            return Outcome(error=Unavailable(f"The drive of {place.original.display()} does not answer.", offline=True))
        if subject.version is not None:
            failure = Failure(subject.photo_id, subject.version, error.sentence, clock.now())
            self._cache.previews.record_failures([failure])
        return Outcome(error=error)

    def _elsewhere(self, attempt: _Attempt, error: PhotoArchiveError) -> None:
        """This place of the photo cannot be reached: try the next one."""
        place = attempt.places.pop(0)
        if error.details.get("offline"):
            self._sources.report_trouble(place.source_id)
        with self._changed:
            closed = self._closed
        if attempt.places and not closed:
            self._read(attempt)
        else:
            self._finish(attempt.order, Outcome(error=error))

    def _finish(self, order: Order, outcome: Outcome) -> None:
        with self._changed:
            self._running.pop(order.photo_id, None)
            self._changed.notify()
        _settle(order, outcome)


def _settle(order: Order, outcome: Outcome) -> None:
    """Tell those who wait, once."""
    if not order.done.done():
        order.done.set_result(outcome)
