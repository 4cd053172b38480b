"""“Did you mean …?”: a search with its unknown words replaced by known ones that are written nearly so.

A word is known if a photo has it, or a word that begins so, or if meaning search reads it. Candidates are the words of
the names the library holds (the source of completion) and, where meaning search answers, the words it knows. Counts of
letters, compared for all candidates at once, leave a few of them to difflib.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable
from photoarchive.ml.lite_words import KnownWords
from photoarchive.retrieval.language import Sentence

LEAST_LETTERS = 4           # shorter words are like too many others
MOST_LETTERS = 30
MOST_WORDS = 8              # words of a search that are looked at …
MOST_UNKNOWN = 2            # … and those of them that are looked up: bounds the time
MOST_OFFERED = 3
COMPARED = 80               # candidates left to difflib (20 µs each)
LEAST_ALIKE = 0.8           # share of letters two words have in common, in order
SWAPPED = 0.85              # what two words of the same letters count for, as “brid” and “bird”
NAMED = 0.03                # what a name of the library or a thing is ahead of any other word
KEPT_SECONDS = 30.0         # names are gathered anew at most so often (0.2 s at 100,000)
LETTERS = 32                # counters of a word; letters of other scripts share them

_WORD = re.compile(r"[^\W\d_]+")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"), ("y", "i"))
_DOUBLED = re.compile(r"(.)\1")

Counts = npt.NDArray[np.int8]


class Vocabulary:
    """Words that may be offered, in order of preference."""

    def __init__(self, named: Iterable[str], others: Iterable[str]) -> None:
        """named: as a person writes them. others: lower case."""
        names = list(dict.fromkeys(_WORD.findall("\n".join(named))))
        written = [word for word in (*names, *others) if LEAST_LETTERS <= len(word) <= MOST_LETTERS]
        words: dict[str, str] = {}
        for plain, word in zip(_of_all(folded, written), written, strict=True):
            words.setdefault(plain, word)
        self._folded, self._written = list(words), list(words.values())
        named_words = set(names)
        self._is_named = np.fromiter((word in named_words for word in self._written), bool, len(words))
        self._sounds = _of_all(sound, self._folded)
        self._counts = letter_counts(self._sounds)
        self._letters = _letter_bits(self._counts)
        self._lengths = self._counts.sum(axis=1, dtype=np.int16)

    def near(self, word: str) -> list[str]:
        """Up to MOST_OFFERED words written nearly as this one, the nearest first; the word itself is none."""
        asked, wanted = folded(word), sound(folded(word))
        mine = letter_counts([wanted])[0]
        found = [(score, at) for at in self._alike(mine, len(wanted)) if self._folded[at] != asked
                 and (score := self._score(asked, wanted, at)) >= LEAST_ALIKE]
        chosen: list[int] = []
        for _, at in sorted(found, key=lambda one: (-one[0], one[1])):
            if not any(self._folded[at].startswith(self._folded[nearer]) for nearer in chosen):     # its plural
                chosen.append(at)
        return [self._written[at] for at in chosen[:MOST_OFFERED]]

    def _alike(self, mine: Counts, length: int) -> list[int]:
        """The words with most letters in common, as far as these allow them to be alike."""
        if not self._folded:
            return []
        most = ((1 - LEAST_ALIKE) * (self._lengths + length)).astype(np.int16)
        near = np.flatnonzero((np.abs(self._lengths - length) <= most)
                              & (np.bitwise_count(self._letters ^ _letter_bits(mine[None])) <= most))
        apart = np.abs(self._counts[near] - mine).sum(axis=1, dtype=np.int16)
        both = self._lengths[near] + length
        share = 1 - apart / both
        near, share = near[share >= LEAST_ALIKE], share[share >= LEAST_ALIKE]
        share = share + NAMED * self._is_named[near]
        best: list[int] = near[np.argsort(-share, kind="stable")[:COMPARED]].tolist()
        return best

    def _score(self, asked: str, wanted: str, at: int) -> float:
        """0–1 and a little more: how alike two words are as they are written and as they sound."""
        alike = (_ratio(asked, self._folded[at]) + _ratio(wanted, self._sounds[at])) / 2
        return alike + NAMED * bool(self._is_named[at]) if alike >= LEAST_ALIKE else 0.0


class Spelling:
    """Offers other spellings. Thread-safe.

    names: all names the library holds; revision: changes when they may have changed. has: whether photos have a word or
    one that begins so. known: words meaning search reads.
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
        unknown = [word for word in _plain_words(sentence) if not self._is_known(word, meaning)][:MOST_UNKNOWN]
        if not unknown:
            return []
        vocabulary = self._vocabulary(meaning)
        near = {word: [one for one in vocabulary.near(word) if self._is_known(one, meaning)] for word in unknown}
        mended = [word for word in unknown if near[word]]
        if not mended:
            return []
        if len(mended) == 1:
            return [_replaced(text, sentence, {mended[0]: one}) for one in near[mended[0]]]
        return [_replaced(text, sentence, {word: near[word][0] for word in mended})]

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


def letter_counts(words: Sequence[str]) -> Counts:
    """(n, LETTERS): how often each letter stands in each word."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32) % LETTERS
    owner = np.repeat(np.arange(len(words)), np.fromiter(map(len, words), np.int64, len(words)))
    return np.bincount(owner * LETTERS + letters, minlength=len(words) * LETTERS).reshape(-1, LETTERS).astype(np.int8)


def _letter_bits(counts: Counts) -> npt.NDArray[np.uint32]:
    """(n,): which letters stand in each word."""
    return (counts > 0) @ (np.uint32(1) << np.arange(LETTERS, dtype=np.uint32))


def _of_all(change: Callable[[str], str], words: Sequence[str]) -> list[str]:
    """A change of each word, made of all at once: a tenth of the time."""
    return change("\n".join(words)).split("\n") if words else []


def _ratio(one: str, other: str) -> float:
    alike = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return max(alike, SWAPPED) if sorted(one) == sorted(other) else alike


def _plain_words(sentence: Sentence) -> list[str]:
    """Words of letters alone, long enough to be told from others."""
    words = [word.strip(".,;:!?()'’") for word in sentence.words[:MOST_WORDS]]
    return [word for word in dict.fromkeys(words)
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
