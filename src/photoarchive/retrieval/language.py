"""The one-line language of searches, read into words and typed parts. Pure text: what a part means is in parts.py.

    sunset -people "fish market" camera:x-t3 year:2015..2019 -has:gps near:photo:123

Words are looked for by meaning and by text, `-word` pushes away, "quoted" is found by text only, `name:value` filters.
Every text is a search: what looks like a part and is none is taken as words, and said so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import msgspec

from photoarchive.catalog.searches import normalised

MAX_TEXT_WORDS = 32         # of them are asked of the text index; meaning takes all

_TOKEN = re.compile(
    r"""(?P<minus>-?)(?:
      (?P<name>[^\W\d_]+):(?P<value>(?:"[^"]*(?:"|$)|[^\s"])*)    # camera:"EOS R5"
    | "(?P<exact>[^"]*)(?:"|$)
    | (?P<word>\S+)
    )""", re.VERBOSE)

# Words that say nothing of a picture; left out of what the text of a photo must contain when other words are there.
_FILLERS = frozenset({"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "photo", "photos",
                      "picture", "pictures", "the", "to", "with"})


class Typed(msgspec.Struct, frozen=True):
    """One `name:value`; value without its quotes; at, end: where it stands in the text."""

    name: str
    value: str
    negative: bool
    at: int
    end: int


class Sentence(msgspec.Struct, frozen=True):
    """A search, read. exact and without_exact: phrases for the text index. unknown: what looked like a part."""

    words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    without_exact: tuple[str, ...] = ()
    typed: tuple[Typed, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """The words as a text for an embedder, pictographs by their names: "sunset dog face"."""
        return " ".join(_spoken(word) for word in self.words)

    @property
    def pushed_away(self) -> tuple[str, ...]:
        """Unwanted words as texts for an embedder, each by itself."""
        return tuple(_spoken(word) for word in self.unwanted)

    @property
    def key(self) -> str:
        """What vectors and kept results belong to: the words and the unwanted ones, however they are spelled."""
        if not self.words:
            return ""
        away = sorted({f"-{normalised(word)}" for word in self.unwanted})
        return " ".join([normalised(" ".join(self.words)), *away])

    @property
    def text(self) -> str:
        """The words for catalog.fulltext: phrases and unwanted ones first, so that the last plain word may be a prefix.

        Fillers are left out as long as another word is there.
        """
        telling = [word for word in self.words if normalised(word) not in _FILLERS] or list(self.words)
        parts = [f'"{phrase}"' for phrase in self.exact] + [f'-"{phrase}"' for phrase in self.without_exact]
        parts += [f"-{word}" for word in self.unwanted[:MAX_TEXT_WORDS]]
        return " ".join(parts + telling[:MAX_TEXT_WORDS])

    @property
    def has_words(self) -> bool:
        """Whether there is anything to look for besides typed parts."""
        return bool(self.words or self.unwanted or self.exact or self.without_exact)


def read(text: str, known: Collection[str]) -> Sentence:
    """Read a search. known: names of typed parts, lower case."""
    words: dict[bool, list[str]] = {True: [], False: []}
    phrases: dict[bool, list[str]] = {True: [], False: []}
    typed: list[Typed] = []
    unknown: list[str] = []
    for found in _TOKEN.finditer(text):
        negative = bool(found["minus"])
        if found["name"] is not None and found["name"].lower() in known:
            value = found["value"].replace('"', "").strip()
            typed.append(Typed(found["name"].lower(), value, negative, found.start(), found.end()))
        elif found["name"] is not None:
            if _looks_like_a_part(found["name"], found["value"]):
                unknown.append(found["name"])
            whole = f"{found['name']}:{found['value']}".replace('"', "")
            words[not negative] += [word for word in whole.split() if _says_something(word)]
        elif found["exact"] is not None:
            phrase = " ".join(found["exact"].split())
            if any(character.isalnum() for character in phrase):
                phrases[not negative].append(phrase)
        else:
            word = found["word"].replace('"', "").lstrip("-")
            if _says_something(word):
                words[not negative].append(word)
    return Sentence(tuple(words[True]), tuple(words[False]), tuple(phrases[True]), tuple(phrases[False]),
                    tuple(typed), tuple(dict.fromkeys(unknown)))


def _looks_like_a_part(name: str, value: str) -> bool:
    """“colour:red” does; “https://…”, “C:\\photos” and “Note:” do not."""
    return len(name) > 1 and bool(value) and not value.startswith(("/", "\\"))


def _says_something(word: str) -> bool:
    return any(character.isalnum() or _is_pictograph(character) for character in word)


def _is_pictograph(character: str) -> bool:
    return unicodedata.category(character) == "So"


def _spoken(word: str) -> str:
    """A word with its pictographs replaced by their names: a dog's face is “dog face”."""
    if not any(_is_pictograph(character) for character in word):
        return word
    spelled = [f" {unicodedata.name(character, '').lower()} " if _is_pictograph(character) else character
               for character in word if unicodedata.category(character) != "Mn"]
    return " ".join("".join(spelled).split())
