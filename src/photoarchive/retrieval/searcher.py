"""From a search text to scored photos: language, text, meaning, look-alikes and filters put together.

Answers the words of every view (TextSearch), so that Library, Compare, Map and export search alike. What
was found belongs to the whole archive: the filters of a view, and the typed ones of the text, are applied to it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.catalog.column_layout import UNREADABLE, Array
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.iso import FILTER as ISO
from photoarchive.catalog.iso import IsoFilter
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import ScoredSet, Views
from photoarchive.core.errors import Unavailable
from photoarchive.ml.embedder import Embedder
from photoarchive.retrieval.fuse import fuse
from photoarchive.retrieval.language import Sentence, read
from photoarchive.retrieval.meaning import Hits, Meaning
from photoarchive.retrieval.parts import NAMES, Filtered, Parts, Resolved

KEPT_ANSWERS = 12
KEPT_SENTENCES = 64
EXACT_PART = 0.9            # of the photos have vectors: nothing need be said

SEMANTIC, METADATA, FUSED = "semantic", "metadata", "fused"

NearProvider = Callable[[tuple[int, ...], Array | None], ScoredSet]
"""The photos most like one photo or several, among those of a mask (rows,); see retrieval.similar."""


class Found(msgspec.Struct, frozen=True):
    """What a search found, of the whole archive; filters of the view around it are not applied.

    mode: "semantic", "metadata" (text only) or "fused". model: model_key of the vectors, "" without. cached: the
    archive was not scored anew. deep: the scores come from the deep model. hints: sentences about parts of the text.
    took_ms: what finding took, however often it has been asked for since. words: False for typed parts alone.
    """

    scored: ScoredSet
    mode: str
    model: str
    cached: bool
    deep: bool
    hints: tuple[str, ...]
    took_ms: float
    words: bool


class Reason(msgspec.Struct, frozen=True):
    """Why a photo was found. meaning: score of the model, strength 0–1 as it stands out; fields: column → words.

    alike: likeness to the photos that `near:` names.
    """

    meaning: float | None
    strength: float | None
    fields: dict[str, list[str]]
    alike: float | None = None


class _Question(msgspec.Struct, frozen=True):
    sentence: Sentence
    resolved: Resolved
    hints: tuple[str, ...]


class _Answer(msgspec.Struct, frozen=True):
    """ids, best first, and their fused scores. others: True when every photo is meant but those in `ids`.

    alike: the look-alikes among what the words found.
    """

    ids: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    mode: str = METADATA
    others: bool = False
    hits: Hits | None = None
    hints: tuple[str, ...] = ()
    took_ms: float = 0.0
    alike: ScoredSet | None = None


class _Ready(msgspec.Struct, frozen=True, eq=False):
    """A text read and answered: Query.found while one view is put together. state: what the answer depends on."""

    question: _Question
    answer: _Answer | None
    state: tuple[object, ...]


class Searcher:
    """Answers searches. Thread-safe."""

    def __init__(self, views: Views, text: FullText, meaning: Meaning | None) -> None:
        self._views, self._text, self._meaning = views, text, meaning
        self._near: NearProvider | None = None
        self.parts = Parts(views, lambda: self._near is not None)
        self._lock = threading.Lock()
        self._aside = ThreadPoolExecutor(2, "search-text")      # the text index is asked while the archive is scored
        self._questions: OrderedDict[tuple[object, ...], _Question] = OrderedDict()
        self._answers: OrderedDict[tuple[object, ...], _Answer] = OrderedDict()
        views.register_filter(ISO, IsoFilter(views.columns))
        views.register_search(self)

    def register_near(self, provider: NearProvider) -> None:
        """Let `near:photo:ID` be answered."""
        self._near = provider

    # ------------------------------------------------------------------ answers

    def find(self, query: Query) -> Found:
        """Photos for query.q, best first."""
        query = self._views.masks.prepare(query)
        ready = self._ready(query)
        question, answer = ready.question, ready.answer
        hits = answer.hits if answer else None
        return Found(
            scored=ScoredSet(*self.ranked(query), key=repr((query.q, self.key(query)))),
            mode=answer.mode if answer else METADATA, model=hits.model if hits else "",
            cached=hits is not None and hits.cached, deep=hits is not None and hits.deep,
            hints=(*question.hints, *(answer.hints if answer else ())), took_ms=answer.took_ms if answer else 0.0,
            words=question.sentence.has_words,
        )

    def why(self, query: Query, photo_ids: Array) -> dict[int, Reason]:
        """Why each of these photos (n,) was found."""
        ready = self._ready(query)
        answer, sentence = ready.answer, ready.question.sentence
        matches = self._text.matches(sentence.text, photo_ids)
        places = _places(answer.hits.ids, photo_ids) if answer and answer.hits else np.full(len(photo_ids), -1)
        alike = _scores_of(answer.alike if answer else None, photo_ids)
        reasons = {}
        for photo_id, place, likeness in zip(photo_ids.tolist(), places.tolist(), alike, strict=True):
            hits = answer.hits if answer and place >= 0 else None
            reasons[photo_id] = Reason(
                meaning=round(float(hits.scores[place]), 4) if hits else None,
                strength=round(float(hits.strengths[place]), 3) if hits else None,
                fields=matches.get(photo_id, {}), alike=likeness,
            )
        return reasons

    def similarities(self, query: Query, photo_ids: Array) -> list[float | None]:
        """Score by meaning of these photos (n,), or else by likeness; None for what only the text found."""
        answer = self._ready(query).answer
        return _scores_of((answer.hits or answer.alike) if answer else None, photo_ids)

    def deepen(self, text: str, embedder: Embedder) -> int:
        """Score the archive for a saved or used term by the deep model and keep vector and result.

        From then on find() answers this text by the deep vectors, with new ones scored on top; the model need not be
        loaded for that. Returns how many photos were found; 0 when the index of the model is empty or the text has no
        words. Takes as long as one query vector and one pass over the vectors.
        """
        return self._meaning.deepen(read(text, NAMES), embedder) if self._meaning else 0

    def is_deep(self, text: str, model: str) -> bool:
        """Whether find() answers this text by this deep model (vectors made since are scored on top)."""
        return self._meaning is not None and self._meaning.is_deep(read(text, NAMES), model)

    def words_of(self, text: str) -> str:
        """The words of a search (its filters left out) as vectors and results are kept under; "" if it has none."""
        return read(text, NAMES).key

    def sentence_of(self, text: str) -> Sentence:
        """A search, read."""
        return read(text, NAMES)

    def has_word(self, word: str) -> bool:
        """Whether the text of any photo has this word, or one that begins so."""
        return self._text.has(word)

    # ------------------------------------------------------------------ TextSearch

    def prepare(self, query: Query) -> object:
        """Find the photos, before anybody is held up."""
        return self._ready(query)

    def mask(self, query: Query) -> Array:
        """(rows,) photos that the text finds, its typed filters applied."""
        ready = self._ready(query)
        return self._left(ready.question, ready.answer)

    def ranked(self, query: Query) -> tuple[Array, Array]:
        """(ids, scores), best first, without the typed filters. Nothing where the words give no order."""
        answer = self._ready(query).answer
        if answer is None or answer.others:
            return np.zeros(0, np.uint32), np.zeros(0, np.float32)
        return answer.ids.astype(np.uint32), answer.scores

    def key(self, query: Query) -> tuple[object, ...]:
        """Changes with the vectors, the settings, the words of photos and whatever the typed filters read."""
        ready = self._ready(query)
        return (query.strictness, ready.state, self._filters_key(ready.question), ready.question.hints)

    def shows_missing(self, query: Query) -> bool:
        """`is:missing` asks for them."""
        filters = self._ready(query).question.resolved.filters
        return any("missing" in one.status for filtered in filters if not filtered.negative for one in filtered.queries)

    # ------------------------------------------------------------------ reading a text

    def _question(self, text: str) -> _Question:
        """A text read, and its parts resolved against the catalog as it is. Without parts the text says it all."""
        views = self._views
        with self._lock:
            kept = self._questions.get((text,))
        if kept is not None:
            return kept
        key = (text, views.columns.revision(), tuple(views.masks.providers),
               tuple(provider.revision() for provider in views.masks.providers.values()))
        with self._lock:
            kept = self._questions.get(key)
        if kept is None:
            sentence = read(text, NAMES)
            resolved = self.parts.resolve(sentence.typed)
            hints = tuple(f"There is no “{name}:”, so it was searched for as words." for name in sentence.unknown)
            kept = _Question(sentence, resolved, (*hints, *resolved.hints))
            with self._lock:
                self._questions[key if sentence.typed else (text,)] = kept
                while len(self._questions) > KEPT_SENTENCES:
                    self._questions.popitem(last=False)
        return kept

    def _filters_key(self, question: _Question) -> tuple[object, ...]:
        """Changes with whatever its typed filters read."""
        masks = self._views.masks
        return tuple(masks.key(one) for filtered in question.resolved.filters for one in filtered.queries)

    def _left(self, question: _Question, answer: _Answer | None) -> Array:
        """(rows,) photos that the words find, all without words; its typed filters applied."""
        with self._views.columns.lock:
            mask = np.full(self._views.columns.rows, answer is None or answer.others)
            if answer is not None:
                mask[answer.ids[answer.ids < len(mask)]] = not answer.others
            for filtered in question.resolved.filters:
                mask &= self._passing(filtered)
        return mask

    def _passing(self, filtered: Filtered) -> Array:
        """(rows,) photos that a typed part takes. Called with the columns' lock."""
        masks = self._views.masks
        mask = np.zeros(self._views.columns.rows, bool)
        for query in filtered.queries:
            mask |= np.logical_and.reduce([one.mask for one in masks.filters(query)])
        return ~mask if filtered.negative else mask

    # ------------------------------------------------------------------ finding

    def _state(self, question: _Question, strictness: int) -> tuple[object, ...]:
        """All that an answer depends on."""
        sentence, resolved = question.sentence, question.resolved
        among = (resolved.filters, self._filters_key(question)) if resolved.near else ()
        meaning: tuple[object, ...] = ()
        if self._meaning is not None and (sentence.words or sentence.unwanted):
            try:
                meaning = self._meaning.state()
            except Unavailable as error:
                meaning = (error.sentence,)
        return (sentence.key, sentence.text, resolved.near, among, strictness,
                self._views.columns.revision("text"), meaning)

    def _ready(self, query: Query) -> _Ready:
        """What was prepared, else the text read and answered now."""
        if isinstance(query.found, _Ready):
            return query.found
        question = self._question(query.q)
        state = self._state(question, query.strictness)
        return _Ready(question, self._answer(question, query.strictness, state), state)

    def _answer(self, question: _Question, strictness: int, key: tuple[object, ...]) -> _Answer | None:
        """What the words find; None for a text of typed filters alone. Kept until something changes."""
        if not question.sentence.has_words and not question.resolved.near:
            return None if question.sentence.typed else _nothing("Type a word to look for.")
        with self._lock:
            if (kept := self._answers.get(key)) is not None:
                self._answers.move_to_end(key)
                return kept
        started = perf_counter()
        answer = self._compute(question, strictness)
        answer = msgspec.structs.replace(answer, took_ms=(perf_counter() - started) * 1000)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def _compute(self, question: _Question, strictness: int) -> _Answer:
        sentence, near = question.sentence, question.resolved.near
        answer = None
        if sentence.words or sentence.exact:
            answer = self._by_words(sentence, strictness)
        elif sentence.has_words:
            answer = self._others(sentence, strictness)
        if near and self._near is not None:
            narrowed = answer is not None or question.resolved.filters
            alike = self._near(near, self._left(question, answer) if narrowed else None)
            answer = msgspec.structs.replace(_narrowed(answer, alike.ids.astype(np.int64), alike.scores), alike=alike)
        return answer or _nothing("")

    def _others(self, sentence: Sentence, strictness: int) -> _Answer:
        """Only unwanted words: all photos but those that they find."""
        found = [self._by_words(Sentence(words=(word,)), strictness) for word in sentence.unwanted]
        found += [self._by_words(Sentence(exact=(phrase,)), strictness) for phrase in sentence.without_exact]
        ids = np.unique(np.concatenate([one.ids for one in found]))
        return _Answer(ids, np.zeros(len(ids), np.float32), found[0].mode, True, None, found[0].hints)

    def _by_words(self, sentence: Sentence, strictness: int) -> _Answer:
        """Text and meaning, fused."""
        by_text = self._aside.submit(self._text.ranked, sentence.text)
        hits, hint = self._hits(sentence, strictness)
        text_ids, text_scores = by_text.result()
        if hits is None:
            hints: tuple[str, ...] = (hint,) if hint else ()
            if not len(text_ids) and len(sentence.words) > 1:
                text_ids, text_scores = self._text.some(sentence.text)
                hints += ("No photo has all of these words; these have some of them.",) if len(text_ids) else ()
            ids, scores = fuse([(text_ids.astype(np.int64), text_scores)])
            return _Answer(ids, scores, METADATA, hints=hints)
        chosen = self._allowed(sentence, hits)
        meaning = (hits.ids[chosen], np.arange(np.count_nonzero(chosen), 0, -1))
        ids, scores = fuse([meaning, (text_ids.astype(np.int64), text_scores)])
        mode = FUSED if len(text_ids) else SEMANTIC
        return _Answer(ids, scores, mode, hits=hits, hints=(hint,) if hint else ())

    def _hits(self, sentence: Sentence, strictness: int) -> tuple[Hits | None, str]:
        """By meaning; (None, why not) without."""
        if not sentence.words:
            return None, ""
        if self._meaning is None:
            return None, NO_MODEL
        try:
            hits = self._meaning.hits(sentence, strictness)
        except Unavailable as error:
            return None, f"Found by text only. {error.sentence}"
        if hits is None:
            return None, NO_INDEX
        columns = self._views.columns
        with columns.lock:
            shown = self._views.masks.base(Query()) & ((columns["bits"] & UNREADABLE) == 0)
        photos = int(np.count_nonzero(shown))
        if hits.known < EXACT_PART * photos:
            return hits, f"Meaning search knows {hits.known:,} of {photos:,} photos so far; the rest is found by text."
        return hits, ""

    def _allowed(self, sentence: Sentence, hits: Hits) -> npt.NDArray[np.bool_]:
        """(n,) hits whose text has every exact phrase and no unwanted word."""
        chosen = np.ones(len(hits.ids), bool)
        demands = [f'"{phrase}"' for phrase in sentence.exact]
        demands += [f"-{word}" for word in sentence.unwanted] + [f'-"{phrase}"' for phrase in sentence.without_exact]
        if demands:
            mask = self._text.mask(" ".join(demands))
            inside = hits.ids < len(mask)
            chosen[inside] = mask[hits.ids[inside]]
        return chosen


NO_MODEL = "Found by text only: file names, folders, captions, keywords, cameras."
NO_INDEX = "Found by text only: no photo has been looked at for meaning search yet."


def _nothing(hint: str) -> _Answer:
    return _Answer(np.zeros(0, np.int64), np.zeros(0, np.float32), hints=(hint,) if hint else ())


def _narrowed(answer: _Answer | None, ids: npt.NDArray[np.int64], scores: Array) -> _Answer:
    """Look-alikes of what the words found, the likest and those that fit the words best first."""
    if answer is None or answer.others:
        ids, fused = fuse([(ids, scores)])
        return _Answer(ids, fused, SEMANTIC, hints=answer.hints if answer else ())
    words = np.isin(answer.ids, ids)
    ids, fused = fuse([(ids, scores), (answer.ids[words], answer.scores[words])])
    return _Answer(ids, fused, answer.mode, hits=answer.hits, hints=answer.hints)


def _scores_of(found: Hits | ScoredSet | None, wanted: Array) -> list[float | None]:
    """The score of each wanted photo (m,); None for one that was not found."""
    if found is None:
        return [None] * len(wanted)
    places = _places(found.ids.astype(np.int64), wanted)
    return [round(float(found.scores[place]), 4) if place >= 0 else None for place in places.tolist()]


def _places(ids: npt.NDArray[np.int64], wanted: Array) -> npt.NDArray[np.int64]:
    """(m,) where each wanted photo stands in ids (n,); -1: nowhere."""
    asked = np.zeros(max(int(ids.max(initial=0)), int(wanted.max(initial=0))) + 1, bool)
    asked[wanted] = True
    places = np.flatnonzero(asked[ids])
    known = dict(zip(ids[places].tolist(), places.tolist(), strict=True))
    return np.fromiter((known.get(int(photo_id), -1) for photo_id in wanted), np.int64, len(wanted))
