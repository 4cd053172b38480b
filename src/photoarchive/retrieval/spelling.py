"""“Did you mean …?”: a search with its unknown words replaced by known ones that are written nearly so.

A word is known if a photo has it, or a word that begins so, or if meaning search reads it. Candidates are the words of
the names the library holds (the source of completion) and, where meaning search answers, the words it knows. Which
letters these have, compared for all at once, leaves some of them to rapidfuzz, which takes 20 ms for 200,000.

A "quoted text" is found by text alone: where no photo has it, its words are replaced so that one has.
"""

from __future__ import annotations

import itertools
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable
from photoarchive.ml.lite_words import KnownWords
from photoarchive.retrieval.language import Sentence

LEAST_LETTERS = 4           # shorter words are like too many others
MOST_LETTERS = 30
MOST_WORDS = 8              # words of a search that are looked at …
MOST_UNKNOWN = 2            # … and those of them that are looked up, and quoted texts: bounds the time
MOST_OFFERED = 3
MOST_ASKED = 20             # nearest words that photos are asked for
LEAST_ALIKE = 0.77          # share of letters that stay: one change in five letters, two in nine
SWAPPED = 0.75              # … and for words of the same letters, as “brid” and “bird”, or by their sounds alone
NAMED = 0.03                # what a name of the library or a thing is ahead of any other word
KEPT_SECONDS = 30.0         # names are gathered anew at most so often (0.2 s at 100,000)
LETTERS = 32                # bits of a word; letters of other scripts share them

_WORD = re.compile(r"[^\W\d_]+")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"), ("y", "i"))
_DOUBLED = re.compile(r"(.)\1")

Letters = npt.NDArray[np.uint32]
Shares = npt.NDArray[np.float32]


class Vocabulary:
    """Words that may be offered, in order of preference."""

    def __init__(self, named: Iterable[str], others: Iterable[str]) -> None:
        """named: as a person writes them. others: lower case."""
        names = list(dict.fromkeys(_WORD.findall("\n".join(named))))
        written = [word for word in (*names, *others) if LEAST_LETTERS <= len(word) <= MOST_LETTERS]
        words: dict[str, str] = {}
        for plain, word in zip(_of_all(folded, written), written, strict=True):
            words.setdefault(plain, word)
        words.pop("", None)     # nothing but marks of another letter
        self._folded, self._written = list(words), list(words.values())
        named_words = set(names)
        self._is_named = np.fromiter((word in named_words for word in self._written), bool, len(words))
        self._sounds = _of_all(sound, self._folded)
        self._letters = _letters(self._sounds)
        self._lengths = _lengths(self._sounds)

    def near(self, word: str, fits: Callable[[str], bool] = bool) -> list[str]:
        """Up to MOST_OFFERED words that fit, written nearly as this one, the nearest first; the word itself is none."""
        asked = folded(word)
        near = self._alike(sound(asked)) if asked else {}
        found = [(score, at) for at, score in self._scores(asked, near) if score and self._folded[at] != asked]
        chosen: list[int] = []
        for _, at in sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_ASKED]:
            its_plural = any(self._folded[at].startswith(self._folded[nearer]) for nearer in chosen)
            if len(chosen) < MOST_OFFERED and not its_plural and fits(self._written[at]):
                chosen.append(at)
        return [self._written[at] for at in chosen]

    def _alike(self, wanted: str) -> dict[int, float]:
        """Words that sound nearly so, with how nearly. Their letters tell most of the others first."""
        changes = (1 - SWAPPED) * np.maximum(self._lengths, len(wanted))     # each exchanges one letter for another
        others = np.bitwise_count(self._letters ^ _letters([wanted]))
        more = np.abs(self._lengths - len(wanted))
        near = np.flatnonzero((more <= changes) & (others <= 2 * changes)).tolist()
        shares = _shares(wanted, [self._sounds[at] for at in near], SWAPPED)
        return {near[at]: float(shares[at]) for at in np.flatnonzero(shares).tolist()}

    def _scores(self, asked: str, near: dict[int, float]) -> Iterator[tuple[int, float]]:
        """0–1 and a little more: how alike words are as they are written and as they sound; 0: not enough."""
        letters = sorted(asked)
        written = _shares(asked, [self._folded[at] for at in near])
        for (at, heard), read in zip(near.items(), written.tolist(), strict=True):
            share = (heard + read) / 2
            least = SWAPPED if sorted(self._folded[at]) == letters else LEAST_ALIKE
            yield at, share + NAMED * bool(self._is_named[at]) if share >= least else 0.0


class Spelling:
    """Offers other spellings. Thread-safe.

    names: all names the library holds; revision: changes when they may have changed. has: whether photos have a word or
    one that begins so, or exactly a "quoted text". known: words meaning search reads.
    """

    def __init__(
        self, names: Callable[[], Iterable[str]], revision: Callable[[], int], has: Callable[[str], bool],
        known: Callable[[], KnownWords],
    ) -> None:
        self._names, self._revision, self._has, self._known = names, revision, has, known
        self._lock = threading.Lock()
        self._kept: dict[bool, tuple[int, float, Vocabulary]] = {}
        self._read: frozenset[str] | None = None

    def offers(self, text: str, sentence: Sentence, *, meaning: bool) -> list[str]:
        """The text with unknown words replaced, at most MOST_OFFERED ways. meaning: whether vectors answered it."""
        try:
            return self._offers(text, sentence, meaning)
        except Unavailable:     # a file of the bundled model is damaged, which its job says; the search goes on
            return []

    def _offers(self, text: str, sentence: Sentence, meaning: bool) -> list[str]:
        near = self._near(sentence, meaning)
        for phrase in sentence.exact[:MOST_UNKNOWN]:
            near |= self._near_in(phrase)
        mended = [word for word in near if near[word]]
        if not mended:
            return []
        if len(mended) == 1:
            return [_replaced(text, sentence, {mended[0]: one}) for one in near[mended[0]]]
        return [_replaced(text, sentence, {word: near[word][0] for word in mended})]

    def _near(self, sentence: Sentence, meaning: bool) -> dict[str, list[str]]:
        """Unknown words, each with the known ones it may have been meant for."""
        unknown = [word for word in _plain_words(sentence.words) if not self._is_known(word, meaning)][:MOST_UNKNOWN]
        return {word: self._vocabulary(meaning).near(word, lambda one: self._is_known(one, meaning))
                for word in unknown}

    def _near_in(self, phrase: str) -> dict[str, list[str]]:
        """Words of a quoted text that no photo has, each with those that make it one that a photo has."""
        if self._has(f'"{phrase}"'):
            return {}

        def has(word: str) -> bool:
            return self._has(f'"{word}"')

        unknown = [word for word in _plain_words(phrase.split()) if not has(word)][:MOST_UNKNOWN]
        near = [self._vocabulary(True).near(word, has) for word in unknown]
        ways = [dict(zip(unknown, way, strict=True)) for way in itertools.product(*near)]
        found = [way for way in ways if way and has(_replaced(phrase, Sentence(), way))]
        return {word: list(dict.fromkeys(way[word] for way in found)) for word in unknown if found}

    def _is_known(self, word: str, meaning: bool) -> bool:
        """Whether it finds anything; a keyword may be on no photo any more."""
        return (meaning and folded(word) in self._readable()) or self._has(word)

    def _readable(self) -> frozenset[str]:
        if self._read is None:
            known = self._known()
            self._read = frozenset((*known.things, *known.english))
        return self._read

    def _vocabulary(self, meaning: bool) -> Vocabulary:
        revision, now = self._revision(), monotonic()
        with self._lock:
            kept = self._kept.get(meaning)
            if kept is None or (kept[0] != revision and now - kept[1] > KEPT_SECONDS):
                known = self._known() if meaning else KnownWords((), ())
                kept = (revision, now, Vocabulary([*self._names(), *known.things], known.english))
                self._kept[meaning] = kept
            return kept[2]


def folded(word: str) -> str:
    """Without letter case and accents."""
    if not word.isascii():
        word = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    return word.casefold()


def sound(word: str) -> str:
    """A folded word as it sounds, roughly: letters that are often taken for each other are one, doubled ones too."""
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    return _DOUBLED.sub(r"\1", word)


def _lengths(words: Sequence[str]) -> npt.NDArray[np.int64]:
    return np.fromiter(map(len, words), np.int64, len(words))


def _letters(words: Sequence[str]) -> Letters:
    """(n,): which letters stand in each word, a bit each. No word may be empty."""
    if not words:
        return np.zeros(0, np.uint32)
    bits = np.uint32(1) << np.frombuffer("".join(words).encode("utf-32-le"), np.uint32) % np.uint32(LETTERS)
    lengths = _lengths(words)
    return np.bitwise_or.reduceat(bits, np.cumsum(lengths) - lengths)


def _of_all(change: Callable[[str], str], words: Sequence[str]) -> list[str]:
    """A change of each word, made of all at once: a tenth of the time."""
    return change("\n".join(words)).split("\n") if words else []


def _shares(asked: str, words: Sequence[str], least: float = 0.0) -> Shares:
    """(n,): shares of letters that stay when a word is changed into each of these, two swapped ones in one change.

    0 where it is less than the least that counts.
    """
    if not words:
        return np.zeros(0, np.float32)
    shares: Shares = process.cdist([asked], words, scorer=OSA.normalized_similarity, score_cutoff=least)[0]
    return shares


def _plain_words(words: Sequence[str]) -> list[str]:
    """Words of letters alone, long enough to be told from others."""
    stripped = [word.strip(".,;:!?()'’") for word in words[:MOST_WORDS]]
    return [word for word in dict.fromkeys(stripped)
            if LEAST_LETTERS <= len(word) <= MOST_LETTERS and _WORD.fullmatch(word)]


def _replaced(text: str, sentence: Sentence, instead: dict[str, str]) -> str:
    """The text with these words exchanged wherever they stand, typed parts left alone."""
    pattern = re.compile("|".join(rf"(?<![\w:]){re.escape(word)}(?!\w)" for word in instead))
    parts, start = [], 0
    for typed in [*sentence.typed, None]:
        end = typed.at if typed else len(text)
        parts.append(pattern.sub(lambda found: instead[found[0]], text[start:end]))
        if typed:
            parts.append(text[typed.at:typed.end])
            start = typed.end
    return "".join(parts)
